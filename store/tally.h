/*
 * Counts how often something was done in an hour or a day: limits against floods. It is a database
 * of its own, "tally" in the state directory. If it is lost, counting starts anew.
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/*
 * Adds one to the count of NAME. *OVER: there were already MOST in the last SECONDS. -1 on error.
 */
int tally_add(const char *state_dir, struct str name, uint32_t seconds, uint32_t most, int64_t now,
	bool *over, struct err *err);

#endif
