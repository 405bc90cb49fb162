/*
 * Finds the original address in an envelope sender that a forwarder or the sender's own server has
 * rewritten.
 */
#ifndef MDA_OUTGOING_REWRITTEN_H
#define MDA_OUTGOING_REWRITTEN_H

#include "base/arena.h"

/*
 * The address inside SRS (SRS0=hash=day=domain=local@forwarder,
 * SRS1=hash=forwarder==hash=day=domain=local@another) or BATV (prvs=tag=local@domain,
 * btv1==tag==local@domain); SENDER itself if it is neither. Nobody has checked the hashes: it says
 * who the mail is from, but nothing may be sent to it.
 */
struct str rewritten_inside(struct str sender, struct arena *mem);

#endif
