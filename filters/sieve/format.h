/*
 * One layout for all scripts: one command on each line, one tab for each level, and long lists on
 * several lines. Words and tags become lower case. Strings, numbers and comments stay as they are,
 * and so does the meaning.
 */
#ifndef FILTERS_SIEVE_FORMAT_H
#define FILTERS_SIEVE_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * Appends the formatted script, with LF as line ends. It must have been parsed without errors; a
 * bracket without a partner is printed anyway. Formatting the result again changes nothing.
 */
void format_script(struct str script, struct arena *mem, struct buf *to);

#endif
