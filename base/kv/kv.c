#include "base/kv/kv_lmdb.h"

#include "base/beneath.h"
#include "base/kv/kv_check.h"
#include "base/kv/kv_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_TRIES = 8 };

bool kv_is_new(const struct kv *kv)
{
	return kv->made;
}

const char *kv_set_aside_as(const struct kv *kv)
{
	return kv->aside;
}

/* ---- the tables ---- */

static int read_format(struct kv *kv, uint32_t *version, struct err *err)
{
	struct str value;
	int found = kv_get(kv, 0, STR_LIT(KV_FORMAT_KEY), &value, err);
	if (found < 0)
		return -1;
	if (!found || value.n != sizeof *version)
		return kv_fail_damaged(kv, "its format is not recorded", err);
	memcpy(version, value.p, sizeof *version);
	return 0;
}

/* An older one can be upgraded by who may write. Nobody knows what a newer one has. */
static int check_format(struct kv *kv, struct err *err)
{
	char how[100];
	uint32_t version = 0;
	const unsigned long ours = kv->layout->format;
	if (read_format(kv, &version, err) < 0)
		return -1;
	kv->is_old = version < ours && kv->layout->upgrade;
	if (version == ours || (kv->is_old && kv->watched))
		return 0;
	if (kv->is_old || version > ours)
		return kv_fail_version(kv, version, err);
	snprintf(how, sizeof how, "it was made by another version of mda (format %lu, not %lu)",
		(unsigned long)version, ours); /* it fits */
	return kv_fail_foreign(kv, how, err);
}

/* Another process may have done it while this one waited for the transaction. */
static int upgrade(struct kv *kv, void *context, struct err *err)
{
	(void)context;
	uint32_t version = 0;
	const uint32_t ours = kv->layout->format;
	if (read_format(kv, &version, err) < 0)
		return -1;
	if (version > ours)
		return kv_fail_version(kv, version, err);
	if (kv_open_handles(kv, 1, kv->layout->count, MDB_CREATE, err) < 0)
		return -1;
	if (version == ours)
		return 0;
	struct str value = {(const char *)&ours, sizeof ours};
	if (kv->layout->upgrade(kv, version, err) < 0)
		return -1;
	return kv_put(kv, 0, STR_LIT(KV_FORMAT_KEY), value, err);
}

/* The format is checked first, because another format may have other tables. */
static int look_at_tables(struct kv *kv, struct err *err)
{
	if (kv->watched && kv_look_through(kv, err) < 0)
		return -1;
	if (kv->layout->is_foreign)
		return kv_open_unnamed(kv, err);
	if (kv_open_handles(kv, 0, 1, 0, err) < 0 || check_format(kv, err) < 0)
		return -1;
	if (kv->is_old)
		return 0;
	return kv_open_handles(kv, 1, kv->layout->count, 0, err);
}

/* Runs as a reader, which waits for nobody. */
static int open_tables(struct kv_task *t)
{
	if (kv_begin(t->kv, MDB_RDONLY, t->err) < 0)
		return -1;
	if (look_at_tables(t->kv, t->err) == 0)
		return kv_commit(t->kv, t->err);
	kv_abort(t->kv);
	return -1;
}

/* ---- opening ---- */

/* Checks what LMDB would trip over, and notes which file it is. */
static int look_at_header(struct kv *kv, int fd, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return kv_fail(kv, errno, "look at", err);
	kv->file = (struct kv_file){st.st_dev, st.st_ino};
	if (!S_ISREG(st.st_mode))
		return kv_fail_damaged(kv, "it is not a regular file", err);
	switch (kv_check_header(fd)) {
	case KV_SOUND:
		return 0;
	case KV_UNREADABLE:
		return kv_fail(kv, errno, "read", err);
	case KV_OTHER_VERSION:
		return kv_fail_foreign(kv, "it was made by another version of LMDB", err);
	default:
		return kv_fail(kv, MDB_INVALID, "open", err);
	}
}

static int look_at_file(struct kv *kv, const char *name, struct err *err)
{
	int fd = beneath_open(kv->place.dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ENOENT && kv->watched)
		return kv_fail_moved(kv, err);
	if (fd < 0)
		return kv_fail(kv, errno, "open", err);
	int r = look_at_header(kv, fd, err);
	close(fd); /* nothing was written */
	return r;
}

/*
 * From 0.9.26 on, LMDB destroys the mutexes of its lock file when the last process closes it. A
 * process that opened it at that moment would use dead ones, so nobody opens while another process
 * closes.
 */
static int open_alone(struct kv *kv, unsigned flags, struct err *err)
{
	struct kv_task open = {.kv = kv, .steps = kv_open_environment, .flags = flags, .err = err};
	kv->has_lock = !(flags & MDB_NOLOCK);
	if (!kv->has_lock)
		return kv_run(&open);
	if (kv_files_claim(&kv->place, err) < 0)
		return -1;
	int r = kv_run(&open);
	kv_files_release(&kv->place);
	return r;
}

/* LMDB must not take the lock file of one database and the data file of another. */
static int open_whole(struct kv *kv, unsigned flags, struct err *err)
{
	struct kv_pair before, after;
	if (kv_files_identify(kv->place.dir, &before) < 0)
		return kv_fail(kv, errno, "look at", err);
	if (!kv_files_same(&before.data, &kv->file))
		return kv_fail_moved(kv, err);
	if (open_alone(kv, flags, err) < 0)
		return -1;
	if (kv_files_identify(kv->place.dir, &after) < 0)
		return kv_fail(kv, errno, "look at", err);
	if (!kv_files_same(&after.data, &kv->file) || !kv_files_same(&after.lock, &before.lock) ||
		!kv_files_is(kv_data_fd(kv), &kv->file))
		return kv_fail_moved(kv, err);
	return 0;
}

