/* What the maildir*.c files share. */
#ifndef STORE_MAILDIR_INSIDE_H
#define STORE_MAILDIR_INSIDE_H

#include "store/maildir.h"

/*
 * Fills ERR with "cannot WHAT .../NAME: " and the meaning of errno; NAME is relative to DIR.
 * Returns -1.
 */
int maildir_fail(struct err *err, const char *what, int dir, const char *name);

/* Syncs FD, which is NAME in DIR. -1 with the error. */
int maildir_sync_fd(int fd, int dir, const char *name, struct err *err);

/* Syncs the directory NAME in DIR, that is, the names in it. -1 with the error. */
int maildir_sync_dir(int dir, const char *name, struct err *err);

/* Does ERROR mean that the file does not exist? Other errors say nothing about that. */
bool maildir_is_absent(int error);

/* Makes those of cur, new and tmp that are missing. */
int maildir_make_parts(int folder, struct err *err);

/* 1 and *ST when tmp/BASE is a regular file, 0 when it does not exist, -1 on error. */
int maildir_look_at_tmp(int folder, const char *base, struct stat *st, struct err *err);

#endif
