/* A text in pieces that are written one after the other. */
#ifndef BASE_PIECES_H
#define BASE_PIECES_H

#include "base/str.h"

struct pieces {
	struct str *items;
	size_t count;
};

#endif
