/*
 * Nothing but mail may be in a Maildir. Each directory in it is a folder for IMAP clients, which
 * would show the user's scripts, lists or UIDs as a folder, store mail in it, rename it and delete
 * it.
 */
#ifndef MDA_CONF_APART_H
#define MDA_CONF_APART_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

/* Checks the paths of CONF for NAMES. -1 with the key whose path is in a folder. */
int apart_check(const struct conf *conf, const struct template_values *names, struct arena *mem,
	struct err *err);

/*
 * Checks the same for everybody, and for each domain and address that the file has a section for.
 * The error says for whom.
 */
int apart_check_all(const struct conf_file *file, struct arena *mem, struct err *err);

#endif
