/*
 * Finds every mailbox of a configuration: those of the system's users, or those at the paths of its
 * templates.
 */
#ifndef MDA_CONF_MAILBOXES_H
#define MDA_CONF_MAILBOXES_H

#include "mda/conf/user.h"

struct mailbox {
	struct str name; /* login, or address */
	struct user user;
	const char *maildir, *state; /* state NULL: the usual place */
	const char *wrong;           /* why it cannot be used; NULL: it can */
};

struct mailboxes {
	struct mailbox *items; /* by name, each once */
	size_t count;
};

/*
 * Finds the users whose Maildir is a directory. The name of a virtual user is derived from the
 * path, and counts only if it leads to the same path. Memory is MEM's. -1 when the user database or
 * a directory cannot be read.
 */
int mailboxes_find(
	const struct conf_file *file, struct arena *mem, struct mailboxes *found, struct err *err);

/*
 * Where the mailbox is, and its state (left as it is when the configuration does not say); nothing
 * is made or opened.
 */
int mailboxes_paths(const struct conf *conf, const struct template_values *names, struct arena *mem,
	const char **maildir, const char **state_dir, struct err *err);

/* The mailbox of one user or address, whether it exists or not. */
int mailboxes_of(const struct conf_file *file, struct str name, struct arena *mem,
	struct mailbox *m, struct err *err);

/*
 * Does this login, or a home for this address, exist? 1, 0, or -1 when a server could not be asked:
 * then mail must wait, because another mailbox may have a shorter name.
 */
int mailboxes_has(
	const struct conf_file *file, struct str name, struct arena *mem, struct err *err);

#endif
