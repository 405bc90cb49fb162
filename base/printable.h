/*
 * Text from outside, made safe to be shown or to be part of a line.
 *
 * For a line that programs read (a header field, an environment variable, an error), only control
 * bytes matter: they are overwritten, and the text keeps its length. For a person, everything that
 * could deceive a reader becomes a question mark, and so do bytes that are not UTF-8.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

struct err;

/* ---- a line that programs read ---- */

/* True if S has a control byte (see ascii_iscntrl()), so that it is not a line. */
bool printable_has_control(struct str s);
/* Writes INSTEAD over each control byte among the N bytes at P. */
void printable_overwrite(char *p, size_t n, char instead);
/*
 * A copy of TEXT in MEM, with INSTEAD for each control byte: a blank where words follow each other,
 * a question mark where a blank would change what the text means, as in an address.
 */
struct str printable_line(struct str text, char instead, struct arena *mem);

/* ---- a person ---- */

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
