/* What the files of maildir.h share. */
#ifndef STORE_MAILDIR_INSIDE_H
#define STORE_MAILDIR_INSIDE_H

#include "store/maildir.h"

/* "cannot WHAT .../NAME: ", with errno; NAME is relative to DIR. Returns -1. */
int maildir_fail(struct err *err, const char *what, int dir, const char *name);

/* fsync of FD, which is NAME in DIR. */
int maildir_sync_fd(int fd, int dir, const char *name, struct err *err);

/* Does ERROR say that there is no such file? Any other error says nothing of that. */
bool maildir_is_absent(int error);

/* Makes what is missing of cur, new and tmp. */
int maildir_make_parts(int folder, struct err *err);

/* 1 with *ST when tmp/BASE is a regular file. */
int maildir_look_at_tmp(int folder, const char *base, struct stat *st, struct err *err);

#endif
