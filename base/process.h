/*
 * What each program does first: it makes sure that nothing of its caller has an effect beyond the
 * command line. Every main() calls process_start() before anything else.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Refuses to run set-uid or set-gid; closes inherited descriptors except 0, 1, 2 and those that an
 * argument names (such as /dev/fd/63, which a shell writes for <(command)); opens /dev/null for
 * closed standard streams; keeps only the environment variables that mda reads; removes rights for
 * others from new files; unblocks signals and makes sure that the end of children is noticed. -1
 * with the reason.
 */
int process_start(int argc, char **argv, struct err *err);

/*
 * Before process_start(): COUNT descriptors from 3 on are the caller's way of handing sockets over,
 * and stay open (see sd_listen_fds(3)).
 */
void process_keep_sockets(unsigned count);

/* The user who started the process, before it changed its user. */
uid_t process_starter(void);

/* Was standard input open when the process started? */
bool process_had_input(void);

/* The number in a path such as /dev/fd/63, 0 for /dev/stdin, -1 for any other path. */
int process_descriptor(const char *path);

/*
 * The environment as the caller set it: for ${VAR} in mda.conf, and for tools that mda runs, which
 * clean it themselves.
 */
char **process_callers_environment(void);

#endif
