#include "store/seen.h"

#include "base/kv/kv.h"
#include "base/kv/kv_peek.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { META, SEEN, TABLES };
enum { FORMAT = 1, PRUNE_AT_ONCE = 8 };

static const char *const tables[TABLES] = {[META] = "meta", [SEEN] = "seen"};

static const struct kv_layout layout = {.what = "database of what was seen",
	.tables = tables,
	.count = TABLES,
	.format = FORMAT,
	.map = KV_SMALL_MAP};

/* In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. */
struct record {
	int64_t until;
	unsigned char delivery[32];
};

struct seen_key seen_key_of(const struct str *parts, size_t count)
{
	struct store_id id = store_id_of(parts, count);
	struct seen_key key;
	memcpy(key.bytes, id.bytes, sizeof key.bytes);
	return key;
}

struct seen_key seen_tracked_key(struct str handle, struct str id)
{
	const struct str parts[] = {STR_LIT("duplicate"), handle, id};
	return seen_key_of(parts, sizeof parts / sizeof *parts);
}

static struct str key_str(const struct seen_key *key)
{
	return (struct str){(const char *)key->bytes, sizeof key->bytes};
}

static bool read_record(struct str value, struct record *r)
{
	if (value.n != sizeof *r)
		return false;
	memcpy(r, value.p, sizeof *r);
	return true;
}

/* ---- finding ---- */

struct lookup {
	const struct seen_key *key;
	const struct store_id *id;
	int64_t now;
	bool seen;
};

/* FOUND: 1 if VALUE is what the database has under the key. */
static void look_at(struct lookup *l, int found, struct str value)
{
	struct record r;
	l->seen = found > 0 && read_record(value, &r) && r.until > l->now &&
		  memcmp(r.delivery, l->id->bytes, sizeof r.delivery) != 0;
}

static int find(struct kv *kv, void *context, struct err *err)
{
	struct lookup *l = context;
	struct str value;
	int found = kv_get(kv, SEEN, key_str(l->key), &value, err);
	look_at(l, found, value);
	return found < 0 ? -1 : 0;
}

/* In the database itself, when it cannot be peeked at. */
static int open_and_find(const char *dir, struct lookup *l, struct arena *mem, struct err *err)
{
	/* Another delivery may be making it: it exists once it has its data file. */
	bool there = path_exists(arena_fmt(mem, "%s/data.mdb", dir).p) == 0;
	int r = there || errno == ENOENT
			? 0
			: err_temp(err, "cannot look into %s: %s", dir, beneath_why(errno));
	struct kv *kv = there ? kv_open_read_only(&layout, dir, err) : NULL;
	if (there)
		r = kv ? kv_read(kv, find, l, err) : -1;
	kv_close(kv);
	return r;
}

int seen_find(const char *state_dir, const struct seen_key *key, const struct store_id *id,
	int64_t now, bool *seen, struct err *err)
{
	struct lookup l = {key, id, now, false};
	struct str value = STR_EMPTY;
	struct arena *mem = arena_new();
	const char *dir = arena_fmt(mem, "%s/seen", state_dir).p;
	int found = kv_peek(&layout, dir, SEEN, key_str(key), mem, &value), r = 0;
	if (found >= 0)
		look_at(&l, found, value);
	else
		r = open_and_find(dir, &l, mem, err);
	arena_free(mem);
	*seen = l.seen;
	return r;
}

/* ---- remembering ---- */

struct insertion {
	const struct seen_item *items;
	size_t count;
	const struct store_id *id;
	int64_t now;
	int left;
};

static enum kv_step prune_one(void *context, struct str key, struct str value, struct err *err)
{
	struct insertion *in = context;
	struct record r;
	(void)key;
	(void)err;
	if (in->left-- == 0)
		return KV_STOP;
	return !read_record(value, &r) || r.until <= in->now ? KV_DELETE : KV_NEXT;
}

static int remember(struct kv *kv, void *context, struct err *err)
{
	struct insertion *in = context;
	for (size_t i = 0; i < in->count; i++) {
		struct record r = {.until = in->now + (int64_t)in->items[i].seconds};
		memcpy(r.delivery, in->id->bytes, sizeof r.delivery);
		struct str value = {(const char *)&r, sizeof r};
		in->left = PRUNE_AT_ONCE;
		/* Keys are digests, so the next ones in order are a random few. */
		if (kv_walk(kv, SEEN, key_str(&in->items[i].key), prune_one, in, err) < 0 ||
			kv_put(kv, SEEN, key_str(&in->items[i].key), value, err) < 0)
			return -1;
	}
	return 0;
}

typedef int write_work(struct kv *kv, kv_work *work, void *context, struct err *err);

/* Runs WORK on the database for writing. A missing one is made. */
static int change(
	const char *state_dir, write_work *write, kv_work *work, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	const char *dir = arena_fmt(mem, "%s/seen", state_dir).p;
	int r = -1;
	struct kv *kv = NULL;
	if (share_make_dir(dir, -1, SHARE_STATE, err) == 0)
		kv = kv_open(&layout, dir, err);
	if (kv)
		r = write(kv, work, context, err);
	kv_close(kv);
	arena_free(mem);
	return r;
}

int seen_remember(const char *state_dir, const struct seen_item *items, size_t count,
	const struct store_id *id, int64_t now, struct err *err)
{
	struct insertion in = {items, count, id, now, 0};
	size_t hints = 0;
	for (size_t i = 0; i < count; i++)
		hints += items[i].is_hint;
	return change(state_dir, hints == count ? kv_write_soon : kv_write, remember, &in, err);
}

/* ---- finding and remembering at once ---- */

struct claim {
	struct lookup lookup;
	struct insertion insertion;
};

static int claim(struct kv *kv, void *context, struct err *err)
{
	struct claim *c = context;
	if (find(kv, &c->lookup, err) < 0)
		return -1;
	return c->lookup.seen ? 0 : remember(kv, &c->insertion, err);
}

int seen_claim(const char *state_dir, const struct seen_item *item, const struct store_id *id,
	int64_t now, bool *seen, struct err *err)
{
	struct claim c = {{&item->key, id, now, false}, {item, 1, id, now, 0}};
	int r = change(state_dir, kv_write, claim, &c, err);
	*seen = c.lookup.seen;
	return r;
}
