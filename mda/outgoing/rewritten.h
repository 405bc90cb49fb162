/*
 * Envelope senders that a forwarder or a sender's own server has rewritten, and who is inside them.
 */
#ifndef MDA_OUTGOING_REWRITTEN_H
#define MDA_OUTGOING_REWRITTEN_H

#include "base/arena.h"

/*
 * The address inside one of SRS (SRS0=hash=day=domain=local@forwarder,
 * SRS1=hash=forwarder==hash=day=domain=local@another) or BATV (prvs=tag=local@domain,
 * btv1==tag==local@domain); SENDER itself when it is neither. Nobody has checked the hashes, so it
 * says who it is about, and is no address to send to.
 */
struct str rewritten_inside(struct str sender, struct arena *mem);

#endif
