#include "store/screened.h"

#include "base/hash.h"
#include "base/kv/kv.h"
#include "base/kv/kv_peek.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { META, SENDERS, WAITING, SENT, TABLES };
enum { FORMAT = 1, PRUNE_AT_ONCE = 8, HASH_KEPT = 16, DOMAIN_KEPT = 8, PATH_MOST = 480 };

static const char *const tables[TABLES] = {
	[META] = "meta", [SENDERS] = "senders", [WAITING] = "waiting", [SENT] = "sent"};

static const struct kv_layout layout = {.what = "database of the screener",
	.tables = tables,
	.count = TABLES,
	.format = FORMAT,
	.map = KV_SMALL_MAP};

/* In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. */
struct sender_record {
	int64_t when;
	uint32_t kind, zero;
};
/* The description follows. */
struct waiting_record {
	int64_t when;
	unsigned char digest[DIGEST_BYTES];
};
/* The hashes of the domains follow, DOMAIN_KEPT bytes each. */
struct sent_record {
	int64_t when;
};

/* ---- opening ---- */

static const char *dir_of(const char *state_dir, struct arena *mem)
{
	return arena_fmt(mem, "%s/screener", state_dir).p;
}

/* Runs WORK for reading; does nothing, successfully, when there is no database. */
static int ask(const char *state_dir, kv_work *work, void *context, struct err *err)
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

/* Runs WORK for writing; a missing database is made. */
static int change(const char *state_dir, kv_work *work, void *context, struct err *err)
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

/* ---- ids of messages ---- */

/* Ids and domains are kept as hashes: whom a person wrote to is in no file. */
struct id_key {
	unsigned char bytes[HASH_KEPT];
};

static struct id_key id_key(struct str id)
{
	const struct str parts[] = {STR_LIT("screener: message"), str_trim(id)};
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	struct id_key key;
	memcpy(key.bytes, h.bytes, sizeof key.bytes);
	return key;
}

static struct str id_key_str(const struct id_key *key)
{
	return (struct str){(const char *)key->bytes, sizeof key->bytes};
}

/* With the id, so that equal domains of two messages do not look equal. */
static void hash_domain(struct str id, struct str domain, unsigned char to[DOMAIN_KEPT])
{
	const struct str parts[] = {STR_LIT("screener: domain"), str_trim(id), domain};
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	memcpy(to, h.bytes, DOMAIN_KEPT);
}

/* Was the message with that record sent to DOMAIN? */
static bool has_domain(struct str value, struct str id, struct str domain)
{
	unsigned char wanted[DOMAIN_KEPT];
	hash_domain(id, domain, wanted);
	for (size_t i = sizeof(struct sent_record); i + DOMAIN_KEPT <= value.n; i += DOMAIN_KEPT)
		if (memcmp(value.p + i, wanted, DOMAIN_KEPT) == 0)
			return true;
	return false;
}

static bool read_sent(struct str value, struct sent_record *r)
{
	if (value.n < sizeof *r || (value.n - sizeof *r) % DOMAIN_KEPT)
		return false;
	memcpy(r, value.p, sizeof *r);
	return true;
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
	int r = kv_get(kv, SENDERS, query->q->sender, &value, err);
	if (r <= 0)
		return r;
	if (!read_sender(value, &record))
		return kv_bad_record(kv, err);
	query->answer = (struct screened_answer){record.kind, record.when};
	return 1;
}

static int find_id(struct kv *kv, struct query *query, struct str id, struct err *err)
{
	struct str value;
	struct sent_record record;
	const struct id_key key = id_key(id);
	int r = kv_get(kv, SENT, id_key_str(&key), &value, err);
	if (r <= 0)
		return r;
	if (!read_sent(value, &record))
		return kv_bad_record(kv, err);
	if (record.when + SCREENED_ID_SECONDS < query->now ||
		!has_domain(value, id, query->q->domain))
		return 0;
	query->answer = (struct screened_answer){SCREENED_REPLY, record.when};
	return 1;
}

static int find(struct kv *kv, void *context, struct err *err)
{
	struct query *query = context;
	query->answer = (struct screened_answer){SCREENED_NEW, 0};
	int r = find_sender(kv, query, err);
	for (size_t i = 0; r == 0 && query->q->domain.n && i < query->q->ids.count; i++)
		r = find_id(kv, query, query->q->ids.items[i], err);
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
	int found = can_be(q->sender) ? kv_peek(&layout, dir_of(state_dir, mem), SENDERS, q->sender,
						mem, &value)
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
	int r = peek(state_dir, &query) ? 0 : ask(state_dir, find, &query, err);
	*answer = r < 0 ? (struct screened_answer){SCREENED_NEW, 0} : query.answer;
	return r;
}

/* ---- what was sent ---- */

struct insertion {
	const struct screened_sent *sent;
	size_t count;
	int64_t now;
	int left;
};

