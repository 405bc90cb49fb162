/*
 * The file of aliases as text, in the format of Postfix's virtual(5):
 *
 *   info@example.com        ann@example.com
 *   @example.net            @example.com           every address of a synonym domain
 *   team@example.com        ann@example.com, bob@example.com   several targets: not an alias
 *
 * `#` starts a comment line. A line that starts with a blank continues the line before it.
 */
#ifndef MDA_CONF_ALIASES_TEXT_H
#define MDA_CONF_ALIASES_TEXT_H

#include "filters/lists/list_text.h"
#include "mda/conf/tables/table_text.h"

/* A sentence about what is wrong with the entry, or NULL. */
const char *aliases_text_wrong(const struct table_entry *a, struct arena *mem);

/* The target in TARGETS; empty when there are several, or none. */
struct str aliases_text_target(struct str targets);

/* Looks for the first good entry with KEY: 1 with its target, in MEM; 0 when there is none. */
int aliases_text_find(struct str text, struct str key, struct arena *mem, struct str *target);

/*
 * Calls VISIT for each entry of the file. `entry` is the alias, `wrong` says what is wrong with it,
 * and the pattern is not set. Returns what table_text_read() does.
 */
int aliases_text_walk(struct str path, list_visit *visit, void *context, struct err *err);

#endif
