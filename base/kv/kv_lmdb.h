/* What the files of kv share: the one place that includes LMDB. */
#ifndef BASE_KV_KV_LMDB_H
#define BASE_KV_KV_LMDB_H

#include "base/kv/kv.h"
#include "base/kv/kv_files.h"
#include "base/kv/kv_path.h"

#include <lmdb.h>

#define KV_FORMAT_KEY "format"

/* Set as a map's size it leaves that to LMDB, which maps what there is. */
enum { KV_LEAST_MAP = 4096 };

enum kv_state {
	KV_USABLE,
	KV_DAMAGED,
	KV_MOVED, /* it is not, or no longer, the one that is in place */
};

struct kv {
	const struct kv_layout *layout;
	char *path; /* the directory, or the file that was or is built; for messages */
	/* where its files are: the directory PATH, or the one that the file PATH is in */
	struct kv_place place;
	const char *name; /* of that file, in PATH; NULL for a directory */
	char *aside;      /* where a damaged one went */
	bool made;
	enum kv_state state;
	struct kv_file file; /* the data file, as it was opened */
	bool watched;        /* it may be written to: see kv_seen.h */
	int seen;
	struct kv_path *path_check; /* of one that is not watched, once it is read */
	MDB_env *env;
	bool has_lock; /* it uses the lock file, with other processes */
	MDB_txn *txn;  /* the one under way */
	MDB_dbi tables[KV_TABLES_MAX];
	bool map_full; /* this transaction ran out of room */
	bool writing;  /* the transaction under way may write */
	bool broken;   /* LMDB was left in the middle of something */
	struct kv *next;
};

/* Fills ERR for an LMDB status or errno CODE, and takes note of what it means. Always -1. */
int kv_fail(struct kv *kv, int code, const char *what, struct err *err);
int kv_fail_damaged(struct kv *kv, const char *how, struct err *err);
/* The same for one that is whole, but not ours to read. */
int kv_fail_foreign(struct kv *kv, const char *how, struct err *err);
int kv_fail_moved(struct kv *kv, struct err *err);

/* One piece of work that reads the map. STEPS is given the task. */
struct kv_task {
	struct kv *kv;
	int (*steps)(struct kv_task *t);
	kv_work *work;
	void *context;
	unsigned flags; /* of the environment, when it is opened */
	struct err *err;
};

/* Runs the steps; what damaged bytes lead to is an error. */
int kv_run(struct kv_task *t);

/* FLAGS: 0, or MDB_RDONLY. One that writes looks through a database that is suspect. */
int kv_begin(struct kv *kv, unsigned flags, struct err *err);
/* Handles that were opened in a transaction stay when it is committed. */
int kv_commit(struct kv *kv, struct err *err);
void kv_abort(struct kv *kv);
/* Within a transaction: looks through a database that is suspect. */
int kv_look_through(struct kv *kv, struct err *err);
/*
 * Within a transaction: 0 when what LMDB looks at for KEY in TABLE is sound, or was looked through
 * before. TABLE is NULL for the table of tables. Before every question to LMDB.
 */
int kv_check_question(struct kv *kv, const char *table, struct str key, struct err *err);
/* The same for a walk through a table. */
int kv_check_table(struct kv *kv, unsigned table, struct err *err);
/* The descriptor of the data file. */
int kv_data_fd(const struct kv *kv);

/* One that is not open yet; its place is opened by kv_open_place() or kv_open_parent(). */
struct kv *kv_new(const struct kv_layout *layout, const char *path);
int kv_open_place(struct kv *kv, struct err *err);
int kv_open_parent(struct kv *kv, struct err *err);
/* Steps of a task: opens the environment with its flags. */
int kv_open_environment(struct kv_task *t);
/* Within a transaction: of the tables from FIRST up to LAST. FLAGS: 0, or MDB_CREATE. */
int kv_open_handles(struct kv *kv, unsigned first, unsigned last, unsigned flags, struct err *err);
/*
 * kv_build() without the names: the file PATH in the directory of PLACE, which is not there, whole
 * and synced, with MODE. FILL may be NULL.
 */
int kv_build_file(const struct kv_layout *layout, const struct kv_place *place, const char *path,
	mode_t mode, kv_work *fill, void *context, struct err *err);

#endif
