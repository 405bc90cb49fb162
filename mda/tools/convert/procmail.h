/* Reading a file of procmail's: its lines and its settings. */
#ifndef MDA_TOOLS_CONVERT_PROCMAIL_H
#define MDA_TOOLS_CONVERT_PROCMAIL_H

#include "mda/tools/convert/convert_variables.h"

struct procmail_reader {
	struct convert *c;
	size_t at;      /* in the source */
	unsigned depth; /* of blocks */
	unsigned floor; /* how many of them are outside of this file */
	struct convert_variables variables;
};

/* The next byte; NUL at the end. */
char procmail_peek(const struct procmail_reader *r);
void procmail_skip_blanks(struct procmail_reader *r);
/* Past blanks, line ends and comments, to the next statement. */
void procmail_skip_empty(struct procmail_reader *r);
/* The rest of the line, with lines that a backslash continues. */
struct str procmail_take_line(struct procmail_reader *r);
struct str procmail_without_comment(struct str line);
/*
 * Is TEXT one word, whose value is VALUE? Blanks are in quotation marks or behind a backslash;
 * those of a variable that is not in quotation marks separate words.
 */
bool procmail_is_word(struct str text, struct str value);
/* A value up to a blank that is not in quotation marks, as it is written. */
struct str procmail_take_value(struct procmail_reader *r);

/*
 * Reads "NAME=value", which begins at FROM; "NAME" alone makes it empty. *INCLUDED is the file that
 * is to be read now, or empty.
 */
void procmail_read_assignment(struct procmail_reader *r, size_t from, struct str *included);

#endif
