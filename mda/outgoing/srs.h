/*
 * The Sender Rewriting Scheme: an envelope sender in our own domain, by which SPF passes and
 * bounces find back.
 *
 *   a@b.example         ->  SRS0=HHHH=TT=b.example=a@our.example
 *   SRS0=...@c.example  ->  SRS1=HHHH=c.example==...@our.example
 *
 * HHHH is an HMAC over what follows it, TT the day, so that nobody can send through us, or long
 * after.
 */
#ifndef MDA_OUTGOING_SRS_H
#define MDA_OUTGOING_SRS_H

#include "base/arena.h"
#include "mda/delivery/stamp_key.h"

#include <stdint.h>

enum { SRS_DAYS = 21 }; /* longer than any MTA keeps a message */

/*
 * False if SENDER is not an address, needs quotes, has an address literal, or if the result would
 * be too long for a local part: then *REWRITTEN is SENDER. An address in DOMAIN is not changed.
 */
bool srs_forward(struct str sender, struct str domain, const struct stamp_key *key, int64_t now,
	struct arena *mem, struct str *rewritten);

/* Does ADDRESS have this form? */
bool srs_is_one(struct str address);
/*
 * The address that a bounce to ADDRESS goes to; false, with the reason, if ADDRESS was not made
 * with one of KEYS or is too old.
 */
bool srs_reverse(struct str address, const struct stamp_keys *keys, int64_t now, struct arena *mem,
	struct str *original, const char **why);

#endif
