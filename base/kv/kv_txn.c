/*
 * LMDB trusts the bytes of its file: wrong ones make it abort, fault, write beyond its memory or
 * never end. So all work with it runs in mapguard_run(). A file that another program may have
 * changed is checked before it is written to. Where a file is only read, the path to each key is
 * checked before LMDB uses it (kv_path.h).
 */
#include "base/kv/kv_lmdb.h"

#include "base/beneath.h"
#include "base/kv/kv_check.h"
#include "base/kv/kv_seen.h"
#include "base/mapguard.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char unsound[] = "a part of it is not as it was written";

/* ---- errors ---- */

int kv_fail(struct kv *kv, int code, const char *what, struct err *err)
{
	const char *dsn = code == ENOSPC ? "4.3.1" : code == EDQUOT ? "4.2.2" : NULL;
	bool bad = code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND;
	if (code == MDB_MAP_FULL)
		kv->map_full = true;
	if (bad)
		kv->state = KV_DAMAGED;
	return err_coded(err, FAULT_TEMP, dsn, "%s %s: cannot %s it: %s%s", kv->layout->what,
		kv->path, what, bad ? "it is damaged: " : "",
		code > 0 ? beneath_why(code) : mdb_strerror(code));
}

int kv_fail_damaged(struct kv *kv, const char *how, struct err *err)
{
	kv->state = KV_DAMAGED;
	return err_temp(err, "%s %s: it is damaged: %s", kv->layout->what, kv->path, how);
}

int kv_fail_foreign(struct kv *kv, const char *how, struct err *err)
{
	kv->state = KV_DAMAGED;
	return err_temp(err, "%s %s: %s", kv->layout->what, kv->path, how);
}

int kv_fail_version(struct kv *kv, uint32_t version, struct err *err)
{
	const bool newer = version > kv->layout->format;
	kv->state = KV_VERSION;
	return err_temp(err,
		"%s %s: %s version of mda made it (format %lu, and this one has %lu); %s",
		kv->layout->what, kv->path, newer ? "a newer" : "an older", (unsigned long)version,
		(unsigned long)kv->layout->format,
		newer ? "install that version again (VERSIONS in mda-migrate(7))"
		      : "the next delivery upgrades it");
}

int kv_fail_moved(struct kv *kv, struct err *err)
{
	kv->state = KV_MOVED;
	return err_temp(err, "%s %s: another process has renamed it", kv->layout->what, kv->path);
}

int kv_bad_record(struct kv *kv, struct err *err)
{
	return kv_fail_damaged(kv, "a record is not valid", err);
}

bool kv_is_damaged(const struct kv *kv)
{
	return kv->state == KV_DAMAGED || kv->state == KV_MOVED;
}

/* ---- guarding ---- */

static int run_task(void *context)
{
	struct kv_task *t = context;
	return t->steps(t);
}

/* Its lock must go at once: the database that takes its place has the same file of notes. */
static void give_up_notes(struct kv *kv)
{
	if (kv->seen >= 0)
		close(kv->seen); /* a note that was not written is one that does not fit */
	kv->seen = -1;
}

int kv_run(struct kv_task *t)
{
	struct kv *kv = t->kv;
	int r = kv->broken ? MAPGUARD_FAULT : mapguard_run(run_task, t);
	if (r != MAPGUARD_FAULT)
		return r;
	kv->broken = kv->broken || kv->writing || !kv->txn;
	if (kv->broken)
		give_up_notes(kv);
	if (!kv->broken)
		mdb_txn_abort(kv->txn);
	kv->txn = NULL;
	return kv_fail_damaged(kv, "a part of it cannot be read", t->err);
}

/* ---- checking ---- */

int kv_data_fd(const struct kv *kv)
{
	mdb_filehandle_t fd = -1;
	(void)mdb_env_get_fd(kv->env, &fd); /* fails only for null pointers */
	return fd;
}

/* The last committed transaction, as the current one sees it. */
static uint64_t last_txn(const struct kv *kv)
{
	return mdb_txn_id(kv->txn) - (kv->writing ? 1 : 0);
}

bool kv_is_touched(const struct kv *kv)
{
	return !kv->writing && kv_seen_touched(kv->seen, kv_data_fd(kv), last_txn(kv));
}

int kv_look_through(struct kv *kv, struct err *err)
{
	int fd = kv_data_fd(kv);
	uint64_t last = last_txn(kv);
	if (!kv_seen_suspect(kv->seen, fd, last, kv->writing))
		return 0;
	enum kv_verdict verdict = kv_check_pages(fd, last);
	if (verdict == KV_UNREADABLE)
		return kv_fail(kv, errno, "look through", err);
	/* Others may have committed twice meanwhile; the next writer checks again. */
	if (verdict == KV_SOUND || (verdict == KV_GONE && !kv->writing))
		return 0;
	return kv_fail_damaged(kv, unsound, err);
}

/* ---- the path to a key ---- */

int kv_check_question(struct kv *kv, const char *table, struct str key, struct err *err)
{
	mapguard_progress();
	if (!kv->path_check || kv->writing || kv_path_is_sound(kv->path_check, table, key))
		return 0;
	return kv_fail_damaged(kv, unsound, err);
}

int kv_check_table(struct kv *kv, unsigned table, struct err *err)
{
	if (!kv->path_check || kv->writing ||
		kv_path_whole_is_sound(kv->path_check, kv->layout->tables[table]))
		return 0;
	return kv_fail_damaged(kv, unsound, err);
}

