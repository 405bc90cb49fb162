/* The clients and recipients that are not greylisted, from two files of the admin's. */
#ifndef MDA_GREY_GREY_EXEMPT_H
#define MDA_GREY_GREY_EXEMPT_H

#include "base/arena.h"
#include "base/err.h"
#include "mda/server/peer.h"

struct grey_exempt;

/*
 * Reads the file CLIENTS: an address, a network such as 192.0.2.0/24 or 192.0.2, or a name of a
 * client, on each line; and RECIPIENTS: a list (see list_text.h). A missing file, or an empty path,
 * has no entries. TELL gets a text about each line that is skipped. NULL when a file cannot be
 * read.
 * All memory is MEM's.
 */
struct grey_exempt *grey_exempt_read(struct str clients, struct str recipients, struct arena *mem,
	void (*tell)(const char *fmt, ...) __attribute__((format(printf, 1, 2))), struct err *err);

/* NAME is what the client's address resolves to, verified; "unknown": nothing. */
bool grey_exempt_client(const struct grey_exempt *e, const struct peer *client, struct str name);
/* DELIMITERS separate an address's detail, with and without which it is looked for. */
bool grey_exempt_recipient(
	const struct grey_exempt *e, struct str recipient, struct str delimiters);

#endif
