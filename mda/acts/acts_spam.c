#include "mda/acts/acts_spam.h"

#include "filters/lists/list_search.h"
#include "mda/acts/acts_sender.h"
#include "mda/conf/template.h"
#include "store/uses.h"

#include <time.h>

enum { USES_MOST = 50 };

struct search {
	const struct acts *acts;
	enum uses_list list;
	struct use uses[USES_MOST];
	size_t count;
};

static void take_hit(void *context, const struct list_hit *hit)
{
	struct search *s = context;
	struct use u = {s->list, true, uses_entry(hit->entry, s->acts->mem)};
	for (size_t i = 0; i < s->count; i++)
		if (s->uses[i].list == u.list && str_eq(s->uses[i].entry, u.entry))
			return;
	if (u.entry.n && s->count < USES_MOST)
		s->uses[s->count++] = u;
}

static int search(struct search *s, struct str template, enum uses_list list,
	const struct str_list *keys, struct err *err)
{
	const struct acts *a = s->acts;
	const char *path;
	if (template.n == 0)
		return 0;
	if (template_expand(template, &a->user->names, a->mem, &path, err) < 0)
		return -1;
	struct list_query q = {.path = str_of(path),
		.keys = keys->items,
		.count = keys->count,
		.hit = take_hit,
		.context = s};
	s->list = list;
	return list_search(&q, err) < 0 ? -1 : 0;
}

/* ---- was the entry there when the message came? ---- */

struct day {
	unsigned arrived;
	struct search *search;
};

static unsigned day_of(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	if (!localtime_r(&t, &tm))
		return 0;
	return ((unsigned)(tm.tm_year + 1900) * 100 + (unsigned)(tm.tm_mon + 1)) * 100 +
	       (unsigned)tm.tm_mday;
}

static void drop_younger(void *context, const struct list_line *l)
{
	const struct day *d = context;
	struct search *s = d->search;
	if (list_text_added(l->comment) <= d->arrived)
		return;
	struct str entry = uses_entry(l->entry, s->acts->mem);
	for (size_t i = 0; i < s->count; i++)
		if (s->uses[i].list == USES_ALLOW && str_eq(s->uses[i].entry, entry))
			s->uses[i--] = s->uses[--s->count];
}

static int drop_all_younger(struct search *s, int64_t arrived, struct err *err)
{
	const struct acts *a = s->acts;
	struct day d = {day_of(arrived), s};
	const char *path;
	if (s->count == 0 || a->conf->user_allow.n == 0)
		return 0;
	if (template_expand(a->conf->user_allow, &a->user->names, a->mem, &path, err) < 0)
		return -1;
	return list_text_walk(str_of(path), 0, drop_younger, &d, err) < 0 ? -1 : 0;
}

int acts_spam(const struct acts *a, struct str message, int64_t arrived, struct err *err)
{
	struct search s = {.acts = a};
	struct str_list keys;
	if (acts_sender_claims(a, message, &keys, err) < 0)
		return -1;
	if (keys.count == 0)
		return 0;
	if (search(&s, a->conf->user_allow, USES_ALLOW, &keys, err) < 0 ||
		search(&s, a->conf->global_allow, USES_GLOBAL_ALLOW, &keys, err) < 0 ||
		drop_all_younger(&s, arrived, err) < 0)
		return -1;
	if (s.count && uses_add(a->state, s.uses, s.count, (int64_t)time(NULL), err) < 0)
		return -1;
	return (int)s.count;
}
