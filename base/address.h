/*
 * Addresses as they stand in headers and envelopes (RFC 5322 section 3.4 with its obsolete forms,
 * RFC 6531 for UTF-8). Never fails: what cannot be read is said in the result, so that a filter can
 * decide what a broken sender is worth.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/arena.h"

struct address {
	/* display name as written: quotes and comments removed, encoded words kept; may be empty */
	struct str name;
	struct str local; /* local part, unquoted */
	/* without a final dot; literals keep their brackets; empty for a local user */
	struct str domain;
	/* local@domain in a form that can be compared: the local part quoted only if it must be */
	struct str spec;
	bool invalid; /* not an address: `spec` holds the text as written */
};

/* A list ends, malformed, after so many: no header that means something is longer. */
enum { ADDRESS_MAX_ITEMS = 100000 };

struct address_list {
	struct address *items;
	size_t count;
	bool cut; /* longer than is read: malformed, and an address may not be among the items */
	bool malformed; /* some part of the text could not be read as an address */
	bool doubtful;  /* it could be read, but another program may well read it in another way */
	bool group;     /* a group stood in it, empty or not */
};

/*
 * Parses the value of a From, To, Cc, Reply-To, Sender ... header (folds may still be in it) in
 * linear time. The items may point into VALUE. A malformed list still holds all addresses that a
 * reader might see in it.
 */
struct address_list address_parse_list(struct str value, struct arena *mem);

/*
 * Parses an envelope address: `local@domain`, with or without angle brackets, source route dropped
 * (RFC 5321 section 4.1.2). The empty address `<>` gives an empty, valid one. A local part that
 * needs quotes may stand without them, as MTAs hand it to programs: the last @ parts it from the
 * domain.
 */
struct address address_parse_envelope(struct str text, struct arena *mem);

/*
 * True unless the list names exactly one person without doubt: one address, with a domain, neither
 * malformed nor doubtful, in no group. What allow lists and labels need to know of a From.
 */
bool address_list_is_ambiguous(const struct address_list *list);

/*
 * What is compared with list entries: the local part in ASCII lower case and without quotes, "@",
 * the domain in lower case A-labels (idn.h). The last "@" parts the two. Of an invalid address the
 * text in lower case.
 */
struct str address_key(const struct address *a, struct arena *mem);

/*
 * Splits LOCAL at the first of DELIMITERS into user and detail (RFC 5233 section 4); the whole and
 * an empty detail when none is in it. The user is never empty: a delimiter in front belongs to it.
 */
void address_split_detail(
	struct str local, struct str delimiters, struct str *user, struct str *detail);

#endif
