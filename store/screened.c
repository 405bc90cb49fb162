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

/* In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. */
struct sender_record {
	int64_t when;
	uint32_t kind, zero;
};

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

/* ---- senders ---- */

static bool can_be(struct str key)
{
	return key.n > 0 && key.n <= KV_KEY_MAX;
}

static bool read_sender(struct str value, struct sender_record *r)
{
	if (value.n != sizeof *r)
		return false;
	memcpy(r, value.p, sizeof *r);
	return r->kind == SCREENED_APPROVED || r->kind == SCREENED_BLOCKED;
}

int screened_put_sender(
	struct kv *kv, struct str sender, enum screened_kind kind, int64_t now, struct err *err)
{
	const struct sender_record record = {.when = now, .kind = (uint32_t)kind};
	if (!can_be(sender))
		return 0;
	if (kind == SCREENED_NEW)
		return kv_delete(kv, SCREENED_SENDERS, sender, err) < 0 ? -1 : 0;
	return kv_put(kv, SCREENED_SENDERS, sender,
		(struct str){(const char *)&record, sizeof record}, err);
}

/* ---- asking ---- */

struct query {
	const struct screened_question *q;
	int64_t now;
	struct screened_answer answer;
};

static int find_sender(struct kv *kv, struct query *query, struct err *err)
{
	struct str value;
	struct sender_record record;
	if (!can_be(query->q->sender))
		return 0;
	int r = kv_get(kv, SCREENED_SENDERS, query->q->sender, &value, err);
	if (r <= 0)
		return r;
	if (!read_sender(value, &record))
		return kv_bad_record(kv, err);
	query->answer = (struct screened_answer){record.kind, record.when};
	return 1;
}

static int find(struct kv *kv, void *context, struct err *err)
{
	struct query *query = context;
	query->answer = (struct screened_answer){SCREENED_NEW, 0};
	int r = find_sender(kv, query, err);
	for (size_t i = 0; r == 0 && query->q->domain.n && i < query->q->ids.count; i++)
		r = screened_find_id(
			kv, query->q, query->q->ids.items[i], query->now, &query->answer, err);
	return r < 0 ? -1 : 0;
}

/*
 * Most senders are looked up without opening the database. 1 when that was enough.
 */
static int peek(const char *state_dir, struct query *query)
{
	struct arena *mem = arena_new();
	struct str value;
	struct sender_record record;
	const struct screened_question *q = query->q;
	query->answer = (struct screened_answer){SCREENED_NEW, 0};
	int found = can_be(q->sender) ? kv_peek(&layout, dir_of(state_dir, mem), SCREENED_SENDERS,
						q->sender, mem, &value)
				      : 0;
	if (found > 0 && read_sender(value, &record))
		query->answer = (struct screened_answer){record.kind, record.when};
	else if (found > 0)
		found = -1;
	arena_free(mem);
	return found > 0 || (found == 0 && (q->ids.count == 0 || q->domain.n == 0));
}

int screened_find(const char *state_dir, const struct screened_question *q, int64_t now,
	struct screened_answer *answer, struct err *err)
{
	struct query query = {.q = q, .now = now};
	int r = peek(state_dir, &query) ? 0 : screened_read(state_dir, find, &query, err);
	*answer = r < 0 ? (struct screened_answer){SCREENED_NEW, 0} : query.answer;
	return r;
}
