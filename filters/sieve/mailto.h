/* mailto: URIs (RFC 6068), as notifications use them (RFC 5436). */
#ifndef FILTERS_SIEVE_MAILTO_H
#define FILTERS_SIEVE_MAILTO_H

#include "base/arena.h"

struct mailto_field {
	struct str name, value; /* decoded; values are UTF-8 on one line */
};

struct mailto {
	struct str_list to;            /* addresses, with those of "to" and "cc" fields */
	struct str to_field, cc_field; /* the same for a header, with names; empty: none */
	struct str subject;            /* empty: not given */
	struct str body;
	struct mailto_field *fields; /* other fields that a script may set */
	size_t field_count;
};

/*
 * NULL, or a sentence about what is wrong. Fields that a script must not set are left out (RFC 5436
 * section 2.7).
 */
const char *mailto_parse(struct str uri, struct mailto *m, struct arena *mem);

#endif
