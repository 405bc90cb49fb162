/*
 * For work that is done in steps: SIGINT, SIGTERM and SIGHUP do not end the program, but ask it to
 * stop after the step that is under way.
 */
#ifndef MDA_TOOLS_STOPPING_H
#define MDA_TOOLS_STOPPING_H

#include <signal.h>
#include <stdbool.h>

enum { STOPPING_SIGNALS = 3 };
struct stop_signals {
	struct sigaction before[STOPPING_SIGNALS];
};

/* From now on such a signal is remembered; from the end on it does what it did BEFORE. */
void stopping_begin(struct stop_signals *s);
void stopping_end(const struct stop_signals *s);
/* Has one come, in the whole process? */
bool stopping_asked(void);

#endif
