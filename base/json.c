#include "base/json.h"

#include "base/printable.h"
#include "base/utf8.h"

/*
 * Characters that could control a terminal, are invisible or change the direction of text are
 * escaped too.
 */
static bool is_plain(uint32_t c)
{
	return c != '"' && c != '\\' && !(c <= 0xffff && printable_is_deceptive(c));
}

void json_quote(struct buf *to, struct str text)
{
	uint32_t c;
	buf_byte(to, '"');
	while (text.n) {
		struct str rest = text;
		bool valid = utf8_next(&rest, &c);
		if (!valid) {
			c = 0xdc00 + (unsigned char)text.p[0];
			rest = str_slice(text, 1, text.n);
		}
		if (valid && is_plain(c))
			buf_add(to, str_slice(text, 0, text.n - rest.n));
		else
			buf_fmt(to, "\\u%04x", (unsigned)c);
		text = rest;
	}
	buf_byte(to, '"');
}

void json_key(struct buf *to, const char *key)
{
	if (to->n && to->p[to->n - 1] != '{')
		buf_byte(to, ',');
	json_quote(to, str_of(key));
	buf_byte(to, ':');
}

void json_text(struct buf *to, const char *key, struct str value)
{
	json_key(to, key);
	json_quote(to, value);
}

void json_number(struct buf *to, const char *key, unsigned long long value)
{
	json_key(to, key);
	buf_fmt(to, "%llu", value);
}
