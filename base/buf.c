#include "base/buf.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
}

char *buf_grow(struct buf *b, size_t n)
{
	size_t need = n > SIZE_MAX - b->n ? SIZE_MAX : b->n + n;
	if (need > b->room || !b->p) {
		size_t room = b->room ? b->room : 64;
		while (room < need)
			room = room > SIZE_MAX / 2 ? need : room * 2;
		b->p = mem_resize(b->p, room);
		b->room = room;
	}
	return b->p + b->n;
}

char *buf_space(struct buf *b, size_t first, size_t *room)
{
	size_t left = b->room - b->n;
	char *p = buf_grow(b, left ? left : first);
	*room = b->room - b->n;
	return p;
}

void buf_add(struct buf *b, struct str s)
{
	if (s.n == 0)
		return;
	memcpy(buf_grow(b, s.n), s.p, s.n);
	b->n += s.n;
}

void buf_text(struct buf *b, const char *text)
{
	buf_add(b, str_of(text));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n > 0) {
		/* It fits: it was measured. */
		vsnprintf(buf_grow(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

struct str buf_str(const struct buf *b)
{
	return (struct str){b->p ? b->p : "", b->n};
}

const char *buf_cstr(struct buf *b)
{
	*buf_grow(b, 1) = '\0';
	return b->p;
}
