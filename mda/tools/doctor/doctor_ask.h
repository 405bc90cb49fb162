/*
 * What other programs print about their configuration. They are run as the account that we are,
 * without a shell, with limits; or what they printed is read from the files of --recorded.
 */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_ASK_H
#define MDA_TOOLS_DOCTOR_DOCTOR_ASK_H

#include "base/str.h"

#include <stdbool.h>

struct doctor;

enum doctor_source {
	DOCTOR_POSTCONF,        /* postconf -n */
	DOCTOR_MASTER,          /* postconf -M */
	DOCTOR_EXIM,            /* exim -bP */
	DOCTOR_EXIM_TRANSPORTS, /* exim -bP transports */
	DOCTOR_SMTPD,           /* the text of smtpd.conf */
	DOCTOR_SMTPD_CHECK,     /* smtpd -n */
	DOCTOR_DOVECONF,        /* doveconf -n */
	DOCTOR_SOURCES
};

struct doctor_output {
	bool asked;
	bool exists; /* the program is installed, or its output is recorded */
	bool failed; /* then TEXT has the reason */
	struct str text;
};

/* Asks once. The result lives as long as D. */
const struct doctor_output *doctor_ask(struct doctor *d, enum doctor_source source);

/* Reports that a program failed. Returns whether it did, or is not installed. */
bool doctor_ask_failed(struct doctor *d, enum doctor_source source, const char *program);

#endif
