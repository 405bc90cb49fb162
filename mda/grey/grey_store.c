#include "mda/grey/grey_store.h"

#include "base/mem.h"
#include "mda/server/peer.h"

#include <stdlib.h>
#include <string.h>

enum table { META, TRIPLETS, CLIENTS, TABLES };
static const char *const tables[] = {"meta", "triplets", "clients"};
enum { FORMAT = 1 };

static const struct kv_layout layout = {
	.what = "greylist", .tables = tables, .count = TABLES, .format = FORMAT};

struct grey_store {
	struct kv *kv;
	/* how far the last grey_store_prune() came */
	enum table table;
	char from[HASH_BYTES];
	size_t from_n;
};

/* In this machine's byte order, as the whole file is. The three texts follow it. */
struct triplet {
	struct grey_seen seen;
	uint16_t address_n, sender_n, recipient_n, zero;
};

static struct grey_store *store_of(struct kv *kv)
{
	if (!kv)
		return NULL;
	struct grey_store *s = mem_alloc(sizeof *s);
	*s = (struct grey_store){.kv = kv, .table = TRIPLETS};
	return s;
}

struct grey_store *grey_store_open(const char *dir, struct err *err)
{
	return store_of(kv_open(&layout, dir, err));
}

struct grey_store *grey_store_open_to_read(const char *dir, struct err *err)
{
	return store_of(kv_open_read_only(&layout, dir, err));
}

void grey_store_close(struct grey_store *s)
{
	if (!s)
		return;
	kv_close(s->kv);
	free(s);
}

const char *grey_store_set_aside(const struct grey_store *s)
{
	return kv_set_aside_as(s->kv);
}

bool grey_store_is_damaged(const struct grey_store *s)
{
	return kv_is_damaged(s->kv);
}

/* ---- records ---- */

static struct str bytes_of(const void *p, size_t n)
{
	return (struct str){p, n};
}

/* False if it cannot be one of ours. */
static bool read_triplet(struct str value, struct grey_entry *e)
{
	struct triplet t;
	if (value.n < sizeof t)
		return false;
	memcpy(&t, value.p, sizeof t);
	size_t at = sizeof t;
	if (value.n != at + t.address_n + t.sender_n + t.recipient_n)
		return false;
	e->seen = t.seen;
	e->address = str_slice(value, at, at + t.address_n);
	at += t.address_n;
	e->sender = str_slice(value, at, at + t.sender_n);
	at += t.sender_n;
	e->recipient = str_slice(value, at, value.n);
	return true;
}

static bool read_client(struct str value, struct grey_passes *passes)
{
	if (value.n != sizeof *passes)
		return false;
	memcpy(passes, value.p, sizeof *passes);
	return true;
}

/* For a walk that finds a record which cannot be one of ours. */
static enum kv_step fail(struct kv *kv, struct err *err)
{
	return kv_bad_record(kv, err) < 0 ? KV_FAILED : KV_STOP;
}

static int put_triplet(
	struct kv *kv, const struct grey_question *q, const struct grey_seen *seen, struct err *err)
{
	char bytes[sizeof(struct triplet) + GREY_ADDRESS + 2 * (size_t)GREY_MAILBOX];
	const struct triplet t = {*seen, q->address_n, q->sender_n, q->recipient_n, 0};
	char *to = bytes;
	memcpy(to, &t, sizeof t);
	to += sizeof t;
	memcpy(to, q->address, q->address_n);
	to += q->address_n;
	memcpy(to, q->sender, q->sender_n);
	to += q->sender_n;
	memcpy(to, q->recipient, q->recipient_n);
	to += q->recipient_n;
	return kv_put(kv, TRIPLETS, bytes_of(&q->triplet, sizeof q->triplet),
		bytes_of(bytes, (size_t)(to - bytes)), err);
}

/* ---- ruling ---- */

struct batch {
	const struct grey_question *questions;
	size_t count;
	struct grey_ruling *rulings;
};

static int get(struct kv *kv, const struct grey_question *q, struct grey_seen *seen,
	struct grey_passes *passes, struct err *err)
{
	struct str value;
	struct grey_entry entry = {.is_client = false};
	*passes = (struct grey_passes){0, 0};
	int r = kv_get(kv, TRIPLETS, bytes_of(&q->triplet, sizeof q->triplet), &value, err);
	if (r > 0 && !read_triplet(value, &entry))
		return kv_bad_record(kv, err);
	*seen = entry.seen;
	if (r >= 0)
		r = kv_get(kv, CLIENTS, bytes_of(q->client, sizeof q->client), &value, err);
	if (r > 0 && !read_client(value, passes))
		return kv_bad_record(kv, err);
	return r < 0 ? -1 : 0;
}

