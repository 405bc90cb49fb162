/* How a message that is stored or sent differs from the bytes that came in. */
#ifndef BASE_CHANGES_H
#define BASE_CHANGES_H

#include "base/arena.h"

struct changes {
	const bool *removed; /* which fields are left out, by their number; NULL: none */
	/*
	 * Whole fields with their LF: FIRST, from the top, go before the message's own fields, LAST
	 * after them.
	 */
	struct str_list first, last;
	const struct str *body; /* the new body; NULL: unchanged */
};

#endif
