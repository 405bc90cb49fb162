/*
 * Who claims to have sent a message: whom the block lists are asked about, which is everybody, and
 * whom the allow lists are asked about, which is the author whom a reader sees.
 */
#ifndef FILTERS_LISTS_LIST_SENDERS_H
#define FILTERS_LISTS_LIST_SENDERS_H

#include "base/envelope.h"
#include "base/message.h"

/*
 * More addresses than these are not looked up: no message has so many senders, and each takes its
 * time.
 */
enum { LIST_SENDERS_MOST = 64 };

struct list_senders {
	/*
	 * address_key() of the envelope sender and of every address of every From and Sender field,
	 * each once. Where a reader may skip characters or take others for @ < and >, both readings
	 * are here.
	 */
	struct str_list all;
	struct str_list from; /* of the From fields alone */
	struct str envelope;  /* of the envelope sender; empty: a null sender */
	const char
		*ambiguous; /* why it is not sure whom a reader takes for the author; NULL: it is */
	/*
	 * why a sender may be hidden from a block list: too long, too many, or disguised; NULL:
	 * none is
	 */
	const char *hidden;
};

/* Memory is MEM's. */
struct list_senders list_senders_of(
	const struct message *msg, const struct envelope *env, struct arena *mem);

#endif
