/* mda-lists show. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/tools/lists/lists_tool.h"

/* ---- show ---- */

struct printer {
	const struct lists_tool *tool;
	const struct named_list *list;
	struct buf out;
	unsigned today;
	struct err *err;
	bool failed;
};

static bool is_over(const struct printer *p, const struct list_line *l)
{
	return l->until && l->until < p->today;
}

static void show_line(struct printer *p, const struct list_line *l)
{
	struct buf *to = &p->out;
	buf_fmt(to, "%s:%u: ", p->list->name, l->line);
	printable_add(to, l->entry);
	if (l->comment.n) {
		buf_text(to, "  ");
		printable_add(to, l->comment);
	}
	if (is_over(p, l))
		buf_text(to, "  (over)");
	if (l->wrong)
		buf_fmt(to, "  (cannot be read: %s)", l->wrong);
	buf_byte(to, '\n');
}

static void show_json(struct printer *p, const struct list_line *l)
{
	struct json json = {.to = &p->out};
	json_begin_object(&json);
	json_text(&json, "list", str_of(p->list->name));
	json_text(&json, "path", str_of(p->list->path));
	json_number(&json, "line", l->line);
	json_text(&json, "entry", l->entry);
	json_text(&json, "comment", l->comment);
	json_number(&json, "until", l->until);
	json_bool(&json, "over", is_over(p, l));
	json_text(&json, "wrong", str_of(l->wrong));
	json_end_object(&json);
	json_end_line(&json);
}

static void on_line(void *context, const struct list_line *l)
{
	struct printer *p = context;
	if (p->tool->json)
		show_json(p, l);
	else
		show_line(p, l);
	if (p->out.n > 1 << 16 && !p->failed)
		p->failed = program_print(&p->out, p->err) < 0;
}

static int run_show(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	size_t found;
	struct printer p = {.tool = tool, .today = list_text_today(), .err = err};
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = lists_become_reader(tool, lists, found, err);
	for (size_t i = 0; i < found && r >= 0 && !p.failed; i++) {
		p.list = &lists[i];
		if (!lists[i].is_aliases)
			r = list_text_walk(str_of(lists[i].path), 0, on_line, &p, err);
	}
	if (r >= 0 && !p.failed)
		p.failed = program_print(&p.out, err) < 0;
	buf_free(&p.out);
	return r < 0 || p.failed ? -1 : 0;
}

const struct lists_command lists_show = {
	{"show", "[LIST...]", "print the entries with their comments", 0}, run_show};
