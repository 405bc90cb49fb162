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
 * False when SENDER is not an address, is one that needs quotes or has an address literal, or the
 * result would be longer than a local part may be: then *REWRITTEN is SENDER. One in DOMAIN stays
 * as it is.
 */
bool srs_forward(struct str sender, struct str domain, const struct stamp_key *key, int64_t now,
	struct arena *mem, struct str *rewritten);

/* Is ADDRESS of this form at all? */
bool srs_is_one(struct str address);
/*
 * Whom a bounce to ADDRESS is for; false, with why, when it was not made with one of KEYS, or is
 * too old.
 */
bool srs_reverse(struct str address, const struct stamp_keys *keys, int64_t now, struct arena *mem,
	struct str *original, const char **why);

#endif
