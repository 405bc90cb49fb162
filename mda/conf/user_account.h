/* The user to whom a mailbox belongs, as an account of the system. */
#ifndef MDA_CONF_USER_ACCOUNT_H
#define MDA_CONF_USER_ACCOUNT_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

#include <pwd.h>
#include <sys/types.h>

struct user {
	struct template_values names; /* for the path templates; also the home */
	uid_t uid;
	gid_t gid;
	const char *login; /* of passwd(5), for the supplementary groups; NULL when there is none */
	const struct conf *conf; /* their settings; NULL: they were found without them */
	/* What their source has said about the mailbox, which is part of CONF; NULL: nothing. */
	const struct user_mailbox *mailbox;
	bool renamed; /* the source has another name for them than what was asked for */
};

/*
 * Finds the account "vmail", "5000" or "5000:5000", the value of KEY. Fills uid, gid and login.
 * Root is an error.
 */
int user_by_name(
	struct str who, const char *key, struct arena *mem, struct user *user, struct err *err);

/*
 * Finds the account UID, with its own groups. GID is the first of them if the account is a member.
 * An account without an entry in passwd(5) has only GID, or the group 65534 if GID is root's.
 */
int user_of_uid(uid_t uid, gid_t gid, struct arena *mem, struct user *user, struct err *err);

/* 1 when LOGIN is in passwd(5), 0 when not, -1 on error. The strings of ENTRY are in MEM. */
int user_account_look_up(
	const char *login, struct arena *mem, struct passwd *entry, struct err *err);
/* USER gets uid, gid and login of ENTRY. */
void user_account_take(struct user *user, const struct passwd *entry);

/*
 * Gives up root's rights and becomes the user, for good. Does nothing if the process is this user
 * already. An error if it is neither root nor the user, or if the user is root.
 */
int user_account_become(const struct user *user, struct err *err);

#endif
