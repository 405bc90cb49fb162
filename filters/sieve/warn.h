/*
 * Warnings about what is not an error but probably not intended: rules that are never reached,
 * tests that decide nothing.
 */
#ifndef FILTERS_SIEVE_WARN_H
#define FILTERS_SIEVE_WARN_H

#include "filters/sieve/check.h"

/* Checks a script without errors, and warns with check_warn(). */
void warn_script(struct check *c, const struct sv_block *block);

/*
 * Is the result of the test always the same, whatever the message is? For the `truth` of tests that
 * contain tests.
 */
enum sv_known warn_truth(const struct sv_node *test);

/*
 * Warns about an escape in a quoted string that has no meaning, such as "\." (RFC 5228 section
 * 2.4.2).
 */
void warn_escapes(struct check *c, struct sv_place place, struct str raw);

#endif
