/*
 * Where the admin's part of a path ends and the user's begins. The literal part of a template in
 * mda.conf, before the first %-letter, is the admin's, and so are the home of a system user
 * (passwd(5) names it) and a path without a %-letter; they may hold symbolic links. What follows is
 * the user's, and is opened as base/path.h says.
 */
#ifndef MDA_CONF_PLACE_H
#define MDA_CONF_PLACE_H

#include "mda/conf/user.h"

/*
 * Declares the directories below which the files of USER lie, by the templates of CONF, to
 * base/path.h, and follows links as CONF says. For the whole process, which works for one user at a
 * time: those of another are forgotten. user_become() calls it.
 */
void place_declare(const struct conf *conf, const struct user *user);

/*
 * The directory at which the user's part of TEMPLATE begins; HOME is that of %h at its start. In
 * MEM. NULL: all of it is the admin's.
 */
const char *place_root(struct str template, const char *home, struct arena *mem);

#endif
