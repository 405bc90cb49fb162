/*
 * Courier's keywords: the directory courierimapkeywords of a folder. Its file ":list" has the names
 * of the keywords, a line each, an empty line, and lines "<base name>:<number> <number>...", where
 * names count from 0. A message whose keywords were changed since has a file of its own: its base
 * name, or ".<time / 300>.<base name>", with a name a line. The file without a time is the newest,
 * and else the one with the highest. Courier takes such files into ":list", and removes those of
 * messages that are gone.
 *
 * Courier reads this without a lock and replaces whole files, so what is written here is a file for
 * one message, in one step.
 */
#ifndef STORE_COURIER_KEYWORDS_H
#define STORE_COURIER_KEYWORDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct courier_keywords;

/* Reads those of FOLDER; there may be none. All is in MEM. NULL if they cannot be read. */
struct courier_keywords *courier_keywords_read(int folder, struct arena *mem, struct err *err);

/*
 * Sets *NAMES to the keywords of the message, without names that no client could use. -1 if its
 * file cannot be read.
 */
int courier_keywords_of(
	struct courier_keywords *k, struct str base, struct str_list *names, struct err *err);

/*
 * Gives the message these keywords and no others, durably. The message need not be there yet:
 * Courier keeps the file for 15 minutes. -1 on error.
 */
int courier_keywords_write(
	int folder, struct str base, const struct str_list *names, struct err *err);

#endif
