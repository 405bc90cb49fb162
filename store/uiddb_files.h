/* The files of the LMDB environment, before LMDB opens them. */
#ifndef STORE_UIDDB_FILES_H
#define STORE_UIDDB_FILES_H

#include "mda/base/err.h"

/*
 * Makes sure of what LMDB takes for granted: that its lock file, which it maps, has its blocks on the disk; on a full one
 * it would kill the process, not fail.
 */
int uiddb_files_prepare(const char *dir, struct err *err);

/*
 * A database is made beside its place and moved there when it is whole, so one that is damaged was not left so by us.
 * 0 when DIR has a database; 1 when it has none: then MAKING is the directory for uiddb_files_install(), and *LOCK the
 * mailbox's lock, which nobody else makes one under; the caller closes it. -1 on error.
 */
int uiddb_files_need_making(const char *dir, char *making, size_t size, int *lock, struct err *err);

/* Moves the database that was made in MAKING, and is closed, to its place in DIR. */
int uiddb_files_install(const char *dir, const char *making, struct err *err);

#endif
