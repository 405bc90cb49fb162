/*
 * For whom a message was first. The MTA says so (ORIGINAL_RECIPIENT, -a), unless one of our own
 * redirects brought it: then its stamp does. Nothing else in a message is believed.
 */
#ifndef MDA_DELIVERY_ORIGIN_H
#define MDA_DELIVERY_ORIGIN_H

#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"

struct aliases;
struct conf;
struct conf_file;
struct stamp;
struct stamp_keys;

struct origin {
	/* One that holds; NULL: there is none. */
	const struct stamp *stamp;
	/* Why one does not hold; NULL: there was none. */
	const char *doubt;
	/*
	 * One that holds, or would at another address: where the message has been. NULL: nobody
	 * knows.
	 */
	const struct stamp *passed;
	/* The original recipient is this mailbox, or an alias of it. */
	bool is_mailbox;
	/* What is in force for the original recipient; NULL: ERR says why. */
	const struct conf *conf;
};

/*
 * Finds it out, and writes the original recipient of a stamp that holds into ENV. KEYS may be
 * empty: then they are read when a stamp asks for them. Memory is MEM's.
 */
struct origin origin_find(const struct conf *conf, const struct conf_file *file,
	const struct aliases *aliases, const struct message *msg, const struct stamp_keys *keys,
	struct envelope *env, struct arena *mem, struct err *err);

#endif
