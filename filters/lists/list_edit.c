#include "filters/lists/list_edit.h"

#include "base/printable.h"
#include "base/utf8.h"

/* The entry that is looked for. The text may have a million entries. */
struct sought {
	struct str entry;
	struct wild wild;
	bool readable;
	struct arena *own, *scratch; /* for the entry, and for one line */
	unsigned lines;
};

enum { LINES_PER_ARENA = 1000 };

static void seek(struct sought *s, struct str entry)
{
	const char *why;
	*s = (struct sought){.entry = entry, .own = arena_new(), .scratch = arena_new()};
	s->readable = wild_parse(entry, s->own, &s->wild, &why);
}

static void seek_end(struct sought *s)
{
	arena_free(s->own);
	arena_free(s->scratch);
}

static bool same_wild(const struct wild *a, const struct wild *b)
{
	return str_eq(a->local, b->local) && str_eq(a->domain, b->domain) &&
	       a->subdomains == b->subdomains;
}

/* Does the line match the same addresses, however it is written? */
static bool is_sought(struct sought *s, struct str entry)
{
	struct wild w;
	const char *why;
	if (++s->lines % LINES_PER_ARENA == 0) {
		arena_free(s->scratch);
		s->scratch = arena_new();
	}
	if (str_ieq(entry, s->entry))
		return true;
	return s->readable && wild_parse(entry, s->scratch, &w, &why) && same_wild(&w, &s->wild);
}

/* Takes the next line, with its line end, off *REST. */
static bool next_line(struct str *rest, struct str *whole, struct str *line)
{
	struct str before = *rest;
	if (!str_line(rest, line))
		return false;
	*whole = str_slice(before, 0, before.n - rest->n);
	return true;
}

static bool has_entry(struct sought *s, struct str line, struct list_line *l)
{
	return list_text_line(utf8_without_mark(line), l) && is_sought(s, l->entry);
}

static bool is_over(const struct list_line *l, unsigned today)
{
	return l->until && l->until < today;
}

unsigned list_edit_line_of(struct str text, struct str entry, unsigned today)
{
	struct sought s;
	struct str line;
	struct list_line l;
	unsigned found = 0;
	seek(&s, entry);
	for (unsigned n = 1; !found && str_line(&text, &line); n++)
		if (has_entry(&s, line, &l) && !is_over(&l, today))
			found = n;
	seek_end(&s);
	return found;
}

static void add_day(struct buf *to, unsigned day)
{
	buf_fmt(to, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

static void add_line(struct buf *to, struct str entry, const struct list_remark *r)
{
	buf_add(to, entry);
	buf_text(to, " # ");
	if (r->until) {
		buf_text(to, "until ");
		add_day(to, r->until);
		buf_text(to, "; ");
	}
	buf_text(to, "added ");
	add_day(to, r->today);
	if (r->reason.n)
		buf_text(to, ": ");
	printable_add(to, r->reason);
	buf_byte(to, '\n');
}

void list_edit_append(
	struct str text, struct str entry, const struct list_remark *remark, struct buf *to)
{
	struct sought s;
	struct str whole, line;
	struct list_line l;
	seek(&s, entry);
	while (next_line(&text, &whole, &line))
		if (!has_entry(&s, line, &l) || !is_over(&l, remark->today))
			buf_add(to, whole);
	seek_end(&s);
	if (to->n && to->p[to->n - 1] != '\n')
		buf_byte(to, '\n');
	add_line(to, entry, remark);
}

size_t list_edit_cut(struct str text, struct str entry, struct buf *to)
{
	struct sought s;
	struct str whole, line;
	struct list_line l;
	size_t gone = 0;
	seek(&s, entry);
	while (next_line(&text, &whole, &line)) {
		if (has_entry(&s, line, &l))
			gone++;
		else
			buf_add(to, whole);
	}
	seek_end(&s);
	return gone;
}

size_t list_edit_disable(struct str text, struct str entry, struct str why, struct buf *to)
{
	struct sought s;
	struct str whole, line;
	struct list_line l;
	size_t found = 0;
	seek(&s, entry);
	while (next_line(&text, &whole, &line)) {
		if (has_entry(&s, line, &l)) {
			found++;
			buf_text(to, "# ");
			printable_add(to, why);
			buf_text(to, ": ");
		}
		buf_add(to, whole);
	}
	seek_end(&s);
	return found;
}
