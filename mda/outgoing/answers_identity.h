/* As whom a mailbox sends its own messages, and the ids of these. */
#ifndef MDA_OUTGOING_ANSWERS_IDENTITY_H
#define MDA_OUTGOING_ANSWERS_IDENTITY_H

#include "mda/delivery/delivery.h"
#include "store/store.h"

struct conf_sender;

/* Is ADDRESS the mailbox's, an alias of it, or one of these with a detail? */
bool answers_is_own(const struct delivery *d, struct str address);
/*
 * The address that a setting names; empty: the null sender. If mail cannot be sent from it, the
 * address of the mailbox.
 */
struct str answers_sender(const struct delivery *d, const struct conf_sender *by);
/* May an answer of that kind (outmail.kind) have this envelope sender? */
bool answers_may_write(const struct delivery *d, const char *kind, struct str sender);
/* Is ADDRESS (a key) the original recipient that the MTA named? */
bool answers_is_original(const struct delivery *d, struct str address);
/* The id of a message of that kind that this delivery sends. */
struct str answers_message_id(
	const struct delivery *d, const struct store_id *id, const char *kind);

#endif
