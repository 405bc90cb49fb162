/*
 * Tables of keys and values on the disk, in LMDB. A key has 1 to KV_KEY_MAX bytes; keys are sorted
 * as bytes.
 *
 * A database is either a directory that one user writes to (kv_open()), or a file that is built
 * once, renamed into place and only read after that, by anyone (kv_build(), kv_open_file()).
 * Whatever happens to its bytes leads to an error, never to a crash.
 */
#ifndef BASE_KV_KV_H
#define BASE_KV_KV_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <sys/types.h>

struct kv;

enum { KV_KEY_MAX = 511, KV_TABLES_MAX = 16, KV_SMALL_MAP = 1 << 24 };

/* Describes a kind of database. It must outlive every struct kv that was opened with it. */
struct kv_layout {
	const char *what;          /* the name for messages: "UID database" */
	const char *const *tables; /* their names; the functions below take the index */
	unsigned count;            /* how many there are */
	uint32_t format;           /* their version, which the first table has under "format" */
	/* address space in bytes for a small database; 0: the usual, for large ones */
	size_t map;
	/*
	 * Brings a database of the older format FROM to this one, in the transaction for writing
	 * that records the new format. New tables are there, empty. NULL: every older database is
	 * treated as a damaged one.
	 */
	int (*upgrade)(struct kv *kv, uint32_t from, struct err *err);
	/*
	 * Another program makes the file: its keys and values are in the table without a name,
	 * which is the only one, and there is no format. Only for kv_open_file().
	 */
	bool is_foreign;
};

/* ---- opening ---- */

/*
 * Opens the database in the directory DIR, which exists. A missing one is made; a damaged one is
 * renamed and a new one is made; one of an older format is upgraded. NULL on error (always
 * temporary): the file system is not local, we may not write, or a newer version of mda made it. A
 * process may not open it twice at the same time.
 */
struct kv *kv_open(const struct kv_layout *layout, const char *dir, struct err *err);
/* The same, only for reading: makes, changes and repairs nothing and leaves no trace. */
struct kv *kv_open_read_only(const struct kv_layout *layout, const char *dir, struct err *err);
/* Opens a file that kv_build() made. It can still be read after another one has taken its place. */
struct kv *kv_open_file(const struct kv_layout *layout, const char *path, struct err *err);
void kv_close(struct kv *kv);

/*
 * Builds the file PATH anew. FILL gets the empty database and runs kv_write() on it, as often as it
 * likes, because a transaction is kept in memory. Then the file gets MODE, is synced and renamed
 * into place. On failure -1, and the old file stays.
 */
typedef int kv_work(struct kv *kv, void *context, struct err *err);
int kv_build(const struct kv_layout *layout, const char *path, mode_t mode, kv_work *fill,
	void *context, struct err *err);

/*
 * What distinguishes the file from a copy that came back from somewhere else: its inode number and
 * when it was made. All zero: unknown.
 */
struct kv_identity {
	uint64_t inode;
	int64_t seconds;
	uint32_t nanoseconds, zero;
};
struct kv_identity kv_identity(struct kv *kv);
/* In kv_read(): has another program changed the file since we last wrote to it (see kv_seen.h)? */
bool kv_is_touched(const struct kv *kv);

/* Was it made by this kv_open()? */
bool kv_is_new(const struct kv *kv);
/*
 * Did the last call fail because the database is damaged, or because another process has set it
 * aside? Nothing works with it any more; kv_set_aside(), kv_close() and kv_open() give a new one.
 */
bool kv_is_damaged(const struct kv *kv);
/*
 * Renames the damaged database, unless another process has done so. Not in a transaction. -1 on
 * error.
 */
int kv_set_aside(struct kv *kv, struct err *err);
/*
 * The path to which kv_open() or kv_set_aside() renamed a damaged one; lives as long as KV. NULL:
 * none was renamed.
 */
const char *kv_set_aside_as(const struct kv *kv);

/* ---- transactions ---- */

/*
 * Runs WORK in one transaction, and commits it durably if WORK returns 0; otherwise nothing has
 * changed. WORK may be run several times, because the map may have to grow, so each run must set
 * all its results anew.
 */
int kv_write(struct kv *kv, kv_work *work, void *context, struct err *err);
/*
 * Like kv_write(), but a loss of power may undo it. It waits once for the disk instead of twice.
 */
int kv_write_soon(struct kv *kv, kv_work *work, void *context, struct err *err);
/*
 * The same for reading: WORK sees a consistent state, changes nothing and waits for nobody. Returns
 * what WORK returns.
 */
int kv_read(struct kv *kv, kv_work *work, void *context, struct err *err);

/* ---- in a transaction; results live until the next change or the end of the transaction ---- */

/* 1 found, 0 not there, -1 error. */
int kv_get(struct kv *kv, unsigned table, struct str key, struct str *value, struct err *err);
/* Writes or overwrites: 0, or -1. */
int kv_put(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/* 1 written, 0 the key exists and keeps its value, -1 error. */
int kv_add(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/*
 * Like kv_put(), for a KEY above all others of the table; -1 if it is not. It is fast and leaves no
 * gaps.
 */
int kv_append(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err);
/* 1 it was there, 0 it was not, -1 error. */
int kv_delete(struct kv *kv, unsigned table, struct str key, struct err *err);
/* The highest key: 1 found, 0 the table is empty, -1 error. */
int kv_last(struct kv *kv, unsigned table, struct str *key, struct str *value, struct err *err);

/* What happens to the pair that was visited, and to the walk. */
enum kv_step { KV_FAILED = -1, KV_NEXT, KV_STOP, KV_DELETE };
/* May read all tables and change the others. With KV_FAILED it has filled ERR. */
typedef enum kv_step kv_visit(void *context, struct str key, struct str value, struct err *err);
/*
 * Visits the pairs from the key FROM on, in order; an empty FROM is the start. 0, or -1 on error.
 */
int kv_walk(struct kv *kv, unsigned table, struct str from, kv_visit *visit, void *context,
	struct err *err);

/*
 * For a caller who finds a value that it cannot have written: the database is damaged. Always -1.
 */
int kv_bad_record(struct kv *kv, struct err *err);

#endif
