/*
 * How much of a message is parsed for its structure: a parser whose cost grows with each part and
 * field must be limited.
 */
#ifndef BASE_MIME_MEASURE_H
#define BASE_MIME_MEASURE_H

#include "base/str.h"

struct mime_measure {
	size_t length;   /* bytes that are parsed */
	const char *why; /* why the rest is not; NULL: all of it is parsed */
};

/*
 * The length up to the line with which the message has too many boundaries or fields, or too large
 * a field. Lines that look like boundaries or fields count as such anywhere. A NUL in a header is
 * reported too, because C strings end there.
 */
struct mime_measure mime_measure(struct str message);

#endif
