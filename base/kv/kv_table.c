#include "base/kv/kv_lmdb.h"

#include "base/mapguard.h"

#include <string.h>

static MDB_val val(struct str s)
{
	return (MDB_val){s.n, (void *)s.p};
}

static struct str str(MDB_val v)
{
	return (struct str){v.mv_data, v.mv_size};
}

static bool can_be(struct str key)
{
	return key.n > 0 && key.n <= KV_KEY_MAX;
}

int kv_get(struct kv *kv, unsigned table, struct str key, struct str *value, struct err *err)
{
	MDB_val k = val(key), v;
	if (!can_be(key))
		return 0;
	if (kv_check_question(kv, kv->layout->tables[table], key, err) < 0)
		return -1;
	int e = mdb_get(kv->txn, kv->tables[table], &k, &v);
	if (e)
		return e == MDB_NOTFOUND ? 0 : kv_fail(kv, e, "read", err);
	*value = str(v);
	return 1;
}

/* 1 written, 0 FLAGS do not allow it, -1 error. */
static int put(struct kv *kv, unsigned table, struct str key, struct str value, unsigned flags,
	struct err *err)
{
	MDB_val k = val(key), v = val(value);
	if (!can_be(key))
		return err_temp(
			err, "%s %s: a key of %zu bytes", kv->layout->what, kv->path, key.n);
	mapguard_progress();
	int e = mdb_put(kv->txn, kv->tables[table], &k, &v, flags);
	if (e)
		return e == MDB_KEYEXIST ? 0 : kv_fail(kv, e, "write", err);
	return 1;
}

int kv_put(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err)
{
	return put(kv, table, key, value, 0, err) < 0 ? -1 : 0;
}

int kv_add(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err)
{
	return put(kv, table, key, value, MDB_NOOVERWRITE, err);
}

int kv_append(struct kv *kv, unsigned table, struct str key, struct str value, struct err *err)
{
	int r = put(kv, table, key, value, MDB_APPEND, err);
	if (r == 0)
		return err_temp(err, "%s %s: a key out of order", kv->layout->what, kv->path);
	return r < 0 ? -1 : 0;
}

int kv_delete(struct kv *kv, unsigned table, struct str key, struct err *err)
{
	MDB_val k = val(key);
	if (!can_be(key))
		return 0;
	mapguard_progress();
	int e = mdb_del(kv->txn, kv->tables[table], &k, NULL);
	if (e)
		return e == MDB_NOTFOUND ? 0 : kv_fail(kv, e, "write", err);
	return 1;
}

int kv_last(struct kv *kv, unsigned table, struct str *key, struct str *value, struct err *err)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	if (kv_check_table(kv, table, err) < 0)
		return -1;
	int e = mdb_cursor_open(kv->txn, kv->tables[table], &cursor);
	if (e)
		return kv_fail(kv, e, "read", err);
	e = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
	mdb_cursor_close(cursor);
	if (e)
		return e == MDB_NOTFOUND ? 0 : kv_fail(kv, e, "read", err);
	*key = str(k);
	*value = str(v);
	return 1;
}

/* ---- walking ---- */

struct walk {
	struct kv *kv;
	MDB_cursor *cursor;
	kv_visit *visit;
	void *context;
	struct err *err;
	/* the previous key: damaged pages could lead in circles */
	char before[KV_KEY_MAX];
	size_t before_n;
};

static enum kv_step visit_one(struct walk *w, struct str key, struct str value)
{
	struct str before = {w->before, w->before_n};
	if (!can_be(key) || (before.n && str_compare(key, before) <= 0)) {
		kv_fail_damaged(w->kv, "its keys are out of order", w->err);
		return KV_FAILED;
	}
	memcpy(w->before, key.p, key.n);
	w->before_n = key.n;
	mapguard_progress();
	enum kv_step step = w->visit(w->context, key, value, w->err);
	if (step != KV_DELETE)
		return step;
	int e = mdb_cursor_del(w->cursor, 0);
	return e ? (enum kv_step)kv_fail(w->kv, e, "write", w->err) : KV_NEXT;
}

static int walk_from(struct walk *w, struct str from)
{
	MDB_val key = val(from), value = {0, NULL};
	enum kv_step step = KV_NEXT;
	int e = mdb_cursor_get(w->cursor, &key, &value, from.n ? MDB_SET_RANGE : MDB_FIRST);
	while (e == 0 && (step = visit_one(w, str(key), str(value))) == KV_NEXT)
		e = mdb_cursor_get(w->cursor, &key, &value, MDB_NEXT);
	if (e && e != MDB_NOTFOUND)
		return kv_fail(w->kv, e, "read", w->err);
	return step == KV_FAILED ? -1 : 0;
}

int kv_walk(struct kv *kv, unsigned table, struct str from, kv_visit *visit, void *context,
	struct err *err)
{
	struct walk w = {.kv = kv, .visit = visit, .context = context, .err = err};
	if (from.n > KV_KEY_MAX)
		return err_temp(
			err, "%s %s: a key of %zu bytes", kv->layout->what, kv->path, from.n);
	if (kv_check_table(kv, table, err) < 0)
		return -1;
	int e = mdb_cursor_open(kv->txn, kv->tables[table], &w.cursor);
	if (e)
		return kv_fail(kv, e, "read", err);
	int r = walk_from(&w, from);
	mdb_cursor_close(w.cursor);
	return r;
}
