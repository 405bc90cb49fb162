/* How much of a message has a structure that is worth reading. */
#ifndef MDA_BASE_MIME_MEASURE_H
#define MDA_BASE_MIME_MEASURE_H

#include "mda/base/str.h"

/*
 * The bytes up to where the message stops being one that a person wrote: millions of parts or of fields, each of which costs
 * GMime kilobytes, or a field of a size of its own.
 */
size_t mime_measure(struct str message);

#endif
