/*
 * All of this happens under the mailbox's lock and the server's, which is held until the messages
 * are in place:
 *
 *   1. one transaction: UIDs that only the server's file has are read; new messages get higher UIDs
 *   2. the new records are appended to the server's file and synced
 *   3. the messages are shown
 *
 * If the process is killed between 1 and 2, the server does not know a UID whose message nobody has
 * seen. It may give that UID to another message; then the server's record wins when it is read. If
 * the process is killed between 2 and 3, both know a UID without a message. In both cases the retry
 * gives the message a new UID before it is shown, so no message is ever seen with two.
 *
 * Only what was appended since the last time is read: the mark in the database says how far we
 * were. A file that is new or was replaced is read from its start. A file that is missing or
 * damaged is written anew from the database and from what can be read of it; messages without a UID
 * then get one in order of arrival.
 */
#include "base/str_list.h"
#include "store/mirror_inside.h"

#include "base/beneath.h"
#include "store/arrival.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/store_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_SECONDS = 60 };

static const struct server servers[] = {
	[STORE_SERVER_NONE] = {backup_name, "mda-uids.tmp", backup_name, UIDLIST_DOVECOT, true},
	[STORE_SERVER_DOVECOT] = {"dovecot-uidlist", "dovecot-uidlist.tmp", "dovecot-uidlist",
		UIDLIST_DOVECOT, true},
	[STORE_SERVER_COURIER] = {"courierimapuiddb", "tmp/courierimapuiddb.mda", "tmp/courier",
		UIDLIST_COURIER, false},
};

/* ---- opening ---- */

/* A link that root made. The folder's owner has a database too. */
static bool is_link(const struct store *s, struct str directory)
{
	struct stat st;
	return directory.n && beneath_lstat(s->root, directory.p, &st) == 0 && S_ISLNK(st.st_mode);
}

/*
 * The owner of a folder cannot see that another mailbox has a link to it, except by mda-uids, which
 * a mirror has written. Before that was written for the first time, the two do not wait for each
 * other.
 */
bool mirror_is_needed(const struct store *s, int folder, struct str directory)
{
	return s->server != STORE_SERVER_NONE || s->shared || is_link(s, directory) ||
	       backup_is_shared(folder);
}

bool mirror_is_backup(const struct mirror *m)
{
	return m && m->server == &servers[STORE_SERVER_NONE];
}

