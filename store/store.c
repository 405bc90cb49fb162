/*
 * The protocol. For each message of a delivery:
 *
 *   1. write it to tmp/, fsync                                  (no lock held)
 *   2. make the marker: an empty file, named by the delivery's id, in the state directory
 *   3. take the mailbox's lock
 *   4. one LMDB transaction: a UID for each message, recorded with its base name, and the journal's record
 *   5. rename each from tmp/ to new/ or cur/; release the lock  (so UIDs appear in ascending order)
 *   6. fsync the directories
 *   7. ... what is to be sent is sent ...
 *   8. store_finish(): remove the marker
 *
 * Killed before 4, nothing has happened but a file in tmp/. Killed before 5, a UID is unused, which IMAP allows. After
 * that the retry, which has the same id, finds the record and the marker and looks whether the file is there: it
 * is, so this is our own copy. No marker: the earlier attempt was finished, so the same bytes are a new
 * message, unless they carry the MTA's trace (struct store_id), because the end of the attempt may have been lost on
 * its way to the MTA. A record from before the last boot counts as unfinished: the marker is not synced.
 */
#include "store/store.h"

#include "mda/base/io.h"
#include "store/folder.h"
#include "store/journal.h"
#include "store/maildir.h"
#include "store/uiddb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_SECONDS = 60,
	/* Longer than an MTA keeps a message in its queue. */
	JOURNAL_SECONDS = 10 * 24 * 3600,
};

struct store {
	int root;  /* the Maildir */
	int state; /* the state directory */
	struct uiddb *db;
	struct arena *mem;
};

/* ---- opening ---- */

const char *store_state_dir(const char *maildir, struct arena *mem)
{
	struct str path = str_of(maildir);
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	size_t slash = str_rfind(path, '/');
	size_t base = slash < path.n ? slash + 1 : 0;
	return arena_fmt(
		mem, STR_FMT ".%.*s.mda", (int)base, path.p, (int)(path.n - base), path.p + base)
		.p;
}

static int open_state(const char *dir, struct err *err)
{
	struct stat st;
	bool made = stat(dir, &st) < 0 && errno == ENOENT;
	if (made && io_make_dirs(dir, 0700, err) < 0)
		return -1;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_temp(
			err, "cannot open the state directory %s: %s", dir, strerror(errno));
	if (!made)
		return fd;
	struct str path = str_of(dir);
	char parent[PATH_MAX];
	snprintf(parent, sizeof parent, STR_FMT "/", (int)str_rfind(path, '/'), path.p);
	if (io_fsync_dir(str_rfind(path, '/') < path.n ? parent : ".", err) < 0) {
		close(fd); /* the error is told already */
		return -1;
	}
	return fd;
}

struct store *store_open(const char *maildir, const char *state_dir, struct err *err)
{
	struct store *s = mem_alloc(sizeof *s);
	s->mem = arena_new();
	s->state = -1;
	const char *state = state_dir ? state_dir : store_state_dir(maildir, s->mem);
	s->root = maildir_open_root(maildir, err);
	if (s->root >= 0)
		s->state = open_state(state, err);
	if (s->state >= 0)
		s->db = uiddb_open(state, false, err);
	if (s->db)
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	uiddb_close(s->db);
	if (s->state >= 0)
		close(s->state); /* directories: nothing was written through them */
	if (s->root >= 0)
		close(s->root);
	arena_free(s->mem);
	free(s);
}

int store_folder(struct str folder, struct arena *mem, struct str *normal, struct err *err)
{
	struct str directory;
	if (folder_directory(folder, mem, &directory, err) < 0)
		return -1;
	*normal = directory.n ? folder_name(directory, mem) : directory;
	return 0;
}

/* ---- ids, markers, the lock ---- */

struct store_id store_id_of(const struct str *parts, size_t count)
{
	struct store_id id = {0};
	SHA2_CTX sha;
	SHA256Init(&sha);
	for (size_t i = 0; i < count; i++) {
		/* The length parts "ab","c" from "a","bc". */
		unsigned long long length = parts[i].n;
		SHA256Update(&sha, (const uint8_t *)&length, sizeof length);
		if (parts[i].n)
			SHA256Update(&sha, (const uint8_t *)parts[i].p, parts[i].n);
	}
	SHA256Final(id.bytes, &sha);
	return id;
}

struct marker_name {
	char text[16 + 2 * 32];
};

static struct marker_name marker_name(const unsigned char *id)
{
	struct marker_name name = {"under-way-"};
	size_t n = strlen(name.text);
	for (size_t i = 0; i < 32; i++)
		snprintf(name.text + n + 2 * i, 3, "%02x", id[i]);
	return name;
}

