/*
 * How often something was done, hour by hour or day by day: limits against floods. It stands in a
 * database of its own, "tally" in the state directory; who loses it counts anew.
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* Counts one more under NAME. *OVER: there were MOST of them already within the last SECONDS. */
int tally_add(const char *state_dir, struct str name, uint32_t seconds, uint32_t most, int64_t now,
	bool *over, struct err *err);

#endif
