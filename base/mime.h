/*
 * Encoded words, charsets and MIME structure through GMime. GMime and GLib stand in a module of
 * their own (base/mime_gmime.c) that is loaded when the first of these functions needs it: a
 * delivery that reads plain ASCII headers never pays for them.
 */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/message.h"
#include "base/mime_module.h"

/*
 * A header's text (already unfolded) with its encoded words decoded to UTF-8 (RFC 2047). Text
 * without "=?" is returned as it is and loads nothing. When the module is missing, or an encoded
 * word is broken, that part stays as written.
 */
struct str mime_decode(struct str text, struct arena *mem);

/* ---- structure (RFC 2045) ---- */

/*
 * A body part. A multipart has children, and so has a message/rfc822: the message in it, whose
 * header is among the child's fields.
 */
struct mime_part {
	const struct mime_part *parent, *child, *next;
	size_t number;            /* from 0 for the root, in the order of mime_next() */
	struct str type, subtype; /* "text" and "plain" when nothing else is said */
	const struct header *fields;
	size_t field_count;
	struct str prologue,
		epilogue;  /* of a multipart: what stands in front of its parts and behind them */
	struct str header; /* of a message/rfc822: the header of its message */
	/* it has parts that are nested deeper than LIMIT_MIME_DEPTH, which are not here */
	bool is_cut;
	const struct mime_module_part *inside;
};

/*
 * The parts of a message, in MEM; MESSAGE must live as long. NULL when the module is missing or
 * cannot read it.
 */
const struct mime_part *mime_parts(struct str message, struct arena *mem);
/*
 * The one behind PART in the order in which they stand in the message, no further than ROOT. NULL:
 * it was the last.
 */
const struct mime_part *mime_next(const struct mime_part *part, const struct mime_part *root);
/* The same, but past the parts of PART. */
const struct mime_part *mime_skip(const struct mime_part *part, const struct mime_part *root);

/*
 * What the part holds, without its transfer encoding. Empty when it holds parts: a message with a
 * hundred levels would otherwise be copied a hundred times.
 */
struct str mime_content(const struct mime_part *part, struct arena *mem);
/*
 * The same in UTF-8; what is not in the part's charset becomes U+FFFD. Only for parts of type text.
 */
struct str mime_text(const struct mime_part *part, struct arena *mem);

/*
 * The value of a field like Content-Type without its parameters and comments, such as "text/plain".
 */
struct str mime_field_type(struct str value);
/*
 * A parameter of such a field, unfolded, in UTF-8 (RFC 2231; see mime_field.h). False: it has none
 * of that name.
 */
bool mime_parameter(struct str value, struct str name, struct arena *mem, struct str *parameter);

/*
 * The body of the message with ENTITY, a header and a body, in the part's place, which is not the
 * root. False when the part is not in the message any more, and when ENTITY has more parts or
 * fields than are read of a message.
 */
bool mime_replace(
	const struct mime_part *part, struct str entity, struct arena *mem, struct str *body);

/* NULL when the module can be loaded; otherwise why not (for `mda config` and the log). */
const char *mime_unavailable(void);
/* The same for whoever wants it now: what they do without it is not what it should be. */
const char *mime_needed(void);
/* Why it was missed by anybody since mime_forget_missed(); NULL: nobody did. */
const char *mime_missed(void);
void mime_forget_missed(void);

#endif
