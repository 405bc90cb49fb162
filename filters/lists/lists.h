/*
 * The first stage: the block and allow lists, global and of the address.
 *
 * A list is a text file (list_text.h), possibly compiled (list_map.h). An entry that cannot be read
 * is skipped with a note. A missing file is an empty list.
 *
 * Each level (global, address) decides once: of its matching entries the most specific one wins
 * (most literal characters), and block wins on a tie. Then the order is: global block, address
 * block, allow at either level.
 *
 * Block lists are asked about everybody who may have sent the message (list_senders.h). Allow lists
 * are asked about the From and the envelope sender, but not about a Sender field, because no
 * authentication checks it.
 */
#ifndef FILTERS_LISTS_LISTS_H
#define FILTERS_LISTS_LISTS_H

#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"
#include "base/verdict.h"

/* Paths; empty: no list. */
struct lists_conf {
	struct str global_allow, global_block, address_allow, address_block;
	/* why an entry for the From, or for the envelope sender, does not count; NULL: it counts */
	const char *doubt, *sender_doubt;
};

/*
 * Writes the result and its reason (file, line, entry) into the verdict, with notes for broken
 * lines and for an allow entry that matched but does not count. Allow entries count only when there
 * is no doubt about the From, and those of the address's own list only when IS_ORIGINAL: this
 * address is the message's original recipient. If a sender may be hidden from the block lists, the
 * message is spam with that reason. -1 when a list could not be read; the verdict then has the
 * result of the others.
 */
int lists_judge(const struct lists_conf *conf, const struct message *msg,
	const struct envelope *env, bool is_original, struct verdict *verdict, struct err *err);

#endif