static int open_file(struct mirror *m, struct err *err)
{
	struct stat st;
	const int how = O_RDWR | O_NONBLOCK;
	m->fd = beneath_open(m->dir, m->server->file, how, 0);
	if (m->fd < 0 && errno == ENOENT)
		return 0;
	if (m->fd < 0)
		return err_temp(err, "cannot open %s: %s", m->server->file, beneath_why(errno));
	if (fstat(m->fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return err_temp(err, "%s is not a regular file", m->server->file);
}

struct mirror *mirror_open(
	enum store_server server, int folder, struct str directory, struct err *err)
{
	struct mirror *m = mem_alloc(sizeof *m);
	*m = (struct mirror){
		.server = &servers[server], .dir = folder, .fd = -1, .mem = arena_new()};
	m->directory = arena_str(m->mem, directory);
	if (dotlock_take(&m->lock, folder, m->server->locked, LOCK_SECONDS, err) == 0 &&
		open_file(m, err) == 0)
		return m;
	mirror_close(m);
	return NULL;
}

void mirror_close(struct mirror *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd); /* what was written is synced */
	dotlock_release(&m->lock);
	arena_free(m->mem);
	free(m);
}

bool mirror_has_file(const struct mirror *m)
{
	return m->fd >= 0;
}

void mirror_tell(const struct mirror *m, struct store *s)
{
	if (m->replaced)
		store_say(s,
			STR_FMT ": %s has the UIDVALIDITY %lu, which replaces "
				"%lu; its UIDs are used from now on",
			STR_ARGS(folder_name(m->directory, m->mem)),
			mirror_is_backup(m) ? backup_name : "the IMAP server",
			(unsigned long)m->folder.uidvalidity, (unsigned long)m->replaced);
	if (m->outdated)
		store_say(s,
			STR_FMT ": %s has the UIDNEXT %lu, and the UID database has %lu: an old "
				"file, as from a backup; UIDNEXT goes up by %d, as UIDs may have "
				"been given since",
			STR_ARGS(folder_name(m->directory, m->mem)), m->server->file,
			(unsigned long)m->outdated, (unsigned long)m->ahead, BACKUP_GAP);
}

/* ---- reading what the server assigned ---- */

struct reader {
	struct mirror *m;
	struct uiddb *db;
	struct uiddb_folder *folder;
	struct uidlist_reader reader;
	unsigned version;
	uint32_t last_uid;
	uint32_t before; /* UIDNEXT under the same UIDVALIDITY, before the file was read */
	uint32_t next;   /* the UIDNEXT that the file has */
};

static int read_mark(struct reader *r, struct uidlist_mark *mark, struct err *err)
{
	struct str bytes;
	int found = uiddb_get_mark(r->db, r->folder->id, &bytes, err);
	if (found <= 0 || bytes.n != sizeof *mark)
		return found < 0 ? -1 : 0;
	memcpy(mark, bytes.p, sizeof *mark);
	return uidlist_mark_holds(r->m->fd, mark, err);
}

/* If the mark cannot be trusted, the file is read from its start again. */
static int write_mark(struct reader *r, struct err *err)
{
	struct uidlist_mark mark = {0};
	struct str bytes = {(const char *)&mark, sizeof mark};
	if (r->m->replace)
		bytes.n = 0;
	else if (uidlist_mark(r->m->fd, r->reader.offset, r->last_uid, &mark, err) < 0)
		return -1;
	return uiddb_put_mark(r->db, r->folder->id, bytes, err);
}

static int take_header(struct reader *r, struct err *err)
{
	struct str line;
	struct uidlist_header h;
	r->version = r->m->server->version;
	int found = uidlist_next_line(&r->reader, &line, err);
	if (found < 0)
		return -1;
	if (!found || !uidlist_parse_header(line, &h)) {
		r->m->replace = true;
		return 0;
	}
	r->version = h.version;
	if (h.version != r->m->server->version)
		r->m->replace = true;
	if (mirror_is_backup(r->m) && h.others.n == 0) /* see backup_is_shared() */
		r->m->replace = true;
	uint32_t ours = r->folder->uidvalidity;
	r->next = h.uidnext;
	r->before = h.uidvalidity == ours ? r->folder->uidnext : 0;
	if (h.uidvalidity != ours &&
		uiddb_reset_folder(r->db, r->m->directory, r->folder, h.uidvalidity, err) < 0)
		return -1;
	if (h.uidvalidity != ours && r->folder->uidnext > 1) /* not a new folder */
		r->m->replaced = ours;
	return uiddb_raise_next(r->db, r->m->directory, r->folder, h.uidnext, err);
}

int mirror_list_present(struct mirror *m, struct err *err)
{
	if (m->listed)
		return 0;
	m->listed = arrival_list(m->dir, m->mem, &m->present, err) == 0;
	return m->listed ? 0 : -1;
}

/*
 * If a record's file is gone, the record does not take its UID from a message that exists: that
 * file was renamed. The database knows about it, but a process died before it could update the
 * server's file.
 */
static int is_overruled(struct reader *r, const struct uidlist_record *record, struct err *err)
{
	struct str ours;
	int found = uiddb_find_base(r->db, r->folder->id, record->uid, &ours, err);
	if (found <= 0)
		return found;
	if (mirror_list_present(r->m, err) < 0)
		return -1;
	return arrival_has(&r->m->present, ours) && !arrival_has(&r->m->present, record->base);
}

static int take_record(struct reader *r, struct str line, struct err *err)
{
	struct uidlist_record record;
	uint32_t ours = 0;
	if (!uidlist_parse_record(line, r->version, &record) || record.uid <= r->last_uid) {
		r->m->replace = true;
		return 0;
	}
	r->last_uid = record.uid;
	int known = uiddb_find_uid(r->db, r->folder->id, record.base, &ours, err);
	if (known < 0 || (known && ours == record.uid))
		return known < 0 ? -1 : 0;
	int overruled = is_overruled(r, &record, err);
	if (overruled > 0)
		r->m->replace = true;
	if (overruled)
		return overruled < 0 ? -1 : 0;
	return uiddb_set_uid(r->db, r->folder->id, record.uid, record.base, err);
}

static int take_records(struct reader *r, struct err *err)
{
	struct str line;
	int more;
	while ((more = uidlist_next_line(&r->reader, &line, err)) > 0)
		if (take_record(r, line, err) < 0)
			return -1;
	if (r->reader.torn)
		r->m->replace = true;
	if (more < 0)
		return -1;
	return uiddb_raise_next(r->db, r->m->directory, r->folder, r->last_uid + 1, err);
}

/*
 * The file is another one than the last time and has fewer UIDs: an old one came back, for example
 * from a copy of the mailbox. Messages that are not in it must keep their UIDs, and UIDs that the
 * server gave meanwhile must not be given again.
 */
static int catch_up_file(struct reader *r, struct err *err)
{
	uint32_t next = r->next > r->last_uid ? r->next : r->last_uid + 1;
	if (next >= r->before)
		return 0;
	r->m->replace = true;
	r->m->outdated = next;
	r->m->ahead = r->before;
	return uiddb_raise_next(
		r->db, r->m->directory, r->folder, backup_after_gap(r->before), err);
}

static int take_file(struct reader *r, struct err *err)
{
	struct uidlist_mark mark;
	int known = read_mark(r, &mark, err);
	if (known < 0)
		return -1;
	if (known) {
		r->version = r->m->server->version;
		r->last_uid = mark.last_uid;
	}
	uidlist_reader_init(&r->reader, r->m->fd, known ? mark.offset : 0);
	int result = known ? 0 : take_header(r, err);
	if (result == 0)
		result = take_records(r, err);
	if (result == 0 && !known)
		result = catch_up_file(r, err);
	if (result == 0)
		result = write_mark(r, err);
	uidlist_reader_free(&r->reader);
	return result;
}

/* ---- messages without a UID ---- */

static int give_uids(struct mirror *m, struct uiddb *db, struct uiddb_folder *folder,
	const struct str_list *unknown, struct err *err)
{
	uint32_t uid;
	for (size_t i = 0; i < unknown->count; i++)
		if (uiddb_give_uid(db, m->directory, folder, unknown->items[i], &uid, err) < 0)
			return -1;
	return 0;
}

static int claim_unknown(
	struct mirror *m, struct uiddb *db, struct uiddb_folder *folder, struct err *err)
{
	struct str_list unknown = {0};
	for (size_t i = 0; i < m->present.count; i++) {
		uint32_t uid;
		struct str base = m->present.items[i];
		int found = uiddb_find_uid(db, folder->id, base, &uid, err);
		if (found < 0)
			return -1;
		if (!found)
			str_list_add(&unknown, base, m->mem);
	}
	arrival_sort(&unknown);
	m->claimed = unknown.count > 0;
	return give_uids(m, db, folder, &unknown, err);
}

int mirror_read(struct mirror *m, struct uiddb *db, struct uiddb_folder *folder, struct err *err)
{
	struct reader r = {.m = m, .db = db, .folder = folder};
	m->replace = m->fd < 0 || !m->server->appends;
	m->claimed = false;
	m->replaced = 0;
	m->outdated = 0;
	m->listed = false;
	m->added = NULL;
	m->added_count = 0;
	if (m->fd >= 0 && take_file(&r, err) < 0)
		return -1;
	if (m->replace &&
		(mirror_list_present(m, err) < 0 || claim_unknown(m, db, folder, err) < 0))
		return -1;
	m->folder = *folder;
	return 0;
}

void mirror_add(struct mirror *m, uint32_t uid, struct str base)
{
	struct uidlist_record *r = ARENA_PUSH(m->mem, m->added, m->added_count);
	*r = (struct uidlist_record){
		.uid = uid, .fields = STR_EMPTY, .base = arena_str(m->mem, base)};
	if (m->folder.uidnext <= uid)
		m->folder.uidnext = uid + 1;
}
