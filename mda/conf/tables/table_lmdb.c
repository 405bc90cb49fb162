#include "mda/conf/tables/table_lmdb.h"

#include "base/kv/kv.h"

static const char *const unnamed[] = {NULL};
static const struct kv_layout layout = {
	.what = "table", .tables = unnamed, .count = 1, .is_foreign = true};

struct kv *table_lmdb_open(struct str path, struct arena *mem, struct err *err)
{
	return kv_open_file(&layout, arena_fmt(mem, STR_FMT ".lmdb", STR_ARGS(path)).p, err);
}

struct lookup {
	struct str key, *value;
	struct arena *mem;
	int found;
};

static int look(struct kv *kv, void *context, struct err *err)
{
	struct lookup *l = context;
	struct str value = STR_EMPTY;
	l->found = kv_get(kv, 0, l->key, &value, err);
	if (l->found > 0)
		*l->value = arena_str(l->mem, value);
	return l->found < 0 ? -1 : 0;
}

static int find(struct kv *kv, struct lookup *l, struct err *err)
{
	if (l->key.n > KV_KEY_MAX)
		return 0;
	return kv_read(kv, look, l, err) < 0 ? -1 : l->found;
}

int table_lmdb_find(
	struct kv *kv, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	struct lookup l = {.key = key, .value = value, .mem = mem};
	int r = find(kv, &l, err);
	if (r == 0) {
		/* arena_str() puts a NUL after a copy. */
		l.key = arena_str(mem, key);
		l.key.n++;
		r = find(kv, &l, err);
	}
	if (r > 0 && value->n && value->p[value->n - 1] == '\0')
		value->n--;
	return r;
}
