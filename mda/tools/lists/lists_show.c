/* mda-lists show. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/acts/acts_age.h"
#include "mda/tools/lists/lists_uses.h"

#include <time.h>
#include <unistd.h>

/* ---- show ---- */

struct printer {
	const struct lists_tool *tool;
	const struct named_list *list;
	struct uses own, global;
	bool has_global; /* the uses of global lists were added up */
	uint64_t unused; /* only what was not used for so many seconds; 0: all */
	struct buf out;
	unsigned today;
	struct err *err;
	bool failed;
};

static bool is_over(const struct printer *p, const struct list_line *l)
{
	return l->until && l->until < p->today;
}

/* ---- how often an entry was used ---- */

/* What is known of the uses of the current line. */
struct used {
	bool is_counted;
	struct uses_record record; /* all zero: it was never used */
	int64_t idle;              /* since when it is not used; 0: unknown */
};

static const struct uses *uses_of(const struct printer *p)
{
	enum uses_list list = lists_uses_of(p->list);
	if (list == USES_LISTS)
		return NULL;
	if (p->list->is_global)
		return p->has_global ? &p->global : NULL;
	return p->own.since ? &p->own : NULL;
}

static struct used find_used(const struct printer *p, const struct list_line *l)
{
	struct used u = {0};
	const struct uses *uses = uses_of(p);
	if (!uses || !l->wild)
		return u;
	struct arena *mem = arena_new();
	const struct uses_record *r =
		uses_find(uses, lists_uses_of(p->list), uses_entry(l->entry, mem));
	if (r)
		u.record = *r;
	u.is_counted = true;
	u.idle = acts_age_idle_since(uses, r, l);
	arena_free(mem);
	return u;
}

static bool is_unused(const struct printer *p, const struct used *u)
{
	int64_t now = (int64_t)time(NULL);
	return u->idle && now - u->idle >= (int64_t)p->unused;
}

static void add_date(struct buf *to, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	if (localtime_r(&t, &tm))
		buf_fmt(to, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void show_used(struct buf *to, const struct used *u)
{
	const struct uses_record *r = &u->record;
	if (r->count) {
		buf_fmt(to, "  (used %llu time%s, last ", (unsigned long long)r->count,
			r->count == 1 ? "" : "s");
		add_date(to, r->last);
		buf_byte(to, ')');
	} else if (u->idle) {
		buf_text(to, "  (not used since ");
		add_date(to, u->idle);
		buf_byte(to, ')');
	}
	if (r->spam == 0)
		return;
	buf_fmt(to, "  (SPAM came through it %llu time%s, last ", (unsigned long long)r->spam,
		r->spam == 1 ? "" : "s");
	add_date(to, r->last_spam);
	buf_byte(to, ')');
}

/* ---- a line ---- */

static void show_line(struct printer *p, const struct list_line *l, const struct used *u)
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
	show_used(to, u);
	if (l->wrong)
		buf_fmt(to, "  (cannot be read: %s)", l->wrong);
	buf_byte(to, '\n');
}

static void show_json(struct printer *p, const struct list_line *l, const struct used *u)
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
	json_bool(&json, "counted", u->is_counted);
	json_number(&json, "used", u->record.count);
	json_number(&json, "last_used", (unsigned long long)u->record.last);
	json_number(&json, "idle_since", (unsigned long long)u->idle);
	json_number(&json, "spam", u->record.spam);
	json_number(&json, "last_spam", (unsigned long long)u->record.last_spam);
	json_end_object(&json);
	json_end_line(&json);
}

static void on_line(void *context, const struct list_line *l)
{
	struct printer *p = context;
	struct used u = find_used(p, l);
	if (p->unused && !is_unused(p, &u))
		return;
	if (p->tool->json)
		show_json(p, l, &u);
	else
		show_line(p, l, &u);
	if (p->out.n > 1 << 16 && !p->failed)
		p->failed = program_print(&p->out, p->err) < 0;
}

/* ---- all of it ---- */

/* Root adds up first, if global lists were asked for, and then gives up its rights. */
static int add_up(struct printer *p, const struct named_list *lists, size_t count, bool named,
	struct err *err)
{
	const struct lists_tool *tool = p->tool;
	bool wants_global = false;
	for (size_t i = 0; i < count; i++)
		wants_global = wants_global ||
			       (lists[i].is_global && lists_uses_of(&lists[i]) != USES_LISTS);
	if (!wants_global || !(tool->uses || (p->unused && named)))
		return 0;
	p->has_global = geteuid() == 0;
	if (!p->has_global)
		program_complain("the uses of a global list are counted in each mailbox; only root "
				 "can add them up");
	return p->has_global ? lists_uses_of_all(tool, &p->global, err) : 0;
}

static int read_own(struct printer *p, struct err *err)
{
	if (!p->tool->has_owner || !p->tool->state)
		return 0;
	return uses_read(p->tool->state, p->tool->mem, &p->own, err);
}

static int run_show(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	size_t found = 0;
	struct err why;
	struct printer p = {.tool = tool, .today = list_text_today(), .err = err};
	if (lists_unused(tool, &p.unused, err) < 0)
		return -1;
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = add_up(&p, lists, found, count > 0, err);
	if (r == 0)
		r = lists_become_reader(tool, lists, found, err);
	/* The lists are shown all the same. */
	if (r == 0 && read_own(&p, &why) < 0)
		program_complain("%s", why.text);
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
	{"show", "[LIST...]", "print the entries with their comments and uses", 0}, run_show};
