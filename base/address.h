/*
 * Addresses in headers and envelopes (RFC 5322 section 3.4 with its obsolete forms, RFC 6531 for
 * UTF-8). Parsing never fails: the result says what could not be read, so that a filter can decide
 * what to do about a broken sender.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/arena.h"

struct address {
	/* display name without quotes and comments; encoded words are kept; may be empty */
	struct str name;
	struct str local; /* local part, unquoted */
	/* without a final dot; literals keep their brackets; empty for a local user */
	struct str domain;
	/* local@domain in a form for comparison: the local part is quoted only if it must be */
	struct str spec;
	bool invalid; /* not an address: `spec` is the text as written */
};

/* A longer list is cut and counts as malformed: no real header is longer. */
enum { ADDRESS_MAX_ITEMS = 100000 };

struct address_list {
	struct address *items;
	size_t count;
	bool cut;       /* too long, so some addresses may be missing; the list is malformed too */
	bool malformed; /* some part of the text could not be read as an address */
	bool doubtful;  /* it could be read, but other programs may read it differently */
	bool group;     /* there was a group in it, empty or not */
};

/*
 * Parses the value of a header such as From, To, Cc, Reply-To or Sender, folded or not, in linear
 * time. The items may point into VALUE. A malformed list still has all addresses that a reader
 * might see in it.
 */
struct address_list address_parse_list(struct str value, struct arena *mem);

/*
 * Parses an envelope address: `local@domain`, with or without angle brackets; a source route is
 * dropped (RFC 5321 section 4.1.2). The empty address `<>` is valid and gives an empty one. A local
 * part that needs quotes may come without them, because MTAs pass it to programs like that: then
 * the last @ separates it from the domain.
 */
struct address address_parse_envelope(struct str text, struct arena *mem);

/*
 * False only if the list names exactly one person without doubt: one address with a domain, not
 * malformed, not doubtful, and not in a group. Allow lists and labels need to know this about a
 * From.
 */
bool address_list_is_ambiguous(const struct address_list *list);

/*
 * What is compared with list entries: the local part in ASCII lower case and without quotes, "@",
 * and the domain in lower case as A-labels (see idn.h). The last "@" separates the two. For an
 * invalid address: the text in lower case. In MEM.
 */
struct str address_key(const struct address *a, struct arena *mem);

/*
 * Splits LOCAL at the first byte that is in DELIMITERS into user and detail (RFC 5233 section 4).
 * Without a delimiter *USER is all of it and *DETAIL is empty. The user is never empty: a delimiter
 * at the start belongs to it.
 */
void address_split_detail(
	struct str local, struct str delimiters, struct str *user, struct str *detail);

#endif
