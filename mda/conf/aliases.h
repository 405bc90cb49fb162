/*
 * Which addresses are one mailbox: the file of aliases (aliases_text.h), its compiled form
 * (aliases_map.h), and the way from an address to its mailbox.
 */
#ifndef MDA_CONF_ALIASES_H
#define MDA_CONF_ALIASES_H

#include "base/arena.h"
#include "base/err.h"

struct aliases;
struct table_map;

/*
 * Opens the file at PATH, or the table of that name (tables/table.h). If a file does not exist, or
 * PATH is empty, there are no aliases. DELIMITERS start a detail. NULL on error. Memory is MEM's.
 */
struct aliases *aliases_open(
	struct str path, struct str delimiters, struct arena *mem, struct err *err);

/* The table that it is; NULL when it is a file of ours, or ALIASES is NULL. */
struct table_map *aliases_table(const struct aliases *aliases);

/*
 * -1 if a table could not be asked, or has a wrong value: what the other functions have returned
 * is then worth nothing.
 */
int aliases_check(const struct aliases *aliases, struct err *err);

/*
 * A delimiter may be part of a name: jan-erik@ is the mailbox jan-erik if IS says that it exists,
 * and otherwise jan with a detail. The longest name counts. IS gets addresses in lower case.
 */
void aliases_ask(
	struct aliases *aliases, bool (*is)(void *context, struct str address), void *context);

/*
 * Adds an alias that is not in the file: FROM, as aliases_mailbox() has returned it, is the mailbox
 * TO. The other function takes over what was added to ANOTHER.
 */
void aliases_add(struct aliases *aliases, struct str from, struct str to);
void aliases_add_those_of(struct aliases *aliases, const struct aliases *another);

/*
 * The length of the name in ADDRESS's local part, unquoted: the longest that is a mailbox or an
 * alias, otherwise what is before the first delimiter.
 */
size_t aliases_user_length(const struct aliases *aliases, struct str address, struct arena *mem);

/*
 * The mailbox of ADDRESS, without detail and in lower case: the end of a chain of aliases with one
 * target each. Without an alias, and with ALIASES NULL, it is the address itself. An alias that
 * leads to itself does not count.
 */
struct str aliases_mailbox(const struct aliases *aliases, struct str address, struct arena *mem);

/* Why the compiled form is not used. NULL when it is used, or does not exist. */
const char *aliases_stale(const struct aliases *aliases);

#endif
