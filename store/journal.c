#include "store/journal.h"

#include "base/buf.h"
#include "store/folder.h"

#include <string.h>

/*
 * A record is a row of fields: a kind, a length (32 bits, in this machine's byte order, since an
 * LMDB file cannot be moved to another kind of machine anyway) and bytes. Fields of an unknown kind
 * are skipped.
 */
enum kind {
	TIME = 'T',
	ITEM = 'I',
	DIRECTORY = 'D',
	BASE = 'B',
	SHOWN = 'V',
	WRITTEN = 'W',
	MARKER = 'M',
	SENT = 'S'
};

struct numbers {
	uint32_t uid, uidvalidity;
};

static void put(struct buf *b, enum kind kind, const void *bytes, size_t n)
{
	uint32_t length = (uint32_t)n;
	buf_byte(b, (char)kind);
	buf_add(b, (struct str){(const char *)&length, sizeof length});
	buf_add(b, (struct str){bytes, n});
}

struct str journal_encode(const struct journal *j, struct arena *mem)
{
	struct buf b = {0};
	put(&b, TIME, &j->time, sizeof j->time);
	for (size_t i = 0; i < j->item_count; i++) {
		const struct journal_item *item = &j->items[i];
		struct numbers numbers = {item->uid, item->uidvalidity};
		put(&b, ITEM, &numbers, sizeof numbers);
		put(&b, DIRECTORY, item->directory.p, item->directory.n);
		put(&b, BASE, item->base.p, item->base.n);
		if (item->shown)
			put(&b, SHOWN, "", 0);
		if (item->written.inode)
			put(&b, WRITTEN, &item->written, sizeof item->written);
		if (item == j->marker)
			put(&b, MARKER, "", 0);
	}
	for (size_t i = 0; i < j->sent_count; i++)
		put(&b, SENT, j->sent[i].p, j->sent[i].n);
	struct str record = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return record;
}

static bool take(struct str *rest, char *kind, struct str *field)
{
	uint32_t length;
	if (rest->n < 1 + sizeof length)
		return false;
	*kind = rest->p[0];
	memcpy(&length, rest->p + 1, sizeof length);
	*rest = str_slice(*rest, 1 + sizeof length, rest->n);
	if (length > rest->n)
		return false;
	*field = str_slice(*rest, 0, length);
	*rest = str_slice(*rest, length, rest->n);
	return true;
}

static bool start_item(struct journal *j, struct str field, struct arena *mem)
{
	struct numbers numbers;
	if (field.n != sizeof numbers)
		return false;
	memcpy(&numbers, field.p, sizeof numbers);
	struct journal_item *item = ARENA_PUSH(mem, j->items, j->item_count);
	*item = (struct journal_item){.uid = numbers.uid,
		.uidvalidity = numbers.uidvalidity,
		.directory = STR_LIT(""),
		.base = STR_LIT("")};
	return true;
}

/* A damaged record must not lead out of the Maildir: the path and the file name are checked. */
static bool take_directory(struct str field, struct arena *mem, struct str *directory)
{
	*directory = arena_str(mem, field);
	return folder_is_directory(field);
}

static bool take_name(struct str field, struct arena *mem, struct str *name)
{
	if (str_find(field, '/') < field.n || str_find(field, '\0') < field.n ||
		str_eq(field, STR_LIT("..")))
		return false;
	*name = arena_str(mem, field);
	return true;
}

/* Without an inode it says nothing. */
static void take_written(struct str field, struct written *w)
{
	*w = (struct written){.inode = 0};
	if (field.n != sizeof *w)
		return;
	memcpy(w, field.p, sizeof *w);
	if (w->inode == 0)
		*w = (struct written){.inode = 0};
}

/*
 * *MARKER is the number of the item with the marker, counted from 1. It is not a pointer, because
 * the items move while more are read.
 */
static bool read_field(
	struct journal *j, char kind, struct str field, size_t *marker, struct arena *mem)
{
	struct journal_item *last = j->item_count ? &j->items[j->item_count - 1] : NULL;
	if (kind == TIME && field.n == sizeof j->time)
		memcpy(&j->time, field.p, sizeof j->time);
	else if (kind == ITEM)
		return start_item(j, field, mem);
	else if (kind == DIRECTORY && last)
		return take_directory(field, mem, &last->directory);
	else if (kind == BASE && last)
		return take_name(field, mem, &last->base);
	else if (kind == SHOWN && last)
		last->shown = true;
	else if (kind == WRITTEN && last)
		take_written(field, &last->written);
	else if (kind == MARKER)
		*marker = j->item_count;
	else if (kind == SENT)
		*(struct str *)ARENA_PUSH(mem, j->sent, j->sent_count) = arena_str(mem, field);
	return true;
}

static bool read_fields(struct str record, struct arena *mem, struct journal *j)
{
	char kind;
	struct str field;
	size_t marker = 0;
	while (record.n)
		if (!take(&record, &kind, &field) || !read_field(j, kind, field, &marker, mem))
			return false;
	for (size_t i = 0; i < j->item_count; i++)
		if (j->items[i].base.n == 0)
			return false;
	if (marker)
		j->marker = &j->items[marker - 1];
	return true;
}

bool journal_decode(struct str record, struct arena *mem, struct journal *j)
{
	*j = (struct journal){0};
	if (read_fields(record, mem, j))
		return true;
	*j = (struct journal){0};
	return false;
}
