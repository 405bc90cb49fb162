/*
 * What is no error, but hardly what the writer of a script meant: rules that are never reached,
 * tests that decide nothing.
 */
#ifndef FILTERS_SIEVE_WARN_H
#define FILTERS_SIEVE_WARN_H

#include "filters/sieve/check.h"

/* Looks through a script that has no error and tells of it by check_warn(). */
void warn_script(struct check *c, const struct sv_block *block);

/*
 * Does the test always answer the same, whatever the message is? For the `truth` of tests that take
 * tests.
 */
enum sv_known warn_truth(const struct sv_node *test);

/*
 * An escape in a quoted string that means nothing by itself, such as "\." (RFC 5228 section 2.4.2).
 */
void warn_escapes(struct check *c, struct sv_place place, struct str raw);

#endif
