/*
 * What is made in a directory that several people share. Mode and group come from a directory,
 * never from the umask (which takes nothing from the owner: process.c), and are never wider than
 * that directory's; the rules are those of Dovecot, which reads the same files. What is there
 * already keeps what it has. LIKE is an open directory. Where its group cannot be given, what is
 * made is its owner's alone.
 */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum share_kind {
	SHARE_MAIL,  /* for whoever may read, or write, the directory */
	SHARE_STATE, /* for a group that may write in it, and for nobody else */
};

/* As beneath_open() with O_CREAT in FLAGS, and as beneath_mkdir(). errno as there. */
int share_open(int dir, const char *path, int flags, int like, enum share_kind kind);
int share_mkdir(int dir, const char *path, int like, enum share_kind kind);

/*
 * Mode and group for a file of ours that was just made. If that fails it stays as it is, its
 * owner's alone.
 */
void share_file(int fd, int like, enum share_kind kind);

/*
 * Makes the directory PATH like the one that it is in, or like LIKE, if that is not -1. One that is
 * there is fine.
 */
int share_make_dir(const char *path, int like, enum share_kind kind, struct err *err);

/* Can we give the group of LIKE to what is made, or need we not? */
bool share_is_possible(int like);

#endif
