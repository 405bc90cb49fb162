#include "store/screened_inside.h"

#include <string.h>

/* ---- senders ---- */

/*
 * The name of the folder follows.
 * In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. */
struct sender_record {
	int64_t when;
	uint32_t kind, zero;
};

static bool can_be(struct str key)
{
	return key.n > 0 && key.n <= KV_KEY_MAX;
}

static bool read_sender(struct str value, struct sender_record *r)
{
	if (value.n < sizeof *r)
		return false;
	memcpy(r, value.p, sizeof *r);
	return r->kind == SCREENED_APPROVED || r->kind == SCREENED_BLOCKED;
}

int screened_put_sender(struct kv *kv, const struct screened_sender *s, struct err *err)
{
	const struct sender_record record = {.when = s->when, .kind = (uint32_t)s->kind};
	struct str folder = str_slice(s->folder, 0, SCREENED_FOLDER_MOST);
	char bytes[sizeof record + SCREENED_FOLDER_MOST];
	if (!can_be(s->key))
		return 0;
	if (s->kind == SCREENED_NEW)
		return kv_delete(kv, SCREENED_SENDERS, s->key, err) < 0 ? -1 : 0;
	memcpy(bytes, &record, sizeof record);
	if (folder.n)
		memcpy(bytes + sizeof record, folder.p, folder.n);
	return kv_put(
		kv, SCREENED_SENDERS, s->key, (struct str){bytes, sizeof record + folder.n}, err);
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
	int found = can_be(q->sender)
			    ? screened_peek(state_dir, SCREENED_SENDERS, q->sender, mem, &value)
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

/* ---- all senders ---- */

struct collection {
	struct arena *mem;
	struct screened_senders *list;
};

static enum kv_step collect(void *context, struct str key, struct str value, struct err *err)
{
	const struct collection *c = context;
	struct sender_record record;
	(void)err;
	if (!read_sender(value, &record))
		return KV_NEXT;
	struct screened_sender *s = ARENA_PUSH(c->mem, c->list->items, c->list->count);
	*s = (struct screened_sender){.key = arena_str(c->mem, key),
		.kind = record.kind,
		.when = record.when,
		.folder = arena_str(c->mem, str_slice(value, sizeof record, value.n))};
	return KV_NEXT;
}

static int collect_all(struct kv *kv, void *context, struct err *err)
{
	struct collection *c = context;
	*c->list = (struct screened_senders){NULL, 0};
	return kv_walk(kv, SCREENED_SENDERS, STR_EMPTY, collect, c, err);
}

int screened_senders(
	const char *state_dir, struct arena *mem, struct screened_senders *list, struct err *err)
{
	struct collection c = {mem, list};
	*list = (struct screened_senders){NULL, 0};
	return screened_read(state_dir, collect_all, &c, err);
}

static int forget(struct kv *kv, void *context, struct err *err)
{
	const struct str_list *keys = context;
	int r = 0;
	for (size_t i = 0; i < keys->count && r >= 0; i++)
		r = can_be(keys->items[i]) ? kv_delete(kv, SCREENED_SENDERS, keys->items[i], err)
					   : 0;
	return r < 0 ? -1 : 0;
}

int screened_forget(const char *state_dir, const struct str_list *keys, struct err *err)
{
	return keys->count ? screened_write(state_dir, forget, (void *)keys, err) : 0;
}
