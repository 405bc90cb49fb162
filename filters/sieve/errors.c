#include "filters/sieve/errors.h"

#include "base/printable.h"

/* ---- collecting ---- */

static bool is_told(const struct diag *items, size_t count, const struct diag *d)
{
	/* Errors come almost in order of place, so only the latest ones are compared. */
	enum { LATEST = 8 };
	for (size_t i = count; i > 0 && count - i < LATEST; i--) {
		const struct diag *old = &items[i - 1];
		if (old->line == d->line && old->column == d->column && str_eq(old->text, d->text))
			return true;
	}
	return false;
}

void errors_add(struct errors *e, struct sv_place place, struct str text)
{
	struct diag d = {e->file, place.line, place.column, text};
	if (is_told(e->to->items, e->to->count, &d))
		return;
	if (e->to->count < e->limit)
		*(struct diag *)ARENA_PUSH(e->mem, e->to->items, e->to->count) = d;
	else
		e->to->untold++;
}

void errors_warn(struct errors *e, struct sv_place place, struct str text)
{
	struct diag d = {e->file, place.line, place.column, text};
	if (e->to->warning_count < e->limit && !is_told(e->to->warnings, e->to->warning_count, &d))
		*(struct diag *)ARENA_PUSH(e->mem, e->to->warnings, e->to->warning_count) = d;
}

void errors_source(struct errors *e, struct str text)
{
	struct sv_source *s = ARENA_PUSH(e->mem, e->to->sources, e->to->source_count);
	*s = (struct sv_source){e->file, text};
}

static bool comes_after(const struct diag *a, const struct diag *b)
{
	return a->line > b->line || (a->line == b->line && a->column > b->column);
}

/* Stable. There are few, and most are in order. */
static void sort(struct diag *items, size_t count, size_t from)
{
	for (size_t i = from; i < count; i++) {
		struct diag moved = items[i];
		size_t k = i;
		for (; k > from && str_eq(items[k - 1].file, moved.file) &&
			comes_after(&items[k - 1], &moved);
			k--)
			items[k] = items[k - 1];
		items[k] = moved;
	}
}

void errors_sort(struct errors *e, size_t errors, size_t warnings)
{
	sort(e->to->items, e->to->count, errors);
	sort(e->to->warnings, e->to->warning_count, warnings);
}

/* ---- showing ---- */

static bool find_line(const struct sv_errors *errors, const struct diag *d, struct str *line)
{
	for (size_t i = 0; i < errors->source_count; i++) {
		struct str rest = errors->sources[i].text;
		if (!str_eq(errors->sources[i].name, d->file))
			continue;
		for (unsigned n = 1; str_line(&rest, line); n++)
			if (n == d->line)
				return true;
	}
	return false;
}

/* Shows the line from about 60 characters before the column to 30 after it. */
static void show_line(struct str line, unsigned column, struct buf *to)
{
	enum { BEFORE = 60, BEHIND = 30 };
	unsigned first = column > BEFORE ? column - BEFORE + 3 : 1, n = 0;
	buf_text(to, first > 1 ? "    ..." : "    ");
	while (line.n && ++n <= column + BEHIND) {
		struct str c = printable_next(&line);
		if (n >= first)
			buf_add(to, c);
	}
	buf_text(to, line.n ? "...\n" : "\n");
	unsigned indent = column - first + (first > 1 ? 3 : 0);
	buf_fmt(to, "    %*s^\n", (int)indent, "");
}

void errors_render(
	const struct sv_errors *errors, const struct diag *d, const char *kind, struct buf *to)
{
	struct str line;
	printable_add(to, d->file);
	if (d->line)
		buf_fmt(to, ":%u", d->line);
	if (d->line && d->column)
		buf_fmt(to, ":%u", d->column);
	buf_text(to, ": ");
	if (kind)
		buf_fmt(to, "%s: ", kind);
	printable_add(to, d->text);
	buf_byte(to, '\n');
	if (d->line && d->column && find_line(errors, d, &line))
		show_line(line, d->column, to);
}
