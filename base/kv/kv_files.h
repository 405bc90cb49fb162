/* The files of a database in a directory, before LMDB opens them. */
#ifndef BASE_KV_KV_FILES_H
#define BASE_KV_KV_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Which file it is. */
struct kv_file {
	dev_t dev;
	ino_t ino;
};

/*
 * The directory of a database as a descriptor, so that nobody puts another in its place; WHAT and
 * PATH are for messages. What is a link or no regular file there is not touched.
 */
struct kv_place {
	const char *what, *path;
	int dir;
	bool claimed;
};

int kv_files_open(struct kv_place *p, const char *what, const char *path, struct err *err);
/* The directory that the file PATH is in. */
int kv_files_open_parent(struct kv_place *p, const char *what, const char *path, struct err *err);
/*
 * The same to read that file alone: the process that judges may not read a directory in which there
 * is mail.
 */
int kv_files_find_parent(struct kv_place *p, const char *what, const char *path, struct err *err);
void kv_files_close(struct kv_place *p);
/* The last component of a path. */
const char *kv_files_name(const char *path);

/*
 * What to call NAME of the directory, or the directory itself if NAME is NULL, for LMDB, which
 * takes paths only: by way of /proc and the descriptor; in a system without /proc WHOLE, which the
 * caller must check before and after. LMDB follows links, so NAME must be a regular file of ours by
 * then, and be the same one after (kv_files_is()).
 */
int kv_files_path(
	int dir, const char *name, const char *whole, char *path, size_t size, struct err *err);

/* LMDB's locks and shared memory do not work across machines. -1 where that would be needed. */
int kv_files_refuse_network(const struct kv_place *p, struct err *err);

/*
 * Makes sure of what LMDB takes for granted: that its lock file, which it maps, has its blocks on
 * the disk; on a full one it would kill the process, not fail.
 */
int kv_files_prepare_lock(const struct kv_place *p, struct err *err);

/*
 * The data and the lock file that stand there now, zero for one that is missing. -1 with errno when
 * that cannot be told.
 */
struct kv_pair {
	struct kv_file data, lock;
};
int kv_files_identify(int dir, struct kv_pair *pair);
/* Is FILE what FD is open on? */
bool kv_files_is(int fd, const struct kv_file *file);
bool kv_files_same(const struct kv_file *a, const struct kv_file *b);

/* 1 when there is none; LMDB would make an empty file one. One that is damaged is there. */
int kv_files_lacks(const struct kv_place *p, struct err *err);

/*
 * Makes this process the only one that changes names in the directory, and that opens or closes the
 * database, until it is released; waits up to a minute. ERR may be NULL.
 */
int kv_files_claim(struct kv_place *p, struct err *err);
void kv_files_release(struct kv_place *p);

/*
 * A database is made beside its place, under this name, and moved there when it is whole, so one
 * that is damaged was not left so by us.
 */
extern const char kv_files_making[], kv_files_data[], kv_files_lock[];
int kv_files_forget_making(const struct kv_place *p, struct err *err);
/*
 * Moves it to its place, with the directory claimed. Whoever had an older one open keeps that one's
 * lock file.
 */
int kv_files_install(const struct kv_place *p, struct err *err);

/*
 * Moves FILE out of the way when it still is the one in place: 1 and the new path in *ASIDE, which
 * the caller frees; 0 when it is not; -1 on error. With the directory claimed.
 */
int kv_files_set_aside(
	const struct kv_place *p, const struct kv_file *file, char **aside, struct err *err);

#endif
