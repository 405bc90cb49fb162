/*
 * Root does not use a path that somebody else can change: it becomes the owner of the directory
 * first, for good. The path is opened one directory at a time. A link is followed only if root made
 * it where only root can change anything.
 */
#ifndef MDA_CONF_OWNER_H
#define MDA_CONF_OWNER_H

#include "mda/conf/user_account.h"

/*
 * Opens the directory at PATH, with O_PATH. -1 when it does not exist, is not a directory, or is
 * reached through a link that others can make.
 */
int owner_open_dir(const char *path, struct err *err);

/*
 * The owner of the directory at PATH, for user_become(). The names of USER are not changed. -1 also
 * when the owner is root.
 */
int owner_of_dir(const char *path, struct arena *mem, struct user *user, struct err *err);

/* The owner of the home at PATH, or of the directory in which it would be made. */
int owner_of_home(const char *path, struct arena *mem, struct user *user, struct err *err);

/*
 * Who may change the file at PATH, whether it exists or not: 0 with the owner of its directory in
 * USER, or 1 for root. In a directory of root's that others can write to, this is the owner of the
 * file. -1 on error.
 */
int owner_of_file(const char *path, struct arena *mem, struct user *user, struct err *err);

/*
 * Opens the directory of root's own file at PATH. With MAKE, a missing directory is made where only
 * root can write. *NAME is the name of the file in it, in MEM. Links that only root can have made
 * are followed. -1 on error.
 */
int owner_open_parent(
	const char *path, bool make, struct arena *mem, const char **name, struct err *err);

/*
 * Opens root's own file at PATH for reading. -1 when it does not exist, is not a regular file, or
 * may be somebody else's.
 */
int owner_open_file(const char *path, struct arena *mem, struct err *err);

/*
 * For a file of the configuration that root keeps open, such as the log or the keys. If it is in
 * somebody else's directory, the process becomes them until owner_return(). So a link leads no
 * further than they can reach, and a file that is made is theirs.
 */
int owner_lend(const char *path, struct arena *mem, struct err *err);
int owner_return(struct err *err);

/*
 * Finds the account of virtual_user. If that is empty, it is the user who runs mda, or the owner of
 * HOME if that is root.
 */
int owner_shared(const struct conf *conf, const char *home, struct arena *mem, struct user *user,
	struct err *err);

/*
 * The account for work without a mailbox: virtual_user when users are virtual and it is set,
 * otherwise unprivileged_user.
 */
int owner_unprivileged(
	const struct conf *conf, struct arena *mem, struct user *user, struct err *err);

/* Becomes that account if the process is root. */
int owner_drop(const struct conf *conf, struct arena *mem, struct err *err);

#endif
