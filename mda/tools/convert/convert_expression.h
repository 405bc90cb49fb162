/*
 * A regular expression of procmail's or maildrop's in the syntax of our engine.
 *
 * They search the text "Name: value". A Sieve test gets the value without the blank, so this blank
 * is what makes the difference: an expression may match it, or need it.
 */
#ifndef MDA_TOOLS_CONVERT_CONVERT_EXPRESSION_H
#define MDA_TOOLS_CONVERT_CONVERT_EXPRESSION_H

#include "mda/tools/convert/convert.h"

struct convert_pattern {
	struct str text;
	bool in_body;
	bool with_case; /* upper and lower case are distinguished */
	bool is_pcre;   /* of maildrop; else procmail's */
};

struct convert_expression {
	struct str text;  /* in the syntax of our engine */
	struct str plain; /* the same as a text */
	bool is_plain;
};

/* Translates X. False after convert_fail(), as for all that return bool here. */
bool convert_translate(struct convert *c, const struct convert_pattern *p, struct str x,
	struct convert_expression *e);

/* How what is behind "Name:" begins. */
struct convert_start {
	bool anchored;     /* X has to match at the start of the value */
	bool sees_blank;   /* what is unanchored could begin with the blank */
	bool may_be_blank; /* what is anchored could begin with it */
};

/* Takes what stands for the blank off X. */
bool convert_take_blanks(struct convert *c, struct str *x, struct convert_start *s);

/* Can the set, a dot or a letter at the start of X match a blank? *N is its length. -1: unknown. */
int convert_matches_blank(struct str x, size_t *n);

/* Does X, or each alternative of the group that it begins with, begin with a sign, not a blank? */
bool convert_begins_visibly(struct convert *c, struct str x);

/*
 * X is searched for anywhere behind the colon, and the blank there is not in the value. Sets *ATOM
 * to what has to come before X, as "(^|ATOM)", where ATOM may match that blank; or to nothing.
 */
bool convert_consider_blank(struct convert *c, struct str *x, struct str *atom);

/* Does X not begin with a letter that may be missing? "x*y" anywhere is "y" anywhere. */
bool convert_begins_plainly(struct convert *c, const struct convert_pattern *p, struct str x);

#endif
