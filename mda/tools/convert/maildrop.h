/* Reading a filter of maildrop: its words and its expressions. */
#ifndef MDA_TOOLS_CONVERT_MAILDROP_H
#define MDA_TOOLS_CONVERT_MAILDROP_H

#include "mda/tools/convert/convert_variables.h"

struct maildrop_reader {
	struct convert *c;
	size_t at;      /* in the source */
	unsigned depth; /* of blocks */
	struct convert_variables variables;
};

struct str maildrop_rest_of(const struct maildrop_reader *r);
/* The next byte; NUL at the end. */
char maildrop_peek(const struct maildrop_reader *r);
void maildrop_skip_comment(struct maildrop_reader *r);
/* Past blanks, line ends and comments; a backslash joins lines. */
void maildrop_skip_space(struct maildrop_reader *r);
/* Past TEXT, if it is next. */
bool maildrop_take(struct maildrop_reader *r, const char *text);
/* The same behind space; if it is not next, that is the reason of convert_fail(). */
bool maildrop_expect(struct maildrop_reader *r, const char *text);
/* The name that is next, or nothing. */
struct str maildrop_take_word(struct maildrop_reader *r);
/* A text on this line, in quotation marks or without, and with its variables. */
bool maildrop_take_text(struct maildrop_reader *r, struct str *text);

/* The test that an expression is; empty after convert_fail(). */
struct str maildrop_expression(struct maildrop_reader *r);

#endif
