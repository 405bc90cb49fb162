/*
 * What went wrong on the way and did not stop the work: lines for the log. Set the arena that they
 * belong to; the rest is zero.
 */
#ifndef BASE_NOTES_H
#define BASE_NOTES_H

#include "base/arena.h"

#include <stdarg.h>

struct notes {
	struct arena *mem;
	struct str *items;
	size_t count;
};

/* One line: line ends become blanks. Only the first few hundred are kept. */
void notes_add(struct notes *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void notes_add_args(struct notes *n, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
