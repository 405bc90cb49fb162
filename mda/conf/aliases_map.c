#include "mda/conf/aliases_map.h"

#include "base/kv/kv_compile.h"
#include "base/path.h"
#include "filters/lists/list_record.h"
#include "mda/conf/aliases_text.h"

#include <string.h>

enum { INFO, TARGETS, TABLES };
static const char *const table_names[TABLES] = {"info", "targets"};
static const struct kv_layout layout = {
	.what = "compiled aliases", .tables = table_names, .count = TABLES, .format = 1};

/* ---- compiling ---- */

static void collect(struct str text, struct kv_rows *rows, struct arena *mem)
{
	struct table_entry a;
	unsigned line = 0;
	while (table_text_next(&text, &line, &a))
		if (!aliases_text_wrong(&a, mem))
			(void)kv_rows_add(rows, table_text_key(a.name, mem),
				aliases_text_target(a.value), line);
}

static int write_state(struct kv *kv, void *context, struct err *err)
{
	struct str state = {context, sizeof(struct list_state)};
	return kv_put(kv, INFO, STR_LIT(LIST_INFO_KEY), state, err);
}

static int build(const char *file, struct list_state *state, struct kv_rows *rows, const char *to,
	struct list_compiled *done, struct err *err)
{
	const struct kv_compile how = {.layout = &layout,
		.table = TARGETS,
		.same = KV_FIRST,
		.rest = write_state,
		.context = state};
	*done = (struct list_compiled){.entries = kv_rows_count(rows)};
	if (list_state_check(file, state, err) < 0 ||
		kv_compile(rows, &how, to, list_record_mode(file), &done->bytes, err) < 0)
		return -1;
	return 1;
}

int aliases_map_compile(struct str path, struct list_compiled *done, struct err *err)
{
	struct arena *mem = arena_new();
	int r = aliases_map_compile_to(path, list_record_path(path, mem), done, err);
	arena_free(mem);
	return r;
}

int aliases_map_compile_to(
	struct str path, const char *to, struct list_compiled *done, struct err *err)
{
	struct arena *mem = arena_new();
	struct kv_rows *rows = kv_rows_new();
	struct list_state state;
	struct str text = STR_EMPTY;
	const char *file = arena_cstr(mem, path);
	int r = list_state_settled(file, &state, err);
	if (r > 0)
		r = table_text_read(file, mem, &text, err);
	if (r == 0)
		r = kv_compile_remove(to, err);
	else if (r > 0) {
		collect(text, rows, mem);
		r = build(file, &state, rows, to, done, err);
	}
	kv_rows_free(rows);
	arena_free(mem);
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
