/* Under which keys a client and a triplet of client, sender and recipient are remembered. */
#ifndef MDA_GREY_GREY_KEY_H
#define MDA_GREY_GREY_KEY_H

#include "base/buf.h"
#include "base/hash.h"
#include "mda/server/peer.h"

/* How much of an address counts in a triplet: bits of IPv4 and of IPv6. */
struct grey_bits {
	unsigned ipv4, ipv6;
};

/*
 * Appends the sender in the form in which it counts, as postgrey does it: without BATV's tag
 * (prvs=...=) and without what follows a "+"; each number that stands alone is a "#", because
 * mailing lists number their senders; ASCII letters are lower case.
 */
void grey_key_sender(struct buf *to, struct str sender);

/* The key of a triplet. */
struct hash grey_key_triplet(
	const struct peer *client, struct grey_bits bits, struct str sender, struct str recipient);

#endif
