/* mda-lists check: reports lines that cannot be read, and probable mistakes. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/conf/aliases_text.h"
#include "mda/tools/lists/lists_advice.h"
#include "mda/tools/lists/lists_foreign.h"
#include "mda/tools/progress.h"

struct checker {
	struct lists_advisor advisor;
	const struct list_line *line; /* the current line */
	struct progress progress;
	struct buf out;
	size_t entries, errors, warnings;
	bool json, failed;
	struct err *err;
};

static void tell(struct checker *c, const char *kind, struct str sentence)
{
	const struct named_list *list = c->advisor.list;
	struct buf *to = &c->out;
	if (c->json) {
		struct json json = {.to = to};
		json_begin_object(&json);
		json_text(&json, "list", str_of(list->name));
		json_text(&json, "path", str_of(list->path));
		json_number(&json, "line", c->line->line);
		json_number(&json, "column", c->line->column);
		json_text(&json, "entry", c->line->entry);
		json_text(&json, "kind", str_of(kind));
		json_text(&json, "text", sentence);
		json_end_object(&json);
		json_end_line(&json);
		return;
	}
	buf_fmt(to, "%s:%u:%u: %s: ", list->path, c->line->line, c->line->column, kind);
	printable_add(to, c->line->entry);
	buf_text(to, ": ");
	printable_add(to, sentence);
	buf_byte(to, '\n');
}

static void warn(void *context, struct str sentence)
{
	struct checker *c = context;
	c->warnings++;
	tell(c, "warning", sentence);
}

static void on_advice(void *context, enum lists_advice kind, struct str sentence)
{
	(void)kind;
	warn(context, sentence);
}

static void look_at_day(struct checker *c)
{
	if (c->line->odd_until)
		warn(c, STR_LIT("there is no date such as 2027-01-31 after \"until\": the entry "
				"never expires"));
	else if (c->line->until && c->line->until < c->advisor.today)
		warn(c, STR_LIT("its last day is over"));
}

static void on_line(void *context, const struct list_line *l)
{
	struct checker *c = context;
	c->line = l;
	progress_at(&c->progress, ++c->entries);
	if (!l->wild) {
		const char *foreign = lists_foreign(l->entry);
		c->errors++;
		tell(c, "error", str_of(l->wrong));
		if (foreign)
			warn(c, str_of(foreign));
	} else if (!c->failed) {
		look_at_day(c);
		c->failed = lists_advise(&c->advisor, l->wild, l->line, on_advice, c, c->err) < 0;
	}
	if (c->out.n > 1 << 16 && !c->failed)
		c->failed = program_print(&c->out, c->err) < 0;
}

static void on_alias(void *context, const struct list_line *l)
{
	struct checker *c = context;
	c->line = l;
	c->entries++;
	if (!l->wrong)
		return;
	c->errors++;
	tell(c, "error", str_of(l->wrong));
}

static void sum_up(struct checker *c, size_t errors, size_t warnings)
{
	if (!c->json)
		buf_fmt(&c->out, "%s: %zu entries, %zu errors, %zu warnings\n",
			c->advisor.list->path, c->entries, c->errors - errors,
			c->warnings - warnings);
}

static int walk(const struct named_list *list, struct checker *c)
{
	struct str path = str_of(list->path);
	return list->is_aliases ? aliases_text_walk(path, on_alias, c, c->err)
				: list_text_walk(path, 0, on_line, c, c->err);
}

static int open_advisor(struct lists_tool *tool, const struct named_list *list, struct checker *c)
{
	c->advisor = (struct lists_advisor){.list = list};
	return list->is_aliases ? 0 : lists_advisor_open(tool, list, &c->advisor, c->err);
}

static int check_list(struct lists_tool *tool, const struct named_list *list, struct checker *c)
{
	size_t errors = c->errors, warnings = c->warnings;
	c->entries = 0;
	if (open_advisor(tool, list, c) < 0)
		return -1;
	progress_start(&c->progress, list->path, 0, false);
	int r = walk(list, c);
	progress_end(&c->progress);
	if (r > 0)
		sum_up(c, errors, warnings);
	lists_advisor_close(&c->advisor);
	return r < 0 || c->failed ? -1 : 0;
}

static int run(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	struct checker c = {.json = tool->json, .err = err};
	size_t found;
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = lists_become_reader(tool, lists, found, err);
	for (size_t i = 0; r == 0 && i < found; i++)
		r = check_list(tool, &lists[i], &c);
	if (r == 0)
		r = program_print(&c.out, err);
	buf_free(&c.out);
	if (r < 0)
		return -1;
	return c.errors ? LISTS_WRONG : 0;
}

const struct lists_command lists_check = {
	{"check", "[LIST...]", "report what cannot be read, and probable mistakes", 0}, run};
