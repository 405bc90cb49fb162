/* The files of the LMDB environment, before LMDB opens them. */
#ifndef STORE_UIDDB_FILES_H
#define STORE_UIDDB_FILES_H

#include "mda/base/err.h"

/*
 * Makes sure of what LMDB takes for granted: that its lock file, which it maps, has its blocks on the disk (a full disk
 * would kill the process, not fail), and that a database is whole or not there. *LOCK is -1, or the mailbox's lock when
 * the database has yet to be made; the caller closes it when it has done that.
 */
int uiddb_files_prepare(const char *dir, int *lock, struct err *err);

#endif
