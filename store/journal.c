#include "store/journal.h"

#include "mda/base/buf.h"

#include <string.h>

/*
 * A record is a row of fields, each a kind, a length (32 bits, this machine's order: an LMDB file does not travel
 * either) and bytes. Fields of an unknown kind are passed over.
 */
enum kind { TIME = 'T', ITEM = 'I', DIRECTORY = 'D', BASE = 'B', SENT = 'S' };

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
	item->uid = numbers.uid;
	item->uidvalidity = numbers.uidvalidity;
	return true;
}

static bool read_field(struct journal *j, char kind, struct str field, struct arena *mem)
{
	struct journal_item *last = j->item_count ? &j->items[j->item_count - 1] : NULL;
	if (kind == TIME && field.n == sizeof j->time)
		memcpy(&j->time, field.p, sizeof j->time);
	else if (kind == ITEM)
		return start_item(j, field, mem);
	else if (kind == DIRECTORY && last)
		last->directory = arena_str(mem, field);
	else if (kind == BASE && last)
		last->base = arena_str(mem, field);
	else if (kind == SENT)
		*(struct str *)ARENA_PUSH(mem, j->sent, j->sent_count) = arena_str(mem, field);
	return true;
}

bool journal_decode(struct str record, struct arena *mem, struct journal *j)
{
	char kind;
	struct str field;
	*j = (struct journal){0};
	while (record.n) {
		if (take(&record, &kind, &field) && read_field(j, kind, field, mem))
			continue;
		*j = (struct journal){0};
		return false;
	}
	return true;
}
