/*
 * The settings of quota_warnings: at which part of a quota which program of the admin's is run, as
 * Dovecot's quota_warning does it.
 */
#ifndef MDA_CONF_CONF_WARNING_H
#define MDA_CONF_CONF_WARNING_H

#include "base/arena.h"
#include "base/str_list.h"

#include <stdbool.h>

enum warning_of { WARNING_OF_ANY, WARNING_OF_STORAGE, WARNING_OF_MESSAGES };

struct conf_warning {
	bool below; /* run when usage has fallen below, and not when it reaches PERCENT */
	enum warning_of of;
	unsigned percent;
	struct str program;        /* an absolute path */
	struct str_list arguments; /* with %u, %n, %d and %h */
};

struct conf_warnings {
	struct conf_warning *items;
	size_t count;
};

/*
 * Reads "[-][storage=|messages=]N% PROGRAM ARGUMENT..."; what W holds is in MEM. False with the
 * reason in *WHY.
 */
bool conf_warning_parse(
	struct str text, struct arena *mem, struct conf_warning *w, const char **why);

#endif
