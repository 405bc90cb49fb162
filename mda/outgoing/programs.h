/* Runs the programs of programs_dir for the rules of a delivery. */
#ifndef MDA_OUTGOING_PROGRAMS_H
#define MDA_OUTGOING_PROGRAMS_H

#include "filters/sieve/host.h"
#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"
#include "mda/conf/template.h"
#include "mda/outgoing/extprogram.h"

/* Does the admin allow any? */
bool programs_allowed(const struct conf *conf);

/* Why the program of that name is not run, in MEM; NULL: it is. */
const char *programs_refused(const struct conf *conf, struct str name, struct arena *mem);

/* Runs what `filter` or `execute` ask for, like run_program() of host.h. */
enum sv_ran programs_run(const struct delivery *d, const struct sv_program *asked,
	struct arena *mem, struct str *output, struct err *err);

/* The run of a pipe with the message as INPUT, in MEM. */
const struct extprogram *programs_pipe(const struct delivery *d, const struct step *pipe,
	const struct pieces *input, struct arena *mem);
/*
 * Runs it. 0 if it succeeded. -1: a refusal, or a temporary fault if the system could not run it.
 */
int programs_give(const void *program, struct arena *mem, struct err *err);
/* How long a program may run, in seconds. */
unsigned programs_seconds(const struct conf *conf);

/* PATH, HOME, USER and HOST, as every program of the admin's gets them; in MEM. */
struct str_list programs_environment(const struct template_values *names, struct arena *mem);
/* Adds "NAME=VALUE", made printable, unless VALUE is empty. */
void programs_add_variable(
	struct str_list *list, const char *name, struct str value, struct arena *mem);

#endif