/* Keys are hashes, so the next ones in order are a random few. */
static enum kv_step prune_id(void *context, struct str key, struct str value, struct err *err)
{
	struct insertion *in = context;
	struct sent_record record;
	(void)key;
	(void)err;
	if (in->left-- == 0)
		return KV_STOP;
	bool is_old = !read_sent(value, &record) || record.when + SCREENED_ID_SECONDS < in->now;
	return is_old ? KV_DELETE : KV_NEXT;
}

static int put_sent(struct kv *kv, const struct screened_sent *one, struct err *err)
{
	struct {
		struct sent_record record;
		unsigned char domains[SCREENED_DOMAINS_MOST][DOMAIN_KEPT];
	} value;
	const struct sent_record record = {one->when};
	const struct id_key key = id_key(one->id);
	size_t n = one->domains.count < SCREENED_DOMAINS_MOST ? one->domains.count
							      : SCREENED_DOMAINS_MOST;
	value.record = record;
	for (size_t i = 0; i < n; i++)
		hash_domain(one->id, one->domains.items[i], value.domains[i]);
	const struct str bytes = {(const char *)&value, sizeof record + n * DOMAIN_KEPT};
	return kv_put(kv, SENT, id_key_str(&key), bytes, err);
}

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
	memcpy(&when, value.p, sizeof when); /* every record begins with it */
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

/* If TABLE has more than MOST rows, its oldest tenth goes too, so that this is seldom done. */
static int bound(struct kv *kv, unsigned table, size_t most, struct err *err)
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

static int insert(struct kv *kv, void *context, struct err *err)
{
	struct insertion *in = context;
	for (size_t i = 0; i < in->count; i++) {
		const struct id_key key = id_key(in->sent[i].id);
		in->left = PRUNE_AT_ONCE;
		if (kv_walk(kv, SENT, id_key_str(&key), prune_id, in, err) < 0 ||
			put_sent(kv, &in->sent[i], err) < 0)
			return -1;
	}
	return bound(kv, SENT, SCREENED_IDS_MOST, err);
}

int screened_sent(
	const char *state_dir, const struct screened_sent *sent, size_t count, struct err *err)
{
	struct insertion in = {sent, count, (int64_t)time(NULL), 0};
	return count ? change(state_dir, insert, &in, err) : 0;
}

/* ---- waiting messages ---- */

/* The directory, a slash and the base name; NULL bytes when it is too long. */
static struct str waiting_key(const struct screened_message *m, struct arena *mem)
{
	bool is_long = m->directory.n + m->base.n + 1 > PATH_MOST || m->base.n == 0;
	return is_long ? STR_EMPTY
		       : arena_fmt(mem, STR_FMT "/" STR_FMT, STR_ARGS(m->directory),
				 STR_ARGS(m->base));
}

static int put_waiting(struct kv *kv, void *context, struct err *err)
{
	const struct screened_message *m = context;
	struct arena *mem = arena_new();
	struct waiting_record record = {.when = m->when};
	struct str about = str_slice(m->about, 0, SCREENED_ABOUT_MOST);
	char bytes[sizeof record + SCREENED_ABOUT_MOST];
	memcpy(record.digest, m->digest, sizeof record.digest);
	memcpy(bytes, &record, sizeof record);
	if (about.n)
		memcpy(bytes + sizeof record, about.p, about.n);
	int r = kv_put(kv, WAITING, waiting_key(m, mem),
		(struct str){bytes, sizeof record + about.n}, err);
	arena_free(mem);
	return r < 0 ? -1 : bound(kv, WAITING, SCREENED_WAITING_MOST, err);
}

int screened_wait(const char *state_dir, const struct screened_message *m, struct err *err)
{
	struct arena *mem = arena_new();
	bool can = waiting_key(m, mem).n > 0;
	arena_free(mem);
	if (!can)
		return err_temp(err, "the name of the screener's folder is too long");
	return change(state_dir, put_waiting, (void *)m, err);
}

struct collection {
	struct str directory;
	struct screened_list *list;
	struct arena *mem;
};

static enum kv_step collect(void *context, struct str key, struct str value, struct err *err)
{
	struct collection *c = context;
	struct waiting_record record;
	size_t slash = str_rfind(key, '/');
	(void)err;
	if (slash == key.n || value.n < sizeof record)
		return KV_NEXT;
	struct str directory = str_slice(key, 0, slash);
	if (c->directory.n && !str_eq(directory, c->directory))
		return str_starts(key, c->directory) ? KV_NEXT : KV_STOP;
	memcpy(&record, value.p, sizeof record);
	struct screened_message *m = ARENA_PUSH(c->mem, c->list->items, c->list->count);
	*m = (struct screened_message){.directory = arena_str(c->mem, directory),
		.base = arena_str(c->mem, str_slice(key, slash + 1, key.n)),
		.when = record.when,
		.about = arena_str(c->mem, str_slice(value, sizeof record, value.n))};
	memcpy(m->digest, record.digest, sizeof m->digest);
	return KV_NEXT;
}

