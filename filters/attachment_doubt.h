/* What is wrong with the structure of a part, so that mail programs disagree about it. */
#ifndef FILTERS_ATTACHMENT_DOUBT_H
#define FILTERS_ATTACHMENT_DOUBT_H

#include "base/mime.h"

/* What is doubtful about the structure of one part; NULL: nothing. */
const char *attachment_doubt(const struct mime_part *part, struct arena *mem);

/* The first field of the part with that name; NULL: none. */
const struct header *attachment_field(const struct mime_part *part, const char *name);

#endif
