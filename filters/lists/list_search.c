#include "filters/lists/list_search.h"

/* ---- the compiled form ---- */

static void on_hit(void *context, const struct list_hit *h)
{
	const struct list_query *q = context;
	if (q->hit)
		q->hit(q->context, h);
}

static void on_broken(void *context, const struct list_line *l)
{
	const struct list_query *q = context;
	if (q->broken)
		q->broken(q->context, l);
}

/* 1 when it has answered, 0 when the text must be searched. */
static int search_map(struct list_query *q)
{
	struct list_map *map = NULL;
	struct err err;
	int r = list_map_open(q->path, &map, &err);
	if (r > 0 &&
		(list_map_search(map, q->keys, q->count, list_text_today(), on_hit, q, &err) < 0 ||
			list_map_broken(map, &q->broken_total, on_broken, q, &err) < 0))
		r = -1;
	if (r < 0 && q->stale)
		q->stale(q->context, err.text);
	list_map_close(map);
	return r > 0;
}

/* ---- the text ---- */

static void try_line(void *context, const struct list_line *l)
{
	struct list_query *q = context;
	if (!l->wild) {
		if (q->broken_total++ < LIST_TOLD)
			on_broken(q, l);
		return;
	}
	for (size_t i = 0; i < q->count; i++) {
		if (!wild_matches(l->wild, q->keys[i]))
			continue;
		const struct list_hit hit = {l->entry, l->line, l->wild->literals, l->until};
		on_hit(q, &hit);
		return;
	}
}

int list_search(struct list_query *q, struct err *err)
{
	q->broken_total = 0;
	if (search_map(q))
		return 1;
	q->broken_total = 0;
	return list_text_walk(q->path, list_text_today(), try_line, q, err);
}
