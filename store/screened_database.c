#include "store/screened_inside.h"

#include "base/kv/kv_peek.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1 };

static const char *const tables[SCREENED_TABLES] = {[SCREENED_META] = "meta",
	[SCREENED_SENDERS] = "senders",
	[SCREENED_WAITING] = "waiting",
	[SCREENED_SENT] = "sent"};

static const struct kv_layout layout = {.what = "database of the screener",
	.tables = tables,
	.count = SCREENED_TABLES,
	.format = FORMAT,
	.map = KV_SMALL_MAP};

/* ---- opening ---- */

static const char *dir_of(const char *state_dir, struct arena *mem)
{
	return arena_fmt(mem, "%s/screener", state_dir).p;
}

int screened_read(const char *state_dir, kv_work *work, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	const char *dir = dir_of(state_dir, mem);
	/* Another delivery may be making it: it exists once it has its data file. */
	bool there = path_exists(arena_fmt(mem, "%s/data.mdb", dir).p) == 0;
	int r = there || errno == ENOENT || errno == ENOTDIR
			? 0
			: err_temp(err, "cannot look into %s: %s", dir, beneath_why(errno));
	struct kv *kv = there ? kv_open_read_only(&layout, dir, err) : NULL;
	if (there)
		r = kv ? kv_read(kv, work, context, err) : -1;
	kv_close(kv);
	arena_free(mem);
	return r;
}

int screened_write(const char *state_dir, kv_work *work, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	const char *dir = dir_of(state_dir, mem);
	struct kv *kv = NULL;
	if (share_make_dir(dir, -1, SHARE_STATE, err) == 0)
		kv = kv_open(&layout, dir, err);
	int r = kv ? kv_write(kv, work, context, err) : -1;
	kv_close(kv);
	arena_free(mem);
	return r;
}

/* ---- the age of rows ---- */

static enum kv_step count_one(void *context, struct str key, struct str value, struct err *err)
{
	(void)key;
	(void)value;
	(void)err;
	++*(size_t *)context;
	return KV_NEXT;
}

struct oldest {
	int64_t before; /* rows that are not younger go */
	size_t left;
};

static enum kv_step drop_old(void *context, struct str key, struct str value, struct err *err)
{
	struct oldest *o = context;
	int64_t when;
	(void)key;
	(void)err;
	if (o->left == 0)
		return KV_STOP;
	memcpy(&when, value.p, sizeof when); /* see screened_inside.h */
	if (when > o->before)
		return KV_NEXT;
	o->left--;
	return KV_DELETE;
}

struct ages {
	int64_t *items;
	size_t count;
};

static enum kv_step note_age(void *context, struct str key, struct str value, struct err *err)
{
	struct ages *a = context;
	(void)key;
	(void)err;
	if (value.n < sizeof(int64_t))
		return KV_DELETE; /* we cannot have written it */
	memcpy(&a->items[a->count++], value.p, sizeof *a->items);
	return KV_NEXT;
}

static int by_age(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

int screened_bound(struct kv *kv, unsigned table, size_t most, struct err *err)
{
	size_t count = 0;
	if (kv_walk(kv, table, STR_EMPTY, count_one, &count, err) < 0)
		return -1;
	if (count <= most)
		return 0;
	struct arena *mem = arena_new();
	struct ages ages = {arena_alloc(mem, count * sizeof *ages.items), 0};
	int r = kv_walk(kv, table, STR_EMPTY, note_age, &ages, err);
	if (r == 0 && ages.count > most) {
		struct oldest o = {.left = ages.count - most + most / 10};
		qsort(ages.items, ages.count, sizeof *ages.items, by_age);
		o.before = ages.items[o.left - 1];
		r = kv_walk(kv, table, STR_EMPTY, drop_old, &o, err);
	}
	arena_free(mem);
	return r;
}

int screened_peek(
	const char *state_dir, unsigned table, struct str key, struct arena *mem, struct str *value)
{
	return kv_peek(&layout, dir_of(state_dir, mem), table, key, mem, value);
}
