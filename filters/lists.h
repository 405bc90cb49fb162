/*
 * The first stage: the block and allow lists, global and of the address.
 *
 * A list is a text file with one entry a line (mda/base/wild.h); `#` starts a comment at the start of a line or behind a
 * blank; a BOM and CRLF are fine. An entry that cannot be read is skipped with a note, the rest counts. A missing file is
 * an empty list.
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
#include "mda/base/wild.h"

/* Paths; empty for none. */
struct lists_conf {
	struct str global_allow, global_block, address_allow, address_block;
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

/* Takes the entry off a line of a list; false when the line has none. *COLUMN is where it starts, from 1. */
bool lists_entry(struct str line, struct str *entry, unsigned *column);

/* Called for each entry of a list: with W when it can be read, else with NULL and what is wrong. */
typedef void lists_visit(
	void *context, const struct wild *w, struct str entry, const struct diag *where);

/*
 * Walks over the list at PATH: 1, 0 when it does not exist, -1 on error. What VISIT gets lives until it returns, apart
 * from where->file, which is PATH.
 */
int lists_walk(struct str path, lists_visit *visit, void *context, struct err *err);

#endif
