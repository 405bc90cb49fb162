/* A bounce to an SRS address of ours (srs.h): it goes on to whom the redirected message was from. */
#ifndef MDA_BOUNCE_H
#define MDA_BOUNCE_H

#include "mda/base/envelope.h"
#include "mda/base/message.h"
#include "mda/conf.h"
#include "mda/stamp_key.h"

/*
 * Hands MSG on. Fault "no such user" when the address was not made here, or is too old, or when this is no bounce: then
 * anybody could send through us.
 */
int bounce_forward(const struct conf *conf, const struct stamp_keys *keys,
	const struct envelope *env, const struct message *msg, struct arena *mem, struct err *err);

#endif
