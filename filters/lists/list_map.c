#include "filters/lists/list_map.h"

#include "base/path.h"
#include "filters/lists/list_record.h"

#include <stdlib.h>
#include <string.h>

bool list_map_exists(struct str path)
{
	struct arena *mem = arena_new();
	bool exists = path_exists(list_record_path(path, mem)) == 0;
	arena_free(mem);
	return exists;
}

/* ---- opening ---- */

struct list_map {
	struct kv *kv;
	struct list_info info;
};

static int read_info(struct kv *kv, void *context, struct err *err)
{
	struct list_map *map = context;
	struct str value;
	int r = kv_get(kv, LIST_INFO, STR_LIT(LIST_INFO_KEY), &value, err);
	if (r < 0)
		return -1;
	if (r == 0 || value.n != sizeof map->info)
		return kv_bad_record(kv, err);
	memcpy(&map->info, value.p, sizeof map->info);
	return 0;
}

static int open_map(const char *text, const char *path, struct list_map *map, struct err *err)
{
	struct list_state now;
	int r = list_state_of(text, &now, err);
	if (r <= 0)
		return r;
	map->kv = kv_open_file(&list_layout, path, err);
	if (!map->kv || kv_read(map->kv, read_info, map, err) < 0)
		return -1;
	if (!list_state_same(&now, &map->info.text))
		return err_temp(err, "%s was changed after it was compiled", text);
	return 1;
}

int list_map_open(struct str path, struct list_map **opened, struct err *err)
{
	struct arena *mem = arena_new();
	struct list_map *map = mem_alloc(sizeof *map);
	const char *file = list_record_path(path, mem);
	map->kv = NULL;
	int r = path_exists(file) < 0 ? 0 : open_map(arena_cstr(mem, path), file, map, err);
	if (r > 0)
		*opened = map;
	else
		list_map_close(map);
	arena_free(mem);
	return r;
}

void list_map_close(struct list_map *map)
{
	if (!map)
		return;
	kv_close(map->kv);
	free(map);
}

/* ---- asking ---- */

struct search {
	const struct list_map *map;
	const struct str *keys;
	size_t count;
	unsigned today;
	list_hit_visit *visit;
	void *context;
	struct kv *kv;
};

static void hit(const struct search *s, const struct list_record *r, struct str entry)
{
	struct list_hit h = {
		.entry = entry, .line = r->line, .literals = r->literals, .until = r->until};
	if (!r->until || r->until >= s->today)
		s->visit(s->context, &h);
}

static int try_key(void *context, struct str key, struct err *err)
{
	struct search *s = context;
	struct str value, entry;
	struct list_record r;
	int found = kv_get(s->kv, LIST_ENTRIES, key, &value, err);
	if (found <= 0)
		return found;
	while (value.n) {
		if (!list_record_next(&value, &r, &entry) || r.entry != entry.n)
			return kv_bad_record(s->kv, err);
		hit(s, &r, entry);
	}
	return 0;
}

static void try_record(const struct search *s, const struct list_record *r, struct str text)
{
	struct wild w = {.subdomains = r->subdomains};
	size_t local = r->entry, domain = local + r->local;
	w.local = str_slice(text, local, domain);
	w.domain = str_slice(text, domain, text.n);
	for (size_t i = 0; i < s->count; i++) {
		if (!wild_matches(&w, s->keys[i]))
			continue;
		hit(s, r, str_slice(text, 0, local));
		return;
	}
}

static enum kv_step try_rest(void *context, struct str key, struct str value, struct err *err)
{
	struct search *s = context;
	struct list_record r;
	struct str text;
	(void)key;
	while (value.n) {
		if (!list_record_next(&value, &r, &text) || (r.subdomains && r.domain < 2))
			return kv_bad_record(s->kv, err) < 0 ? KV_FAILED : KV_STOP;
		try_record(s, &r, text);
	}
	return KV_NEXT;
}

static int search(struct kv *kv, void *context, struct err *err)
{
	struct search *s = context;
	struct shape_address a;
	s->kv = kv;
	for (size_t i = 0; i < s->count; i++) {
		if (!list_shape_take_apart(s->keys[i], &a))
			continue;
		for (unsigned shape = 0; shape < SHAPE_COUNT; shape++) {
			const struct shape_census *census = &s->map->info.shapes[shape];
			if (census->count &&
				list_shape_each_key(&a, shape, census, try_key, s, err) < 0)
				return -1;
		}
	}
	struct str start = STR_EMPTY;
	return s->map->info.rest ? kv_walk(kv, LIST_REST, start, try_rest, s, err) : 0;
}

int list_map_search(struct list_map *map, const struct str *keys, size_t count, unsigned today,
	list_hit_visit *visit, void *context, struct err *err)
{
	struct search s = {.map = map,
		.keys = keys,
		.count = count,
		.today = today,
		.visit = visit,
		.context = context};
	return kv_read(map->kv, search, &s, err);
}

/* ---- what cannot be read ---- */

struct visitor {
	list_visit *visit;
	void *context;
};

static void tell_broken(const struct visitor *v, const struct list_record *r, struct str why)
{
	struct arena *mem = arena_new();
	const struct list_line l = {
		.line = r->line, .column = r->until, .wrong = arena_cstr(mem, why)};
	v->visit(v->context, &l);
	arena_free(mem);
}

static int read_broken(struct kv *kv, void *context, struct err *err)
{
	struct str value, why;
	struct list_record r;
	int found = kv_get(kv, LIST_BROKEN, STR_LIT(LIST_BROKEN_KEY), &value, err);
	if (found <= 0)
		return found;
	while (value.n) {
		if (!list_record_next(&value, &r, &why))
			return kv_bad_record(kv, err);
		tell_broken(context, &r, why);
	}
	return 0;
}

int list_map_broken(
	struct list_map *map, size_t *total, list_visit *visit, void *context, struct err *err)
{
	struct visitor v = {visit, context};
	*total = map->info.broken;
	return map->info.broken ? kv_read(map->kv, read_broken, &v, err) : 0;
}
