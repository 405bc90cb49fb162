/* Checks scripts without a message. */
#ifndef FILTERS_RULES_CHECK_H
#define FILTERS_RULES_CHECK_H

#include "filters/rules.h"

/*
 * Compiles every script that rules_run() would run, and appends errors to *ERRORS, whose memory is
 * in MEM, and warnings. A warning without a line is about the whole file: a link to the user's
 * script leads nowhere, or a script is not run because another one comes first. Returns the number
 * of scripts.
 */
size_t rules_check(const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors);

#endif
