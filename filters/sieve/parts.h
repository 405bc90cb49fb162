/*
 * The body parts of the message under test, and what they hold. Worked out once, when first asked
 * for.
 */
#ifndef FILTERS_SIEVE_PARTS_H
#define FILTERS_SIEVE_PARTS_H

#include "base/mime.h"
#include "filters/sieve/run.h"

/* The message as a part; NULL with a note when its structure cannot be read. */
const struct mime_part *parts_root(struct sv_run *run, const struct sv_node *node);
/* The part of the innermost foreverypart, or the root. */
const struct mime_part *parts_current(struct sv_run *run, const struct sv_node *node);

/* Its fields: of the root, and of NULL, those of the message as the script sees it. */
const struct value_fields *parts_fields(struct sv_run *run, const struct mime_part *part);
/* Decoded; of a text the UTF-8. 0 or -1. */
int parts_content(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **content);
/* The same, of HTML what a person reads. */
int parts_readable(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **text);

/* What the part is, by its bytes; empty: nobody knows. 0 or -1. */
int parts_type(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct str *type);

/*
 * Is it text for a person, whose characters parts_readable() has? What has a transfer encoding that
 * nobody knows is only bytes (RFC 2045 section 6.4).
 */
bool parts_is_text(struct sv_run *run, const struct mime_part *part);

/* Is it no multipart and no message? */
bool parts_is_leaf(const struct mime_part *part);

#endif
