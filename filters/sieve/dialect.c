#include "filters/sieve/dialect.h"

#include "base/buf.h"

#include <string.h>

enum { DELETE = 0x7f };

/* Each is replaced by the control character of its position here, counted from 1. */
static const char special[] = "\"\\*?\n";

static char encode(char c)
{
	const char *at = c ? strchr(special, c) : NULL;
	if (at)
		return (char)(at - special + 1);
	return (unsigned char)c < ' ' && c != '\t' ? DELETE : c;
}

static char blank_line_end(char c)
{
	return c == '\0' || c == '\n' || c == '\r' ? ' ' : c;
}

static void add_plain(struct buf *b, struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		buf_byte(b, encode(key.p[i]));
}

static void add_wild(struct buf *b, struct str key)
{
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '\\' && i + 1 < key.n)
			buf_byte(b, encode(key.p[++i]));
		else if (key.p[i] == '*' || key.p[i] == '?')
			buf_byte(b, key.p[i]);
		else
			buf_byte(b, encode(key.p[i]));
	}
}

/*
 * Backslashes are kept, so they reach the regular expression. A quote gets one, which has no
 * meaning there.
 */
static void add_regex(struct buf *b, struct str key)
{
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '\\' && i + 1 < key.n)
			buf_byte(b, key.p[i++]);
		else if (key.p[i] == '"' || key.p[i] == '\\')
			buf_byte(b, '\\');
		buf_byte(b, blank_line_end(key.p[i]));
	}
}

struct str dialect_quote(struct arena *mem, struct str key, enum dialect_key kind)
{
	static void (*const add[])(struct buf *, struct str) = {
		[DIALECT_PLAIN] = add_plain,
		[DIALECT_WILD] = add_wild,
		[DIALECT_REGEX] = add_regex,
	};
	struct buf b = {0};
	buf_byte(&b, '"');
	add[kind](&b, key);
	buf_byte(&b, '"');
	struct str s = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return s;
}

char *dialect_value(struct arena *mem, struct str value, bool regex)
{
	char *p = arena_alloc(mem, value.n + 1);
	for (size_t i = 0; i < value.n; i++)
		p[i] = regex ? blank_line_end(value.p[i]) : encode(value.p[i]);
	return p;
}
