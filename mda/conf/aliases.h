/*
 * Which addresses are one mailbox: a text file as virtual(5) of Postfix has it, perhaps compiled
 * beside it.
 *
 *   info@example.com        ann@example.com
 *   @example.net            @example.com           every address of a synonym domain
 *   team@example.com        ann@example.com, bob@example.com   several: no mailbox of its own,
 *                                                              and no alias
 *
 * `#` starts a comment line; a line that starts with a blank goes on with the one before.
 */
#ifndef MDA_CONF_ALIASES_H
#define MDA_CONF_ALIASES_H

#include "base/arena.h"
#include "base/err.h"
#include "filters/lists/list_text.h"

struct aliases;

/*
 * Opens the file at PATH; a missing one, or an empty PATH, has no aliases. NULL on error. Memory is
 * MEM's.
 */
struct aliases *aliases_open(
	struct str path, struct str delimiters, struct arena *mem, struct err *err);

/*
 * A delimiter may be part of a name: jan-erik@ is the mailbox jan-erik, if IS says that there is
 * one, before it is jan with a detail. The longest name counts. IS gets addresses in lower case.
 */
void aliases_ask(
	struct aliases *aliases, bool (*is)(void *context, struct str address), void *context);

/*
 * How many bytes of ADDRESS's local part, unquoted, are in front of the delimiter: of a mailbox or
 * alias, else up to the first one.
 */
size_t aliases_user_length(const struct aliases *aliases, struct str address, struct arena *mem);

/*
 * The mailbox that ADDRESS stands for, without detail and in lower case: the end of a chain of
 * single targets. An address without an alias, and ALIASES of NULL, give the address itself. An
 * alias that leads to itself is none.
 */
struct str aliases_mailbox(const struct aliases *aliases, struct str address, struct arena *mem);

/* Why the compiled form is not used; NULL: it is, or there is none. */
const char *aliases_stale(const struct aliases *aliases);

/* As list_compile() and list_compile_to(). *COUNT: how many aliases there are. */
int aliases_compile(struct str path, size_t *count, struct err *err);
int aliases_compile_to(struct str path, const char *to, size_t *count, struct err *err);

/*
 * Calls VISIT for each entry: of its wild there is nothing, `entry` is the alias; `wrong` says what
 * cannot be read.
 */
int aliases_walk(struct str path, list_visit *visit, void *context, struct err *err);

#endif
