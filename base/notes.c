#include "base/notes.h"

#include <stdio.h>

enum { NOTES_MOST = 500 };

/*
 * The log escapes what could deceive a reader and so keeps it (log_escape()). Only what would end
 * the line is replaced.
 */
static struct str one_line(struct str s, struct arena *mem)
{
	struct str copy = arena_str(mem, s);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\n' || copy.p[i] == '\r' || copy.p[i] == '\0')
			((char *)copy.p)[i] = ' ';
	return copy;
}

/* A sender may choose names in it, and cause as many notes as they like. */
void notes_add_args(struct notes *n, const char *fmt, va_list args)
{
	char text[1024];
	if (n->count == NOTES_MOST)
		return;
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	struct str *note = ARENA_PUSH(n->mem, n->items, n->count);
	*note = one_line(str_of(n->count == NOTES_MOST ? "there are more notes" : text), n->mem);
}

void notes_add(struct notes *n, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	notes_add_args(n, fmt, args);
	va_end(args);
}
