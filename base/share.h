/*
 * Making files and directories in a directory that several people share. Mode and group come from a
 * directory, never from the umask (which takes nothing from the owner: see process.c), and are
 * never wider than that directory's. The rules are Dovecot's, which reads the same files. What
 * exists keeps its mode and group. LIKE is an open directory. If its group cannot be given, the new
 * file is for its owner alone.
 */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum share_kind {
	SHARE_MAIL,  /* for everybody who may read, or write, the directory */
	SHARE_STATE, /* for a group that may write to the directory, and nobody else */
};

/* Like beneath_open() with O_CREAT in FLAGS, and like beneath_mkdir(); errno is set as there. */
int share_open(int dir, const char *path, int flags, int like, enum share_kind kind);
int share_mkdir(int dir, const char *path, int like, enum share_kind kind);

/* share_open() for NAME in the directory with the path DIR, which must not be a link. */
int share_open_in(const char *dir, const char *name, int flags, enum share_kind kind);

/*
 * Sets mode and group of a file that we have just made. If that fails, it stays for its owner
 * alone.
 */
void share_file(int fd, int like, enum share_kind kind);

/*
 * Makes the directory PATH like its parent, or like LIKE if that is not -1. It is not an error if
 * it exists. -1 on error.
 */
int share_make_dir(const char *path, int like, enum share_kind kind, struct err *err);

/* Can we give new files the group of LIKE, or is that not needed? */
bool share_is_possible(int like);

#endif