static int open_in_dir(struct kv *kv, unsigned flags, struct err *err)
{
	struct kv_task look = {.kv = kv, .steps = open_tables, .err = err};
	if (look_at_file(kv, kv_files_data, err) < 0 || open_whole(kv, flags, err) < 0)
		return -1;
	return kv_run(&look);
}

static int make_if_missing(struct kv *kv, struct kv_place *place, struct err *err)
{
	char making[PATH_MAX];
	int lacks = kv_files_lacks(place, err);
	if (lacks <= 0)
		return lacks;
	if (snprintf(making, sizeof making, "%s/%s", kv->path, kv_files_making) >=
		(int)sizeof making)
		return err_temp(err, "the path %.200s is too long", kv->path);
	/* Another process may have made it in the meantime. */
	if (kv_files_claim(place, err) < 0 || (lacks = kv_files_lacks(place, err)) <= 0)
		return lacks;
	if (kv_files_forget_making(place, err) < 0 ||
		kv_build_file(kv->layout, place, making, 0600, NULL, NULL, err) < 0 ||
		kv_files_install(place, err) < 0)
		return -1;
	kv->made = true;
	return 0;
}

static int open_for_writing(struct kv *kv, struct err *err)
{
	if (kv_open_place(kv, err) < 0)
		return -1;
	int r = kv_files_refuse_network(&kv->place, err);
	if (r == 0)
		r = make_if_missing(kv, &kv->place, err);
	if (r == 0)
		r = kv_files_prepare_lock(&kv->place, err);
	kv_files_release(&kv->place);
	if (r < 0)
		return -1;
	kv->watched = true;
	kv->seen = kv_seen_open(kv->place.dir);
	r = open_in_dir(kv, 0, err);
	return r == 0 && kv->is_old ? kv_write(kv, upgrade, NULL, err) : r;
}

/*
 * Tries again and again: a damaged database is renamed, and a new one that another process has put
 * there in the meantime is checked.
 */
struct kv *kv_open(const struct kv_layout *layout, const char *dir, struct err *err)
{
	char *aside = NULL;
	bool made = false;
	for (int i = 0; i < OPEN_TRIES; i++) {
		struct kv *kv = kv_new(layout, dir);
		kv->aside = aside;
		int r = open_for_writing(kv, err);
		kv->made = made = made || kv->made;
		if (r == 0)
			return kv;
		bool again = kv->state == KV_MOVED ||
			     (kv->state == KV_DAMAGED && kv_set_aside(kv, err) == 0);
		aside = kv->aside;
		kv->aside = NULL;
		kv_close(kv);
		if (!again)
			break;
	}
	free(aside);
	return NULL;
}

/*
 * A reader of a database that nobody has ever locked must not leave a lock file, which may belong
 * to root.
 */
static unsigned reader_flags(const struct kv *kv)
{
	bool has_lock = beneath_exists(kv->place.dir, kv_files_lock) == 0;
	return has_lock ? MDB_RDONLY : MDB_RDONLY | MDB_NOLOCK;
}

struct kv *kv_open_read_only(const struct kv_layout *layout, const char *dir, struct err *err)
{
	struct kv *kv = kv_new(layout, dir);
	if (kv_open_place(kv, err) == 0 && open_in_dir(kv, reader_flags(kv), err) == 0)
		return kv;
	kv_close(kv);
	return NULL;
}

/*
 * Nothing is known of a file other than the one that was checked: it was replaced in the meantime.
 */
static int open_looked_at(struct kv *kv, struct err *err)
{
	struct kv_task open = {.kv = kv,
		.steps = kv_open_environment,
		.flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR,
		.err = err};
	struct kv_task look = {.kv = kv, .steps = open_tables, .err = err};
	if (kv_open_parent(kv, err) < 0 || look_at_file(kv, kv->name, err) < 0 || kv_run(&open) < 0)
		return -1;
	return kv_files_is(kv_data_fd(kv), &kv->file) ? kv_run(&look) : kv_fail_moved(kv, err);
}

struct kv *kv_open_file(const struct kv_layout *layout, const char *path, struct err *err)
{
	bool again = true;
	for (int i = 0; i < OPEN_TRIES && again; i++) {
		struct kv *kv = kv_new(layout, path);
		if (open_looked_at(kv, err) == 0)
			return kv;
		again = kv->state == KV_MOVED;
		kv_close(kv);
	}
	return NULL;
}

static struct kv_identity identify(const struct kv *kv)
{
	struct statx st;
	struct kv_identity id = {0};
	if (statx(kv_data_fd(kv), "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return id;
	id.inode = st.stx_ino;
	if (st.stx_mask & STATX_BTIME) {
		id.seconds = st.stx_btime.tv_sec;
		id.nanoseconds = st.stx_btime.tv_nsec;
	}
	return id;
}

/* It stays the same as long as the file is open. */
struct kv_identity kv_identity(struct kv *kv)
{
	if (!kv->is_identified)
		kv->identity = identify(kv);
	kv->is_identified = true;
	return kv->identity;
}

int kv_set_aside(struct kv *kv, struct err *err)
{
	char *aside = NULL;
	if (kv->state == KV_MOVED)
		return 0;
	int r = kv_files_claim(&kv->place, err);
	if (r == 0)
		r = kv_files_set_aside(&kv->place, &kv->file, &aside, err);
	kv_files_release(&kv->place);
	if (r < 0)
		return -1;
	if (aside) {
		free(kv->aside);
		kv->aside = aside;
	}
	return 0;
}
