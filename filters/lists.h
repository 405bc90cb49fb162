/*
 * The first stage: the block and allow lists, global and of the address.
 *
 * A list is a text file (list_text.h), perhaps compiled (list_map.h). An entry that cannot be read is skipped with a note,
 * the rest counts. A missing file is an empty list.
 *
 * Each level (global, address) speaks once: of its matching entries the most specific wins (most literal characters),
 * block on a tie. Then global block, address block, allow at either level, in this order.
 */
#ifndef FILTERS_LISTS_H
#define FILTERS_LISTS_H

#include "mda/base/envelope.h"
#include "mda/base/err.h"
#include "mda/base/message.h"
#include "mda/base/verdict.h"

/* Paths; empty for none. */
struct lists_conf {
	struct str global_allow, global_block, address_allow, address_block;
	/* why no allow entry counts, whoever it names: his authentication failed; NULL: they do */
	const char *doubt;
};

/* Who claims to have sent it: the envelope sender and every address of every From and Sender field, each once. */
struct lists_senders {
	struct str *keys; /* address_key() */
	size_t count;
	bool cut; /* there were more than anybody looks up */
	/* why it is not sure whom a reader takes for the author; NULL when it is */
	const char *doubt;
};

struct lists_senders lists_senders(
	const struct message *msg, const struct envelope *env, struct arena *mem);

/*
 * Writes the listing and its reason (file, line, entry) into the verdict, and notes for broken lines and for an allow
 * entry that matched but does not count. Allow entries count only when there is no doubt about the From; those of the
 * address's own list only when IS_ORIGINAL: the message's original recipient is this address. -1 when a list could not
 * be read; the verdict then holds what the others said.
 */
int lists_judge(const struct lists_conf *conf, const struct message *msg,
	const struct envelope *env, bool is_original, struct verdict *verdict, struct err *err);

#endif
