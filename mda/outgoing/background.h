/* Runs a program of the admin's in a process that no delivery waits for. */
#ifndef MDA_OUTGOING_BACKGROUND_H
#define MDA_OUTGOING_BACKGROUND_H

#include "mda/outgoing/extprogram.h"

/*
 * Starts P, and returns. The process that runs it has a session of its own and holds nothing of
 * ours open but the log, so neither the MTA nor a lock waits for it. If P is not run, or ends with
 * a status other than 0, that process says so in the log LOG (a value of the key log), in a note
 * for RECIPIENT. -1 if no process could be started.
 */
int background_run(
	const struct extprogram *p, const char *log, struct str recipient, struct err *err);

#endif
