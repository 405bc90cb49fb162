/*
 * One canonical layout for scripts: a command a line, a tab a level, lists over lines where a line
 * would get long. Words and tags get small letters; strings, numbers and comments stay as they are,
 * and so does what the script means.
 */
#ifndef FILTERS_SIEVE_FORMAT_H
#define FILTERS_SIEVE_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * Appends the script in its layout, with LF as line ends. It must have been parsed without an
 * error; a brace or bracket that has no partner is printed all the same. What comes out stays as it
 * is when formatted again.
 */
void format_script(struct str script, struct arena *mem, struct buf *to);

#endif
