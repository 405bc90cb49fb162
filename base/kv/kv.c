#include "base/kv/kv_lmdb.h"

#include "base/arena.h"
#include "base/kv/kv_check.h"
#include "base/kv/kv_seen.h"
#include "base/mapguard.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { READERS = 512, OPEN_TRIES = 8, DEAD_TRIES = 1000 };

/* Address space, not disk space: the file grows as it is used. When the map is full, it doubles. */
static const size_t first_map_size = (size_t)1 << 28;

/*
 * Broken environments: LMDB would free and unlock things that it can no longer trust. The end of
 * the process does that.
 */
static struct kv *broken;

struct kv *kv_new(const struct kv_layout *layout, const char *path)
{
	struct kv *kv = mem_alloc(sizeof *kv);
	size_t n = strlen(path) + 1;
	*kv = (struct kv){.layout = layout, .path = mem_alloc(n), .place = {.dir = -1}, .seen = -1};
	memcpy(kv->path, path, n);
	return kv;
}

int kv_open_place(struct kv *kv, struct err *err)
{
	return kv_files_open(&kv->place, kv->layout->what, kv->path, err);
}

int kv_open_parent(struct kv *kv, struct err *err)
{
	kv->name = kv_files_name(kv->path);
	return kv_files_find_parent(&kv->place, kv->layout->what, kv->path, err);
}

/*
 * An environment that cannot be closed safely stays open until the process ends; then the kernel
 * releases its locks.
 */
static void close_environment(struct kv *kv)
{
	if (!kv->env || (kv->has_lock && kv_files_claim(&kv->place, NULL) < 0))
		return;
	mdb_env_close(kv->env);
	if (kv->has_lock)
		kv_files_release(&kv->place);
}

void kv_close(struct kv *kv)
{
	if (!kv)
		return;
	if (kv->broken) {
		kv->next = broken;
		broken = kv;
		return;
	}
	close_environment(kv);
	if (kv->seen >= 0)
		close(kv->seen); /* a note that was not written does not match */
	kv_path_free(kv->path_check);
	kv_files_close(&kv->place);
	free(kv->path);
	free(kv->aside);
	free(kv);
}

bool kv_is_new(const struct kv *kv)
{
	return kv->made;
}

const char *kv_set_aside_as(const struct kv *kv)
{
	return kv->aside;
}

/* ---- the environment ---- */

/* LMDB found an impossible state, and would abort the process. */
static void on_assert(MDB_env *env, const char *text)
{
	(void)env;
	(void)text;
	mapguard_leave();
}

/*
 * A file that nobody writes to is mapped only up to its size: the judging process maps several and
 * has little room.
 */
static size_t map_size(const struct kv *kv, unsigned flags)
{
	if (kv->name && flags & MDB_RDONLY)
		return KV_LEAST_MAP;
	return kv->layout->map ? kv->layout->map : first_map_size;
}

static int set_up(struct kv *kv, unsigned flags, struct err *err)
{
	int e = mdb_env_create(&kv->env);
	if (e == 0)
		e = mdb_env_set_maxdbs(kv->env, kv->layout->count);
	if (e == 0)
		e = mdb_env_set_mapsize(kv->env, map_size(kv, flags));
	if (e == 0)
		e = mdb_env_set_maxreaders(kv->env, READERS);
	if (e == 0)
		e = mdb_env_set_assert(kv->env, on_assert);
	return e ? kv_fail(kv, e, "set up", err) : 0;
}

/*
 * A program that opens and closes the database without our claim (mdb_stat, for example) may have
 * destroyed the mutexes of the lock file just when we opened it. A process that opens it alone
 * makes new ones.
 */
static bool has_dead_mutexes(const struct kv *kv)
{
	MDB_txn *txn;
	int e = mdb_txn_begin(kv->env, NULL, MDB_RDONLY, &txn);
	if (e == 0)
		mdb_txn_abort(txn);
	return kv->has_lock && e == EINVAL;
}

static int open_once(struct kv_task *t, const char *path)
{
	struct kv *kv = t->kv;
	if (set_up(kv, t->flags, t->err) < 0)
		return -1;
	int e = mdb_env_open(kv->env, path, t->flags, 0600);
	if (e == 0)
		return 0;
	kv_fail(kv, e, "open", t->err);
	/* We have read the same header and it was right: LMDB takes a short read for damage. */
	kv->state = KV_USABLE;
	return -1;
}

int kv_open_environment(struct kv_task *t)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	struct kv *kv = t->kv;
	char path[PATH_MAX];
	int dead;
	if (kv_files_path(kv->place.dir, kv->name, kv->path, path, sizeof path, t->err) < 0)
		return -1;
	for (int i = 0; i < DEAD_TRIES; i++) {
		if (open_once(t, path) < 0)
			return -1;
		if (!has_dead_mutexes(kv))
			break;
		mdb_env_close(kv->env);
		kv->env = NULL;
		nanosleep(&nap, NULL);
	}
	if (!kv->env)
		return kv_fail(kv, EINVAL, "open", t->err);
	/* Readers that died would keep old pages in use. */
	int e = mdb_reader_check(kv->env, &dead);
	return e ? kv_fail(kv, e, "check the readers of", t->err) : 0;
}

/* ---- the tables ---- */

static int check_format(struct kv *kv, struct err *err)
{
	uint32_t version;
	struct str value;
	int found = kv_get(kv, 0, STR_LIT(KV_FORMAT_KEY), &value, err);
	if (found < 0)
		return -1;
	if (!found || value.n != sizeof version)
		return kv_fail_damaged(kv, "its format is not recorded", err);
	memcpy(&version, value.p, sizeof version);
	if (version == kv->layout->format)
		return 0;
	char how[100];
	snprintf(how, sizeof how, "it was made by another version of mda (format %lu, not %lu)",
		(unsigned long)version, (unsigned long)kv->layout->format); /* it fits */
	return kv_fail_foreign(kv, how, err);
}

int kv_open_handles(struct kv *kv, unsigned first, unsigned last, unsigned flags, struct err *err)
{
	for (unsigned i = first; i < last; i++) {
		if (kv_check_question(kv, NULL, str_of(kv->layout->tables[i]), err) < 0)
			return -1;
		int e = mdb_dbi_open(kv->txn, kv->layout->tables[i], flags, &kv->tables[i]);
		if (e == MDB_NOTFOUND || e == MDB_INCOMPATIBLE)
			return kv_fail_damaged(kv, "a table is missing", err);
		if (e)
			return kv_fail(kv, e, "open a table of", err);
	}
	return 0;
}

/* The format is checked first, because another format may have other tables. */
static int look_at_tables(struct kv *kv, struct err *err)
{
	if (kv->watched && kv_look_through(kv, err) < 0)
		return -1;
	if (kv_open_handles(kv, 0, 1, 0, err) < 0 || check_format(kv, err) < 0)
		return -1;
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
	return open_in_dir(kv, 0, err);
}

/*
 * Tries again and again: a damaged database is renamed, and one that another process has put there
 * meanwhile is checked anew.
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

struct kv_identity kv_identity(const struct kv *kv)
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
