#include "filters/label/contacts_known.h"

#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { META, PEOPLE, REACHED, TABLES };
enum { FORMAT = 1 };

static const char *const tables[TABLES] = {
	[META] = "meta", [PEOPLE] = "people", [REACHED] = "reached"};

static const struct kv_layout layout = {
	.what = "database of contacts", .tables = tables, .count = TABLES, .format = FORMAT};

/*
 * In this machine's byte order: an LMDB file cannot be moved to another kind of machine anyway. The
 * name follows.
 */
struct record {
	int64_t last;
	uint32_t count, flags;
};

struct reached {
	uint32_t uidvalidity, uid;
};

static bool read_record(struct str key, struct str value, struct known *one)
{
	struct record r;
	if (value.n < sizeof r || value.n > sizeof r + KNOWN_NAME_MOST)
		return false;
	memcpy(&r, value.p, sizeof r);
	*one = (struct known){.key = key,
		.name = str_slice(value, sizeof r, value.n),
		.count = r.count,
		.flags = r.flags,
		.last = r.last};
	return true;
}

/* ---- asking ---- */

/* NULL with *THERE false when it does not exist yet. */
static struct kv *open_there(const char *dir, bool *there, struct err *err)
{
	*there = path_exists(dir) == 0;
	if (!*there && errno != ENOENT && errno != ENOTDIR)
		*there = err_system(err, errno, "cannot look into %s", dir) < 0;
	return *there ? kv_open_read_only(&layout, dir, err) : NULL;
}

struct lookup {
	struct str key;
	struct arena *mem;
	struct known *found;
};

static int find(struct kv *kv, void *context, struct err *err)
{
	struct lookup *l = context;
	struct str value;
	int r = kv_get(kv, PEOPLE, l->key, &value, err);
	if (r <= 0)
		return r;
	if (!read_record(l->key, value, l->found))
		return kv_bad_record(kv, err);
	l->found->name = arena_str(l->mem, l->found->name);
	return !(l->found->flags & KNOWN_REMOVED);
}

int contacts_known_find(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err)
{
	struct lookup l = {key, mem, found};
	bool there;
	struct kv *kv = open_there(dir, &there, err);
	if (!kv)
		return there ? -1 : 0;
	int r = kv_read(kv, find, &l, err);
	kv_close(kv);
	return r;
}

struct walk {
	known_visit *visit;
	void *context;
	struct kv *kv;
};

static enum kv_step walk_one(void *context, struct str key, struct str value, struct err *err)
{
	const struct walk *w = context;
	struct known one;
	if (!read_record(key, value, &one))
		return kv_bad_record(w->kv, err) < 0 ? KV_FAILED : KV_STOP;
	return w->visit(w->context, &one, err) < 0 ? KV_FAILED : KV_NEXT;
}

static int walk_all(struct kv *kv, void *context, struct err *err)
{
	struct walk *w = context;
	w->kv = kv;
	return kv_walk(kv, PEOPLE, STR_EMPTY, walk_one, w, err);
}

int contacts_known_walk(const char *dir, known_visit *visit, void *context, struct err *err)
{
	struct walk w = {visit, context, NULL};
	bool there;
	struct kv *kv = open_there(dir, &there, err);
	if (!kv)
		return there ? -1 : 0;
	int r = kv_read(kv, walk_all, &w, err);
	kv_close(kv);
	return r;
}

/* ---- changing ---- */

enum kind { WROTE, MARK, REACH };

struct change {
	enum kind kind;
	struct str key, name;
	int64_t when;
	unsigned set, clear;
	struct reached reached;
};

struct known_changes {
	struct kv *kv;
	struct arena *mem; /* for the changes */
	struct change *items;
	size_t count;
};

struct known_changes *contacts_known_open(const char *dir, struct err *err)
{
	if (io_make_dirs(dir, 0700, err) < 0)
		return NULL;
	struct kv *kv = kv_open(&layout, dir, err);
	if (!kv)
		return NULL;
	struct known_changes *c = mem_alloc(sizeof *c);
	*c = (struct known_changes){.kv = kv, .mem = arena_new()};
	return c;
}

void contacts_known_close(struct known_changes *changes)
{
	if (!changes)
		return;
	kv_close(changes->kv);
	arena_free(changes->mem);
	free(changes);
}

