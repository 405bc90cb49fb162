/*
 * The reading of an answer of Dovecot's userdb (userdb_user.h), field by field. Only userdb_*.c use
 * this header.
 */
#ifndef MDA_CONF_USERDB_READER_H
#define MDA_CONF_USERDB_READER_H

#include "mda/conf/userdb_user.h"

struct userdb_reader {
	const struct userdb_reply *reply;
	struct userdb_user *user;
	struct str field, value;   /* that are read now */
	struct str mail;           /* as it was given */
	struct str inbox, control; /* paths; empty: not given */
	struct str other;          /* a field that this version of Dovecot ignores */
	struct arena *mem;
	struct err *err;
};

/* Fills the error with the field that is being read, its value, and WHY; returns -1. */
int userdb_reader_refuse(struct userdb_reader *r, const char *why);

#endif
