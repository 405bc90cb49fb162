#include "mda/conf/tables/table_file.h"

#include "base/io.h"
#include "base/printable.h"
#include "base/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 60 };

struct value {
	struct str text;
	unsigned line; /* 0: it is the default */
};

struct table_file {
	const char *path;
	const struct table_setting *settings;
	struct value *values; /* one for each setting */
	struct arena *mem;
};

/* ---- lines ---- */

static bool is_comment(struct str line)
{
	struct str s = str_trim(line);
	return s.n == 0 || s.p[0] == '#';
}

/* Where the next logical line is. */
struct lines {
	struct str rest;
	unsigned read, start; /* how many lines were read, and the first one of this logical line */
	struct arena *mem;
};

/* As Postfix joins lines: the blanks at the start of a line that continues another are kept. */
static bool next_line(struct lines *l, struct str *line)
{
	struct str more;
	do {
		if (!str_line(&l->rest, line))
			return false;
		l->start = ++l->read;
	} while (is_comment(*line));
	while (l->rest.n && (is_comment(str_slice(l->rest, 0, str_find(l->rest, '\n'))) ||
				    ascii_isblank(l->rest.p[0]))) {
		(void)str_line(&l->rest, &more); /* there is one */
		l->read++;
		if (!is_comment(more))
			*line = ARENA_JOIN(l->mem, *line, more);
	}
	return true;
}

/* ---- settings ---- */

__attribute__((format(printf, 4, 5))) static int fail(
	const struct table_file *f, unsigned line, struct err *err, const char *fmt, ...)
{
	char why[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args); /* a longer text is cut */
	va_end(args);
	return err_temp(err, "%s:%u: %s", f->path, line, why);
}

static int fail_unknown(const struct table_file *f, unsigned line, struct str name, struct err *err)
{
	struct str shown = printable_line(str_slice(name, 0, SHOWN), '?', f->mem);
	struct suggest s = {.word = name};
	for (const struct table_setting *k = f->settings; k->name; k++)
		suggest_consider(&s, k->name);
	const char *best = suggest_best(&s);
	return fail(f, line, err, "unknown setting \"" STR_FMT "\"%s%s%s", STR_ARGS(shown),
		best ? "; did you mean \"" : "", best ? best : "", best ? "\"?" : "");
}

static size_t find(const struct table_file *f, struct str name)
{
	size_t i = 0;
	while (f->settings[i].name && !str_eq(name, str_of(f->settings[i].name)))
		i++;
	return i;
}

static bool is_switch(struct str text)
{
	return str_ieq(text, STR_LIT("yes")) || str_ieq(text, STR_LIT("no"));
}

/* NULL when the value is of the setting's type. */
static const char *wrong_value(const struct table_setting *k, struct str text)
{
	unsigned long long number;
	switch (k->type) {
	case TABLE_NUMBER:
		return str_number(text, k->most, &number) ? NULL : "this is not a number for it";
	case TABLE_SWITCH:
		return is_switch(text) ? NULL : "this is neither yes nor no";
	case TABLE_REFUSED:
		return text.n == 0 ? NULL : "mda does not support this";
	default:
		return printable_has_control(text) ? "the value has a control character" : NULL;
	}
}

/* A tab is as good as a blank between two words of a query. */
static struct str without_tabs(struct str text, struct arena *mem)
{
	if (str_find(text, '\t') == text.n)
		return text;
	struct str copy = arena_str(mem, text);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\t')
			((char *)copy.p)[i] = ' ';
	return copy;
}

static int take(struct table_file *f, struct str line, unsigned number, struct err *err)
{
	size_t equals = str_find(line, '=');
	struct str name = str_trim(str_slice(line, 0, equals));
	if (equals == line.n || name.n == 0)
		return fail(f, number, err, "this is not \"name = value\"");
	size_t i = find(f, name);
	const struct table_setting *k = &f->settings[i];
	if (!k->name)
		return fail_unknown(f, number, name, err);
	if (f->values[i].line)
		return fail(
			f, number, err, "%s: line %u sets it already", k->name, f->values[i].line);
	struct str text = without_tabs(str_trim(str_slice(line, equals + 1, line.n)), f->mem);
	const char *why = wrong_value(k, text);
	if (why)
		return fail(f, number, err, "%s: %s", k->name, why);
	f->values[i] = (struct value){arena_str(f->mem, text), number};
	return 0;
}

struct table_file *table_file_parse(struct str text, const char *path,
	const struct table_setting *settings, struct arena *mem, struct err *err)
{
	struct table_file *f = arena_alloc(mem, sizeof *f);
	struct lines lines = {.rest = text, .mem = mem};
	struct str line;
	size_t count = 0;
	while (settings[count].name)
		count++;
	*f = (struct table_file){
		path, settings, arena_alloc(mem, count * sizeof(struct value)), mem};
	for (size_t i = 0; i < count; i++)
		f->values[i].text = str_of(settings[i].usual);
	while (next_line(&lines, &line))
		if (take(f, line, lines.start, err) < 0)
			return NULL;
	return f;
}

struct table_file *table_file_read(
	const char *path, const struct table_setting *settings, struct arena *mem, struct err *err)
{
	struct str text;
	int r = io_read_file(path, TABLE_FILE_MOST, mem, &text, err);
	if (r == 0)
		err_temp(err, "%s does not exist", path);
	return r > 0 ? table_file_parse(text, path, settings, mem, err) : NULL;
}

/* ---- values ---- */

static const struct value *value_of(const struct table_file *f, const char *name)
{
	size_t i = find(f, str_of(name));
	if (!f->settings[i].name)
		abort();
	return &f->values[i];
}

struct str table_file_get(const struct table_file *f, const char *name)
{
	return value_of(f, name)->text;
}

const char *table_file_text(const struct table_file *f, const char *name)
{
	struct str text = table_file_get(f, name);
	return text.n ? text.p : NULL;
}

unsigned long long table_file_number(const struct table_file *f, const char *name)
{
	unsigned long long number = 0;
	(void)str_number(table_file_get(f, name), ULLONG_MAX, &number); /* checked in take() */
	return number;
}

bool table_file_is(const struct table_file *f, const char *name)
{
	return str_ieq(table_file_get(f, name), STR_LIT("yes"));
}

bool table_file_word(struct str *rest, struct str *word)
{
	while (rest->n && (ascii_isblank(rest->p[0]) || rest->p[0] == ','))
		*rest = str_slice(*rest, 1, rest->n);
	size_t n = 0;
	while (n < rest->n && !ascii_isblank(rest->p[n]) && rest->p[n] != ',')
		n++;
	*word = str_slice(*rest, 0, n);
	*rest = str_slice(*rest, n, rest->n);
	return n > 0;
}

int table_file_wrong(const struct table_file *f, const char *name, const char *why, struct err *err)
{
	return fail(f, value_of(f, name)->line, err, "%s: %s", name, why);
}
