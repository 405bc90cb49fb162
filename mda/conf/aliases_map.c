#include "mda/conf/aliases_map.h"

#include "base/kv/kv.h"
#include "base/path.h"
#include "filters/lists/list_record.h"
#include "mda/conf/aliases_text.h"

#include <stdlib.h>
#include <string.h>

enum { INFO, TARGETS, TABLES };
static const char *const table_names[TABLES] = {"info", "targets"};
static const struct kv_layout layout = {"compiled aliases", table_names, TABLES, 1, 0};

/* ---- compiling ---- */

struct pair {
	struct str key, target;
	size_t number; /* of several with one key, the first counts */
};

struct compiler {
	struct list_state state;
	struct pair *pairs;
	size_t count;
	struct arena *mem;
};

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int r = str_compare(x->key, y->key);
	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static void collect(struct compiler *c, struct str text)
{
	struct alias a;
	unsigned line = 0;
	while (aliases_text_next(&text, &line, &a)) {
		struct str key = aliases_text_key(a.name, c->mem);
		if (aliases_text_wrong(&a, c->mem) || key.n == 0 || key.n > KV_KEY_MAX)
			continue;
		struct pair *p = ARENA_PUSH(c->mem, c->pairs, c->count);
		*p = (struct pair){key, aliases_text_target(a.targets), c->count};
	}
	if (c->count)
		qsort(c->pairs, c->count, sizeof *c->pairs, by_key);
}

static int write_pairs(struct kv *kv, void *context, struct err *err)
{
	const struct compiler *c = context;
	struct str state = {(const char *)&c->state, sizeof c->state};
	for (size_t i = 0; i < c->count; i++) {
		if (i && str_eq(c->pairs[i].key, c->pairs[i - 1].key))
			continue;
		if (kv_append(kv, TARGETS, c->pairs[i].key, c->pairs[i].target, err) < 0)
			return -1;
	}
	return kv_put(kv, INFO, STR_LIT(LIST_INFO_KEY), state, err);
}

static int fill(struct kv *kv, void *context, struct err *err)
{
	return kv_write(kv, write_pairs, context, err);
}

int aliases_map_compile(struct str path, size_t *count, struct err *err)
{
	struct arena *mem = arena_new();
	int r = aliases_map_compile_to(path, list_record_path(path, mem), count, err);
	arena_free(mem);
	return r;
}

int aliases_map_compile_to(struct str path, const char *to, size_t *count, struct err *err)
{
	struct compiler c = {.mem = arena_new()};
	const char *file = arena_cstr(c.mem, path);
	struct str text = STR_EMPTY;
	int r = list_state_settled(file, &c.state, err);
	if (r > 0)
		r = aliases_text_read(file, c.mem, &text, err);
	if (r > 0) {
		collect(&c, text);
		*count = c.count;
		r = kv_build(&layout, to, list_record_mode(file), fill, &c, err) < 0 ? -1 : 1;
	}
	arena_free(c.mem);
	return r;
}

/* ---- asking ---- */

static int read_state(struct kv *kv, void *context, struct err *err)
{
	struct str value;
	int r = kv_get(kv, INFO, STR_LIT(LIST_INFO_KEY), &value, err);
	if (r < 0)
		return -1;
	if (r == 0 || value.n != sizeof(struct list_state))
		return kv_bad_record(kv, err);
	memcpy(context, value.p, value.n);
	return 0;
}

int aliases_map_open(struct str text, struct arena *mem, struct kv **map, struct err *err)
{
	const char *path = list_record_path(text, mem), *file = arena_cstr(mem, text);
	struct list_state now, then;
	*map = NULL;
	if (path_exists(path) < 0)
		return 0;
	int r = list_state_of(file, &now, err);
	if (r <= 0)
		return r;
	*map = kv_open_file(&layout, path, err);
	r = !*map || kv_read(*map, read_state, &then, err) < 0 ? -1 : 1;
	if (r > 0 && !list_state_same(&now, &then))
		r = err_temp(err, "%s was changed after it was compiled", file);
	if (r < 0) {
		kv_close(*map);
		*map = NULL;
	}
	return r;
}

struct lookup {
	struct str key, *target;
	struct arena *mem;
	int found;
};

static int look(struct kv *kv, void *context, struct err *err)
{
	struct lookup *l = context;
	struct str value;
	l->found = kv_get(kv, TARGETS, l->key, &value, err);
	if (l->found > 0)
		*l->target = arena_str(l->mem, value);
	return l->found < 0 ? -1 : 0;
}

int aliases_map_find(struct kv *map, struct str key, struct arena *mem, struct str *target)
{
	struct lookup l = {.key = key, .target = target, .mem = mem};
	struct err err;
	if (key.n == 0 || key.n > KV_KEY_MAX || kv_read(map, look, &l, &err) < 0)
		return 0;
	return l.found;
}
