/*
 * What is not mail lies apart from the Maildir. A directory in it is a folder for IMAP clients, who
 * would list the user's scripts, lists or UIDs as one, file mail into it, rename and delete it.
 */
#ifndef MDA_CONF_APART_H
#define MDA_CONF_APART_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

/* With the paths of CONF for NAMES: -1 with the key whose path is in a folder. */
int apart_check(const struct conf *conf, const struct template_values *names, struct arena *mem,
	struct err *err);

/*
 * The same for everybody, each domain and each address that the file names; the error says for
 * whom.
 */
int apart_check_all(const struct conf_file *file, struct arena *mem, struct err *err);

#endif
