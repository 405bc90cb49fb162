/* mda-lists show. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/tools/lists/lists_tool.h"

/* ---- show ---- */

struct showing {
	const struct lists_tool *tool;
	const struct named_list *list;
	struct buf out;
	unsigned today;
	struct err *err;
	bool failed;
};

static bool is_over(const struct showing *s, const struct list_line *l)
{
	return l->until && l->until < s->today;
}

static void show_line(struct showing *s, const struct list_line *l)
{
	struct buf *to = &s->out;
	buf_fmt(to, "%s:%u: ", s->list->name, l->line);
	printable_add(to, l->entry);
	if (l->comment.n) {
		buf_text(to, "  ");
		printable_add(to, l->comment);
	}
	if (is_over(s, l))
		buf_text(to, "  (over)");
	if (l->wrong)
		buf_fmt(to, "  (cannot be read: %s)", l->wrong);
	buf_byte(to, '\n');
}

static void show_json(struct showing *s, const struct list_line *l)
{
	struct json json = {.to = &s->out};
	json_begin_object(&json);
	json_text(&json, "list", str_of(s->list->name));
	json_text(&json, "path", str_of(s->list->path));
	json_number(&json, "line", l->line);
	json_text(&json, "entry", l->entry);
	json_text(&json, "comment", l->comment);
	json_number(&json, "until", l->until);
	json_bool(&json, "over", is_over(s, l));
	json_text(&json, "wrong", str_of(l->wrong));
	json_end_object(&json);
	json_end_line(&json);
}

static void on_line(void *context, const struct list_line *l)
{
	struct showing *s = context;
	if (s->tool->json)
		show_json(s, l);
	else
		show_line(s, l);
	if (s->out.n > 1 << 16 && !s->failed)
		s->failed = program_print(&s->out, s->err) < 0;
}

static int run_show(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	size_t found;
	struct showing s = {.tool = tool, .today = list_text_today(), .err = err};
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = lists_become_reader(tool, lists, found, err);
	for (size_t i = 0; i < found && r >= 0 && !s.failed; i++) {
		s.list = &lists[i];
		if (!lists[i].is_aliases)
			r = list_text_walk(str_of(lists[i].path), 0, on_line, &s, err);
	}
	if (r >= 0 && !s.failed)
		s.failed = program_print(&s.out, err) < 0;
	buf_free(&s.out);
	return r < 0 || s.failed ? -1 : 0;
}

const struct lists_command lists_show = {
	{"show", "[LIST...]", "print the entries with their comments", 0}, run_show};
