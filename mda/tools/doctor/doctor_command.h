/* The command by which an MTA starts mda, and the times and sizes that MTAs write. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_COMMAND_H
#define MDA_TOOLS_DOCTOR_DOCTOR_COMMAND_H

#include "base/arena.h"

#include <stdbool.h>

struct doctor;

/* The words from mda on; empty: another program is started. */
struct doctor_command {
	struct str_list words;
};

/*
 * Finds mda in a command line. Quotes around a word are taken off, as a shell, Postfix or Exim
 * does. The words are in MEM.
 */
struct doctor_command doctor_command_find(struct str line, struct arena *mem);
/* The word after the option -LETTER or --NAME, or in the same word; NULL: it is not there. */
const struct str *doctor_command_option(
	const struct doctor_command *c, char letter, const char *name, struct arena *mem);

/*
 * Is ADDRESS, as an MTA writes it, a socket of mda-lmtpd? It is one of lmtp_listen, or a path with
 * the name mda in it, such as private/mda in Postfix's chroot.
 */
bool doctor_command_is_lmtp(const struct doctor *d, struct str address);

/* Checks that the program exists and can be run. */
void doctor_command_program(struct doctor *d, const struct doctor_command *c);
/* Checks that the MTA's time limit, SECONDS, is longer than ours. */
void doctor_command_time(struct doctor *d, unsigned long long seconds, struct str mend);
/* Checks that what the MTA accepts, BYTES, is not refused by message_max. */
void doctor_command_size(struct doctor *d, unsigned long long bytes, struct str mend);

/* "1h30m", "1000s", or with UNIT "20" as of such a unit. False: it is not a time. */
bool doctor_command_seconds(struct str text, char unit, unsigned long long *seconds);
/* "50M", "10240000". */
bool doctor_command_bytes(struct str text, unsigned long long *bytes);

#endif
