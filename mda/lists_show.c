/* mda-lists show and compile. */
#include "filters/list_compile.h"
#include "mda/aliases.h"
#include "mda/base/io.h"
#include "mda/base/printable.h"
#include "mda/json.h"
#include "mda/lists_tool.h"

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
	struct buf *to = &s->out;
	buf_byte(to, '{');
	json_text(to, "list", str_of(s->list->name));
	json_text(to, "path", str_of(s->list->path));
	json_number(to, "line", l->line);
	json_text(to, "entry", l->entry);
	json_text(to, "comment", l->comment);
	json_number(to, "until", l->until);
	json_key(to, "over");
	buf_text(to, is_over(s, l) ? "true" : "false");
	json_text(to, "wrong", str_of(l->wrong));
	buf_text(to, "}\n");
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

/* ---- compile ---- */

static void tell_text(const struct named_list *list, const struct list_compiled *c, double seconds,
	struct buf *to)
{
	buf_fmt(to, "%s: %zu entries, %zu of them tried one by one, %.1f MB, %.1f s\n", list->path,
		c->entries, c->rest, (double)c->bytes / 1e6, seconds);
	if (c->broken)
		buf_fmt(to, "%s: %zu lines cannot be read; mda-lists check %s\n", list->path,
			c->broken, list->name);
}

static void tell_json(const struct named_list *list, const struct list_compiled *c, long long spent,
	struct buf *to)
{
	buf_byte(to, '{');
	json_text(to, "path", str_of(list->path));
	json_number(to, "entries", c->entries);
	json_number(to, "rest", c->rest);
	json_number(to, "broken", c->broken);
	json_number(to, "bytes", c->bytes);
	json_number(to, "microseconds", (unsigned long long)spent);
	buf_text(to, "}\n");
}

static int compile_one(struct lists_tool *tool, const struct named_list *list, bool named,
	struct buf *out, struct err *err)
{
	struct list_compiled done = {0};
	long long start = io_microseconds();
	int r = list->is_aliases ? aliases_compile(str_of(list->path), &done.entries, err)
				 : list_compile(str_of(list->path), &done, err);
	long long spent = io_microseconds() - start;
	if (r == 0 && named)
		return err_temp(err, "%s does not exist", list->path);
	if (r <= 0)
		return r;
	if (tool->json)
		tell_json(list, &done, spent, out);
	else
		tell_text(list, &done, (double)spent / 1e6, out);
	return 0;
}

/* The admin's first: then root's rights may go. */
static int compile_all(struct lists_tool *tool, const struct named_list *lists, size_t found,
	bool named, struct buf *out, struct err *err)
{
	for (int own = 0; own < 2; own++) {
		for (size_t i = 0; i < found; i++) {
			if (lists[i].is_global == (own == 1))
				continue;
			if (lists_become(tool, &lists[i], err) < 0 ||
				compile_one(tool, &lists[i], named, out, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int run_compile(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	struct buf out = {0};
	size_t found;
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = compile_all(tool, lists, found, count > 0, &out, err);
	struct err told;
	if (program_print(&out, r < 0 ? &told : err) < 0)
		r = -1;
	buf_free(&out);
	return r;
}

const struct lists_command lists_show = {
	{"show", "[LIST...]", "prints the entries with their comments", 0}, run_show};
const struct lists_command lists_compile = {
	{"compile", "[LIST...]", "makes a large list fast: LIST.lmdb beside it", 0}, run_compile};
