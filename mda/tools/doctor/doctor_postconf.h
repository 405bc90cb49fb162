/* What postconf prints about Postfix, as far as it concerns mda. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_POSTCONF_H
#define MDA_TOOLS_DOCTOR_DOCTOR_POSTCONF_H

#include "mda/tools/doctor/doctor_command.h"

struct doctor_parameter {
	struct str name, value;
};

struct doctor_postfix {
	struct doctor_parameter *parameters; /* of main.cf, as they are written there */
	size_t count;
	/* the service of master.cf that runs mda by pipe(8); its command has no words: none does */
	struct str service, chroot, flags, user;
	bool has_null_sender;
	struct doctor_command pipe;
	/* mda as mailbox_command of local(8); no words: it is another program */
	struct doctor_command mailbox;
};

/* Parses the output of postconf -n, and of postconf -M or -Mf. All of it is in MEM. */
struct doctor_postfix *doctor_postconf_parse(struct str main, struct str master, struct arena *mem);

/*
 * The value of a parameter, in which ${NAME} and $NAME of other parameters are replaced; DEFAULT if
 * it is not set.
 */
struct str doctor_postconf_value(
	const struct doctor_postfix *p, const char *name, const char *usual, struct arena *mem);

/* Does a word of the command contain the macro ${NAME} or $NAME of pipe(8) or local(8)? */
bool doctor_postconf_passes(
	const struct doctor_command *c, const char *pipe_name, const char *local_name);

#endif
