/* Finds the user to whom a mailbox belongs. */
#ifndef MDA_CONF_USER_H
#define MDA_CONF_USER_H

#include "mda/conf/conf_show.h"
#include "mda/conf/user_account.h"
#include "mda/conf/user_source.h"

/*
 * Looks up NAME: a system user in passwd(5), a virtual user as user@domain, or a user of Dovecot's.
 * The fault is "no such user" only when this is certain; if the user database does not answer, it
 * is temporary. USER's settings are CONF, with what the source says about the mailbox.
 */
int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err);

/* What the source says about USER's mailbox, as settings in MEM; most say nothing. */
struct conf_source user_said(const struct user *user, const struct conf *conf, struct arena *mem);

/*
 * If the source has renamed USER, takes the settings of the new name from FILE: the same mailbox
 * always has the same settings.
 */
int user_follow(
	const struct conf_file *file, struct arena *mem, struct user *user, struct err *err);

#endif
