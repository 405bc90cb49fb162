#include "mda/tools/doctor/doctor_list.h"

#include "base/kv/kv.h"
#include "mda/conf/aliases_map.h"
#include "mda/conf/aliases_text.h"
#include "mda/conf/tables/table.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/lists/lists_advice.h"

/* Of a longer list only the beginning is looked at. */
enum { ENTRIES_MOST = 100000 };

/* ---- one look at all lists ---- */

/* What can be wrong with an entry: the kinds of lists_advice.h, and two more. */
enum { EXPIRED = LISTS_OVERRULED + 1, UNREADABLE, KINDS };

struct doctor_lists {
	struct {
		size_t count;
		struct str first, mend;
	} kinds[KINDS];
	size_t entries;
};

struct survey {
	struct doctor *d;
	struct doctor_lists *to;
	struct lists_advisor advisor;
	const struct named_list *list;
	const struct list_line *line;
};

static struct str whose(const struct survey *s)
{
	return s->list->is_global ? STR_EMPTY : DOCTOR_TEXT(s->d, "-d %s ", doctor_user_word(s->d));
}

static void note(struct survey *s, size_t kind, struct str sentence)
{
	struct doctor_lists *to = s->to;
	if (to->kinds[kind].count++)
		return;
	to->kinds[kind].first = DOCTOR_TEXT(s->d, "%s:%u: " STR_FMT ": " STR_FMT, s->list->path,
		s->line->line, STR_ARGS(s->line->entry), STR_ARGS(sentence));
	to->kinds[kind].mend =
		kind == UNREADABLE
			? DOCTOR_TEXT(s->d, "correct the line; \"%s " STR_FMT "%s\" shows all",
				  doctor_tool(s->d, "lists check"), STR_ARGS(whose(s)),
				  s->list->name)
			: DOCTOR_TEXT(s->d, "%s " STR_FMT "%s %s",
				  doctor_tool(s->d, "lists remove"), STR_ARGS(whose(s)),
				  s->list->name, shell_word(s->line->entry, s->d->mem).p);
}

static void on_advice(void *context, enum lists_advice kind, struct str sentence)
{
	note(context, kind, sentence);
}

static void on_entry(void *context, const struct list_line *l)
{
	struct survey *s = context;
	if (++s->to->entries > ENTRIES_MOST)
		return;
	s->line = l;
	if (!l->wild)
		note(s, UNREADABLE, str_of(l->wrong));
	else if (l->until && l->until < s->advisor.today)
		note(s, EXPIRED, STR_LIT("its last day is over"));
	else
		/* A list that cannot be searched is reported by doctor_list_compiled(). */
		(void)lists_advise(&s->advisor, l->wild, l->line, on_advice, s, NULL);
}

static struct lists_tool tool_of(struct doctor *d)
{
	return (struct lists_tool){.settings = d->conf,
		.owner = d->session.user,
		.has_owner = d->has_user,
		.mailbox = d->session.mailbox,
		.mem = d->mem};
}

static void survey(struct doctor *d, struct doctor_lists *to)
{
	struct lists_tool tool = tool_of(d);
	struct named_list *lists;
	size_t found;
	if (lists_find_all(&tool, 0, NULL, &lists, &found, NULL) < 0)
		return;
	for (size_t i = 0; i < found; i++) {
		struct survey s = {.d = d, .to = to, .list = &lists[i]};
		if (lists[i].is_aliases ||
			lists_advisor_open(&tool, &lists[i], &s.advisor, NULL) < 0)
			continue; /* what cannot be read is reported by doctor_path_lists() */
		(void)list_text_walk(str_of(lists[i].path), 0, on_entry, &s, NULL);
		lists_advisor_close(&s.advisor);
	}
}

static const struct doctor_lists *lists_of(struct doctor *d)
{
	if (!d->lists) {
		d->lists = arena_alloc(d->mem, sizeof *d->lists);
		survey(d, d->lists);
	}
	return d->lists;
}

/* ---- the checks ---- */

static void judge(struct doctor *d, size_t kind, enum doctor_status status, const char *good)
{
	const struct doctor_lists *l = lists_of(d);
	size_t n = l->kinds[kind].count;
	struct str more = n > 1 ? DOCTOR_TEXT(d, " (and %zu more)", n - 1) : STR_EMPTY;
	struct str bad =
		DOCTOR_TEXT(d, STR_FMT STR_FMT, STR_ARGS(l->kinds[kind].first), STR_ARGS(more));
	doctor_judge(d, n > 0, status, bad, l->kinds[kind].mend, str_of(good));
}

void doctor_list_errors(struct doctor *d)
{
	judge(d, UNREADABLE, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "all %zu entries of the lists can be read", lists_of(d)->entries).p);
}

void doctor_list_everything(struct doctor *d)
{
	judge(d, LISTS_EVERYTHING, DOCTOR_ERROR, "no entry matches everybody");
}

