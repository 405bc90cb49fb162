/*
 * What happens when a signal ends the process: exit status 75, so that the MTA tries again. Without
 * this, Exim bounces mail when a signal ends its program, and Postfix when its own time limit does.
 */
#ifndef MDA_ENDING_H
#define MDA_ENDING_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Call this first: before it, a signal ends the process in the usual way. The companion
 * (base/companion.h) ends as well. Signals that the caller ignores stay ignored.
 */
int ending_catch(struct err *err);

/* From now on the reason is written to FD instead of standard error. */
void ending_tell(int fd);

/* The last step of a delivery: no signal comes between it and what the MTA is told. */
void ending_hold(void);
/*
 * The end of the last step. If the delivery is done, a signal, also one that came during the step,
 * ends the process with status 0.
 */
void ending_release(bool done);

#endif
