/*
 * The first stage: the block and allow lists, global and of the address.
 *
 * A list is a text file (list_text.h), perhaps compiled (list_map.h). An entry that cannot be read
 * is skipped with a note, the rest counts. A missing file is an empty list.
 *
 * Each level (global, address) speaks once: of its matching entries the most specific wins (most
 * literal characters), block on a tie. Then global block, address block, allow at either level, in
 * this order.
 *
 * Block lists are asked about everybody who may have sent the message (list_senders.h). Allow lists
 * are asked about the From, and about the envelope sender; a Sender field has no say, as no
 * authentication looks at it.
 */
#ifndef FILTERS_LISTS_LISTS_H
#define FILTERS_LISTS_LISTS_H

#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"
#include "base/verdict.h"

/* Paths; empty for none. */
struct lists_conf {
	struct str global_allow, global_block, address_allow, address_block;
	/*
	 * why an entry for the From does not count, and why one for the envelope sender does not;
	 * NULL: it does
	 */
	const char *doubt, *sender_doubt;
};

/*
 * Writes the listing and its reason (file, line, entry) into the verdict, and notes for broken
 * lines and for an allow entry that matched but does not count. Allow entries count only when there
 * is no doubt about the From; those of the address's own list only when IS_ORIGINAL: the message's
 * original recipient is this address. When a sender may be hidden from the block lists, the message
 * is spam with that reason. -1 when a list could not be read; the verdict then holds what the
 * others said.
 */
int lists_judge(const struct lists_conf *conf, const struct message *msg,
	const struct envelope *env, bool is_original, struct verdict *verdict, struct err *err);

#endif
