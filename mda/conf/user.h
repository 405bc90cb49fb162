/* The user to whom a mailbox belongs. */
#ifndef MDA_CONF_USER_H
#define MDA_CONF_USER_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

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

/* Where users come from: the value of the key "users". */
struct user_source {
	bool are_addresses;     /* otherwise they are logins */
	bool have_virtual_home; /* in virtual_home; otherwise the source knows the home */
	bool asks_server;       /* which takes time, and may fail or refuse a user's process */
	int (*find)(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
		struct err *err);
};

const struct user_source *user_source(const struct conf *conf);

/*
 * Looks up NAME: a system user in passwd(5), a virtual user as user@domain, or a user of Dovecot's.
 * The fault is "no such user" only when this is certain; if the user database does not answer, it
 * is temporary. USER's settings are CONF, with what the source says about the mailbox.
 */
int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err);

/*
 * If the source has renamed USER, takes the settings of the new name from FILE: the same mailbox
 * always has the same settings.
 */
int user_follow(
	const struct conf_file *file, struct arena *mem, struct user *user, struct err *err);

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

/*
 * Finds the account of virtual_user. If that is empty, it is the user who runs mda, or the owner of
 * HOME if that is root.
 */
int user_shared(const struct conf *conf, const char *home, struct arena *mem, struct user *user,
	struct err *err);

/*
 * Gives up root's rights and becomes the user, for good. Does nothing if the process is this user
 * already. An error if it is neither root nor the user, or if the user is root.
 */
int user_become(const struct user *user, struct err *err);

/*
 * Makes the missing home of a virtual user (unless DRY), or finds that the user is unknown
 * (create_home = no). Call it after user_become().
 */
int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err);

#endif
