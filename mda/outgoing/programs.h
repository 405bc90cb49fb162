/* The programs that rules may run (programs_dir), as one is run for a delivery. */
#ifndef MDA_OUTGOING_PROGRAMS_H
#define MDA_OUTGOING_PROGRAMS_H

#include "filters/sieve/host.h"
#include "mda/delivery/delivery.h"
#include "mda/outgoing/extprogram.h"

/* Does the admin allow any? */
bool programs_allowed(const struct conf *conf);

/* Why the program of that name is not one that is run, in MEM; NULL: it is. */
const char *programs_refused(const struct conf *conf, struct str name, struct arena *mem);

/* Runs what filter or execute ask for; as run_program() of host.h. */
enum sv_ran programs_run(const struct delivery *d, const struct sv_program *asked,
	struct arena *mem, struct str *output, struct err *err);

/* A pipe, in MEM: what is run, with the message as INPUT. */
const struct extprogram *programs_pipe(const struct delivery *d, const struct action *pipe,
	const struct pieces *input, struct arena *mem);
/*
 * Runs it. 0 when it did well; -1: a refusal, or a temporary fault when the system could not run
 * it.
 */
int programs_give(const void *program, struct arena *mem, struct err *err);
/* How long it may take, in seconds. */
unsigned programs_seconds(const struct conf *conf);

#endif
