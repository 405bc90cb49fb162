/* Taking over the rights of the user whose mailbox it is, and their home. */
#ifndef MDA_CONF_USER_BECOME_H
#define MDA_CONF_USER_BECOME_H

#include "mda/conf/user_account.h"

/*
 * Declares the user's places (see place.h) and folders, and becomes the user as
 * user_account_become() does.
 */
int user_become(const struct user *user, struct err *err);

/*
 * Makes the missing home of a virtual user (unless DRY), or finds that the user is unknown
 * (create_home = no). Call it after user_become().
 */
int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err);

#endif
