/*
 * mda-doctor --all: what concerns everybody is checked once, what concerns a mailbox in each, each
 * in a process of its own that becomes its owner. A line for a check says how many mailboxes it
 * found well or ill, and which come first.
 */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_ALL_H
#define MDA_TOOLS_DOCTOR_DOCTOR_ALL_H

#include "mda/tools/doctor/doctor.h"

/* Runs the checks that are wanted on D, whose doctor_begin() was called. */
typedef void doctor_all_checks(struct doctor *d, size_t count, char **words);

/* Runs CHECKS and prints the result. D is not begun. Returns the exit status, or -1. */
int doctor_all(
	struct doctor *d, doctor_all_checks *checks, size_t count, char **words, struct err *err);

/* Is C, in the process of D, a check of that mailbox? Without --all, every check is. */
bool doctor_all_runs(const struct doctor *d, const struct doctor_check *c);

#endif
