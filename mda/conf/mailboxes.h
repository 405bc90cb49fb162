/*
 * Every mailbox of a configuration: those of the system's users, or those that lie where its
 * templates point.
 */
#ifndef MDA_CONF_MAILBOXES_H
#define MDA_CONF_MAILBOXES_H

#include "mda/conf/user.h"

struct mailbox {
	struct str name; /* login, or address */
	struct user user;
	const char *maildir, *state; /* state NULL: the usual place */
};

struct mailboxes {
	struct mailbox *items; /* by name, each once */
	size_t count;
};

/*
 * Finds them: a user is one of them when his Maildir is a directory. A virtual user's name is read
 * off the path; only one whose mailbox lies at this very path counts. Memory is MEM's. -1 when the
 * user database or a directory cannot be read.
 */
int mailboxes_find(
	const struct conf_file *file, struct arena *mem, struct mailboxes *found, struct err *err);

/*
 * Where the mailbox is, and its state (left as it is when the configuration does not say); nothing
 * is made or opened.
 */
int mailboxes_paths(const struct conf *conf, const struct template_values *names, struct arena *mem,
	const char **maildir, const char **state_dir, struct err *err);

/* The mailbox of one user or address, there or not. */
int mailboxes_of(const struct conf_file *file, struct str name, struct arena *mem,
	struct mailbox *m, struct err *err);

/* Has the system a login of this name, or is there a home for this address? */
bool mailboxes_has(const struct conf_file *file, struct str name, struct arena *mem);

#endif
