#include "mda/grey/grey_show.h"

#include "base/json.h"
#include "base/printable.h"
#include "mda/grey/grey_store.h"
#include "mda/tools/program.h"

#include <time.h>

struct list {
	const struct grey_settings *settings;
	const struct grey_show *show;
	char **words;
	size_t count;
	int64_t now;
	struct json json;
	struct buf out;
	size_t shown, old, all;
	struct err *err;
	bool failed;
};

static bool is_old(const struct list *l, const struct grey_entry *e)
{
	return e->is_client ? grey_rule_forgets_client(&l->settings->terms, &e->passes, l->now)
			    : grey_rule_forgets(&l->settings->terms, &e->seen, l->now);
}

static const char *state_of(const struct list *l, const struct grey_entry *e)
{
	const struct grey_terms *t = &l->settings->terms;
	if (is_old(l, e))
		return "old";
	if (e->is_client)
		return t->auto_allow && e->passes.count >= t->auto_allow ? "allowed" : "counted";
	return e->seen.last - e->seen.first >= t->delay ? "passed" : "waits";
}

static struct str time_of(int64_t seconds, char text[32])
{
	struct tm t;
	time_t clock = (time_t)seconds;
	if (!gmtime_r(&clock, &t) || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &t) == 0)
		return STR_LIT("-");
	return str_of(text);
}

static bool is_wanted(const struct list *l, const struct grey_entry *e)
{
	for (size_t i = 0; i < l->count; i++) {
		struct str word = str_of(l->words[i]);
		if (str_ifind(e->address, word) == e->address.n &&
			str_ifind(e->sender, word) == e->sender.n &&
			str_ifind(e->recipient, word) == e->recipient.n)
			return false;
	}
	return true;
}

static void tell_json(struct list *l, const struct grey_entry *e)
{
	char first[32], last[32];
	struct json *json = &l->json;
	json_begin_object(json);
	json_text(json, "kind", e->is_client ? STR_LIT("client") : STR_LIT("triplet"));
	json_text(json, "state", str_of(state_of(l, e)));
	json_text(json, "client", e->address);
	if (e->is_client) {
		json_number(json, "passes", (unsigned long long)e->passes.count);
		json_text(json, "last", time_of(e->passes.last, last));
	} else {
		json_text(json, "sender", e->sender);
		json_text(json, "recipient", e->recipient);
		json_text(json, "first", time_of(e->seen.first, first));
		json_text(json, "last", time_of(e->seen.last, last));
	}
	json_end_object(json);
	json_end_line(json);
}

static void tell_text(struct list *l, const struct grey_entry *e)
{
	char first[32], last[32];
	struct buf *to = &l->out;
	buf_fmt(to, "%-7s ", state_of(l, e));
	printable_add(to, e->address);
	if (e->is_client) {
		buf_fmt(to, " %lld passes, the last " STR_FMT "\n", (long long)e->passes.count,
			STR_ARGS(time_of(e->passes.last, last)));
		return;
	}
	buf_text(to, " <");
	printable_add(to, e->sender);
	buf_text(to, "> <");
	printable_add(to, e->recipient);
	buf_fmt(to, "> first " STR_FMT ", last " STR_FMT "\n",
		STR_ARGS(time_of(e->seen.first, first)), STR_ARGS(time_of(e->seen.last, last)));
}

static void take(void *context, const struct grey_entry *e)
{
	enum { FULL = 1 << 16 };
	struct list *l = context;
	l->all++;
	l->old += is_old(l, e);
	if (!l->show || l->failed || !is_wanted(l, e))
		return;
	l->shown++;
	if (l->show->json)
		tell_json(l, e);
	else
		tell_text(l, e);
	if (l->out.n >= FULL)
		l->failed = program_print(&l->out, l->err) < 0;
}

/* Whoever may read the database: its owner. */
static int open_store(const struct grey_show *g, const struct invocation *inv, bool to_read,
	struct grey_settings *s, struct grey_store **store, struct err *err)
{
	if (grey_settings_read(s, inv, err) < 0)
		return -1;
	const char *dir = s->session.conf->grey_dir.p;
	if (grey_settings_drop(s, g->user, err) == 0 &&
		(*store = to_read ? grey_store_open_to_read(dir, err) : grey_store_open(dir, err)))
		return 0;
	grey_settings_free(s);
	return -1;
}

/* Without SHOW it only counts. */
static int walk(struct list *l, struct grey_store *store)
{
	l->json = (struct json){.to = &l->out};
	l->now = (int64_t)time(NULL);
	int r = grey_store_walk(store, take, l, l->err);
	if (l->failed)
		r = -1;
	if (r == 0)
		r = program_print(&l->out, l->err);
	buf_free(&l->out);
	return r;
}

int grey_show_entries(const struct grey_show *g, const struct invocation *inv, size_t count,
	char **words, struct err *err)
{
	struct grey_settings s;
	struct grey_store *store;
	if (open_store(g, inv, true, &s, &store, err) < 0)
		return -1;
	struct list l = {.settings = &s, .show = g, .words = words, .count = count, .err = err};
	int r = walk(&l, store);
	grey_store_close(store);
	grey_settings_free(&s);
	return r;
}

static int prune(
	const struct grey_settings *s, struct grey_store *store, size_t *removed, struct err *err)
{
	enum { AT_ONCE = 2000 };
	bool ended = false;
	int64_t now = (int64_t)time(NULL);
	while (!ended) {
		size_t some;
		if (grey_store_prune(store, &s->terms, now, AT_ONCE, &some, &ended, err) < 0)
			return -1;
		*removed += some;
	}
	return 0;
}

int grey_show_prune(const struct grey_show *g, const struct invocation *inv, struct err *err)
{
	struct grey_settings s;
	struct grey_store *store;
	struct buf out = {0};
	if (open_store(g, inv, g->dry_run, &s, &store, err) < 0)
		return -1;
	struct list l = {.settings = &s, .err = err};
	int r = walk(&l, store);
	if (r == 0 && !g->dry_run) {
		l.old = 0;
		r = prune(&s, store, &l.old, err);
	}
	struct json json = {.to = &out};
	if (g->json) {
		json_begin_object(&json);
		json_number(&json, "entries", l.all);
		json_number(&json, g->dry_run ? "would_remove" : "removed", l.old);
		json_end_object(&json);
		json_end_line(&json);
	} else {
		buf_fmt(&out, "%zu of %zu entries %s\n", l.old, l.all,
			g->dry_run ? "would be removed" : "removed");
	}
	if (r == 0)
		r = program_print(&out, err);
	buf_free(&out);
	grey_store_close(store);
	grey_settings_free(&s);
	return r;
}
