/* A text in pieces, to be written one after the other. */
#ifndef MDA_BASE_PIECES_H
#define MDA_BASE_PIECES_H

#include "mda/base/str.h"

struct pieces {
	struct str *items;
	size_t count;
};

#endif
