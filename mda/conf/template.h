/* Path templates: %u user, %n local part, %d domain, %h home, %% a percent sign. */
#ifndef MDA_CONF_TEMPLATE_H
#define MDA_CONF_TEMPLATE_H

#include "base/arena.h"
#include "base/err.h"

struct template_values {
	struct str user, local, domain, home;
};

/* Are all of its %-letters known? False with a sentence in *WHY. */
bool template_check(struct str text, const char **why);

/*
 * The path, in MEM. -1 when a part of the address that goes into it is no safe name for a file
 * (empty, '/', a dot first, control characters, over 255 bytes): fault "no such user", as there can
 * be no such mailbox.
 */
int template_expand(struct str text, const struct template_values *values, struct arena *mem,
	const char **path, struct err *err);

#endif
