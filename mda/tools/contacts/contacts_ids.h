/*
 * The ids of messages that a person has sent, for the screener: an answer to one of them, from
 * where it was sent, is not held.
 */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_IDS_H
#define MDA_TOOLS_CONTACTS_CONTACTS_IDS_H

#include "base/message.h"
#include "mda/tools/contacts/contacts_tool.h"
#include "store/screened.h"

/* Those that are not written yet. Set MEM; the rest is zero. */
struct contacts_ids {
	struct screened_sent *items;
	size_t count;
	struct arena *mem;
};

/* KEYS are the recipients' address_key(). */
void contacts_ids_add(struct contacts_ids *ids, const struct message *msg,
	const struct str_list *keys, int64_t when);

/*
 * Writes them in one transaction and forgets them. A mailbox without a state directory has had no
 * mail yet, and nothing is written. -1 on error.
 */
int contacts_ids_write(struct contacts_ids *ids, const struct contacts_tool *tool, struct err *err);

#endif
