/*
 * Who claims to have sent a message. Block lists are asked about everybody in it; allow lists are
 * asked about the author that a reader sees.
 */
#ifndef FILTERS_LISTS_LIST_SENDERS_H
#define FILTERS_LISTS_LIST_SENDERS_H

#include "base/envelope.h"
#include "base/message.h"

/*
 * No more addresses are looked up: no real message has so many senders, and each look-up takes
 * time.
 */
enum { LIST_SENDERS_MOST = 64 };

struct list_senders {
	/*
	 * The address_key() of the envelope sender and of every address in every From and Sender
	 * field, each once. If a reader may skip characters, or take others for @ < and >, both
	 * readings are included.
	 */
	struct str_list all;
	struct str_list from;  /* of the From fields only */
	struct str envelope;   /* of the envelope sender; empty: a null sender */
	const char *ambiguous; /* why the author is not certain for a reader; NULL: it is */
	/*
	 * why a sender may be hidden from a block list: too long, too many, or disguised; NULL:
	 * none is
	 */
	const char *hidden;
};

/* The result is in MEM. */
struct list_senders list_senders_of(
	const struct message *msg, const struct envelope *env, struct arena *mem);

#endif
