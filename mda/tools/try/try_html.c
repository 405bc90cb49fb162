#include "base/date.h"
#include "mda/page/page.h"
#include "mda/tools/try/try.h"

enum { DAY = 24 * 3600, DAYS_MOST = 3000000 };

/* ---- the numbers ---- */

static void put_tile(struct buf *to, const char *what, size_t number)
{
	buf_fmt(to, "<li><b>%zu</b> %s</li>\n", number, what);
}

static void put_tiles(struct buf *to, const struct try_result *r)
{
	const struct refile_table *t = &r->table;
	buf_text(to, "<ul class=\"tiles\">\n");
	put_tile(to, "messages", r->messages);
	put_tile(to, "would differ", t->changed);
	put_tile(to, "the same", t->judged - t->changed);
	if (t->failure_count)
		put_tile(to, "not judged", t->failure_count);
	if (t->gone)
		put_tile(to, "gone meanwhile", t->gone);
	buf_text(to, "</ul>\n");
}

/* ---- the tables ---- */

static void put_date(struct buf *to, uint64_t seconds)
{
	int64_t year;
	int month, day;
	if (seconds == 0 || seconds / DAY > DAYS_MOST)
		return;
	date_from_days((int64_t)(seconds / DAY), &year, &month, &day);
	buf_fmt(to, "<small>%04lld-%02d-%02d</small> ", (long long)year, month, day);
}

static void put_example(struct buf *to, const struct refile_example *e)
{
	buf_text(to, "<li>");
	put_date(to, e->date);
	page_element(to, "span", "", e->from.n ? e->from : STR_LIT("(no sender)"));
	buf_text(to, ": ");
	page_element(to, "b", "", e->subject.n ? e->subject : STR_LIT("(no subject)"));
	if (e->reason.n) {
		buf_text(to, " <span class=\"by\">because of</span> ");
		page_element(to, "span", "entry", e->reason);
	}
	for (size_t i = 0; i < REFILE_DIFFERENCES; i++)
		if (e->differs & (1U << i))
			buf_fmt(to, " <small>[%s]</small>", refile_table_differences[i]);
	buf_text(to, "</li>\n");
}

static void put_row(struct buf *to, const struct refile_row *row)
{
	buf_text(to, "<tr>");
	page_number(to, "td", "n", row->count);
	page_number(to, "td", "n", row->changed);
	page_element(to, "td", "", row->old);
	page_element(to, "td", "", row->new);
	buf_text(to, "<td>");
	if (row->example_count) {
		buf_fmt(to, "<details><summary>%zu shown</summary><ul>\n", row->example_count);
		for (size_t i = 0; i < row->example_count; i++)
			put_example(to, &row->examples[i]);
		buf_text(to, "</ul></details>");
	}
	buf_text(to, "</td></tr>\n");
}

static void put_outcomes(struct buf *to, const struct refile_table *t)
{
	static const char *const columns[] = {
		"#Messages", "#Differ", "Old", "New", "Examples", NULL};
	page_begin_table(to, "Outcomes, old and new", columns);
	for (size_t i = 0; i < t->row_count; i++)
		put_row(to, &t->rows[i]);
	page_end_table(to);
}

static void put_rules(struct buf *to, const struct refile_table *t)
{
	static const char *const columns[] = {
		"#Matched", "#Tested", "Script", "#Line", "Rule", NULL};
	if (t->rule_count == 0)
		return;
	page_begin_table(to, "Rules", columns);
	for (size_t i = 0; i < t->rule_count; i++) {
		const struct refile_tally *r = &t->rules[i];
		buf_text(to, "<tr>");
		page_number(to, "td", r->matched ? "n" : "n bad", r->matched);
		page_number(to, "td", "n", r->tested);
		page_element(to, "td", "", r->rule.script);
		page_number(to, "td", "n", r->rule.line);
		page_element(to, "td", "entry", r->rule.text);
		buf_text(to, "</tr>\n");
	}
	page_end_table(to);
}

static void put_notes(struct buf *to, const struct refile_table *t)
{
	static const char *const columns[] = {"#Messages", "Note", NULL};
	if (t->note_count == 0)
		return;
	page_begin_table(to, "Errors and notes", columns);
	for (size_t i = 0; i < t->note_count; i++) {
		buf_text(to, "<tr>");
		page_number(to, "td", "n", t->notes[i].count);
		page_element(to, "td", "", t->notes[i].text);
		buf_text(to, "</tr>\n");
	}
	page_end_table(to);
}

static void put_failures(struct buf *to, const struct refile_table *t)
{
	static const char *const columns[] = {"Folder", "Message", "Why", NULL};
	if (t->failure_count == 0)
		return;
	page_begin_table(to, "Messages that were not judged", columns);
	for (size_t i = 0; i < t->failure_count; i++) {
		const struct refile_failure *f = &t->failures[i];
		buf_text(to, "<tr>");
		page_element(to, "td", "", f->folder.n ? f->folder : STR_LIT("INBOX"));
		page_element(to, "td", "", f->file);
		page_element(to, "td", "", f->why);
		buf_text(to, "</tr>\n");
	}
	page_end_table(to);
}

void try_html(const struct try_result *r, struct buf *to)
{
	page_begin(to, "What other rules would change", r->source);
	buf_fmt(to, "<p>Old is %s. Nothing was changed.</p>\n",
		r->compared ? "what the rules in force decide"
			    : "the folder that has the message now");
	put_tiles(to, r);
	put_outcomes(to, &r->table);
	put_rules(to, &r->table);
	put_notes(to, &r->table);
	put_failures(to, &r->table);
	page_end(to);
}
