/* By what a delivery is recognised when the MTA tries it again. */
#ifndef MDA_DELIVERY_IDENTITY_H
#define MDA_DELIVERY_IDENTITY_H

#include "mda/delivery/delivery.h"
#include "store/store.h"

/*
 * The bytes of a message are hashed once, whatever is asked of them and however often it is
 * delivered. What an MTA adds anew at each attempt is left out. In MEM.
 */
struct hash_begun *identity_hash(const struct message *msg, struct arena *mem);

/*
 * The id of this delivery into MAILDIR: a second attempt has the same bytes, envelope and mailbox,
 * and so the same id.
 */
struct store_id identity_of(const struct delivery *d, const char *maildir);

#endif
