/* The message as it is stored: its bytes as they came, with the verdict's changes to the header spliced in. */
#ifndef MDA_COMPOSE_H
#define MDA_COMPOSE_H

#include "mda/pipeline.h"

struct pieces {
	struct str *items; /* to be written one after the other */
	size_t count;
};

/*
 * What goes into the mailbox: Return-Path (RFC 5321 section 4.4), X-Original-To, Delivered-To and the verdict's fields on
 * top, without the fields that the verdict removes.
 */
struct pieces compose_stored(const struct delivery *d, const struct changes *changes);

/* What a redirect sends: the message without the fields that the verdict removes, with STAMP, a whole field, on top. */
struct pieces compose_redirected(
	const struct delivery *d, struct str stamp, const struct changes *changes);

#endif