static int make_marker(struct store *s, const struct store_id *id, struct err *err)
{
	struct marker_name name = marker_name(id->bytes);
	int fd = openat(s->state, name.text, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_temp(err, "cannot create %s in the state directory: %s", name.text,
			strerror(errno));
	return io_close(fd, name.text, err);
}

/* One that stays, because it cannot be removed, makes a later equal message look like a retry at worst. */
static void remove_marker(struct store *s, const unsigned char *id)
{
	struct marker_name name = marker_name(id);
	(void)unlinkat(s->state, name.text, 0);
}

static bool has_marker(struct store *s, const struct store_id *id)
{
	struct marker_name name = marker_name(id->bytes);
	return faccessat(s->state, name.text, F_OK, 0) == 0;
}

static int take_lock(struct store *s, struct err *err)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	long long deadline = io_microseconds() + LOCK_SECONDS * 1000000LL;
	int fd = openat(s->state, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_temp(err, "cannot open the mailbox's lock: %s", strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		bool wait = errno == EINTR || errno == EWOULDBLOCK;
		if (wait && io_microseconds() < deadline) {
			nanosleep(&nap, NULL);
			continue;
		}
		err_temp(err, "the mailbox's lock did not come: %s", strerror(errno));
		close(fd); /* nothing was written */
		return -1;
	}
	return fd;
}

/* ---- what an earlier attempt did ---- */

struct get_record {
	const struct store_id *id;
	struct arena *mem;
	struct journal journal;
	bool found;
};

static int get_record(struct uiddb *db, void *context, struct err *err)
{
	struct get_record *g = context;
	struct str record;
	int r = uiddb_get_record(db, g->id->bytes, &record, err);
	g->found = r == 1 && journal_decode(record, g->mem, &g->journal);
	return r < 0 ? -1 : 0;
}

static int64_t boot_time(void)
{
	struct timespec now, up;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return 0;
	return (int64_t)now.tv_sec - (int64_t)up.tv_sec;
}

/* The record of an earlier attempt that counts; an empty one when there is none. */
static int recall(struct store *s, const struct store_id *id, struct arena *mem,
	struct journal *journal, struct err *err)
{
	struct get_record g = {.id = id, .mem = mem};
	*journal = (struct journal){0};
	if (uiddb_read(s->db, get_record, &g, err) < 0)
		return -1;
	if (g.found && (id->unique || has_marker(s, id) || g.journal.time <= boot_time()))
		*journal = g.journal;
	return 0;
}

/* ---- putting ---- */

/* One item on its way. */
struct put {
	const struct store_item *item;
	struct store_receipt *receipt;
	struct str directory;
	int folder;
	const char *base;
	struct str stale; /* the base name of an attempt that did not get as far as the mailbox */
	bool in_tmp, visible;
};

struct delivery {
	struct store *store;
	const struct store_id *id;
	struct put *puts;
	size_t count;
	struct journal journal; /* of an earlier attempt */
	bool recorded;          /* this one's UIDs and record are committed */
	struct arena *mem;
};

static const struct journal_item *find_item(const struct journal *j, struct str directory)
{
	for (size_t i = 0; i < j->item_count; i++)
		if (str_eq(j->items[i].directory, directory))
			return &j->items[i];
	return NULL;
}

/* Is the item in its folder already? */
static int recognise(struct delivery *d, struct put *p, struct err *err)
{
	const struct journal_item *item = find_item(&d->journal, p->directory);
	if (!item)
		return 0;
	int there = maildir_has(p->folder, arena_cstr(d->mem, item->base), err);
	if (there < 0)
		return -1;
	if (!there) {
		p->stale = item->base;
		return 0;
	}
	p->visible = true;
	*p->receipt = (struct store_receipt){.uid = item->uid,
		.uidvalidity = item->uidvalidity,
		.recognised = true,
		.file_name = item->base};
	return 0;
}

static int prepare(struct delivery *d, struct put *p, struct err *err)
{
	if (folder_directory(p->item->folder, d->mem, &p->directory, err) < 0)
		return -1;
	p->folder = maildir_open_folder(d->store->root, p->directory.p, err);
	if (p->folder < 0 || recognise(d, p, err) < 0)
		return -1;
	if (p->visible)
		return 0;
	if (p->stale.n)
		maildir_forget(p->folder, p->stale.p);
	p->base = maildir_base_name(p->item->pieces, p->item->piece_count, d->mem);
	if (maildir_write(p->folder, p->base, p->item->pieces, p->item->piece_count, err) < 0)
		return -1;
	p->in_tmp = true;
	return 0;
}

static bool is_expired(void *context, const unsigned char *id, struct str record)
{
	struct delivery *d = context;
	struct journal j;
	bool old = !journal_decode(record, d->mem, &j) ||
		   j.time < (int64_t)time(NULL) - JOURNAL_SECONDS;
	/* One that never came to its end leaves its marker. */
	if (old)
		remove_marker(d->store, id);
	return old;
}

static int give_uid(struct uiddb *db, struct put *p, struct err *err)
{
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, p->directory, &folder, err) < 0)
		return -1;
	if (p->stale.n && uiddb_forget(db, folder.id, p->stale, err) < 0)
		return -1;
	*p->receipt = (struct store_receipt){
		.uidvalidity = folder.uidvalidity, .file_name = str_of(p->base)};
	return uiddb_give_uid(db, p->directory, &folder, str_of(p->base), &p->receipt->uid, err);
}

