/*
 * A folder's contents are replaced in many small transactions, because LMDB keeps in memory what a
 * transaction changes. The new contents are written under an id that no folder has; one transaction
 * gives that id to the folder; then the old contents are removed. What a killed process left under
 * an id that no folder has is removed the next time.
 */
#include "store/uiddb.h"

#include "base/arena.h"
#include "store/uiddb_tables.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 20000 };

struct replacement {
	struct str directory;
	const struct uiddb_contents *contents;
	uint32_t *by_name; /* indexes of the entries, in the order of their names */
	size_t from, to;   /* the part of this transaction */
	uint32_t id;
};

/* ---- leftovers ---- */

struct cleaner {
	unsigned table;
	uint32_t *ids; /* the folders' ids, sorted */
	size_t count;
	uint32_t from; /* no leftovers have ids below this one */
	bool done;
};

static bool add_id(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct cleaner *c = context;
	(void)directory;
	if ((c->count & (c->count - 1)) == 0)
		c->ids = mem_resize(c->ids, (c->count ? c->count * 2 : 1) * sizeof *c->ids);
	c->ids[c->count++] = folder->id;
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int list_ids(struct uiddb *db, struct cleaner *c, struct err *err)
{
	c->count = 0;
	if (uiddb_walk_folders(db, add_id, c, err) < 0)
		return -1;
	if (c->count)
		qsort(c->ids, c->count, sizeof *c->ids, compare_ids);
	return 0;
}

static bool has_folder(const struct cleaner *c, uint32_t id)
{
	return c->count && bsearch(&id, c->ids, c->count, sizeof *c->ids, compare_ids);
}

static enum kv_step note_id(void *context, struct str key, struct str value, struct err *err)
{
	struct cleaner *c = context;
	(void)value;
	(void)err;
	c->done = false;
	c->from = key.n >= 4 ? uiddb_get_u32(key.p) : UINT32_MAX;
	return KV_STOP;
}

/* Finds the next id that the table has, or ends the search. */
static int seek_id(struct uiddb *db, struct cleaner *c, struct err *err)
{
	unsigned char prefix[4];
	uiddb_put_u32(prefix, c->from);
	c->done = true;
	return kv_walk(db->kv, c->table, (struct str){(const char *)prefix, sizeof prefix}, note_id,
		c, err);
}

static int clean_some(struct uiddb *db, void *context, struct err *err)
{
	struct cleaner *c = context;
	int left = AT_ONCE, n;
	if (list_ids(db, c, err) < 0)
		return -1;
	while (left > 0) {
		if (seek_id(db, c, err) < 0)
			return -1;
		if (c->done)
			return 0;
		n = has_folder(c, c->from) ? 0
					   : uiddb_delete_keys(db, c->table, c->from, left, err);
		if (n < 0)
			return -1;
		left -= n;
		c->done = n == 0 && c->from == UINT32_MAX;
		if (c->done)
			return 0;
		c->from += n == 0;
	}
	return 0;
}

static int clean_table(struct uiddb *db, unsigned table, struct err *err)
{
	struct cleaner c = {.table = table};
	int r = 0;
	while (r == 0 && !c.done)
		r = uiddb_write(db, clean_some, &c, err);
	free(c.ids);
	return r;
}

static int clean(struct uiddb *db, struct err *err)
{
	return clean_table(db, UIDS, err) < 0 ? -1 : clean_table(db, NAMES, err);
}

/* ---- the new contents ---- */

static int compare_names(const void *a, const void *b, void *context)
{
	const struct uiddb_entry *entries = context;
	return str_compare(entries[*(const uint32_t *)a].base, entries[*(const uint32_t *)b].base);
}

static int check_entries(const struct uiddb_contents *c, struct err *err)
{
	uint32_t last = 0;
	if (c->count >= UINT32_MAX)
		return err_temp(err, "UID database: %zu messages in one folder", c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct uiddb_entry *e = &c->entries[i];
		if (!uiddb_is_name(e->base))
			return err_temp(err, "UID database: a name of %zu bytes is not a file name",
				e->base.n);
		if (e->uid <= last || e->uid >= c->uidnext)
			return err_temp(err, "UID database: UID %lu is out of order",
				(unsigned long)e->uid);
		last = e->uid;
	}
	return 0;
}

static int sort_names(struct replacement *r, struct err *err)
{
	const struct uiddb_contents *c = r->contents;
	r->by_name = mem_alloc((c->count + 1) * sizeof *r->by_name);
	for (size_t i = 0; i < c->count; i++)
		r->by_name[i] = (uint32_t)i;
	if (c->count)
		qsort_r(r->by_name, c->count, sizeof *r->by_name, compare_names,
			(void *)(uintptr_t)c->entries);
	for (size_t i = 1; i < c->count; i++)
		if (str_eq(c->entries[r->by_name[i - 1]].base, c->entries[r->by_name[i]].base))
			return err_temp(err, "UID database: one file has two UIDs");
	return 0;
}

static int find_id(struct uiddb *db, void *context, struct err *err)
{
	struct replacement *r = context;
	r->id = uiddb_new_id(db, err);
	return r->id ? 0 : -1;
}

static int add_uids(struct uiddb *db, void *context, struct err *err)
{
	const struct replacement *r = context;
	for (size_t i = r->from; i < r->to; i++) {
		const struct uiddb_entry *e = &r->contents->entries[i];
		struct uid_key key = uiddb_uid_key(r->id, e->uid);
		struct uid_value_bytes bytes;
		uiddb_make_value(&(struct uid_value){e->base, e->digest}, &bytes);
		struct str value = {bytes.bytes, bytes.n};
		if (kv_append(db->kv, UIDS, uiddb_uid_key_str(&key), value, err) < 0)
			return -1;
	}
	return 0;
}

static int add_names(struct uiddb *db, void *context, struct err *err)
{
	const struct replacement *r = context;
	for (size_t i = r->from; i < r->to; i++) {
		const struct uiddb_entry *e = &r->contents->entries[r->by_name[i]];
		unsigned char number[4];
		struct name_key key;
		uiddb_put_u32(number, e->uid);
		struct str value = {(const char *)number, sizeof number};
		if (uiddb_name_key(&key, r->id, e->base, err) < 0 ||
			kv_append(db->kv, NAMES, uiddb_name_key_str(&key), value, err) < 0)
			return -1;
	}
	return 0;
}

static int add_all(struct uiddb *db, struct replacement *r, uiddb_work *work, struct err *err)
{
	for (r->from = 0; r->from < r->contents->count; r->from = r->to) {
		size_t left = r->contents->count - r->from;
		r->to = r->from + (left < AT_ONCE ? left : AT_ONCE);
		if (uiddb_write(db, work, r, err) < 0)
			return -1;
	}
	return 0;
}

/* The one transaction that makes the change. */
static int change_over(struct uiddb *db, void *context, struct err *err)
{
	const struct replacement *r = context;
	const struct uiddb_contents *c = r->contents;
	const struct uiddb_folder folder = {r->id, c->uidvalidity, c->uidnext};
	struct uiddb_folder old;
	int found = uiddb_find_folder(db, r->directory, &old, err);
	if (found < 0 || (found && uiddb_put_mark(db, old.id, STR_LIT(""), err) < 0))
		return -1;
	if (uiddb_put_mark(db, r->id, c->mark, err) < 0 ||
		uiddb_note_uidvalidity(db, c->uidvalidity, err) < 0)
		return -1;
	return uiddb_put_folder(db, r->directory, &folder, err);
}

int uiddb_replace_folder(struct uiddb *db, struct str directory,
	const struct uiddb_contents *contents, struct err *err)
{
	struct replacement r = {.directory = directory, .contents = contents};
	int result = -1;
	if (check_entries(contents, err) == 0 && sort_names(&r, err) == 0 && clean(db, err) == 0 &&
		uiddb_read(db, find_id, &r, err) == 0 && add_all(db, &r, add_uids, err) == 0 &&
		add_all(db, &r, add_names, err) == 0)
		result = uiddb_write(db, change_over, &r, err);
	free(r.by_name);
	/* What is not removed now is removed the next time. */
	if (result == 0)
		(void)clean(db, NULL);
	return result;
}
