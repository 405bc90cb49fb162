/* mda-greyd --show and --prune: looks at the database, beside a server or without one. */
#ifndef MDA_GREY_GREY_SHOW_H
#define MDA_GREY_GREY_SHOW_H

#include "mda/grey/grey_settings.h"

struct grey_show {
	const char *user; /* as in grey_settings_drop() */
	bool json, dry_run;
};

/* Prints the entries in which each of the COUNT words is, in any case. -1 on error. */
int grey_show_entries(const struct grey_show *g, const struct invocation *inv, size_t count,
	char **words, struct err *err);

/* Removes what is too old, or with dry_run counts it, and prints how many. -1 on error. */
int grey_show_prune(const struct grey_show *g, const struct invocation *inv, struct err *err);

#endif