/* The record as it shall be: all items, those of an earlier attempt included, and what was sent then. */
static int write_record(struct uiddb *db, struct delivery *d, struct err *err)
{
	struct journal j = {
		.time = time(NULL), .sent = d->journal.sent, .sent_count = d->journal.sent_count};
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		struct journal_item *item = ARENA_PUSH(d->mem, j.items, j.item_count);
		*item = (struct journal_item){p->directory, p->receipt->file_name, p->receipt->uid,
			p->receipt->uidvalidity};
	}
	if (uiddb_prune_records(db, d->id->bytes, is_expired, d, err) < 0)
		return -1;
	return uiddb_put_record(db, d->id->bytes, journal_encode(&j, d->mem), err);
}

static int record_all(struct uiddb *db, void *context, struct err *err)
{
	struct delivery *d = context;
	for (size_t i = 0; i < d->count; i++)
		if (!d->puts[i].visible && give_uid(db, &d->puts[i], err) < 0)
			return -1;
	return write_record(db, d, err);
}

static int show_all(struct delivery *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->visible)
			continue;
		if (maildir_show(p->folder, p->base, p->item->flags, err) < 0)
			return -1;
		p->in_tmp = false;
		p->visible = true;
	}
	return 0;
}

/* Steps 3 to 5. */
static int record_and_show(struct delivery *d, struct err *err)
{
	int lock = take_lock(d->store, err);
	if (lock < 0)
		return -1;
	int r = uiddb_write(d->store->db, record_all, d, err);
	d->recorded = r == 0;
	if (r == 0)
		r = show_all(d, err);
	close(lock); /* releases it; nothing was written */
	return r;
}

/* Also for what an earlier attempt moved into place: it may have died before it could sync. */
static int sync_all(struct delivery *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++)
		if (maildir_sync(d->puts[i].folder, d->puts[i].item->flags, err) < 0)
			return -1;
	return 0;
}

static bool all_visible(const struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (!d->puts[i].visible)
			return false;
	return true;
}

static int put_all(struct delivery *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++)
		if (prepare(d, &d->puts[i], err) < 0)
			return -1;
	if (all_visible(d))
		return sync_all(d, err);
	if (make_marker(d->store, d->id, err) < 0)
		return -1;
	if (record_and_show(d, err) == 0)
		return sync_all(d, err);
	/* Without a record, of this attempt or an earlier one, the marker says nothing. */
	if (!d->recorded && d->journal.time == 0)
		remove_marker(d->store, d->id->bytes);
	return -1;
}

static void clean_up(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->in_tmp)
			maildir_forget(p->folder, p->base);
		if (p->folder >= 0)
			close(p->folder); /* directories: nothing was written through them */
	}
}

int store_put(struct store *s, const struct store_id *id, const struct store_item *items,
	size_t count, struct arena *mem, struct store_receipt *receipts, struct err *err)
{
	struct delivery d = {.store = s, .id = id, .count = count, .mem = mem};
	d.puts = arena_alloc(mem, count * sizeof *d.puts);
	for (size_t i = 0; i < count; i++)
		d.puts[i] = (struct put){.item = &items[i], .receipt = &receipts[i], .folder = -1};
	int r = recall(s, id, mem, &d.journal, err);
	if (r == 0)
		r = put_all(&d, err);
	clean_up(&d);
	return r;
}

/* ---- sending ---- */

static bool is_sent(const struct journal *j, struct str what)
{
	for (size_t i = 0; i < j->sent_count; i++)
		if (str_eq(j->sent[i], what))
			return true;
	return false;
}

int store_was_sent(
	struct store *s, const struct store_id *id, struct str what, bool *sent, struct err *err)
{
	struct journal j;
	if (recall(s, id, s->mem, &j, err) < 0)
		return -1;
	*sent = is_sent(&j, what);
	return 0;
}

struct set_sent {
	const struct store_id *id;
	struct journal journal;
	struct arena *mem;
};

static int put_sent(struct uiddb *db, void *context, struct err *err)
{
	struct set_sent *s = context;
	return uiddb_put_record(db, s->id->bytes, journal_encode(&s->journal, s->mem), err);
}

int store_set_sent(struct store *s, const struct store_id *id, struct str what, struct err *err)
{
	struct set_sent set = {.id = id, .mem = s->mem};
	/* A delivery that stores nothing has no marker yet; what an earlier, finished one sent does not count. */
	if (recall(s, id, s->mem, &set.journal, err) < 0 || make_marker(s, id, err) < 0)
		return -1;
	*(struct str *)ARENA_PUSH(s->mem, set.journal.sent, set.journal.sent_count) = what;
	set.journal.time = time(NULL);
	return uiddb_write(s->db, put_sent, &set, err);
}

/* The last step: whoever dies from here on has done everything. */
int store_finish(struct store *s, const struct store_id *id, struct err *err)
{
	struct marker_name name = marker_name(id->bytes);
	if (unlinkat(s->state, name.text, 0) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s from the state directory: %s", name.text,
			strerror(errno));
	return 0;
}
