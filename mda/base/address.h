/*
 * Addresses as they stand in headers and envelopes (RFC 5322 section 3.4 with its obsolete forms, RFC 6531 for UTF-8).
 * Never fails: what cannot be read is said in the result, so that a filter can decide what a broken sender is worth.
 */
#ifndef MDA_BASE_ADDRESS_H
#define MDA_BASE_ADDRESS_H

#include "mda/base/arena.h"

struct address {
	struct str name;   /* display name as written: quotes and comments removed, encoded words kept; may be empty */
	struct str local;  /* local part, unquoted */
	struct str domain; /* without a final dot; literals keep their brackets; empty for a local user */
	struct str spec;   /* local@domain in a form that can be compared: the local part quoted only if it must be */
	bool invalid;      /* not an address: `spec` holds the text as written */
};

struct address_list {
	struct address *items;
	size_t count;
	bool malformed; /* some part of the text could not be read as an address */
	bool group;     /* a group stood in it, empty or not */
};

/* Parses the value of a From, To, Cc, Reply-To, Sender ... header (folds may still be in it). */
struct address_list address_parse_list(struct str value, struct arena *mem);

/*
 * Parses an envelope address: `local@domain`, with or without angle brackets, source route dropped (RFC 5321 section
 * 4.1.2). The empty address `<>` gives an empty, valid one.
 */
struct address address_parse_envelope(struct str text, struct arena *mem);

/* Does this list name exactly one person without doubt? What allow lists and labels need to know of a From. */
bool address_list_is_ambiguous(const struct address_list *list);

/*
 * The address with its domain in lower case A-labels (IDNA 2008 through libidn2; loaded only for non-ASCII) and its
 * local part in ASCII lower case: what is compared with list entries.
 */
struct str address_key(const struct address *a, struct arena *mem);

/* Splits LOCAL at the first of DELIMITERS into user and detail; the whole and an empty detail when none is in it. */
void address_split_detail(struct str local, struct str delimiters, struct str *user, struct str *detail);

#endif
