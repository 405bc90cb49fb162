/*
 * The end that a signal brings: 75, as the MTA tries again then. Exim bounces mail whose program
 * was ended by a signal, and Postfix what goes beyond its own time limit.
 */
#ifndef MDA_ENDING_H
#define MDA_ENDING_H

#include "base/err.h"

#include <stdbool.h>

/*
 * First of all: until it is done a signal ends the process as it ends others. The companion
 * (base/companion.h) ends as well. What the caller ignores stays ignored.
 */
int ending_catch(struct err *err);

/* From now on the reason is written to FD instead of standard error. */
void ending_tell(int fd);

/* The last step of a delivery: no signal comes between it and what the MTA is told. */
void ending_hold(void);
/*
 * It is done, or failed. Once it is done a signal, also one that came meanwhile, ends the process
 * with 0.
 */
void ending_release(bool done);

#endif
