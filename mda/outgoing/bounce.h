/*
 * Bounces to our own SRS addresses (srs.h): they are passed on to the sender of the redirected
 * message.
 */
#ifndef MDA_OUTGOING_BOUNCE_H
#define MDA_OUTGOING_BOUNCE_H

#include "base/envelope.h"
#include "base/message.h"
#include "mda/conf/conf.h"
#include "mda/delivery/stamp_key.h"

/*
 * The address that the bounce goes to, in MEM. Fault "no such user" if we did not make the SRS
 * address, or it is too old.
 */
int bounce_open(struct str recipient, const struct stamp_keys *keys, struct arena *mem,
	struct str *original, struct err *err);

/*
 * Sends MSG to ORIGINAL. Fault "no such user" if MSG is not a bounce; otherwise anybody could send
 * through us.
 */
int bounce_forward(const struct conf *conf, struct str original, const struct envelope *env,
	const struct message *msg, struct arena *mem, struct err *err);

#endif
