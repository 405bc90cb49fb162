/*
 * Root does nothing with a path that somebody else can change: it becomes the owner of the directory first, for good. The owner
 * is found descriptor by descriptor; of links only those are followed that root made where only root can change anything.
 */
#ifndef MDA_OWNER_H
#define MDA_OWNER_H

#include "mda/user.h"

/* Opens the directory at PATH, with O_PATH. -1 when it is not there, no directory, or behind somebody's link. */
int owner_open_dir(const char *path, struct err *err);

/* The owner of the directory at PATH, for user_become(); the names of USER stay as they are. -1 when it is root's, too. */
int owner_of_dir(const char *path, struct arena *mem, struct user *user, struct err *err);

/* The owner of the home at PATH, or of the directory that it is to be made in. */
int owner_of_home(const char *path, struct arena *mem, struct user *user, struct err *err);

/* The account for what is in no mailbox: virtual_user where users are virtual and it is set, else unprivileged_user. */
int owner_unprivileged(
	const struct conf *conf, struct arena *mem, struct user *user, struct err *err);

/* Becomes that account when the process is root's. */
int owner_drop(const struct conf *conf, struct arena *mem, struct err *err);

#endif
