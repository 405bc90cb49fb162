#include "mda/conf/tables/table_text.h"

#include "base/address.h"
#include "base/idn.h"
#include "base/io.h"
#include "base/utf8.h"

/* ---- lines ---- */

static bool is_comment(struct str line)
{
	struct str s = str_trim(line);
	return s.n == 0 || s.p[0] == '#';
}

/*
 * Takes a logical line off *REST. *LINE counts the lines that were taken; *START is the number of
 * its first line.
 */
static bool next_logical(struct str *rest, unsigned *line, unsigned *start, struct str *logical)
{
	struct str next;
	while (str_line(rest, logical)) {
		*start = ++*line;
		if (is_comment(*logical))
			continue;
		while (rest->n && ascii_isblank(rest->p[0]) && str_line(rest, &next)) {
			++*line;
			logical->n = (size_t)(next.p + next.n - logical->p);
		}
		return true;
	}
	return false;
}

bool table_text_next(struct str *rest, unsigned *line, struct table_entry *e)
{
	struct str logical;
	if (!next_logical(rest, line, &e->line, &logical))
		return false;
	e->value = logical;
	e->name = STR_EMPTY;
	if (str_word(&e->value, &e->name))
		e->value = str_trim(e->value);
	return true;
}

/* ---- keys ---- */

struct str table_text_key(struct str text, struct arena *mem)
{
	struct str domain = str_slice(text, 1, text.n);
	if (text.n && text.p[0] == '@')
		return arena_fmt(mem, "@" STR_FMT, STR_ARGS(idn_domain(domain, mem)));
	struct address a = address_parse_envelope(text, mem);
	return address_key(&a, mem);
}

/* Could its form for comparison differ from what is written by more than letter case? */
static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!ascii_isalnum(c) && str_find(STR_LIT("@._-+="), c) == 6)
			return false;
	}
	return name.n > 0 && name.p[name.n - 1] != '.';
}

bool table_text_is(struct str name, struct str key)
{
	if (is_plain(name))
		return str_ieq(name, key);
	struct arena *scratch = arena_new();
	bool is = str_eq(table_text_key(name, scratch), key);
	arena_free(scratch);
	return is;
}

/* ---- the file ---- */

int table_text_find(struct str text, struct str key, struct str *value)
{
	struct table_entry e;
	unsigned line = 0;
	while (table_text_next(&text, &line, &e))
		if (table_text_is(e.name, key)) {
			*value = e.value;
			return 1;
		}
	return 0;
}

int table_text_read(const char *path, struct arena *mem, struct str *text, struct err *err)
{
	int r = io_read_file(path, TABLE_TEXT_FILE_MOST, mem, text, err);
	if (r >= 0)
		*text = r ? utf8_without_mark(*text) : STR_EMPTY;
	return r;
}
