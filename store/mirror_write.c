/* Writing the IMAP server's file: new records are appended, or the whole file is written anew. */
#include "store/mirror_inside.h"

#include "base/io.h"
#include "store/arrival.h"
#include "store/server_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { WRITE_CHUNK = 64 * 1024, GUID_BYTES = 16 };

static int append(struct mirror *m, struct err *err)
{
	struct buf lines = {0};
	for (size_t i = 0; i < m->added_count; i++)
		uidlist_put_record(&lines, m->server->version, &m->added[i]);
	int r = uidlist_append(m->fd, m->server->file, buf_str(&lines), err);
	buf_free(&lines);
	return r;
}

/*
 * A new file that is being written. Records of the old one may have fields that we do not know,
 * such as the POP3 UIDL of a message that came from another server. These stay with the message
 * even if its UID and name have changed.
 */
struct writer {
	struct mirror *m;
	int fd;
	struct buf out;
	struct uidlist_reader old;
	struct uidlist_header header;
	struct uidlist_record *known; /* records of the old file that have fields, sorted by name */
	size_t known_count;
	size_t *by_uid; /* their indexes, sorted by UID */
	bool failed;
	struct err *err;
};

static int flush(struct writer *w, size_t at_least)
{
	if (w->out.n < at_least)
		return 0;
	int r = io_write(w->fd, buf_str(&w->out), w->m->server->temporary, w->err);
	buf_clear(&w->out);
	return r;
}

/* ---- the fields of the old file ---- */

static int by_name(const void *a, const void *b)
{
	const struct uidlist_record *x = a, *y = b;
	int r = str_compare(x->base, y->base);
	return r ? r : (x->uid > y->uid) - (x->uid < y->uid);
}

static int by_uid(const void *a, const void *b, void *context)
{
	const struct uidlist_record *known = context;
	uint32_t x = known[*(const size_t *)a].uid, y = known[*(const size_t *)b].uid;
	return (x > y) - (x < y);
}

static int read_fields(struct writer *w)
{
	struct str line;
	struct uidlist_record record;
	struct arena *mem = w->m->mem;
	int more;
	while ((more = uidlist_next_line(&w->old, &line, w->err)) > 0) {
		if (!uidlist_parse_record(line, w->header.version, &record) || !record.fields.n)
			continue;
		record.fields = arena_str(mem, record.fields);
		record.base = arena_str(mem, record.base);
		*(struct uidlist_record *)ARENA_PUSH(mem, w->known, w->known_count) = record;
	}
	w->by_uid = arena_alloc(mem, (w->known_count + 1) * sizeof *w->by_uid);
	for (size_t i = 0; i < w->known_count; i++)
		w->by_uid[i] = i;
	if (w->known_count)
		qsort(w->known, w->known_count, sizeof *w->known, by_name);
	if (w->known_count)
		qsort_r(w->by_uid, w->known_count, sizeof *w->by_uid, by_uid, w->known);
	return more;
}

/* The last record with that name: of two records the later one counts. */
static const struct uidlist_record *find_name(const struct writer *w, struct str base)
{
	size_t low = 0, high = w->known_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_compare(w->known[middle].base, base) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	const struct uidlist_record *r = low ? &w->known[low - 1] : NULL;
	return r && str_eq(r->base, base) ? r : NULL;
}

