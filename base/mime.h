/*
 * Encoded words, charsets and MIME structure. What nearly all mail has is read here
 * (base/mime_plain.h, base/transfer.h); the rest is for GMime. GMime and GLib are in a module of
 * their own (base/mime_gmime.c), which is loaded when one of these functions first needs it: other
 * deliveries do not pay for them.
 */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/message.h"
#include "base/mime_module.h"

/*
 * The text of a header, already unfolded, with its encoded words decoded to UTF-8 (RFC 2047), in
 * MEM. Text without "=?" is returned as it is and loads nothing. If the module is missing or an
 * encoded word is broken, that part stays as written.
 */
struct str mime_decode(struct str text, struct arena *mem);

/* ---- structure (RFC 2045) ---- */

/*
 * A body part. A multipart has children. A message/rfc822 has one: the message in it, whose header
 * is among the child's fields.
 */
struct mime_part {
	const struct mime_part *parent, *child, *next;
	size_t number;            /* from 0 for the root, in the order of mime_next() */
	struct str type, subtype; /* "text" and "plain" if the part does not say */
	const struct header *fields;
	size_t field_count;
	struct str prologue, epilogue; /* for a multipart: the text before and after its parts */
	struct str header;             /* for a message/rfc822: the header of its message */
	/* it has parts deeper than LIMIT_MIME_DEPTH, which are left out */
	bool is_cut;
	const struct mime_plain *plain;        /* NULL: GMime has read the message */
	const struct mime_module_part *inside; /* NULL: GMime has not read it */
	struct mime_tree *tree;                /* what the parts share */
};

/*
 * The parts of a message, in MEM. MESSAGE must live as long. NULL when the module is needed but
 * missing, or cannot read the message.
 */
const struct mime_part *mime_parts(struct str message, struct arena *mem);
/*
 * The part that follows PART in the order of the message, but not beyond ROOT. NULL: PART was the
 * last.
 */
const struct mime_part *mime_next(const struct mime_part *part, const struct mime_part *root);
/* The same, but skips the parts inside PART. */
const struct mime_part *mime_skip(const struct mime_part *part, const struct mime_part *root);

/*
 * The content of the part without its transfer encoding, in MEM. Empty when it has parts: a message
 * with a hundred levels would otherwise be copied a hundred times.
 */
struct str mime_content(const struct mime_part *part, struct arena *mem);
/*
 * The same in UTF-8. Bytes that the part's charset does not have become U+FFFD. Only for parts of
 * type text.
 */
struct str mime_text(const struct mime_part *part, struct arena *mem);

/* The value of a field like Content-Type without parameters and comments, such as "text/plain". */
struct str mime_field_type(struct str value);
/*
 * A parameter of such a field, unfolded, in UTF-8 and in MEM (RFC 2231; see mime_field.h). False:
 * there is no such parameter.
 */
bool mime_parameter(struct str value, struct str name, struct arena *mem, struct str *parameter);

/*
 * Makes the message's body with ENTITY, a header and a body, in place of the part, which must not
 * be the root. False when the part is not in the message any more, or when ENTITY has more parts or
 * fields than are read of a message.
 */
bool mime_replace(
	const struct mime_part *part, struct str entity, struct arena *mem, struct str *body);

/* NULL when the module can be loaded, else why not (for `mda config` and the log). */
const char *mime_unavailable(void);
/*
 * The same, and remembers that it was missed: without the module, results are not what they should
 * be.
 */
const char *mime_needed(void);
/* Why the module was missed since mime_forget_missed(); NULL: it was not. */
const char *mime_missed(void);
void mime_forget_missed(void);

#endif
