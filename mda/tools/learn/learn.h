/*
 * What mda-learn works with: a mailbox, the server that is taught, and what a message is taken for.
 */
#ifndef MDA_TOOLS_LEARN_LEARN_H
#define MDA_TOOLS_LEARN_LEARN_H

#include "base/buf.h"
#include "base/packed.h"
#include "filters/spam/spam_servers.h"
#include "mda/conf/conf.h"
#include "mda/tools/learn/learn_folder.h"

struct learn {
	const struct conf *conf;
	struct str mailbox; /* its address */
	struct learn_place place;
	bool dry_run, json, suggest;
	struct buf *out;
	size_t spam, ham; /* taught */
	struct packed_tally unread;
	struct arena *mem;
};

/* Is there a server to teach? -1 with the reason. */
int learn_check(const struct learn *l, struct err *err);

/*
 * Teaches one message; WHERE is how it is called, such as "Junk 12". Appends a line to l->out. That
 * the server has nothing to learn from it is no error.
 */
int learn_message(struct learn *l, const struct message *msg, const char *where, bool is_spam,
	struct err *err);

/*
 * Goes through the folders, as far as they are new since the last time, and remembers how far it
 * came.
 */
int learn_scan(struct learn *l, struct err *err);

#endif
