/*
 * Where the admin's part of a path ends and the user's begins. These are the admin's and may
 * contain symbolic links: the part of a template in mda.conf before its first %-letter, the home of
 * a system user (from passwd(5)), and a path without a %-letter. What follows is the user's, and is
 * opened as base/path.h says.
 */
#ifndef MDA_CONF_PLACE_H
#define MDA_CONF_PLACE_H

#include "mda/conf/user_account.h"

/*
 * Gives base/path.h the directories that contain the files of USER, by the templates of CONF, and
 * which links are followed. This counts for the whole process, which works for one user at a time:
 * the directories of another user are forgotten. user_become() calls it.
 */
void place_declare(const struct conf *conf, const struct user *user);

/*
 * The directory at which the user's part of TEMPLATE begins, in MEM. HOME replaces %h at its start.
 * NULL when all of it is the admin's.
 */
const char *place_root(struct str template, const char *home, struct arena *mem);

#endif
