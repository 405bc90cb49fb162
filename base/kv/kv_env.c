/*
 * One LMDB environment: it is opened with its tables, and closed. kv.c says which files it needs
 * for that.
 */
#include "base/kv/kv_lmdb.h"

#include "base/mapguard.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READERS = 512, DEAD_TRIES = 1000 };

/* Address space, not disk space: the file grows as it is used. When the map is full, it doubles. */
static const size_t first_map_size = (size_t)1 << 28;

/* ---- making and closing ---- */

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

int kv_open_unnamed(struct kv *kv, struct err *err)
{
	int e = mdb_dbi_open(kv->txn, NULL, 0, &kv->tables[0]);
	return e ? kv_fail(kv, e, "open the table of", err) : 0;
}