static struct change *add(struct known_changes *c, enum kind kind, struct str key)
{
	struct change *change = ARENA_PUSH(c->mem, c->items, c->count);
	change->kind = kind;
	change->key = arena_str(c->mem, key);
	return change;
}

static bool can_be(struct str key)
{
	return key.n > 0 && key.n <= KV_KEY_MAX;
}

void contacts_known_wrote(struct known_changes *c, struct str key, struct str name, int64_t when)
{
	if (!can_be(key))
		return;
	struct change *change = add(c, WROTE, key);
	change->name = arena_str(c->mem, name);
	change->when = when;
}

void contacts_known_mark(
	struct known_changes *c, struct str key, struct str name, unsigned set, unsigned clear)
{
	if (!can_be(key))
		return;
	struct change *change = add(c, MARK, key);
	change->name = arena_str(c->mem, name);
	change->set = set;
	change->clear = clear;
}

void contacts_known_reached(
	struct known_changes *c, struct str folder, uint32_t uidvalidity, uint32_t uid)
{
	/* LMDB has no empty keys, so the INBOX is "/". */
	add(c, REACH, folder.n ? folder : STR_LIT("/"))->reached =
		(struct reached){uidvalidity, uid};
}

/* Does not cut inside a character. */
static struct str cut_name(struct str name)
{
	size_t n = name.n < KNOWN_NAME_MOST ? name.n : KNOWN_NAME_MOST;
	while (n < name.n && n > 0 && ((unsigned char)name.p[n] & 0xc0) == 0x80)
		n--;
	return str_slice(name, 0, n);
}

static int change_person(struct kv *kv, const struct change *change, struct err *err)
{
	struct known one = {0};
	struct str value;
	char bytes[sizeof(struct record) + KNOWN_NAME_MOST];
	int r = kv_get(kv, PEOPLE, change->key, &value, err);
	if (r < 0)
		return -1;
	if (r > 0 && !read_record(change->key, value, &one))
		return kv_bad_record(kv, err);
	struct str name = change->name.n ? cut_name(change->name) : one.name;
	struct record record = {.last = one.last, .count = one.count, .flags = one.flags};
	record.flags = (record.flags | change->set) & ~change->clear;
	if (change->kind == WROTE) {
		record.count += record.count < UINT32_MAX;
		record.last = change->when > record.last ? change->when : record.last;
	}
	/* The old name is in the map, which the write may change. */
	memcpy(bytes, &record, sizeof record);
	if (name.n)
		memcpy(bytes + sizeof record, name.p, name.n);
	return kv_put(kv, PEOPLE, change->key, (struct str){bytes, sizeof record + name.n}, err);
}

static int commit(struct kv *kv, void *context, struct err *err)
{
	const struct known_changes *c = context;
	for (size_t i = 0; i < c->count; i++) {
		const struct change *change = &c->items[i];
		struct str reached = {(const char *)&change->reached, sizeof change->reached};
		int r = change->kind == REACH ? kv_put(kv, REACHED, change->key, reached, err)
					      : change_person(kv, change, err);
		if (r < 0)
			return -1;
	}
	return 0;
}

int contacts_known_commit(struct known_changes *c, struct err *err)
{
	int r = c->count ? kv_write(c->kv, commit, c, err) : 0;
	arena_free(c->mem);
	c->mem = arena_new();
	c->items = NULL;
	c->count = 0;
	return r;
}

struct query {
	struct str folder;
	struct reached reached;
};

static int ask_reached(struct kv *kv, void *context, struct err *err)
{
	struct query *q = context;
	struct str value;
	int r = kv_get(kv, REACHED, q->folder, &value, err);
	if (r > 0 && value.n != sizeof q->reached)
		return kv_bad_record(kv, err);
	if (r > 0)
		memcpy(&q->reached, value.p, sizeof q->reached);
	return r;
}

int contacts_known_reached_in(struct known_changes *c, struct str folder, uint32_t *uidvalidity,
	uint32_t *uid, struct err *err)
{
	struct query q = {.folder = folder.n ? folder : STR_LIT("/")};
	int r = kv_read(c->kv, ask_reached, &q, err);
	*uidvalidity = q.reached.uidvalidity;
	*uid = q.reached.uid;
	return r;
}