void doctor_list_own_domain(struct doctor *d)
{
	judge(d, LISTS_OWN_DOMAIN, DOCTOR_WARNING, "no domain of ours is allowed");
}

void doctor_list_covered(struct doctor *d)
{
	judge(d, LISTS_COVERED, DOCTOR_WARNING, "no entry is covered by another one");
}

void doctor_list_overruled(struct doctor *d)
{
	judge(d, LISTS_OVERRULED, DOCTOR_WARNING, "no entry is overruled by the opposite list");
}

void doctor_list_expired(struct doctor *d)
{
	judge(d, EXPIRED, DOCTOR_WARNING, "no entry has expired");
}

void doctor_list_compiled(struct doctor *d)
{
	struct lists_tool tool = tool_of(d);
	struct named_list *lists;
	size_t found, compiled = 0;
	if (lists_find_all(&tool, 0, NULL, &lists, &found, NULL) < 0)
		return;
	for (size_t i = 0; i < found; i++) {
		struct list_map *map = NULL;
		struct err err;
		if (lists[i].is_aliases || !list_map_exists(str_of(lists[i].path)))
			continue;
		compiled++;
		int r = list_map_open(str_of(lists[i].path), &map, &err);
		list_map_close(map);
		if (r >= 0)
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d, "the compiled form of %s is not used: %s", lists[i].path,
				err.text),
			DOCTOR_TEXT(d, "%s %s%s%s%s", doctor_tool(d, "lists compile"),
				lists[i].is_global || !d->has_user ? "" : "-d ",
				lists[i].is_global || !d->has_user ? "" : doctor_user_word(d),
				lists[i].is_global || !d->has_user ? "" : " ", lists[i].name));
		return;
	}
	if (compiled)
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(d, "%zu compiled lists are up to date", compiled), STR_EMPTY);
}

/* ---- aliases ---- */

struct aliases_seen {
	struct doctor *d;
	struct str first;
	size_t entries, wrong;
};

static void on_alias(void *context, const struct list_line *l)
{
	struct aliases_seen *s = context;
	s->entries++;
	if (l->wrong && s->wrong++ == 0)
		s->first = DOCTOR_TEXT(
			s->d, "line %u: " STR_FMT ": %s", l->line, STR_ARGS(l->entry), l->wrong);
}

void doctor_list_aliases(struct doctor *d)
{
	struct aliases_seen s = {.d = d};
	struct str path = d->conf->aliases;
	if (path.n == 0 || table_is(path) || aliases_text_walk(path, on_alias, &s, NULL) <= 0)
		return;
	doctor_judge(d, s.wrong > 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%s, " STR_FMT, path.p, STR_ARGS(s.first)),
		DOCTOR_TEXT(d, "correct the line; \"%s aliases\" shows all",
			doctor_tool(d, "lists check")),
		DOCTOR_TEXT(d, "all %zu aliases can be read", s.entries));
}

void doctor_list_aliases_compiled(struct doctor *d)
{
	struct kv *map = NULL;
	struct err err;
	if (d->conf->aliases.n == 0 || table_is(d->conf->aliases))
		return;
	int r = aliases_map_open(d->conf->aliases, d->mem, &map, &err);
	if (r > 0)
		kv_close(map);
	if (r != 0)
		doctor_judge(d, r < 0, DOCTOR_WARNING,
			DOCTOR_TEXT(
				d, "the compiled aliases are not used: %s", r < 0 ? err.text : ""),
			DOCTOR_TEXT(d, "%s aliases", doctor_tool(d, "lists compile")),
			STR_LIT("the compiled aliases are up to date"));
}

/* While a table cannot be asked, mail waits. */
static void judge_table(struct doctor *d, const char *key, const struct doctor_table *t)
{
	if (t->name.n)
		doctor_judge(d, t->failed, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "%s: %s; all mail waits", key, t->failed ? t->why.text : ""),
			DOCTOR_TEXT(d, "start the server, correct the table, or set %s", key),
			DOCTOR_TEXT(d, STR_FMT " answers", STR_ARGS(t->name)));
}

void doctor_list_aliases_server(struct doctor *d)
{
	judge_table(d, "aliases", &d->aliases);
}

void doctor_list_settings_server(struct doctor *d)
{
	judge_table(d, "address_settings", &d->settings);
}

void doctor_list_table_password(struct doctor *d)
{
	const struct doctor_table *const tables[] = {&d->aliases, &d->settings};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		const struct doctor_table *t = tables[i];
		if (t->file && t->at.exists)
			doctor_judge(d, (t->at.st.st_mode & 004) != 0, DOCTOR_WARNING,
				DOCTOR_TEXT(d, "everybody can read %s, which may hold a password",
					t->file),
				DOCTOR_TEXT(d, "chmod o-r %s", doctor_word(d, t->file)),
				DOCTOR_TEXT(d, "not everybody can read %s", t->file));
	}
}
