#include "store/screened_inside.h"

#include <string.h>

/* ---- senders ---- */

/* In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. */
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
