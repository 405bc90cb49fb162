/*
 * What doveconf prints, in the syntax of Dovecot 2.3 and of 2.4: how the mailboxes are stored and
 * shown.
 */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_DOVECONF_H
#define MDA_TOOLS_DOCTOR_DOCTOR_DOVECONF_H

#include "base/arena.h"

#include <stdbool.h>

/* A setting; PLACE has the titles of the sections that it is in, such as "namespace inbox/". */
struct doctor_dovecot_setting {
	struct str place, name, value;
};

struct doctor_dovecot {
	struct doctor_dovecot_setting *settings;
	size_t count;

	/* of the namespace that has the INBOX; empty: not set */
	struct str driver, path, inbox, control, layout;
	bool utf8;
	struct str prefix, separator;
	bool subscriptions;
	struct str_list plugins; /* of all protocols */
	struct str sieve;        /* the file or link that Pigeonhole runs */
	struct str junk;         /* the folder with the special use \Junk */
	struct str home;         /* a template, from mail_home or a static userdb */
};

/* Parses TEXT. All of it is in MEM. */
struct doctor_dovecot *doctor_doveconf_parse(struct str text, struct arena *mem);

/* The value of NAME in the section PLACE ("" is outside of sections); empty: it is not set. */
struct str doctor_doveconf_value(
	const struct doctor_dovecot *c, const char *place, const char *name);

#endif
