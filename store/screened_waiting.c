#include "store/screened_inside.h"

#include <string.h>

enum { PATH_MOST = 480 };

/* The description follows. */
struct waiting_record {
	int64_t when;
	unsigned char digest[DIGEST_BYTES];
};
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
	int r = kv_put(kv, SCREENED_WAITING, waiting_key(m, mem),
		(struct str){bytes, sizeof record + about.n}, err);
	arena_free(mem);
	return r < 0 ? -1 : screened_bound(kv, SCREENED_WAITING, SCREENED_WAITING_MOST, err);
}

int screened_wait(const char *state_dir, const struct screened_message *m, struct err *err)
{
	struct arena *mem = arena_new();
	bool can = waiting_key(m, mem).n > 0;
	arena_free(mem);
	if (!can)
		return err_temp(err, "the name of the screener's folder is too long");
	return screened_write(state_dir, put_waiting, (void *)m, err);
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
	return kv_walk(kv, SCREENED_WAITING, c->directory, collect, c, err);
}

int screened_waiting(const char *state_dir, struct str directory, struct arena *mem,
	struct screened_list *list, struct err *err)
{
	struct collection c = {directory, list, mem};
	*list = (struct screened_list){NULL, 0};
	return screened_read(state_dir, collect_all, &c, err);
}

/* ---- decisions ---- */

struct decision {
	const struct screened_message *m;
	const struct screened_sender *sender;
};

static int decide(struct kv *kv, void *context, struct err *err)
{
	const struct decision *d = context;
	struct arena *mem = arena_new();
	struct str key = d->m ? waiting_key(d->m, mem) : STR_EMPTY;
	int r = key.n ? kv_delete(kv, SCREENED_WAITING, key, err) : 0;
	arena_free(mem);
	return r < 0 ? -1 : screened_put_sender(kv, d->sender, err);
}

int screened_decide(const char *state_dir, const struct screened_message *m,
	const struct screened_sender *sender, struct err *err)
{
	struct decision d = {m, sender};
	return screened_write(state_dir, decide, &d, err);
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
	int r = kv_get(kv, SCREENED_META, told_key, &value, err);
	if (r > 0 && value.n == sizeof n->told)
		memcpy(&n->told, value.p, sizeof n->told);
	/* A time in the future is that of a clock that was wrong. */
	bool is_time = n->told > n->now || n->told + SCREENED_DAY <= n->now;
	if (r < 0 || !is_time)
		return r < 0 ? -1 : 0;
	if (n->told > n->now)
		n->told = 0;
	r = kv_walk(kv, SCREENED_WAITING, STR_EMPTY, look_for_new, n, err);
	n->is_due = r == 0 && n->has_new;
	return r;
}

static int claim_notice(struct kv *kv, void *context, struct err *err)
{
	struct notice *n = context;
	const struct str now = {(const char *)&n->now, sizeof n->now};
	if (look_at_notice(kv, n, err) < 0)
		return -1;
	return n->is_due ? kv_put(kv, SCREENED_META, told_key, now, err) : 0;
}

int screened_claim_notice(const char *state_dir, int64_t now, struct err *err)
{
	struct notice n = {.now = now};
	if (screened_read(state_dir, look_at_notice, &n, err) < 0)
		return -1;
	if (n.is_due && screened_write(state_dir, claim_notice, &n, err) < 0)
		return -1;
	return n.is_due;
}
