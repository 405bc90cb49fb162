#include "store/tally.h"

#include "base/arena.h"
#include "base/kv/kv.h"
#include "base/share.h"

#include <string.h>

enum { META, COUNTS, TABLES };
enum { FORMAT = 1 };

static const char *const tables[TABLES] = {[META] = "meta", [COUNTS] = "counts"};

static const struct kv_layout layout = {.what = "database of limits",
	.tables = tables,
	.count = TABLES,
	.format = FORMAT,
	.map = KV_SMALL_MAP};

/*
 * Since START. In this machine's byte order: an LMDB file cannot be moved to another kind of
 * machine anyway.
 */
struct record {
	int64_t start;
	uint32_t count, seconds;
};

struct addition {
	struct str name;
	uint32_t seconds, most;
	int64_t now;
	bool over;
};

/* If the clock was set back, a new period starts. */
static bool is_over(const struct record *r, int64_t now)
{
	return now < r->start || now >= r->start + r->seconds;
}

static int add(struct kv *kv, void *context, struct err *err)
{
	struct addition *a = context;
	struct record r = {.start = a->now, .seconds = a->seconds};
	struct str value;
	int found = kv_get(kv, COUNTS, a->name, &value, err);
	if (found < 0)
		return -1;
	if (found > 0 && value.n == sizeof r)
		memcpy(&r, value.p, sizeof r);
	if (is_over(&r, a->now))
		r = (struct record){.start = a->now, .seconds = a->seconds};
	a->over = r.count >= a->most;
	if (a->over)
		return 0;
	r.count++;
	return kv_put(kv, COUNTS, a->name, (struct str){(const char *)&r, sizeof r}, err);
}

int tally_add(const char *state_dir, struct str name, uint32_t seconds, uint32_t most, int64_t now,
	bool *over, struct err *err)
{
	struct addition a = {name, seconds, most, now, false};
	struct arena *mem = arena_new();
	const char *dir = arena_fmt(mem, "%s/tally", state_dir).p;
	struct kv *kv = NULL;
	if (share_make_dir(dir, -1, SHARE_STATE, err) == 0)
		kv = kv_open(&layout, dir, err);
	int r = kv ? kv_write(kv, add, &a, err) : -1;
	kv_close(kv);
	arena_free(mem);
	*over = a.over;
	return r;
}
