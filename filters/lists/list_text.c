#include "filters/lists/list_text.h"

#include "base/io.h"
#include "base/utf8.h"

#include <time.h>

enum {
	LIST_MAX = 256 * 1024 * 1024,
	/* Entries that share one arena, so that a large list never needs much memory at once. */
	ENTRIES_PER_ARENA = 1000,
};

/* ---- days ---- */

static bool number_at(struct str s, size_t from, size_t to, unsigned *value)
{
	unsigned long long v;
	if (!str_number(str_slice(s, from, to), 9999, &v))
		return false;
	*value = (unsigned)v;
	return true;
}

unsigned list_text_day(struct str date)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned year, month, day;
	if (date.n != 10 || date.p[4] != '-' || date.p[7] != '-' || !number_at(date, 0, 4, &year) ||
		!number_at(date, 5, 7, &month) || !number_at(date, 8, 10, &day))
		return 0;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return 0;
	return (year * 100 + month) * 100 + day;
}

unsigned list_text_added(struct str comment)
{
	static const struct str added = STR_LIT("added ");
	size_t at = str_ifind(comment, added);
	if (at == comment.n)
		return 0;
	return list_text_day(str_slice(comment, at + added.n, at + added.n + 10));
}

unsigned list_text_today(void)
{
	time_t now = time(NULL);
	struct tm tm;
	if (!localtime_r(&now, &tm))
		return 0;
	return ((unsigned)(tm.tm_year + 1900) * 100 + (unsigned)(tm.tm_mon + 1)) * 100 +
	       (unsigned)tm.tm_mday;
}

/* ---- a line ---- */

static void read_until(struct list_line *l)
{
	struct str text = str_trim(str_slice(l->comment, 1, l->comment.n));
	struct str word;
	if (!str_word(&text, &word) || !str_ieq(word, STR_LIT("until")))
		return;
	if (!str_word(&text, &word))
		word.n = 0;
	while (word.n && (word.p[word.n - 1] == ';' || word.p[word.n - 1] == ','))
		word.n--;
	l->until = list_text_day(word);
	l->odd_until = l->until == 0;
}

bool list_text_line(struct str line, struct list_line *l)
{
	size_t start = 0, end = 0;
	while (start < line.n && ascii_isblank(line.p[start]))
		start++;
	for (end = start; end < line.n; end++)
		if (line.p[end] == '#' && (end == start || ascii_isblank(line.p[end - 1])))
			break;
	*l = (struct list_line){.entry = str_trim(str_slice(line, start, end)),
		.column = (unsigned)start + 1,
		.comment = str_trim(str_slice(line, end, line.n))};
	if (l->entry.n && l->comment.n)
		read_until(l);
	return l->entry.n > 0;
}

/* ---- a file ---- */

static void visit_line(struct str line, unsigned number, unsigned today, struct arena *mem,
	list_visit *visit, void *context)
{
	struct list_line l;
	struct wild w;
	if (!list_text_line(line, &l))
		return;
	l.line = number;
	if (wild_parse(l.entry, mem, &w, &l.wrong))
		l.wild = &w;
	if (!l.wild || !l.until || l.until >= today)
		visit(context, &l);
}

int list_text_walk(
	struct str path, unsigned today, list_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	unsigned number = 0;
	struct str text, line;
	int r = io_read_file(arena_cstr(mem, path), LIST_MAX, mem, &text, err);
	if (r <= 0) {
		arena_free(mem);
		return r;
	}
	text = utf8_without_mark(text);
	struct arena *scratch = arena_new();
	while (str_line(&text, &line)) {
		visit_line(line, ++number, today, scratch, visit, context);
		if (number % ENTRIES_PER_ARENA == 0) {
			arena_free(scratch);
			scratch = arena_new();
		}
	}
	arena_free(scratch);
	arena_free(mem);
	return 1;
}
