/* Whose mailbox it is. */
#ifndef MDA_CONF_USER_H
#define MDA_CONF_USER_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

#include <sys/types.h>

struct user {
	struct template_values names; /* for the path templates; home among them */
	uid_t uid;
	gid_t gid;
	const char *login; /* of passwd(5), for the supplementary groups; NULL when there is none */
	const struct conf *conf; /* what is in force for them; NULL: they were found without it */
};

/*
 * Looks NAME up: a system user in passwd(5), or a virtual user user@domain. Fault "no such user"
 * only when it is certain that there is none; a user database that does not answer is temporary.
 */
int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err);

/*
 * "vmail", "5000" or "5000:5000", as the value of KEY, which is for messages. Fills uid, gid and
 * login; root is an error.
 */
int user_by_name(
	struct str who, const char *key, struct arena *mem, struct user *user, struct err *err);

/*
 * The account UID, with its own groups, and with GID as the first of them where it is a member. An
 * account without an entry in passwd(5) has GID alone, or the group 65534 where that is root's.
 */
int user_of_uid(uid_t uid, gid_t gid, struct arena *mem, struct user *user, struct err *err);

/*
 * Gives up root's rights for the user's for good. Does nothing when the process has them already;
 * an error when it is neither root nor the user, and when the user is root.
 */
int user_become(const struct user *user, struct err *err);

/*
 * Makes a virtual user's missing home (not when DRY), or finds that there is no such user
 * (create_home = no). After user_become().
 */
int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err);

#endif