/* 1 it can be read, 0 others have committed twice meanwhile, -1 error. */
static int begin_path(struct kv *kv, struct err *err)
{
	if (kv->watched || kv->writing)
		return 1;
	if (!kv->path_check)
		kv->path_check = kv_path_new(kv_data_fd(kv));
	switch (kv_path_begin(kv->path_check, mdb_txn_id(kv->txn))) {
	case KV_SOUND:
		return 1;
	case KV_GONE:
		return 0;
	case KV_UNREADABLE:
		return kv_fail(kv, errno, "look at", err);
	default:
		return kv_fail_damaged(kv, unsound, err);
	}
}

/* ---- transactions ---- */

static int start_writing(struct kv *kv, struct err *err)
{
	if (kv->watched && kv_seen_lock(kv->seen) < 0)
		return kv_fail(kv, errno, "lock", err);
	kv->writing = true;
	return 0;
}

static void stop_writing(struct kv *kv)
{
	if (kv->writing && kv->watched)
		kv_seen_unlock(kv->seen);
	kv->writing = false;
}

static int begin_txn(struct kv *kv, unsigned flags, struct err *err)
{
	if (!(flags & MDB_RDONLY) && start_writing(kv, err) < 0)
		return -1;
	int e = mdb_txn_begin(kv->env, NULL, flags, &kv->txn);
	if (e == MDB_MAP_RESIZED) {
		/* Another process made the map grow; 0 takes over its size. */
		e = mdb_env_set_mapsize(kv->env, 0);
		if (e == 0)
			e = mdb_txn_begin(kv->env, NULL, flags, &kv->txn);
	}
	if (e)
		stop_writing(kv);
	return e ? kv_fail(kv, e, "begin a transaction in", err) : 0;
}

static void forget_txn(struct kv *kv)
{
	mdb_txn_abort(kv->txn);
	kv->txn = NULL;
	stop_writing(kv);
}

/*
 * Begins one whose path can be checked. A busy writer may be faster than we are, but not for ever.
 */
static int begin_on_path(struct kv *kv, unsigned flags, struct err *err)
{
	enum { TRIES = 100 };
	for (int i = 0; i < TRIES; i++) {
		if (begin_txn(kv, flags, err) < 0)
			return -1;
		int r = begin_path(kv, err);
		if (r > 0)
			return 0;
		forget_txn(kv);
		if (r < 0)
			return -1;
	}
	return err_temp(err, "%s %s: it keeps changing", kv->layout->what, kv->path);
}

int kv_begin(struct kv *kv, unsigned flags, struct err *err)
{
	if (begin_on_path(kv, flags, err) < 0)
		return -1;
	if (!kv->writing || !kv->watched)
		return 0;
	if (kv_look_through(kv, err) == 0) {
		kv_seen_begin(kv->seen, last_txn(kv));
		return 0;
	}
	forget_txn(kv);
	return -1;
}

void kv_abort(struct kv *kv)
{
	if (kv->writing && kv->watched)
		kv_seen_end(kv->seen, kv_data_fd(kv), last_txn(kv));
	forget_txn(kv);
}

/* If another process has set the database aside while we wrote, we wrote in vain. */
static int is_in_place(struct kv *kv, struct err *err)
{
	struct kv_file now;
	if (kv_files_identify_data(kv->place.dir, &now) < 0)
		return kv_fail(kv, errno, "look at", err);
	return kv_files_same(&now, &kv->file) ? 0 : kv_fail_moved(kv, err);
}

int kv_commit(struct kv *kv, struct err *err)
{
	bool wrote = kv->writing && kv->watched;
	uint64_t txn = mdb_txn_id(kv->txn);
	int e = mdb_txn_commit(kv->txn);
	kv->txn = NULL;
	if (wrote && e == 0)
		kv_seen_end(kv->seen, kv_data_fd(kv), txn);
	stop_writing(kv);
	if (e)
		return kv_fail(kv, e, "commit to", err);
	return wrote ? is_in_place(kv, err) : 0;
}

static int grow(struct kv *kv, struct err *err)
{
	MDB_envinfo info;
	int e = mdb_env_info(kv->env, &info);
	if (e == 0)
		e = mdb_env_set_mapsize(kv->env, info.me_mapsize * 2);
	return e ? kv_fail(kv, e, "grow", err) : 0;
}

static int write_steps(struct kv_task *t)
{
	if (kv_begin(t->kv, 0, t->err) < 0)
		return -1;
	if (t->work(t->kv, t->context, t->err) == 0)
		return kv_commit(t->kv, t->err);
	kv_abort(t->kv);
	return -1;
}

int kv_write(struct kv *kv, kv_work *work, void *context, struct err *err)
{
	struct kv_task t = {kv, write_steps, work, context, 0, err};
	int r = -1;
	do {
		kv->map_full = false;
		r = kv_run(&t);
	} while (r < 0 && kv->map_full && grow(kv, err) == 0);
	return r;
}

/* Its header is written to the disk later, by the system or by the next transaction. */
int kv_write_soon(struct kv *kv, kv_work *work, void *context, struct err *err)
{
	(void)mdb_env_set_flags(kv->env, MDB_NOMETASYNC, 1); /* if it fails: durable */
	int r = kv_write(kv, work, context, err);
	(void)mdb_env_set_flags(kv->env, MDB_NOMETASYNC, 0); /* fails as the first one did */
	return r;
}

static int read_steps(struct kv_task *t)
{
	if (kv_begin(t->kv, MDB_RDONLY, t->err) < 0)
		return -1;
	int r = t->work(t->kv, t->context, t->err);
	kv_abort(t->kv);
	return r;
}

int kv_read(struct kv *kv, kv_work *work, void *context, struct err *err)
{
	struct kv_task t = {kv, read_steps, work, context, 0, err};
	return kv_run(&t);
}