static int rule_one(
	struct kv *kv, const struct grey_question *q, struct grey_ruling *ruling, struct err *err)
{
	struct grey_seen seen;
	struct grey_passes passes;
	if (get(kv, q, &seen, &passes, err) < 0)
		return -1;
	*ruling = grey_rule(&q->terms, q->now, &seen, &passes);
	if (q->is_tentative && grey_rule_defers(ruling->outcome))
		return 0;
	if (ruling->has_seen && put_triplet(kv, q, &seen, err) < 0)
		return -1;
	if (!ruling->has_passes)
		return 0;
	return kv_put(kv, CLIENTS, bytes_of(q->client, sizeof q->client),
		bytes_of(&passes, sizeof passes), err);
}

static int rule_all(struct kv *kv, void *context, struct err *err)
{
	const struct batch *b = context;
	for (size_t i = 0; i < b->count; i++)
		if (rule_one(kv, &b->questions[i], &b->rulings[i], err) < 0)
			return -1;
	return 0;
}

int grey_store_rule(struct grey_store *s, const struct grey_question *questions, size_t count,
	struct grey_ruling *rulings, struct err *err)
{
	struct batch b = {questions, count, rulings};
	return kv_write_soon(s->kv, rule_all, &b, err);
}

/* ---- removing what is old ---- */

struct prune {
	const struct grey_store *store;
	const struct grey_terms *terms;
	int64_t now;
	size_t most, looked_at, removed;
	enum table table;
	char next[HASH_BYTES]; /* the key to go on from */
	size_t next_n;
	bool is_cut;
	struct kv *kv;
};

static enum kv_step is_old(struct prune *p, struct str value, struct err *err)
{
	struct grey_entry e = {.is_client = p->table == CLIENTS};
	if (e.is_client ? !read_client(value, &e.passes) : !read_triplet(value, &e))
		return fail(p->kv, err);
	bool old = e.is_client ? grey_rule_forgets_client(p->terms, &e.passes, p->now)
			       : grey_rule_forgets(p->terms, &e.seen, p->now);
	p->removed += old;
	return old ? KV_DELETE : KV_NEXT;
}

static enum kv_step prune_one(void *context, struct str key, struct str value, struct err *err)
{
	struct prune *p = context;
	if (p->looked_at++ < p->most)
		return is_old(p, value, err);
	p->is_cut = key.n <= sizeof p->next;
	p->next_n = p->is_cut ? key.n : 0;
	memcpy(p->next, key.p, p->next_n);
	return KV_STOP;
}

static int prune(struct kv *kv, void *context, struct err *err)
{
	struct prune *p = context;
	const struct grey_store *s = p->store;
	struct str from = {s->from, s->from_n};
	p->kv = kv;
	p->looked_at = p->removed = 0;
	p->is_cut = false;
	for (p->table = s->table; p->table < TABLES; p->table++) {
		if (kv_walk(kv, p->table, from, prune_one, p, err) < 0)
			return -1;
		if (p->looked_at > p->most)
			return 0;
		from = STR_EMPTY;
	}
	return 0;
}

int grey_store_prune(struct grey_store *s, const struct grey_terms *terms, int64_t now, size_t most,
	size_t *removed, bool *ended, struct err *err)
{
	struct prune p = {.store = s, .terms = terms, .now = now, .most = most};
	if (kv_write_soon(s->kv, prune, &p, err) < 0)
		return -1;
	*removed = p.removed;
	*ended = p.table == TABLES;
	s->table = *ended ? TRIPLETS : p.table;
	s->from_n = *ended ? 0 : p.next_n;
	memcpy(s->from, p.next, s->from_n);
	return 0;
}

/* ---- looking ---- */

struct look {
	grey_visit *visit;
	void *context;
	struct kv *kv;
};

static enum kv_step show_triplet(void *context, struct str key, struct str value, struct err *err)
{
	const struct look *l = context;
	struct grey_entry e = {.is_client = false};
	(void)key; /* a hash */
	if (!read_triplet(value, &e))
		return fail(l->kv, err);
	l->visit(l->context, &e);
	return KV_NEXT;
}

static enum kv_step show_client(void *context, struct str key, struct str value, struct err *err)
{
	const struct look *l = context;
	struct peer peer = {.is_local = false};
	struct grey_entry e = {.is_client = true, .sender = STR_EMPTY, .recipient = STR_EMPTY};
	if (key.n != sizeof peer.bytes || !read_client(value, &e.passes))
		return fail(l->kv, err);
	memcpy(peer.bytes, key.p, sizeof peer.bytes);
	peer_name(&peer);
	e.address = str_of(peer.name);
	l->visit(l->context, &e);
	return KV_NEXT;
}

static int look(struct kv *kv, void *context, struct err *err)
{
	struct look *l = context;
	l->kv = kv;
	if (kv_walk(kv, TRIPLETS, STR_EMPTY, show_triplet, l, err) < 0)
		return -1;
	return kv_walk(kv, CLIENTS, STR_EMPTY, show_client, l, err);
}

int grey_store_walk(struct grey_store *s, grey_visit *visit, void *context, struct err *err)
{
	struct look l = {visit, context, NULL};
	return kv_read(s->kv, look, &l, err);
}