static const struct uidlist_record *find_uid(const struct writer *w, uint32_t uid)
{
	size_t low = 0, high = w->known_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (w->known[w->by_uid[middle]].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	const struct uidlist_record *r = low < w->known_count ? &w->known[w->by_uid[low]] : NULL;
	return r && r->uid == uid ? r : NULL;
}

/*
 * The fields are found by name. If the file that had the UID is gone under its old name, it was
 * renamed: then the fields are found by UID.
 */
static struct str fields_of(const struct writer *w, uint32_t uid, struct str base)
{
	const struct uidlist_record *r = find_name(w, base);
	if (!r && w->header.uidvalidity == w->m->folder.uidvalidity)
		r = find_uid(w, uid);
	bool is_renamed = r && !str_eq(r->base, base);
	if (!r || (is_renamed && arrival_has(&w->m->present, r->base)))
		return STR_EMPTY;
	return r->fields;
}

/* ---- the new file ---- */

static bool shall_stand(const struct mirror *m, struct str base)
{
	if (arrival_has(&m->present, base))
		return true;
	for (size_t i = 0; i < m->added_count; i++)
		if (str_eq(m->added[i].base, base))
			return true;
	return false;
}

static bool write_pair(void *context, uint32_t uid, struct str base)
{
	struct writer *w = context;
	if (!shall_stand(w->m, base))
		return true;
	const struct uidlist_record record = {
		.uid = uid, .fields = fields_of(w, uid, base), .base = base};
	uidlist_put_record(&w->out, w->m->server->version, &record);
	w->failed = flush(w, WRITE_CHUNK) < 0;
	return !w->failed;
}

static int write_pairs(struct uiddb *db, void *context, struct err *err)
{
	struct writer *w = context;
	int r = uiddb_walk_uids(db, w->m->folder.id, 0, write_pair, w, err);
	return w->failed ? -1 : r;
}

/* A random id for the mailbox: without one, Dovecot would add it and write the file again. */
static struct str new_guid(struct arena *mem)
{
	unsigned char bytes[GUID_BYTES];
	struct str text = STR_LIT("G");
	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return STR_EMPTY;
	for (size_t i = 0; i < sizeof bytes; i++)
		text = arena_fmt(mem, STR_FMT "%02x", STR_ARGS(text), bytes[i]);
	return text;
}

static int write_header(struct writer *w)
{
	struct mirror *m = w->m;
	struct str line, others = STR_EMPTY;
	int found = m->fd < 0 ? 0 : uidlist_next_line(&w->old, &line, w->err);
	if (found < 0)
		return -1;
	if (found && uidlist_parse_header(line, &w->header))
		others = w->header.others;
	else
		w->header.version = m->server->version;
	if (others.n == 0)
		others = new_guid(m->mem);
	const struct uidlist_header h = {
		m->server->version, m->folder.uidvalidity, m->folder.uidnext, others};
	uidlist_put_header(&w->out, &h);
	return 0;
}

static int write_all(struct writer *w, struct uiddb *db)
{
	if (write_header(w) < 0 || (w->m->fd >= 0 && read_fields(w) < 0) ||
		uiddb_read(db, write_pairs, w, w->err) < 0)
		return -1;
	return flush(w, 0);
}

static int replace(struct mirror *m, struct uiddb *db, struct err *err)
{
	const char *temporary = m->server->temporary;
	struct writer w = {.m = m, .err = err};
	w.fd = server_file_start(m->dir, temporary, err);
	if (w.fd < 0)
		return -1;
	uidlist_reader_init(&w.old, m->fd, 0);
	int r = write_all(&w, db);
	uidlist_reader_free(&w.old);
	buf_free(&w.out);
	if (r == 0)
		r = dotlock_check(&m->lock, err);
	return server_file_finish(m->dir, temporary, m->server->file, w.fd, r == 0, err);
}

int mirror_write(struct mirror *m, struct uiddb *db, struct err *err)
{
	bool changed = m->fd < 0 || m->claimed || m->added_count;
	if (m->server->appends ? m->replace : changed)
		return replace(m, db, err);
	if (m->added_count == 0)
		return 0;
	return dotlock_check(&m->lock, err) < 0 ? -1 : append(m, err);
}

static int find_numbers(struct uiddb *db, void *context, struct err *err)
{
	struct mirror *m = context;
	return uiddb_find_folder(db, m->directory, &m->folder, err) < 0 ? -1 : 0;
}

int mirror_rewrite(struct mirror *m, struct uiddb *db, struct err *err)
{
	m->added_count = 0;
	m->listed = false;
	if (uiddb_read(db, find_numbers, m, err) < 0 || mirror_list_present(m, err) < 0)
		return -1;
	return replace(m, db, err);
}
