#include "store/uses.h"

#include "base/kv/kv.h"
#include "base/path.h"
#include "base/share.h"
#include "base/wild.h"
#include "store/uses_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { META, USES, TABLES };
/* A log of MERGE_FROM bytes has about 1,500 uses. */
enum { FORMAT = 1, MERGE_FROM = 64 * 1024, JOINED_MOST = 1000 };

static const char *const tables[TABLES] = {[META] = "meta", [USES] = "uses"};

static const struct kv_layout layout = {.what = "database of uses",
	.tables = tables,
	.count = TABLES,
	.format = FORMAT,
	.map = KV_SMALL_MAP};

/*
 * When counting began, and how much of which log is in the database already. In this machine's byte
 * order, as the records are: an LMDB file cannot be moved to another kind of machine anyway.
 */
struct state {
	int64_t since;
	uint64_t generation, bytes;
};
static const struct str state_key = STR_LIT("state");

/* ---- keys ---- */

struct str uses_entry(struct str entry, struct arena *mem)
{
	struct wild w;
	const char *why;
	if (!wild_parse(entry, mem, &w, &why))
		return STR_EMPTY;
	struct str domain =
		w.subdomains ? str_slice(w.domain, 2, w.domain.n) : w.domain; /* after "*." */
	struct str s = arena_fmt(mem, STR_FMT "@%s" STR_FMT, STR_ARGS(w.local),
		w.subdomains ? "*" : "", STR_ARGS(domain));
	return s.n <= USES_ENTRY_MOST ? s : STR_EMPTY;
}

static struct str key_of(const struct use *u, char bytes[KV_KEY_MAX])
{
	bytes[0] = (char)('0' + u->list);
	memcpy(bytes + 1, u->entry.p, u->entry.n);
	return (struct str){bytes, u->entry.n + 1};
}

static bool read_key(struct str key, struct use *u)
{
	if (key.n < 2 || key.n > USES_ENTRY_MOST + 1 || key.p[0] < '0' ||
		key.p[0] >= '0' + USES_LISTS)
		return false;
	*u = (struct use){
		.list = (enum uses_list)(key.p[0] - '0'), .entry = str_slice(key, 1, key.n)};
	return true;
}

static bool read_record(struct str value, struct uses_record *r)
{
	if (value.n == sizeof *r)
		memcpy(r, value.p, sizeof *r);
	return value.n == sizeof *r;
}

static void add_line(struct uses_record *r, const struct uses_line *l)
{
	uint64_t *count = l->use.is_spam ? &r->spam : &r->count;
	int64_t *last = l->use.is_spam ? &r->last_spam : &r->last;
	++*count;
	if (l->time > *last)
		*last = l->time;
}

/* ---- the database ---- */

static int read_state(struct kv *kv, struct state *s, struct err *err)
{
	struct str value;
	*s = (struct state){0};
	int found = kv_get(kv, META, state_key, &value, err);
	if (found > 0 && value.n == sizeof *s)
		memcpy(s, value.p, sizeof *s);
	return found < 0 ? -1 : 0;
}

/* A record of another size is treated as none. */
static int get(struct kv *kv, const struct use *u, struct uses_record *r, struct err *err)
{
	char bytes[KV_KEY_MAX];
	struct str value;
	*r = (struct uses_record){0};
	int found = kv_get(kv, USES, key_of(u, bytes), &value, err);
	return found > 0 ? read_record(value, r) : found;
}

static int put(struct kv *kv, const struct use *u, const struct uses_record *r, struct err *err)
{
	char bytes[KV_KEY_MAX];
	struct str value = {(const char *)r, sizeof *r};
	return kv_put(kv, USES, key_of(u, bytes), value, err);
}

/* What of the log is not in the database yet. */
static struct str rest_of(const struct uses_log *log, const struct state *s)
{
	bool is_same = log->generation && log->generation == s->generation;
	return str_slice(log->text, is_same ? (size_t)s->bytes : 0, log->text.n);
}

static int merge(struct kv *kv, const struct uses_log *log, struct state *s, struct err *err)
{
	struct str rest = rest_of(log, s);
	struct uses_line line;
	struct uses_record r;
	while (uses_log_next(&rest, &line)) {
		if (s->since == 0 || line.time < s->since)
			s->since = line.time;
		if (get(kv, &line.use, &r, err) < 0)
			return -1;
		add_line(&r, &line);
		if (put(kv, &line.use, &r, err) < 0)
			return -1;
	}
	s->generation = log->generation;
	s->bytes = log->text.n;
	return 0;
}

/* ---- looking after it ---- */

