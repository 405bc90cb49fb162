/*
 * The users that Dovecot knows, whatever database it has them in: they are asked of its socket
 * auth-userdb (see userdb.h).
 */
#ifndef MDA_CONF_USER_DOVECOT_H
#define MDA_CONF_USER_DOVECOT_H

#include "mda/conf/conf_show.h"
#include "mda/conf/user_account.h"

/*
 * As user_find(). Everything but an answer is a temporary fault: that Dovecot does not run, does
 * not answer in time, cannot ask its database, or says what cannot be done.
 */
int user_dovecot_find(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err);

/* The names of all users. -1 also when Dovecot does not let this process list them. */
int user_dovecot_list(
	const struct conf *conf, struct arena *mem, struct str_list *names, struct err *err);

/* What Dovecot has said about a mailbox. */
struct user_mailbox;

/* A copy of CONF in which this counts, in MEM. */
const struct conf *user_dovecot_settings(
	const struct conf *conf, const struct user_mailbox *mailbox, struct arena *mem);

/* The same as settings, in MEM. */
struct conf_source user_dovecot_source(
	const struct conf *conf, const struct user_mailbox *mailbox, struct arena *mem);

/*
 * The directory at which the user's part of the home begins, and that of the Maildir (NULL: it is
 * in the home, or mda.conf names it): one of users_homes, or the path itself.
 */
const char *user_dovecot_home_root(
	const struct conf *conf, const struct user *user, struct arena *mem);
const char *user_dovecot_mail_root(
	const struct conf *conf, const struct user *user, struct arena *mem);

#endif
