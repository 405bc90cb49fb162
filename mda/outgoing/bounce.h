/*
 * A bounce to an SRS address of ours (srs.h): it goes on to whom the redirected message was from.
 */
#ifndef MDA_OUTGOING_BOUNCE_H
#define MDA_OUTGOING_BOUNCE_H

#include "base/envelope.h"
#include "base/message.h"
#include "mda/conf/conf.h"
#include "mda/delivery/stamp_key.h"

/*
 * Whom the bounce is for, in MEM. Fault "no such user" when the address was not made here, or is
 * too old.
 */
int bounce_open(struct str recipient, const struct stamp_keys *keys, struct arena *mem,
	struct str *original, struct err *err);

/*
 * Hands MSG on to ORIGINAL. Fault "no such user" when it is no bounce: then anybody could send
 * through us.
 */
int bounce_forward(const struct conf *conf, struct str original, const struct envelope *env,
	const struct message *msg, struct arena *mem, struct err *err);

#endif