struct job {
	const struct uses_known *known; /* NULL: only the log is merged */
	const struct uses_log *log;
	int64_t now;
};

static int by_use(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	return str_compare(x->entry, y->entry);
}

static int by_entry(const void *a, const void *b)
{
	const struct uses_known_entry *x = a, *y = b;
	return by_use(&x->key, &y->key);
}

/* Is the record of an entry that is in no list any more? */
static bool is_gone(const struct uses_known *known, const struct use *u)
{
	const struct uses_known_entry key = {.key = *u};
	return known->read[u->list] &&
	       !(known->count && bsearch(&key, known->entries, known->count, sizeof key, by_entry));
}

static enum kv_step forget_one(void *context, struct str key, struct str value, struct err *err)
{
	const struct uses_known *known = context;
	struct use u;
	(void)value;
	(void)err;
	if (!read_key(key, &u))
		return KV_DELETE;
	return is_gone(known, &u) ? KV_DELETE : KV_NEXT;
}

static int note_new(struct kv *kv, const struct job *s, struct err *err)
{
	struct uses_record r;
	for (size_t i = 0; i < s->known->count; i++) {
		const struct uses_known_entry *e = &s->known->entries[i];
		int found = e->has_date ? 1 : get(kv, &e->key, &r, err);
		if (found < 0)
			return -1;
		r.noted = s->now;
		if (found == 0 && put(kv, &e->key, &r, err) < 0)
			return -1;
	}
	return 0;
}

static int settle(struct kv *kv, void *context, struct err *err)
{
	const struct job *s = context;
	struct state state;
	if (read_state(kv, &state, err) < 0)
		return -1;
	if (s->log->fd >= 0 && merge(kv, s->log, &state, err) < 0)
		return -1;
	if (state.since == 0)
		state.since = s->now;
	struct str value = {(const char *)&state, sizeof state};
	if (kv_put(kv, META, state_key, value, err) < 0 || !s->known)
		return s->known ? -1 : 0;
	if (kv_walk(kv, USES, STR_EMPTY, forget_one, (void *)s->known, err) < 0)
		return -1;
	return note_new(kv, s, err);
}

/* The log is emptied when the database has its lines, and both are on the disk. */
static int settle_with(const char *dir, struct job *s, struct err *err)
{
	struct kv *kv = NULL;
	if (s->log->fd >= 0 && uses_log_sync(s->log, err) < 0)
		return -1;
	if (share_make_dir(dir, -1, SHARE_STATE, err) == 0)
		kv = kv_open(&layout, dir, err);
	int r = kv ? kv_write(kv, settle, s, err) : -1;
	kv_close(kv);
	if (r == 0 && s->log->fd >= 0 && s->log->text.n)
		r = uses_log_empty(s->log, err);
	return r;
}

static int settle_in(const char *state_dir, const struct uses_known *known, int64_t now,
	struct arena *mem, struct err *err)
{
	struct uses_log log;
	struct job s = {known, &log, now};
	if (uses_log_open(state_dir, true, mem, &log, err) < 0)
		return -1;
	int r = settle_with(arena_fmt(mem, "%s/uses", state_dir).p, &s, err);
	uses_log_close(&log);
	return r;
}

/* Is there nothing to be written? */
static bool is_settled(const char *state_dir, const struct uses_known *known, struct arena *mem)
{
	struct uses now;
	struct uses_log log;
	if (uses_log_open(state_dir, false, mem, &log, NULL) < 0)
		return false;
	bool is_empty = log.text.n == 0;
	uses_log_close(&log);
	if (!is_empty || uses_read(state_dir, mem, &now, NULL) < 0 || now.since == 0)
		return false;
	for (size_t i = 0; i < known->count; i++) {
		const struct uses_known_entry *e = &known->entries[i];
		if (!e->has_date && !uses_find(&now, e->key.list, e->key.entry))
			return false;
	}
	for (size_t i = 0; i < now.count; i++)
		if (is_gone(known, &now.items[i].key))
			return false;
	return true;
}

int uses_settle(const char *state_dir, const struct uses_known *known, int64_t now, struct err *err)
{
	struct arena *mem = arena_new();
	int r = 0;
	if (known->count)
		qsort(known->entries, known->count, sizeof *known->entries, by_entry);
	if (!is_settled(state_dir, known, mem))
		r = settle_in(state_dir, known, now, mem, err);
	arena_free(mem);
	return r;
}

int uses_add(
	const char *state_dir, const struct use *uses, size_t count, int64_t now, struct err *err)
{
	uint64_t size;
	if (uses_log_add(state_dir, uses, count, now, &size, err) < 0)
		return -1;
	if (size < MERGE_FROM)
		return 0;
	struct arena *mem = arena_new();
	int r = settle_in(state_dir, NULL, now, mem, err);
	arena_free(mem);
	return r;
}

