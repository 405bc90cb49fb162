/* What mda-learn works on: a mailbox, and the server that it teaches. */
#ifndef MDA_TOOLS_LEARN_LEARN_H
#define MDA_TOOLS_LEARN_LEARN_H

#include "base/buf.h"
#include "base/packed.h"
#include "filters/spam/spam_servers.h"
#include "mda/acts/acts.h"
#include "mda/conf/conf.h"
#include "mda/conf/user_account.h"
#include "mda/tools/learn/learn_folder.h"

struct learn {
	const struct conf *conf;
	struct user user;   /* its owner */
	struct str mailbox; /* its address */
	struct learn_place place;
	bool dry_run, json, suggest;
	struct buf *out;
	size_t spam, ham; /* taught */
	struct packed_tally unread;
	struct arena *mem;
};

/* Is there a server to teach? -1 with the reason if not. */
int learn_check(const struct learn *l, struct err *err);

/*
 * Teaches one message. WHERE is its name for people, such as "Junk 12". Appends a line to l->out.
 * It is not an error if the server has nothing to learn from the message.
 */
int learn_message(struct learn *l, const struct message *msg, const char *where, bool is_spam,
	struct err *err);

/* Goes through the messages that are new since the last scan, and records how far it came. */
int learn_scan(struct learn *l, struct err *err);

/*
 * Goes through what is new in Junk since the last time, for the allow lists: what was moved there
 * came through an entry that its owner should know of (acts_spam()). It needs no server.
 */
int learn_scan_allowed(struct learn *l, const struct acts *acts, struct err *err);

#endif
