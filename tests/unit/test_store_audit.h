/*
 * What must be true of a mailbox whatever happened to it: each message has one UID, and the IMAP
 * server the same.
 */
#ifndef TESTS_UNIT_TEST_STORE_AUDIT_H
#define TESTS_UNIT_TEST_STORE_AUDIT_H

#include "tests/unit/test_store.h"

#include "base/buf.h"
#include "base/io.h"
#include "store/journal.h"
#include "store/maildir.h"

#include <sys/wait.h>
#include <time.h>

struct audit {
	struct box *box;
	struct uiddb *db;
	int root, folder;
	const struct uiddb_folder *numbers;
	uint32_t last_uid;
	size_t with_file;
	const char *unknown; /* a UID that the server does not know, and its file */
	struct err err;
};

/* Dovecot's file, where there is one, has the same UID for it. */
static inline void audit_server(struct audit *a, uint32_t uid, struct str base)
{
	struct buf list = {0};
	int fd = openat(a->folder, "dovecot-uidlist", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	assert_int_equal(io_read_all(fd, 1 << 20, &list, "dovecot-uidlist", &a->err), 0);
	close(fd);
	struct str line =
		arena_fmt(a->box->mem, "\n%lu :" STR_FMT "\n", (unsigned long)uid, STR_ARGS(base));
	if (str_ifind(buf_str(&list), line) == list.n)
		a->unknown = arena_fmt(a->box->mem, STR_FMT "in\n" STR_FMT, STR_ARGS(line),
			STR_ARGS(buf_str(&list)))
				     .p;
	buf_free(&list);
}

static inline bool audit_uid(void *context, uint32_t uid, struct str base)
{
	struct audit *a = context;
	uint32_t other = 0;
	int there = maildir_has(a->folder, arena_cstr(a->box->mem, base), &a->err);
	assert_true(there >= 0);
	assert_true(uid > a->last_uid);
	assert_true(uid < a->numbers->uidnext);
	a->last_uid = uid;
	assert_int_equal(uiddb_find_uid(a->db, a->numbers->id, base, &other, &a->err), 1);
	assert_int_equal(uid, other);
	a->with_file += there == 1;
	if (there)
		audit_server(a, uid, base);
	return true;
}

static inline bool audit_folder(
	void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct audit *a = context;
	a->folder = maildir_open_folder(a->root, arena_cstr(a->box->mem, directory), &a->err);
	a->numbers = folder;
	a->last_uid = 0;
	assert_true(a->folder >= 0);
	assert_int_equal(uiddb_walk_uids(a->db, folder->id, 1, audit_uid, a, &a->err), 0);
	close(a->folder);
	return true;
}

static inline int audit_all(struct uiddb *db, void *context, struct err *err)
{
	struct audit *a = context;
	a->db = db;
	a->with_file = 0;
	return uiddb_walk_folders(db, audit_folder, a, err);
}

static inline struct audit audit_run(struct box *b)
{
	struct audit a = {.box = b, .root = maildir_open_root(b->maildir, true, &b->err)};
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, audit_all, &a, &b->err), 0);
	uiddb_close(db);
	close(a.root);
	return a;
}

/* How many UIDs have a file: as many as there are files, when none has two. */
static inline size_t uids_with_file(struct box *b)
{
	struct audit a = audit_run(b);
	if (a.unknown)
		fail_msg("Dovecot does not know %s", a.unknown);
	return a.with_file;
}

/* ---- what is known of messages ---- */

enum { KNOWN = 32, KNOWN_NAME = 256 };

struct known {
	char directory[KNOWN_NAME], base[KNOWN_NAME];
	uint32_t uid, uidvalidity;
};

struct knowledge {
	struct known items[KNOWN];
	size_t count;
};

struct learner {
	struct box *box;
	struct knowledge *all;
	struct uiddb *db;
	int root;
	struct str directory;
	const struct uiddb_folder *folder;
};

static inline bool is_there(struct box *b, int root, const char *directory, const char *base)
{
	int folder = openat(root, directory[0] ? directory : ".", O_RDONLY | O_DIRECTORY);
	int there = folder < 0 ? 0 : maildir_has(folder, base, &b->err);
	if (folder >= 0)
		close(folder);
	assert_true(there >= 0);
	return there == 1;
}

