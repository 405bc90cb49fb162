/* The files of a database in a directory, before LMDB opens them. */
#ifndef BASE_KV_KV_FILES_H
#define BASE_KV_KV_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Identifies a file. */
struct kv_file {
	dev_t dev;
	ino_t ino;
};

/*
 * The directory of a database as a descriptor, so that nobody can replace it. WHAT and PATH are for
 * messages. Links and files that are not regular are not touched.
 */
struct kv_place {
	const char *what, *path;
	int dir;
	bool claimed;
};

int kv_files_open(struct kv_place *p, const char *what, const char *path, struct err *err);
/* Opens the directory of the file PATH. -1 on error. */
int kv_files_open_parent(struct kv_place *p, const char *what, const char *path, struct err *err);
/*
 * The same only to read that file: the judging process may not list a directory that has mail in
 * it.
 */
int kv_files_find_parent(struct kv_place *p, const char *what, const char *path, struct err *err);
void kv_files_close(struct kv_place *p);
/* The last component of a path. */
const char *kv_files_name(const char *path);

/*
 * The path by which LMDB, which takes only paths, opens NAME in the directory (or the directory
 * itself if NAME is NULL): through /proc and the descriptor. Without /proc it is WHOLE, which the
 * caller must check before and after. LMDB follows links, so NAME must be our regular file before,
 * and the same file after (kv_files_is()). -1 on error.
 */
int kv_files_path(
	int dir, const char *name, const char *whole, char *path, size_t size, struct err *err);

/* -1 on a network file system: LMDB's locks and shared memory do not work between machines. */
int kv_files_refuse_network(const struct kv_place *p, struct err *err);

/*
 * Makes sure that the lock file, which LMDB maps, has its blocks on the disk. On a full disk LMDB
 * would be killed instead of failing. -1 on error.
 */
int kv_files_prepare_lock(const struct kv_place *p, struct err *err);

/*
 * The data file and the lock file that exist now; zero for a missing one. -1 with errno when that
 * is unknown.
 */
struct kv_pair {
	struct kv_file data, lock;
};
int kv_files_identify(int dir, struct kv_pair *pair);
/* The same for the data file alone. */
int kv_files_identify_data(int dir, struct kv_file *data);
/* Is FD an open descriptor of FILE? */
bool kv_files_is(int fd, const struct kv_file *file);
bool kv_files_same(const struct kv_file *a, const struct kv_file *b);

/*
 * 1 when there is no database (LMDB would make an empty file one). A damaged one counts as
 * existing.
 */
int kv_files_lacks(const struct kv_place *p, struct err *err);

/*
 * Until it is released, no other process changes names in the directory or opens or closes the
 * database. Waits up to a minute. -1 on error; ERR may be NULL.
 */
int kv_files_claim(struct kv_place *p, struct err *err);
void kv_files_release(struct kv_place *p);

/*
 * A new database is made beside its place, under this name, and moved there when it is complete. So
 * a damaged one was not left by us.
 */
extern const char kv_files_making[], kv_files_data[], kv_files_lock[];
int kv_files_forget_making(const struct kv_place *p, struct err *err);
/*
 * Moves the new database to its place. The directory must be claimed. Processes that have an older
 * one open keep its lock file. -1 on error.
 */
int kv_files_install(const struct kv_place *p, struct err *err);

/*
 * Renames FILE if it is still in place. 1 and the new path in *ASIDE, which the caller frees; 0
 * when another file is in place; -1 on error. The directory must be claimed.
 */
int kv_files_set_aside(
	const struct kv_place *p, const struct kv_file *file, char **aside, struct err *err);

#endif
