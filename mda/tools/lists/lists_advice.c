#include "mda/tools/lists/lists_advice.h"

#include "base/idn.h"
#include "base/path.h"
#include "filters/lists/list_compile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- an index ---- */

static void remove_copy(const struct lists_index *index)
{
	static const char *const names[] = {"list", "list.lmdb"};
	char path[sizeof index->dir + 16];
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", index->dir, names[i]); /* it fits */
		path_unlink(path);                                          /* it may not exist */
	}
	(void)rmdir(index->dir); /* if it stays, it is an empty directory in /tmp */
}

/* A link to the text, so that nothing is written beside it. */
static int compile_copy(const char *path, struct lists_index *index, struct err *err)
{
	char text[sizeof index->dir + 8], target[PATH_MAX];
	struct list_compiled done;
	snprintf(index->dir, sizeof index->dir, "/tmp/mda-lists.XXXXXX"); /* it fits */
	if (!realpath(path, target))
		return err_temp(err, "cannot find %s: %s", path, strerror(errno));
	if (!mkdtemp(index->dir)) {
		index->dir[0] = '\0';
		return err_temp(err, "cannot make a directory in /tmp: %s", strerror(errno));
	}
	snprintf(text, sizeof text, "%s/list", index->dir); /* it fits */
	if (symlink(target, text) < 0)
		return err_temp(err, "cannot make %s: %s", text, strerror(errno));
	if (list_compile(str_of(text), &done, err) < 0)
		return -1;
	return list_map_open(str_of(text), &index->map, err);
}

int lists_index_open(const char *path, struct lists_index *index, struct err *err)
{
	*index = (struct lists_index){0};
	if (path_exists(path) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (list_map_open(str_of(path), &index->map, NULL) > 0)
		return 0;
	if (compile_copy(path, index, err) >= 0)
		return 0;
	lists_index_close(index);
	return -1;
}

void lists_index_close(struct lists_index *index)
{
	list_map_close(index->map);
	index->map = NULL;
	if (index->dir[0])
		remove_copy(index);
	index->dir[0] = '\0';
}

/* ---- the advisor ---- */

int lists_advisor_open(struct lists_tool *tool, const struct named_list *list,
	struct lists_advisor *a, struct err *err)
{
	*a = (struct lists_advisor){.tool = tool, .list = list, .today = list_text_today()};
	if (lists_index_open(list->path, &a->own, err) < 0)
		return -1;
	/* If a list cannot be read, the others still count. */
	if (list->opposite && lists_index_open(list->opposite, &a->opposite, NULL) < 0)
		a->opposite = (struct lists_index){0};
	return 0;
}

void lists_advisor_close(struct lists_advisor *a)
{
	lists_index_close(&a->own);
	lists_index_close(&a->opposite);
}

/* ---- advice ---- */

struct advice {
	const struct lists_advisor *a;
	const struct wild *w;
	unsigned line;
	lists_tell *tell;
	void *context;
	struct arena *mem;
	size_t told; /* entries that cover it; only the first is reported */
};

static void tell(const struct advice *t, enum lists_advice kind, struct str sentence)
{
	t->tell(t->context, kind, sentence);
}

static bool same_entry(const struct advice *t, struct str entry)
{
	struct wild w;
	const char *why;
	return wild_parse(entry, t->mem, &w, &why) && str_eq(w.local, t->w->local) &&
	       str_eq(w.domain, t->w->domain) && w.subdomains == t->w->subdomains;
}

/* If two entries are the same, the second one is reported. */
static void on_covered(void *context, const struct list_hit *hit)
{
	struct advice *t = context;
	if (hit->line == t->line || t->told)
		return;
	bool same = same_entry(t, hit->entry);
	if (same && t->line && hit->line > t->line)
		return;
	t->told++;
	tell(t, LISTS_COVERED,
		arena_fmt(t->mem,
			same ? "it is already in line %u (" STR_FMT ")"
			     : "line %u covers it (" STR_FMT ")",
			hit->line, STR_ARGS(hit->entry)));
}

/* Reports an opposite entry that wins wherever this entry matches. */
static void on_overruled(void *context, const struct list_hit *hit)
{
	struct advice *t = context;
	bool wins = t->a->list->is_block ? hit->literals > t->w->literals
					 : hit->literals >= t->w->literals;
	if (!wins || t->told)
		return;
	t->told++;
	tell(t, LISTS_OVERRULED,
		arena_fmt(t->mem, "%s:%u overrules it (" STR_FMT ")", t->a->list->opposite,
			hit->line, STR_ARGS(hit->entry)));
}

static int ask(struct advice *t, struct list_map *map, list_hit_visit *hit, struct err *err)
{
	struct cover c = lists_cover_of(t->w, t->mem);
	t->told = 0;
	return map ? lists_cover_search(map, &c, t->a->today, hit, t, err) : 0;
}

static bool is_everything(const struct wild *w)
{
	return str_eq(w->local, STR_LIT("*")) && str_eq(w->domain, STR_LIT("*"));
}

/* Does the entry match only addresses in DOMAIN? */
static bool is_within(const struct wild *w, struct str domain)
{
	struct str own = w->subdomains ? str_slice(w->domain, 2, w->domain.n) : w->domain;
	return domain.n && (str_eq(own, domain) || (own.n > domain.n && str_iends(own, domain) &&
							   own.p[own.n - domain.n - 1] == '.'));
}

static struct str own_domain(const struct advice *t)
{
	const struct lists_tool *tool = t->a->tool;
	const struct conf *conf = tool->settings;
	struct str mailbox = tool->mailbox;
	size_t at = str_rfind(mailbox, '@');
	struct str mine = idn_domain(str_slice(mailbox, at + 1, mailbox.n), t->mem);
	if (is_within(t->w, mine))
		return mine;
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct str_list *domains = &conf->organizations[i].domains;
		for (size_t k = 0; k < domains->count; k++) {
			struct wild w;
			const char *why;
			if (!wild_parse(domains->items[k], t->mem, &w, &why))
				continue;
			struct str domain = str_istarts(w.domain, STR_LIT("*."))
						    ? str_slice(w.domain, 2, w.domain.n)
						    : w.domain;
			if (is_within(t->w, domain))
				return domain;
		}
	}
	return STR_EMPTY;
}

static void look_at_entry(const struct advice *t)
{
	struct str own = t->a->list->is_allow ? own_domain(t) : STR_EMPTY;
	if (is_everything(t->w))
		tell(t, LISTS_EVERYTHING, STR_LIT("it matches every address"));
	if (own.n)
		tell(t, LISTS_OWN_DOMAIN,
			arena_fmt(t->mem,
				STR_FMT " is your own domain, which is what forgers write",
				STR_ARGS(own)));
}

int lists_advise(const struct lists_advisor *a, const struct wild *w, unsigned line,
	lists_tell *told, void *context, struct err *err)
{
	struct advice t = {
		.a = a, .w = w, .line = line, .tell = told, .context = context, .mem = arena_new()};
	look_at_entry(&t);
	int r = ask(&t, a->own.map, on_covered, err);
	if (r == 0)
		r = ask(&t, a->opposite.map, on_overruled, err);
	arena_free(t.mem);
	return r;
}
