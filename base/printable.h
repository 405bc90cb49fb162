/*
 * Text from outside, shown on a terminal or in a line that people read. This file knows what could
 * deceive a reader.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/*
 * A code point that changes how a line looks and not what it says: controls, direction marks,
 * invisible characters.
 */
bool printable_is_deceptive(uint32_t code_point);

/*
 * Takes one character off *REST, which is not empty: returns it, or a blank for a tab, or "?" for
 * what deceives or is not UTF-8.
 */
struct str printable_next(struct str *rest);
/* Appends TEXT, made printable in this way. */
void printable_add(struct buf *to, struct str text);

/*
 * Prints the output of programs: made printable (except line ends and tabs) on a terminal,
 * unchanged anywhere else, for programs that read it. Returns as io_write().
 */
int printable_write(int fd, struct str text, const char *what, struct err *err);

#endif
