/* The message as it is stored: its bytes as they came, with the verdict's changes to the header spliced in. */
#ifndef MDA_COMPOSE_H
#define MDA_COMPOSE_H

#include "mda/pipeline.h"

struct pieces {
	struct str *items; /* to be written one after the other */
	size_t count;
};

/*
 * What the action STORE puts into its folder: Return-Path (RFC 5321 section 4.4), X-Original-To, Delivered-To and the
 * verdict's fields on top, without the fields that the verdict removes. What goes into Junk says so, with X-Mda-Filed.
 */
struct pieces compose_stored(const struct delivery *d, const struct action *store);

/* Does a stored message say that it was put into Junk when it was delivered? */
bool compose_was_junk(const struct message *stored);

/* What a redirect sends: the message without the fields that the verdict removes, with STAMP, a whole field, on top. */
struct pieces compose_redirected(
	const struct delivery *d, struct str stamp, const struct changes *changes);

#endif
