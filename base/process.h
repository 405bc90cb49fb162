/*
 * What each program does before anything else: it makes sure that nothing of whoever started it
 * reaches further than the command line. Called first in every main().
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Refuses a set-uid or set-gid copy; closes inherited descriptors but 0, 1, 2 and those that an
 * argument names (/dev/fd/63, as a shell writes it for <(command)); opens /dev/null for a standard
 * stream that is closed; keeps of the environment only what mda reads; takes rights for others off
 * new files; blocks no signal and notices its children's ends. -1 with the reason.
 */
int process_start(int argc, char **argv, struct err *err);

/* Who started the process, before it became anybody else. */
uid_t process_starter(void);

/* Was standard input open when the process started? */
bool process_had_input(void);

/* The number in a path such as /dev/fd/63, or 0 for /dev/stdin; -1 for every other path. */
int process_descriptor(const char *path);

/*
 * The environment as the caller set it: for ${VAR} in mda.conf, and for a tool that mda runs, which
 * cleans it itself.
 */
char **process_callers_environment(void);

#endif
