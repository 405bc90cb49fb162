/*
 * The result that a scanner has written into a header field, as the number for spamtest and
 * virustest (RFC 5235): from a score, a row of equal characters, or a text. The admin configures
 * which field, and what it means.
 */
#ifndef FILTERS_SPAM_SCORE_H
#define FILTERS_SPAM_SCORE_H

#include "base/arena.h"
#include "base/message.h"

enum score_type { SCORE_NUMBER, SCORE_LENGTH, SCORE_TEXT };

/*
 * A field, and an expression whose first group is the part that counts. PATTERN empty: all of it
 * counts.
 */
struct score_field {
	struct str name, pattern;
};

/* The highest possible score: VALUE or, if FROM has a name, the value of that field. */
struct score_most {
	double value;
	struct score_field from;
};

struct score_conf {
	enum score_type type;
	struct score_field from;
	struct score_most most;
	struct str_list texts; /* lines "value text" */
};

/*
 * Parses "Name" or "Name: expression". False with a sentence in *WHY when it is neither. The slices
 * point into TEXT.
 */
bool score_parse_field(
	struct str text, struct score_field *field, struct arena *mem, const char **why);
/* Parses a number or a field. */
bool score_parse_most(
	struct str text, struct score_most *most, struct arena *mem, const char **why);
/* Parses "value text". */
bool score_parse_text(struct str text, unsigned *value, struct str *rest);

/*
 * From 1 to TOP or, with PERCENT, from 0 to 100. 0: no field has a score that can be understood.
 * -1: the admin has not configured a field.
 */
int score_value(const struct score_conf *conf, const struct message *msg, unsigned top,
	bool percent, struct arena *mem);

#endif