static int collect_all(struct kv *kv, void *context, struct err *err)
{
	struct collection *c = context;
	*c->list = (struct screened_list){NULL, 0};
	return kv_walk(kv, WAITING, c->directory, collect, c, err);
}

int screened_waiting(const char *state_dir, struct str directory, struct arena *mem,
	struct screened_list *list, struct err *err)
{
	struct collection c = {directory, list, mem};
	*list = (struct screened_list){NULL, 0};
	return ask(state_dir, collect_all, &c, err);
}

/* ---- decisions ---- */

struct decision {
	const struct screened_message *m;
	struct str sender;
	enum screened_kind kind;
	int64_t now;
};

static int put_sender(struct kv *kv, const struct decision *d, struct err *err)
{
	const struct sender_record record = {.when = d->now, .kind = (uint32_t)d->kind};
	if (!can_be(d->sender))
		return 0;
	if (d->kind == SCREENED_NEW)
		return kv_delete(kv, SENDERS, d->sender, err) < 0 ? -1 : 0;
	return kv_put(
		kv, SENDERS, d->sender, (struct str){(const char *)&record, sizeof record}, err);
}

static int decide(struct kv *kv, void *context, struct err *err)
{
	const struct decision *d = context;
	struct arena *mem = arena_new();
	struct str key = d->m ? waiting_key(d->m, mem) : STR_EMPTY;
	int r = key.n ? kv_delete(kv, WAITING, key, err) : 0;
	arena_free(mem);
	return r < 0 ? -1 : put_sender(kv, d, err);
}

int screened_decide(const char *state_dir, const struct screened_message *m, struct str sender,
	enum screened_kind kind, int64_t now, struct err *err)
{
	struct decision d = {m, sender, kind, now};
	return change(state_dir, decide, &d, err);
}

/* ---- senders, for people ---- */

struct walk {
	screened_visit *visit;
	void *context;
};

static enum kv_step walk_one(void *context, struct str key, struct str value, struct err *err)
{
	const struct walk *w = context;
	struct sender_record record;
	(void)err;
	if (read_sender(value, &record))
		w->visit(w->context, key, (enum screened_kind)record.kind, record.when);
	return KV_NEXT;
}

static int walk_all(struct kv *kv, void *context, struct err *err)
{
	return kv_walk(kv, SENDERS, STR_EMPTY, walk_one, context, err);
}

int screened_walk(const char *state_dir, screened_visit *visit, void *context, struct err *err)
{
	struct walk w = {visit, context};
	return ask(state_dir, walk_all, &w, err);
}

/* ---- the notice ---- */

static const struct str told_key = STR_LIT("told");

struct notice {
	int64_t now, told;
	bool has_new, is_due;
};

static enum kv_step look_for_new(void *context, struct str key, struct str value, struct err *err)
{
	struct notice *n = context;
	int64_t when;
	(void)key;
	(void)err;
	if (value.n < sizeof when)
		return KV_NEXT;
	memcpy(&when, value.p, sizeof when);
	n->has_new = n->has_new || when >= n->told;
	return n->has_new ? KV_STOP : KV_NEXT;
}

static int look_at_notice(struct kv *kv, void *context, struct err *err)
{
	struct notice *n = context;
	struct str value;
	n->told = 0;
	n->has_new = n->is_due = false;
	int r = kv_get(kv, META, told_key, &value, err);
	if (r > 0 && value.n == sizeof n->told)
		memcpy(&n->told, value.p, sizeof n->told);
	/* A time in the future is that of a clock that was wrong. */
	bool is_time = n->told > n->now || n->told + SCREENED_DAY <= n->now;
	if (r < 0 || !is_time)
		return r < 0 ? -1 : 0;
	if (n->told > n->now)
		n->told = 0;
	r = kv_walk(kv, WAITING, STR_EMPTY, look_for_new, n, err);
	n->is_due = r == 0 && n->has_new;
	return r;
}

static int claim_notice(struct kv *kv, void *context, struct err *err)
{
	struct notice *n = context;
	const struct str now = {(const char *)&n->now, sizeof n->now};
	if (look_at_notice(kv, n, err) < 0)
		return -1;
	return n->is_due ? kv_put(kv, META, told_key, now, err) : 0;
}

int screened_claim_notice(const char *state_dir, int64_t now, struct err *err)
{
	struct notice n = {.now = now};
	if (ask(state_dir, look_at_notice, &n, err) < 0)
		return -1;
	if (n.is_due && change(state_dir, claim_notice, &n, err) < 0)
		return -1;
	return n.is_due;
}
