/*
 * The body parts of the message under test, and their contents. Computed once, when first needed.
 */
#ifndef FILTERS_SIEVE_PARTS_H
#define FILTERS_SIEVE_PARTS_H

#include "base/mime.h"
#include "filters/sieve/run.h"

/* The message as a part; NULL with a note when its structure cannot be read. */
const struct mime_part *parts_root(struct sv_run *run, const struct sv_node *node);
/* The part of the innermost foreverypart, or the root. */
const struct mime_part *parts_current(struct sv_run *run, const struct sv_node *node);

/* The part's fields. For the root, or NULL: those of the message as the script sees it. */
const struct value_fields *parts_fields(struct sv_run *run, const struct mime_part *part);
/* The decoded content; text in UTF-8. 0 or -1. */
int parts_content(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **content);
/* The same, but HTML as a person reads it. */
int parts_readable(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **text);

/* The type of the part by its bytes; empty: unknown. 0 or -1. */
int parts_type(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct str *type);

/*
 * Is it text for people, which parts_readable() returns? A part with an unknown transfer encoding
 * is only bytes (RFC 2045 section 6.4).
 */
bool parts_is_text(struct sv_run *run, const struct mime_part *part);

/* Is it neither a multipart nor a message? */
bool parts_is_leaf(const struct mime_part *part);

#endif
