/*
 * Handlers of signals. No other file calls sigaction(2) (tests/layers), so it is known which
 * signals a child has to reset.
 */
#ifndef BASE_HANDLERS_H
#define BASE_HANDLERS_H

#include <signal.h>

/* Like sigaction(2), and notes the signal. OLD may be NULL. */
int handlers_set(int signal, const struct sigaction *new, struct sigaction *old);
/*
 * For a child: every signal that was noted, and each by which a fault or a limit ends a process,
 * gets its default again.
 */
void handlers_reset(void);

#endif
