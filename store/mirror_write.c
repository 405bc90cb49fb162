/* Telling the IMAP server: what was added is appended to its file, or the file is written anew. */
#include "store/mirror_inside.h"

#include "mda/base/io.h"
#include "store/arrival.h"
#include "store/server_file.h"

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

/* A new file on its way, and the old one beside it, whose records may have fields that we do not know. */
struct writing {
	struct mirror *m;
	int fd;
	struct buf out;
	struct uidlist_reader old;
	struct uidlist_header header;
	struct uidlist_record at; /* the old record that was read last; uid 0: there is none */
	bool old_ended;
	bool failed;
	struct err *err;
};

static int flush(struct writing *w, size_t at_least)
{
	if (w->out.n < at_least)
		return 0;
	int r = io_write(w->fd, buf_str(&w->out), w->m->server->temporary, w->err);
	buf_clear(&w->out);
	return r;
}

/* Goes on in the old file up to UID. */
static int seek_old(struct writing *w, uint32_t uid)
{
	while (!w->old_ended && w->at.uid < uid) {
		struct str line;
		struct uidlist_record record;
		int more = uidlist_next_line(&w->old, &line, w->err);
		if (more < 0)
			return -1;
		w->old_ended = !more;
		if (more && uidlist_parse_record(line, w->header.version, &record) &&
			record.uid > w->at.uid)
			w->at = record;
	}
	return 0;
}

static bool shall_stand(const struct mirror *m, struct str base)
{
	for (size_t i = 0; i < m->added_count; i++)
		if (str_eq(m->added[i].base, base))
			return true;
	return arrival_has(&m->present, base);
}

static bool write_pair(void *context, uint32_t uid, struct str base)
{
	struct writing *w = context;
	struct uidlist_record record = {.uid = uid, .fields = {"", 0}, .base = base};
	if (!shall_stand(w->m, base))
		return true;
	w->failed = seek_old(w, uid) < 0;
	if (w->at.uid == uid && str_eq(w->at.base, base))
		record.fields = w->at.fields;
	uidlist_put_record(&w->out, w->m->server->version, &record);
	w->failed = w->failed || flush(w, WRITE_CHUNK) < 0;
	return !w->failed;
}

static int write_pairs(struct uiddb *db, void *context, struct err *err)
{
	struct writing *w = context;
	int r = uiddb_walk_uids(db, w->m->folder.id, 0, write_pair, w, err);
	return w->failed ? -1 : r;
}

/* A random number that names the mailbox: Dovecot would add one, and write the file again. */
static struct str new_guid(struct arena *mem)
{
	unsigned char bytes[GUID_BYTES];
	struct str text = STR_LIT("G");
	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return (struct str){"", 0};
	for (size_t i = 0; i < sizeof bytes; i++)
		text = arena_fmt(mem, STR_FMT "%02x", STR_ARGS(text), bytes[i]);
	return text;
}

static int write_header(struct writing *w)
{
	struct mirror *m = w->m;
	struct str line, others = {"", 0};
	int found = m->fd < 0 ? 0 : uidlist_next_line(&w->old, &line, w->err);
	if (found < 0)
		return -1;
	w->old_ended = !found;
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

static int write_all(struct writing *w, struct uiddb *db)
{
	if (write_header(w) < 0 || uiddb_read(db, write_pairs, w, w->err) < 0)
		return -1;
	return flush(w, 0);
}

static int replace(struct mirror *m, struct uiddb *db, struct err *err)
{
	const char *temporary = m->server->temporary;
	struct writing w = {.m = m, .old_ended = m->fd < 0, .err = err};
	w.fd = server_file_start(m->dir, temporary, m->fd, err);
	if (w.fd < 0)
		return -1;
	uidlist_reader_init(&w.old, m->fd, 0);
	int r = write_all(&w, db);
	uidlist_reader_free(&w.old);
	buf_free(&w.out);
	return server_file_finish(m->dir, temporary, m->server->file, w.fd, r == 0, err);
}

int mirror_write(struct mirror *m, struct uiddb *db, struct err *err)
{
	bool changed = m->fd < 0 || m->claimed || m->added_count;
	if (m->server->appends ? m->replace : changed)
		return replace(m, db, err);
	return m->added_count ? append(m, err) : 0;
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
