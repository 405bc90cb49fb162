#include "mda/contacts_csv.h"

#include <string.h>

enum { FIELDS_MOST = 500 };

/* ---- writing ---- */

static void write_field(struct buf *to, struct str field)
{
	buf_byte(to, '"');
	if (field.n && strchr("=+-@\t\r", field.p[0]))
		buf_byte(to, '\'');
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == '"')
			buf_byte(to, '"');
		buf_byte(to, field.p[i] == '\r' || field.p[i] == '\n' ? ' ' : field.p[i]);
	}
	buf_byte(to, '"');
}

static bool is_plain(struct str field)
{
	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];
		if (!ascii_isalnum((char)c) && !(c && strchr("@._ -", (char)c)) && c < 0x80)
			return false;
	}
	return !(field.n && strchr("@-", field.p[0]));
}

void csv_write(struct buf *to, const struct str *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_text(to, i ? "," : "");
		if (is_plain(fields[i]))
			buf_add(to, fields[i]);
		else
			write_field(to, fields[i]);
	}
	buf_text(to, "\r\n");
}

/* ---- reading ---- */

/* Some write semicolons, as their commas are decimal ones. */
static bool is_separator(char c)
{
	return c == ',' || c == ';' || c == '\t';
}

/* With its quotes: the closing one, or the end. */
static size_t quoted_length(struct str s)
{
	size_t i = 1;
	for (; i < s.n; i++) {
		if (s.p[i] != '"')
			continue;
		if (i + 1 == s.n || s.p[i + 1] != '"')
			return i + 1;
		i++;
	}
	return s.n;
}

static struct str take_quoted(struct str *rest, struct arena *mem)
{
	size_t length = quoted_length(*rest), n = 0;
	struct str inside = str_slice(*rest, 1, length);
	char *text = arena_alloc(mem, length);
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '"' && i + 1 == inside.n)
			break;
		text[n++] = inside.p[i];
		i += inside.p[i] == '"';
	}
	*rest = str_slice(*rest, length, rest->n);
	return (struct str){text, n};
}

static struct str take_plain(struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && !is_separator(rest->p[n]) && rest->p[n] != '\n')
		n++;
	struct str field = str_trim(str_slice(*rest, 0, n));
	*rest = str_slice(*rest, n, rest->n);
	return field;
}

bool csv_next(struct str *rest, struct arena *mem, struct str_list *fields)
{
	*fields = (struct str_list){0};
	if (rest->n == 0)
		return false;
	for (;;) {
		bool quoted = rest->n && rest->p[0] == '"';
		struct str field = quoted ? take_quoted(rest, mem) : take_plain(rest);
		if (quoted)
			take_plain(rest); /* what stands behind the quotes */
		if (fields->count < FIELDS_MOST)
			*(struct str *)ARENA_PUSH(mem, fields->items, fields->count) = field;
		if (rest->n == 0)
			return true;
		char end = rest->p[0];
		*rest = str_slice(*rest, 1, rest->n);
		if (end == '\n')
			return true;
	}
}