/* ---- reading ---- */

struct reader {
	struct uses *uses;
	struct state state;
	size_t before; /* how many items there were */
	struct arena *mem;
};

static struct uses_record *add_item(struct uses *uses, const struct use *u, struct arena *mem)
{
	struct uses_item *item = ARENA_PUSH(mem, uses->items, uses->count);
	*item = (struct uses_item){.key = {.list = u->list, .entry = arena_str(mem, u->entry)}};
	return &item->record;
}

static enum kv_step read_one(void *context, struct str key, struct str value, struct err *err)
{
	struct reader *r = context;
	struct uses_record record;
	struct use u;
	(void)err;
	if (read_key(key, &u) && read_record(value, &record))
		*add_item(r->uses, &u, r->mem) = record;
	return KV_NEXT;
}

static int read_all(struct kv *kv, void *context, struct err *err)
{
	struct reader *r = context;
	r->uses->count = r->before;
	if (read_state(kv, &r->state, err) < 0)
		return -1;
	return kv_walk(kv, USES, STR_EMPTY, read_one, r, err);
}

static int read_database(struct reader *r, const char *state_dir, struct err *err)
{
	const char *dir = arena_fmt(r->mem, "%s/uses", state_dir).p;
	if (path_exists(arena_fmt(r->mem, "%s/data.mdb", dir).p) < 0)
		return errno == ENOENT
			       ? 0
			       : err_temp(err, "cannot look into %s: %s", dir, beneath_why(errno));
	struct kv *kv = kv_open_read_only(&layout, dir, err);
	int status = kv ? kv_read(kv, read_all, r, err) : -1;
	kv_close(kv);
	return status;
}

static int by_key(const void *a, const void *b)
{
	const struct uses_item *x = a, *y = b;
	return by_use(&x->key, &y->key);
}

static void sum(struct uses_record *to, const struct uses_record *from)
{
	to->count += from->count;
	to->spam += from->spam;
	if (from->last > to->last)
		to->last = from->last;
	if (from->last_spam > to->last_spam)
		to->last_spam = from->last_spam;
	if (from->noted && (to->noted == 0 || from->noted < to->noted))
		to->noted = from->noted;
}

void uses_fold(struct uses *uses)
{
	size_t kept = 0;
	if (uses->count)
		qsort(uses->items, uses->count, sizeof *uses->items, by_key);
	for (size_t i = 0; i < uses->count; i++) {
		if (kept && by_key(&uses->items[kept - 1], &uses->items[i]) == 0)
			sum(&uses->items[kept - 1].record, &uses->items[i].record);
		else
			uses->items[kept++] = uses->items[i];
	}
	uses->count = uses->folded = kept;
}

static void begin_at(struct uses *uses, int64_t time)
{
	if (time && (uses->since == 0 || time < uses->since))
		uses->since = time;
}

static int read_both(
	struct reader *r, const char *state_dir, const struct uses_log *log, struct err *err)
{
	struct uses_line line;
	if (read_database(r, state_dir, err) < 0)
		return -1;
	begin_at(r->uses, r->state.since);
	struct str rest = rest_of(log, &r->state);
	while (uses_log_next(&rest, &line)) {
		begin_at(r->uses, line.time);
		add_line(add_item(r->uses, &line.use, r->mem), &line);
	}
	uses_fold(r->uses);
	return 0;
}

int uses_read(const char *state_dir, struct arena *mem, struct uses *uses, struct err *err)
{
	struct uses_log log;
	struct reader r = {.uses = uses, .mem = mem};
	*uses = (struct uses){0};
	if (uses_log_open(state_dir, false, mem, &log, err) < 0)
		return -1;
	int status = read_both(&r, state_dir, &log, err);
	uses_log_close(&log);
	return status;
}

const struct uses_record *uses_find(const struct uses *uses, enum uses_list list, struct str entry)
{
	const struct uses_item key = {.key = {.list = list, .entry = entry}};
	const struct uses_item *found = NULL;
	if (uses->count)
		found = bsearch(&key, uses->items, uses->count, sizeof key, by_key);
	return found ? &found->record : NULL;
}

void uses_join(
	struct uses *to, const struct use *key, const struct uses_record *record, struct arena *mem)
{
	*add_item(to, key, mem) = *record;
	if (to->count > 2 * to->folded + JOINED_MOST)
		uses_fold(to);
}

void uses_join_since(struct uses *to, int64_t since)
{
	begin_at(to, since);
}
