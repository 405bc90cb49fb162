/*
 * How much of a message its structure is read from: a parser that takes pains with each part and
 * field has an end, too.
 */
#ifndef BASE_MIME_MEASURE_H
#define BASE_MIME_MEASURE_H

#include "base/str.h"

struct mime_measure {
	size_t length;   /* bytes to be read */
	const char *why; /* what is wrong with it, so that some of it is not seen; NULL: nothing */
};

/*
 * Up to the line with which the message has too many boundaries or fields, or a field too large.
 * Lines that look like boundaries and fields count as such, wherever they are. A NUL in a header is
 * told, too: C strings end there.
 */
struct mime_measure mime_measure(struct str message);

#endif
