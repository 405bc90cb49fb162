/*
 * Text from outside on a terminal, or in a line that people read: what could deceive a reader is
 * known here.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/*
 * A code point that changes how a line looks rather than what it says: controls, marks of
 * direction, invisible signs.
 */
bool printable_is_deceptive(uint32_t code_point);

/*
 * Takes a character off *REST, which is not empty: itself, a blank for a tab, "?" for what deceives
 * or is no UTF-8.
 */
struct str printable_next(struct str *rest);
/* Appends TEXT so. */
void printable_add(struct buf *to, struct str text);

/*
 * What programs print goes through here: to a terminal so, but for line ends and tabs; anywhere
 * else as it is, for programs that read it. As io_write().
 */
int printable_write(int fd, struct str text, const char *what, struct err *err);

#endif
