/*
 * What a scanner has written into a field of the header, as the number that spamtest and virustest
 * have (RFC 5235): a score, a row of equal characters, or a text. The admin says which field, and
 * what it means.
 */
#ifndef FILTERS_SPAM_SCORE_H
#define FILTERS_SPAM_SCORE_H

#include "base/arena.h"
#include "base/message.h"

enum score_type { SCORE_NUMBER, SCORE_LENGTH, SCORE_TEXT };

/*
 * A field, and the expression whose first group is what counts of it; PATTERN is empty: all of it.
 */
struct score_field {
	struct str name, pattern;
};

/* The score that is the most: VALUE, or, when FROM has a name, what that field says. */
struct score_most {
	double value;
	struct score_field from;
};

struct score_conf {
	enum score_type type;
	struct score_field from;
	struct score_most most;
	struct str_list texts; /* "value text" */
};

/*
 * "Name" or "Name: expression". False with a sentence in *WHY when it is neither; slices are
 * TEXT's.
 */
bool score_parse_field(
	struct str text, struct score_field *field, struct arena *mem, const char **why);
/* A number, or a field. */
bool score_parse_most(
	struct str text, struct score_most *most, struct arena *mem, const char **why);
/* "value text". */
bool score_parse_text(struct str text, unsigned *value, struct str *rest);

/*
 * From 1 to TOP, or with PERCENT from 0 to 100. 0: no field says it, or none that can be
 * understood. -1: the admin named no field.
 */
int score_value(const struct score_conf *conf, const struct message *msg, unsigned top,
	bool percent, struct arena *mem);

#endif
