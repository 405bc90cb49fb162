/* A byte buffer that grows. Running out of memory ends the process, as in arena.h. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

/* Start with { 0 }; free with buf_free(). */
struct buf {
	char *p;
	size_t n, room;
};

void buf_free(struct buf *b);
/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *b);
/*
 * Makes room for N more bytes after the contents, and returns where they start. The caller adds to
 * b->n.
 */
char *buf_grow(struct buf *b, size_t n);
/*
 * Room for reading: at first FIRST bytes, then what is left, and as much again when nothing is.
 * *ROOM is its size, at least 1.
 */
char *buf_space(struct buf *b, size_t first, size_t *room);
void buf_add(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *text);
static inline void buf_byte(struct buf *b, char c)
{
	char *to = b->n < b->room ? b->p + b->n : buf_grow(b, 1);
	*to = c;
	b->n++;
}
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The contents; valid until the buffer changes. */
struct str buf_str(const struct buf *b);
/* The contents as a C string: the buffer keeps a NUL after them. */
const char *buf_cstr(struct buf *b);

#endif
