/*
 * Tables of keys and values on the disk, in LMDB. Keys are bytes, 1 to KV_KEY_MAX of them, and
 * sorted as such.
 *
 * A database is a directory that one user writes to (kv_open), or a file that is built once,
 * renamed into place and only read from then on, by anyone (kv_build, kv_open_file). All that can
 * happen to its bytes is an error, never a crash.
 */
#ifndef BASE_KV_KV_H
#define BASE_KV_KV_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <sys/types.h>

struct kv;

enum { KV_KEY_MAX = 511, KV_TABLES_MAX = 16, KV_SMALL_MAP = 1 << 24 };

/* What a kind of database looks like; outlives every struct kv that was opened with it. */
struct kv_layout {
	const char *what;          /* "UID database": how messages call it */
	const char *const *tables; /* their names; the functions below take the index */
	unsigned count;            /* of them */
	uint32_t format;           /* their version, kept in the first table under "format" */
	/* bytes of address space that one that is not large takes; 0: the usual, for large ones */
	size_t map;
};

/* ---- opening ---- */

/*
 * The database in the directory DIR, which exists. One that is missing is made; one that is damaged
 * is set aside and another one is made. NULL on error (always temporary): no local file system, not
 * writable. A process may not have it open twice at a time.
 */
struct kv *kv_open(const struct kv_layout *layout, const char *dir, struct err *err);
/* The same for reading what is there: makes, changes and repairs nothing, leaves no trace. */
struct kv *kv_open_read_only(const struct kv_layout *layout, const char *dir, struct err *err);
/* One that kv_build() made. Who has it open goes on reading it when another one takes its place. */
struct kv *kv_open_file(const struct kv_layout *layout, const char *path, struct err *err);
void kv_close(struct kv *kv);

/*
 * Builds the file PATH anew: FILL runs kv_write() on the empty database, as often as it likes, as
 * what a transaction holds is kept in memory; then the file gets MODE, is synced and renamed into
 * place. On failure the old one stays.
 */
typedef int kv_work(struct kv *kv, void *context, struct err *err);
int kv_build(const struct kv_layout *layout, const char *path, mode_t mode, kv_work *fill,
	void *context, struct err *err);

/*
 * What tells the file from a copy of it that came back from somewhere else: a number and when it
 * was made, as the file system has them. All zero when it cannot be told.
 */
struct kv_identity {
	uint64_t inode;
	int64_t seconds;
	uint32_t nanoseconds, zero;
};
struct kv_identity kv_identity(const struct kv *kv);
/*
 * Within kv_read(): did another program change the file since we had last written to it
 * (kv_seen.h)?
 */
bool kv_is_touched(const struct kv *kv);

/* It was made by this kv_open(). */
bool kv_is_new(const struct kv *kv);
/*
 * What just failed failed because the database is damaged, or because another process set it aside:
 * nothing will work with it any more. kv_set_aside(), kv_close() and kv_open() give a new one.
 */
bool kv_is_damaged(const struct kv *kv);
/*
 * Moves the damaged database out of the way, unless another process has done so. Not within a
 * transaction.
 */
int kv_set_aside(struct kv *kv, struct err *err);
/*
 * Where kv_open() or kv_set_aside() moved a damaged one: lives as long as KV. NULL: they moved
 * none.
 */
const char *kv_set_aside_as(const struct kv *kv);

/* ---- transactions ---- */

/*
 * Runs WORK in one transaction and commits it when it returns 0, durably; otherwise nothing has
 * happened. WORK may be run several times (the map may have to grow), so it must set all that it
 * hands out anew each time.
 */
int kv_write(struct kv *kv, kv_work *work, void *context, struct err *err);
/*
 * The same for a consistent view, without changing anything, and waits for nobody. Returns what
 * WORK returns.
 */
int kv_read(struct kv *kv, kv_work *work, void *context, struct err *err);

/*
 * ---- within a transaction; what is found lives until the next change or the end of the
 * transaction ----
 */

/* 1 found, 0 not there, -1 error. */
int kv_get(struct kv *kv, unsigned table, struct str key, struct str *value, struct err *err);
/* Writes or overwrites: 0, or -1. */
int kv_put(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/* 1 written, 0 there is one already, which stays, -1 error. */
int kv_add(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/*
 * Like kv_put() for a KEY above all others of the table, -1 if it is not: fast, and leaves no
 * holes.
 */
int kv_append(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/* 1 it was there, 0 not, -1 error. */
int kv_delete(struct kv *kv, unsigned table, struct str key, struct err *err);
/* The highest key: 1 found, 0 the table is empty, -1 error. */
int kv_last(struct kv *kv, unsigned table, struct str *key, struct str *value, struct err *err);

/* What becomes of the pair that was visited, and of the walk. */
enum kv_step { KV_FAILED = -1, KV_NEXT, KV_STOP, KV_DELETE };
/* May read all tables and change others. KV_FAILED: it has filled ERR. */
typedef enum kv_step kv_visit(void *context, struct str key, struct str value, struct err *err);
/* Visits the pairs from the key FROM on, in order; an empty FROM is the start. 0, or -1. */
int kv_walk(struct kv *kv, unsigned table, struct str from, kv_visit *visit, void *context,
	struct err *err);

/*
 * For the caller who finds that a value cannot be what he wrote: the database is damaged. Always
 * -1.
 */
int kv_bad_record(struct kv *kv, struct err *err);

#endif
