#include "mda/tools/contacts/contacts_csv.h"

#include "base/str_list.h"

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
	if (field.n && (ascii_isblank(field.p[0]) || ascii_isblank(field.p[field.n - 1])))
		return false; /* readers ignore such blanks */
	return !(field.n && strchr("@-", field.p[0]));
}

void contacts_csv_write(struct buf *to, const struct str *fields, size_t count)
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

/* Some programs write semicolons, because their language has decimal commas. */
static const char separators[] = "\t;,";

static bool is_end(const struct csv *c, char byte)
{
	return byte == c->separator || byte == '\n';
}

/* The length with its quotes; S.n + 1 if it does not end. */
static size_t quoted_length(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] != '"')
			continue;
		if (i + 1 == s.n || s.p[i + 1] != '"')
			return i + 1;
		i++;
	}
	return s.n + 1;
}

static struct str without_quotes(struct str s, struct arena *mem)
{
	char *text = arena_alloc(mem, s.n);
	size_t n = 0;
	for (size_t i = 1; i + 1 < s.n; i++) {
		text[n++] = s.p[i];
		i += s.p[i] == '"';
	}
	return (struct str){text, n};
}

static struct str take_plain(struct csv *c)
{
	size_t n = 0;
	while (n < c->rest.n && !is_end(c, c->rest.p[n]))
		n++;
	struct str field = str_trim(str_slice(c->rest, 0, n));
	c->rest = str_slice(c->rest, n, c->rest.n);
	return field;
}

static void count_lines(struct csv *c, struct str passed)
{
	for (size_t i = 0; i < passed.n; i++)
		c->next_line += passed.p[i] == '\n';
}

static struct str take_quoted(struct csv *c, struct arena *mem)
{
	size_t length = c->quotes_end ? quoted_length(c->rest) : c->rest.n + 1;
	if (length > c->rest.n) {
		c->quotes_end = false;
		c->wrong = "its quotes do not end";
		return take_plain(c);
	}
	struct str quoted = str_slice(c->rest, 0, length);
	count_lines(c, quoted);
	c->rest = str_slice(c->rest, length, c->rest.n);
	if (take_plain(c).n)
		c->wrong = "text follows its quotes";
	return without_quotes(quoted, mem);
}

bool contacts_csv_next(struct csv *c, struct arena *mem, struct str_list *fields)
{
	*fields = (struct str_list){0};
	c->line = c->next_line;
	c->wrong = NULL;
	if (c->rest.n == 0)
		return false;
	for (;;) {
		bool quoted = c->rest.n && c->rest.p[0] == '"';
		struct str field = quoted ? take_quoted(c, mem) : take_plain(c);
		if (fields->count < FIELDS_MOST)
			str_list_add(fields, field, mem);
		else
			c->wrong = "it has too many fields";
		if (c->rest.n == 0)
			return true;
		char end = c->rest.p[0];
		c->rest = str_slice(c->rest, 1, c->rest.n);
		if (end == '\n') {
			c->next_line++;
			return true;
		}
	}
}

/* The separator that is most frequent in the first line, outside quotes. */
static char separator_of(struct str text)
{
	size_t counts[sizeof separators] = {0}, best = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
		quoted ^= text.p[i] == '"';
		size_t at = str_find(str_of(separators), text.p[i]);
		if (!quoted && separators[at])
			counts[at]++;
	}
	for (size_t i = 1; separators[i]; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}

struct csv contacts_csv_open(struct str text)
{
	struct csv c = {.rest = text, .next_line = 1, .quotes_end = true};
	struct str rest = text, line = STR_EMPTY;
	/* Excel names the separator like this. */
	(void)str_line(&rest, &line); /* no line is an empty one */
	if (str_istarts(line, STR_LIT("sep=")) && str_trim(line).n <= 5) {
		c.separator = line.n > 4 ? line.p[4] : ',';
		c.rest = rest;
		c.next_line = 2;
	} else {
		c.separator = separator_of(text);
	}
	return c;
}
