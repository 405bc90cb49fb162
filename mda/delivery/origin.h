/*
 * Finds the original recipient. The MTA names it (ORIGINAL_RECIPIENT, -a), unless one of our own
 * redirects brought the message: then its stamp does. Nothing else in a message is believed.
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
	/* A valid stamp; NULL if there is none. */
	const struct stamp *stamp;
	/* Why a stamp is not valid; NULL if there was none. */
	const char *doubt;
	/*
	 * A stamp that is valid here or at another address: it says where the message has been.
	 * NULL if there is none.
	 */
	const struct stamp *passed;
	/* The original recipient is this mailbox or an alias of it. */
	bool is_mailbox;
	/* The settings of the original recipient; NULL if ERR says why there are none. */
	const struct conf *conf;
	const char *lacks; /* why what a table has is not among them; NULL: all is */
};

/*
 * Fills the result. The original recipient of a valid stamp is written into ENV. KEYS may be empty:
 * they are read if a stamp needs them. Everything is in MEM.
 */
struct origin origin_find(const struct conf *conf, const struct conf_file *file,
	const struct aliases *aliases, const struct message *msg, const struct stamp_keys *keys,
	struct envelope *env, struct arena *mem, struct err *err);

#endif
