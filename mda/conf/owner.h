/*
 * Root does nothing with a path that somebody else can change: it becomes the owner of the
 * directory first, for good. The owner is found descriptor by descriptor; of links only those are
 * followed that root made where only root can change anything.
 */
#ifndef MDA_CONF_OWNER_H
#define MDA_CONF_OWNER_H

#include "mda/conf/user.h"

/*
 * Opens the directory at PATH, with O_PATH. -1 when it is not there, no directory, or behind
 * somebody's link.
 */
int owner_open_dir(const char *path, struct err *err);

/*
 * The owner of the directory at PATH, for user_become(); the names of USER stay as they are. -1
 * when it is root's, too.
 */
int owner_of_dir(const char *path, struct arena *mem, struct user *user, struct err *err);

/* The owner of the home at PATH, or of the directory that it is to be made in. */
int owner_of_home(const char *path, struct arena *mem, struct user *user, struct err *err);

/*
 * Whose the file at PATH is, there or not: 0 and the owner of its directory in USER; 1 when that is
 * root. In a directory of root's that others may write to it is the owner of the file. -1 on error.
 */
int owner_of_file(const char *path, struct arena *mem, struct user *user, struct err *err);

/*
 * For root's own file at PATH: opens its directory, which is made where it is missing when MAKE
 * says so, and where only root can write. *NAME is the file's name there, in MEM; links that only
 * root can have made are followed. -1 on error.
 */
int owner_open_parent(
	const char *path, bool make, struct arena *mem, const char **name, struct err *err);

/*
 * Opens root's own file at PATH for reading. -1 when it is not there, no regular file, or not
 * certainly root's.
 */
int owner_open_file(const char *path, struct arena *mem, struct err *err);

/*
 * For a file of the configuration's that root opens for good, such as the log or the keys: where it
 * is in another's directory, the process is its owner until owner_return(), so that no link leads
 * further than that one reaches, and what is made is theirs.
 */
int owner_lend(const char *path, struct arena *mem, struct err *err);
int owner_return(struct err *err);

/*
 * The account for what is in no mailbox: virtual_user where users are virtual and it is set, else
 * unprivileged_user.
 */
int owner_unprivileged(
	const struct conf *conf, struct arena *mem, struct user *user, struct err *err);

/* Becomes that account when the process is root's. */
int owner_drop(const struct conf *conf, struct arena *mem, struct err *err);

#endif
