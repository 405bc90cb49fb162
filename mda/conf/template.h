/* Path templates: %u user, %n local part, %d domain, %h home, %% a percent sign. */
#ifndef MDA_CONF_TEMPLATE_H
#define MDA_CONF_TEMPLATE_H

#include "base/arena.h"
#include "base/err.h"

struct template_values {
	struct str user, local, domain, home;
};

/* Are all %-letters known? False with a sentence in *WHY. */
bool template_check(struct str text, const char **why);

/*
 * The path, in MEM. -1 when a part of the address cannot safely be a file name (it is empty, has
 * '/' or control characters, starts with a dot, or has more than 255 bytes). The fault is "no such
 * user", as such a mailbox cannot exist.
 */
int template_expand(struct str text, const struct template_values *values, struct arena *mem,
	const char **path, struct err *err);

#endif
