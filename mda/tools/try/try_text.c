#include "base/date.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "mda/tools/try/try.h"

#include <stdlib.h>

enum { WIDTH_MOST = 40, TEXT_MOST = 60, RULES_SHOWN = 5, NEVER_SHOWN = 50, DAY = 24 * 3600 };

/* ---- columns ---- */

static size_t width_of(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static size_t widest(const struct refile_table *t, size_t offset, size_t least)
{
	for (size_t i = 0; i < t->row_count; i++) {
		const char *row = (const char *)&t->rows[i];
		size_t n = width_of(*(const struct str *)(const void *)(row + offset));
		least = n > least ? n : least;
	}
	return least < WIDTH_MOST ? least : WIDTH_MOST;
}

static void put_padded(struct buf *to, struct str text, size_t width)
{
	size_t n = width_of(text);
	printable_add(to, text);
	for (; n < width; n++)
		buf_byte(to, ' ');
}

/* At most MOST characters. */
static void put_cut(struct buf *to, struct str text, size_t most)
{
	struct str rest = text;
	uint32_t c;
	for (size_t n = 0; n < most && rest.n; n++)
		if (!utf8_next(&rest, &c))
			rest = str_slice(rest, 1, rest.n);
	printable_add(to, str_slice(text, 0, text.n - rest.n));
	if (rest.n)
		buf_text(to, "...");
}

/* ---- the table ---- */

static void put_day(struct buf *to, uint64_t seconds)
{
	int64_t year;
	int month, day;
	if (seconds == 0 || seconds > (uint64_t)DAY * 3000000) {
		buf_text(to, "----------");
		return;
	}
	date_from_days((int64_t)(seconds / DAY), &year, &month, &day);
	buf_fmt(to, "%04lld-%02d-%02d", (long long)year, month, day);
}

static void put_example(struct buf *to, const struct refile_example *e)
{
	buf_text(to, "          ");
	put_day(to, e->date);
	buf_text(to, "  ");
	put_cut(to, e->from.n ? e->from : STR_LIT("(no sender)"), TEXT_MOST);
	buf_text(to, "  ");
	put_cut(to, e->subject.n ? e->subject : STR_LIT("(no subject)"), TEXT_MOST);
	buf_byte(to, '\n');
}

static void put_row(
	struct buf *to, const struct refile_row *row, size_t old_width, size_t new_width)
{
	buf_fmt(to, "%8zu  ", row->count);
	put_padded(to, row->old, old_width);
	buf_text(to, row->changed ? "  ->  " : "   =  ");
	if (row->changed && row->changed < row->count) {
		put_padded(to, row->new, new_width);
		buf_fmt(to, "  %zu differ", row->changed);
	} else {
		printable_add(to, row->new);
	}
	buf_byte(to, '\n');
	for (size_t i = 0; i < row->example_count && row->changed; i++)
		put_example(to, &row->examples[i]);
}

static void put_table(struct buf *to, const struct refile_table *t)
{
	size_t old = widest(t, offsetof(struct refile_row, old), 3);
	size_t new = widest(t, offsetof(struct refile_row, new), 3);
	if (t->row_count == 0)
		return;
	buf_text(to, "messages  ");
	put_padded(to, STR_LIT("old"), old);
	buf_text(to, "      new\n");
	for (size_t i = 0; i < t->row_count; i++)
		put_row(to, &t->rows[i], old, new);
	buf_byte(to, '\n');
}

/* ---- rules ---- */

static void put_rule(struct buf *to, const struct refile_tally *r, bool counts)
{
	if (counts)
		buf_fmt(to, "%8zu  ", r->matched);
	else
		buf_text(to, "  ");
	printable_add(to, r->rule.script);
	buf_fmt(to, ":%u: ", r->rule.line);
	put_cut(to, r->rule.text, TEXT_MOST);
	if (!counts && r->tested == 0)
		buf_text(to, "  (never reached)");
	buf_byte(to, '\n');
}

static int by_matched(const void *a, const void *b)
{
	const struct refile_tally *const *x = a, *const *y = b;
	if ((*x)->matched != (*y)->matched)
		return (*x)->matched > (*y)->matched ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static void put_most(struct buf *to, const struct refile_table *t)
{
	const struct refile_tally **sorted = mem_alloc((t->rule_count + 1) * sizeof *sorted);
	for (size_t i = 0; i < t->rule_count; i++)
		sorted[i] = &t->rules[i];
	qsort(sorted, t->rule_count, sizeof *sorted, by_matched);
	for (size_t i = 0; i < t->rule_count && i < RULES_SHOWN && sorted[i]->matched; i++) {
		if (i == 0)
			buf_text(to, "rules that matched most:\n");
		put_rule(to, sorted[i], true);
	}
	free(sorted);
}

static void put_never(struct buf *to, const struct refile_table *t)
{
	size_t never = 0;
	for (size_t i = 0; i < t->rule_count; i++) {
		if (t->rules[i].matched)
			continue;
		if (never == 0)
			buf_text(to, "rules that never matched:\n");
		if (never++ < NEVER_SHOWN)
			put_rule(to, &t->rules[i], false);
	}
	if (never > NEVER_SHOWN)
		buf_fmt(to, "  and %zu more\n", never - NEVER_SHOWN);
}

/* ---- the rest ---- */

static void put_notes(struct buf *to, const struct refile_table *t)
{
	for (size_t i = 0; i < t->note_count; i++) {
		if (i == 0)
			buf_text(to, "notes:\n");
		buf_text(to, "  ");
		printable_add(to, t->notes[i].text);
		buf_fmt(to, "  (%zu message%s)\n", t->notes[i].count,
			t->notes[i].count == 1 ? "" : "s");
	}
	for (size_t i = 0; i < t->failure_count; i++) {
		if (i == 0)
			buf_text(to, "not judged:\n");
		buf_text(to, "  ");
		printable_add(to, t->failures[i].folder);
		buf_byte(to, ' ');
		printable_add(to, t->failures[i].file);
		buf_text(to, ": ");
		printable_add(to, t->failures[i].why);
		buf_byte(to, '\n');
	}
}

static void put_summary(struct buf *to, const struct try_result *r)
{
	const struct refile_table *t = &r->table;
	bool first = true;
	buf_fmt(to, "%zu messages: %zu as before, %zu differ", r->messages, t->judged - t->changed,
		t->changed);
	for (size_t i = 0; i < REFILE_DIFFERENCES; i++) {
		if (t->differences[i] == 0)
			continue;
		buf_fmt(to, "%s%s %zu", first ? " (" : ", ", refile_table_differences[i],
			t->differences[i]);
		first = false;
	}
	buf_text(to, first ? "" : ")");
	if (t->failure_count)
		buf_fmt(to, ", %zu not judged", t->failure_count);
	if (t->gone)
		buf_fmt(to, ", %zu gone meanwhile", t->gone);
	buf_byte(to, '\n');
}

void try_text(const struct try_result *r, struct buf *to)
{
	put_table(to, &r->table);
	put_most(to, &r->table);
	put_never(to, &r->table);
	put_notes(to, &r->table);
	put_summary(to, r);
}
