/* What the kv*.c files share: the only file that includes LMDB. */
#ifndef BASE_KV_KV_LMDB_H
#define BASE_KV_KV_LMDB_H

#include "base/kv/kv.h"
#include "base/kv/kv_files.h"
#include "base/kv/kv_path.h"

#include <lmdb.h>

#define KV_FORMAT_KEY "format"

/* As a map's size it means that LMDB maps what exists. */
enum { KV_LEAST_MAP = 4096 };

enum kv_state {
	KV_USABLE,
	KV_DAMAGED,
	KV_MOVED,   /* it is not the one in place, or no longer */
	KV_VERSION, /* it is whole, and for another version of mda */
};

struct kv {
	const struct kv_layout *layout;
	char *path; /* the directory, or the file that was built or is being built; for messages */
	/* the directory of its files: PATH itself, or the directory of the file PATH */
	struct kv_place place;
	const char *name; /* the name of that file, in PATH; NULL for a directory */
	char *aside;      /* where a damaged one was moved */
	bool made;
	bool is_old; /* it has an older format, which can be upgraded */
	enum kv_state state;
	struct kv_file file;         /* the data file that was opened */
	struct kv_identity identity; /* its own, once it was asked */
	bool is_identified;
	bool watched; /* others may write to it: see kv_seen.h */
	int seen;
	struct kv_path *path_check; /* for one that is not watched, after the first reading */
	MDB_env *env;
	bool has_lock; /* it uses the lock file together with other processes */
	MDB_txn *txn;  /* the current transaction */
	MDB_dbi tables[KV_TABLES_MAX];
	bool map_full; /* the current transaction ran out of room */
	bool writing;  /* the current transaction may write */
	bool broken;   /* LMDB was interrupted in the middle of something */
	struct kv *next;
};

/* ---- kv_txn.c ---- */

/* Fills ERR for an LMDB status or errno CODE, and notes what that means for KV. Always -1. */
int kv_fail(struct kv *kv, int code, const char *what, struct err *err);
int kv_fail_damaged(struct kv *kv, const char *how, struct err *err);
/* The same for a database that is whole but that no version of mda can read any more. */
int kv_fail_foreign(struct kv *kv, const char *how, struct err *err);
/* The same for one with the format VERSION, which another version of mda can use: it stays. */
int kv_fail_version(struct kv *kv, uint32_t version, struct err *err);
int kv_fail_moved(struct kv *kv, struct err *err);

/* One piece of work that reads the map. STEPS gets the task. */
struct kv_task {
	struct kv *kv;
	int (*steps)(struct kv_task *t);
	kv_work *work;
	void *context;
	unsigned flags; /* for opening the environment */
	struct err *err;
};

/* Runs the steps. Whatever damaged bytes lead to is an error. */
int kv_run(struct kv_task *t);

/* FLAGS: 0, or MDB_RDONLY. A writing transaction checks a suspect database. */
int kv_begin(struct kv *kv, unsigned flags, struct err *err);
/* Handles that were opened in a transaction remain valid after its commit. */
int kv_commit(struct kv *kv, struct err *err);
void kv_abort(struct kv *kv);
/* In a transaction: checks a suspect database. */
int kv_look_through(struct kv *kv, struct err *err);
/*
 * In a transaction, before every question to LMDB: 0 when everything that LMDB reads for KEY in
 * TABLE is sound or was checked before. TABLE is NULL for the table of tables.
 */
int kv_check_question(struct kv *kv, const char *table, struct str key, struct err *err);
/* The same for a walk through a table. */
int kv_check_table(struct kv *kv, unsigned table, struct err *err);
/* The descriptor of the data file. */
int kv_data_fd(const struct kv *kv);

/* ---- kv_env.c ---- */

/* Not open yet; kv_open_place() or kv_open_parent() opens its place. */
struct kv *kv_new(const struct kv_layout *layout, const char *path);
int kv_open_place(struct kv *kv, struct err *err);
int kv_open_parent(struct kv *kv, struct err *err);
/* A task's steps: opens the environment with the task's flags. */
int kv_open_environment(struct kv_task *t);
/* In a transaction: opens the tables from FIRST up to LAST. FLAGS: 0, or MDB_CREATE. */
int kv_open_handles(struct kv *kv, unsigned first, unsigned last, unsigned flags, struct err *err);
/* In a transaction: opens the table without a name, as the first one. */
int kv_open_unnamed(struct kv *kv, struct err *err);

/* ---- kv_build.c ---- */

/*
 * kv_build() without renaming: makes the file PATH, which does not exist, in the directory of
 * PLACE, complete and synced, with MODE. FILL may be NULL. -1 on error.
 */
int kv_build_file(const struct kv_layout *layout, const struct kv_place *place, const char *path,
	mode_t mode, kv_work *fill, void *context, struct err *err);

#endif
