/*
 * What Dovecot says about a user, from the fields of its answer (userdb.h): who they are and where
 * their mail is. If mda cannot store as Dovecot reads, that is an error, because mail must never be
 * stored beside the mailbox. Fields that have nothing to do with storing mail are ignored.
 */
#ifndef MDA_CONF_USERDB_USER_H
#define MDA_CONF_USERDB_USER_H

#include "mda/conf/userdb.h"
#include "store/folder.h"

#include <stdint.h>
#include <sys/types.h>

/* A value that Dovecot may give or not. */
struct userdb_number {
	bool is_set;
	uint64_t value;
};

struct userdb_user {
	struct str name;
	struct userdb_number uid, gid; /* never 0 */
	struct str login;              /* whose supplementary groups count; or empty */
	struct str home, maildir;      /* absolute paths; empty: not given */
	bool has_layout, has_utf8, utf8;
	enum folder_layout layout;
	struct userdb_number quota_bytes, quota_messages; /* 0: no limit */
};

/*
 * Reads the fields of REPLY, which has found a user. Memory is MEM's. -1 with a temporary fault
 * that names the field.
 */
int userdb_user_read(const struct userdb_reply *reply, struct arena *mem, struct userdb_user *user,
	struct err *err);

/*
 * Can NAME be that of a mailbox, as part of a path, too? Nothing of it is empty, begins with a dot,
 * or has a slash or a control character.
 */
bool userdb_user_is_name(struct str name);

#endif
