/* The mailbox, and the configurations by which its messages are judged. */
#ifndef MDA_TOOLS_REFILE_REFILE_SESSION_H
#define MDA_TOOLS_REFILE_REFILE_SESSION_H

#include "mda/conf/mailboxes.h"
#include "mda/session.h"
#include "mda/tools/refile/refile.h"

/* What the options say; NULL: not given. */
struct refile_wishes {
	const char *user, *recipient, *original, *sender; /* as for a delivery */
	const char *conf;                                 /* the configuration in force */
	const char *new_conf;                             /* another one, to be tried */
	const char *script;                               /* instead of the user's script */
	const char *against; /* the script, instead of the user's, whose outcome is the old one */
	const char *block, *allow; /* instead of the address's lists */
	const char *lists;         /* a directory: its files replace the lists of the same name */
	bool compare;              /* the old outcome is that of the configuration in force */
	bool sends;                /* redirects may be carried out */
};

struct refile_session {
	struct session sides[REFILE_SIDES];
	struct conf changed[REFILE_SIDES]; /* the settings of a side, with the wishes */
	size_t count;                      /* of sides; 1: the old outcome is where a message is */
	/* Redirects may be carried out, so none goes to where the message has been. */
	bool sends;
	bool composes; /* hand back the bytes of redirects, too */
	struct mailbox mailbox;
	struct arena *mem;
};

/*
 * Finds the mailbox and the settings for it, and becomes its owner, for good. R->mem must be set.
 * -1 on error.
 */
int refile_session_open(struct refile_session *r, const struct refile_wishes *w, struct err *err);

#endif
