/* How a message differs, where it is stored or sent, from the bytes as they came. */
#ifndef BASE_CHANGES_H
#define BASE_CHANGES_H

#include "base/arena.h"

struct changes {
	const bool *removed; /* fields of the message, by number; NULL: none */
	/*
	 * Whole fields with their LF: those in front of the message's, from the top, and those
	 * behind them.
	 */
	struct str_list first, last;
	const struct str *body; /* NULL: as it came */
};

#endif
