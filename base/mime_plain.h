/*
 * The parts of a message that is written as nearly all are. GMime would find the same
 * (tests/unit/test_mime_plain.c), but loading it takes as long as a whole delivery. Where readers
 * might differ, nothing is found, and GMime decides.
 */
#ifndef BASE_MIME_PLAIN_H
#define BASE_MIME_PLAIN_H

#include "base/mime.h"

enum mime_encoding { MIME_AS_IT_IS, MIME_BASE64, MIME_QUOTED_PRINTABLE };

/* The content of a part that was found here. */
struct mime_plain {
	struct str content; /* as it was sent */
	enum mime_encoding encoding;
	struct str charset; /* empty: the part does not say */
};

/*
 * The root, whose strings are in MESSAGE or in MEM; the parts share TREE. NULL: GMime must be
 * asked.
 */
struct mime_part *mime_plain_parts(struct str message, struct mime_tree *tree, struct arena *mem);
/* False: the content is not well-formed, and GMime must be asked. */
bool mime_plain_content(const struct mime_plain *plain, struct arena *mem, struct str *content);

#endif
