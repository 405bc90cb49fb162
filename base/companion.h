/*
 * The process group that ends with this process, when a signal ends it: a program that was started
 * for a delivery must not go on once the MTA has been told to try again.
 */
#ifndef BASE_COMPANION_H
#define BASE_COMPANION_H

#include <sys/types.h>

/* GROUP is the one; 0: there is none. */
void companion_set(pid_t group);

/* Ends it. For a signal handler. */
void companion_end(void);

#endif