static inline bool learn_uid(void *context, uint32_t uid, struct str base)
{
	struct learner *l = context;
	assert_true(l->all->count < KNOWN);
	struct known *k = &l->all->items[l->all->count];
	snprintf(k->directory, KNOWN_NAME, STR_FMT, STR_ARGS(l->directory));
	snprintf(k->base, KNOWN_NAME, STR_FMT, STR_ARGS(base));
	k->uid = uid;
	k->uidvalidity = l->folder->uidvalidity;
	l->all->count += is_there(l->box, l->root, k->directory, k->base);
	return true;
}

static inline bool learn_folder(
	void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct learner *l = context;
	l->directory = directory;
	l->folder = folder;
	return uiddb_walk_uids(l->db, folder->id, 1, learn_uid, l, &l->box->err) == 0;
}

static inline int learn_all(struct uiddb *db, void *context, struct err *err)
{
	struct learner *l = context;
	l->db = db;
	l->all->count = 0;
	return uiddb_walk_folders(db, learn_folder, l, err);
}

/*
 * Makes a mailbox older than what happens to it, so that a new UIDVALIDITY differs from the old
 * one. The store takes the seconds from this clock.
 */
static time_t audit_seconds_behind;

time_t time(time_t *also)
{
	struct timespec now;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	now.tv_sec -= audit_seconds_behind;
	if (also)
		*also = now.tv_sec;
	return now.tv_sec;
}

/* Every message that is there with a UID; false when the database cannot be read. */
static inline bool learn(struct box *b, struct knowledge *all)
{
	struct learner l = {.box = b, .all = all, .root = open(b->maildir, O_RDONLY | O_DIRECTORY)};
	all->count = 0;
	struct uiddb *db = l.root >= 0 && box_has(b, ".Maildir.mda/data.mdb")
				   ? uiddb_open(b->state, true, &b->err)
				   : NULL;
	bool missing = !db && !box_has(b, ".Maildir.mda/data.mdb");
	bool done = db && uiddb_read(db, learn_all, &l, &b->err) == 0;
	uiddb_close(db);
	if (l.root >= 0)
		close(l.root);
	return done || missing;
}

static inline bool knows(const struct knowledge *all, const struct known *k)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->items[i].directory, k->directory) == 0 &&
			strcmp(all->items[i].base, k->base) == 0)
			return all->items[i].uid == k->uid &&
			       all->items[i].uidvalidity == k->uidvalidity;
	return false;
}

/* The first of LESS that ALL does not know with the same UID, or NULL. */
static inline const struct known *unknown_of(
	const struct knowledge *less, const struct knowledge *all)
{
	for (size_t i = 0; i < less->count; i++)
		if (!knows(all, &less->items[i]))
			return &less->items[i];
	return NULL;
}

/* All of what was BEFORE is there, with the same UIDs. */
static inline void assert_known(struct box *b, const struct knowledge *before, const char *when)
{
	struct knowledge now;
	if (!learn(b, &now))
		fail_msg("%s: the database cannot be read: %s", when, b->err.text);
	const struct known *lost = unknown_of(before, &now);
	if (lost)
		fail_msg("%s: lost, or another UID: %s", when, lost->base);
}

/* ---- did an attempt come to its end? ---- */

struct look {
	struct box *box;
	const struct job *job;
	bool ended;
};

static inline int look_at_record(struct uiddb *db, void *context, struct err *err)
{
	struct look *l = context;
	struct store_id id = box_id(l->job->text, false);
	struct str record;
	struct journal j;
	int found = uiddb_get_record(db, id.bytes, &record, err);
	l->ended = found == 0;
	if (found <= 0)
		return found;
	assert_true(journal_decode(record, l->box->mem, &j));
	assert_non_null(j.marker);
	int root = maildir_open_root(l->box->maildir, true, err);
	assert_true(root >= 0);
	l->ended = !maildir_has_marker(root, j.marker->directory.p, j.marker->base.p, err);
	close(root);
	return 0;
}

/*
 * Did the attempt that was cut short remove its record or its marker, when VISIBLE files are there?
 * Then the same bytes are a new message, if they are not unique.
 */
static inline bool audit_ended(struct box *b, const struct job *job, size_t visible)
{
	struct look l = {.box = b, .job = job};
	box_count(b, job->text);
	if (job->unique || box_tally.visible < visible)
		return false;
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, look_at_record, &l, &b->err), 0);
	uiddb_close(db);
	return l.ended;
}

#endif
