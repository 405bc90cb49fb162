/*
 * Regular expressions that look at a whole header or body, as tests of Sieve, which look at the
 * value of a field. Only what matches the same messages is converted.
 */
#ifndef MDA_TOOLS_CONVERT_CONVERT_PATTERN_H
#define MDA_TOOLS_CONVERT_CONVERT_PATTERN_H

#include "mda/tools/convert/convert_expression.h"

/* The test, in the memory of C; empty after convert_fail(). */
struct str convert_pattern(struct convert *c, const struct convert_pattern *p);

#endif
