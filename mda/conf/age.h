/* Lengths of time as people write them: "30d". */
#ifndef MDA_CONF_AGE_H
#define MDA_CONF_AGE_H

#include "base/str.h"

/*
 * A number up to 10000 of minutes (m), hours (h), days (d), weeks (w) or years (y) as seconds; "0"
 * and "" are 0. False when it is something else.
 */
bool age_read(struct str text, size_t *seconds);

#endif
