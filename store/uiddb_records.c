/* Marks and the journal's records: bytes that are not interpreted here. */
#include "store/uiddb.h"

#include "store/uiddb_tables.h"

#include <string.h>

enum { PRUNE_AT_ONCE = 4 };

int uiddb_get_mark(struct uiddb *db, uint32_t folder, struct str *mark, struct err *err)
{
	unsigned char number[4];
	uiddb_put_u32(number, folder);
	struct str key = {(const char *)number, sizeof number};
	return kv_get(db->kv, META, key, mark, err);
}

int uiddb_put_mark(struct uiddb *db, uint32_t folder, struct str mark, struct err *err)
{
	unsigned char number[4];
	uiddb_put_u32(number, folder);
	struct str key = {(const char *)number, sizeof number};
	if (mark.n)
		return kv_put(db->kv, META, key, mark, err);
	return kv_delete(db->kv, META, key, err) < 0 ? -1 : 0;
}

/* ---- is it the same file? ---- */

static const struct str file_key = {"data file", 9};

/* 1 the file that was noted, 0 nothing was noted, 2 another file, -1 error. */
static int compare_file(struct uiddb *db, struct kv_identity *now, struct err *err)
{
	struct str noted;
	*now = kv_identity(db->kv);
	int found = kv_get(db->kv, META, file_key, &noted, err);
	if (found <= 0)
		return found;
	return noted.n == sizeof *now && memcmp(noted.p, now, sizeof *now) == 0 ? 1 : 2;
}

int uiddb_is_copy(struct uiddb *db, struct err *err)
{
	struct kv_identity now;
	int r = compare_file(db, &now, err);
	return r < 0 ? -1 : (r == 2 && now.inode) || (r == 1 && kv_is_touched(db->kv));
}

int uiddb_note_file(struct uiddb *db, struct err *err)
{
	struct kv_identity now;
	int r = compare_file(db, &now, err);
	if (r < 0 || r == 1 || !now.inode)
		return r < 0 ? -1 : 0;
	return kv_put(db->kv, META, file_key, (struct str){(const char *)&now, sizeof now}, err);
}

/* ---- journal ---- */

static struct str record_key(const unsigned char *id)
{
	return (struct str){(const char *)id, UIDDB_JOURNAL_KEY};
}

int uiddb_get_record(struct uiddb *db, const unsigned char *id, struct str *record, struct err *err)
{
	return kv_get(db->kv, JOURNAL, record_key(id), record, err);
}

int uiddb_put_record(struct uiddb *db, const unsigned char *id, struct str record, struct err *err)
{
	return kv_put(db->kv, JOURNAL, record_key(id), record, err);
}

int uiddb_remove_record(struct uiddb *db, const unsigned char *id, struct err *err)
{
	return kv_delete(db->kv, JOURNAL, record_key(id), err) < 0 ? -1 : 0;
}

struct sweep {
	uiddb_expired *expired;
	void *context;
	int left;
};

static enum kv_step prune_one(void *context, struct str key, struct str record, struct err *err)
{
	struct sweep *s = context;
	(void)err;
	if (s->left-- == 0)
		return KV_STOP;
	bool old = key.n != UIDDB_JOURNAL_KEY ||
		   s->expired(s->context, (const unsigned char *)key.p, record);
	return old ? KV_DELETE : KV_NEXT;
}

int uiddb_prune_records(struct uiddb *db, const unsigned char *id, uiddb_expired *expired,
	void *context, struct err *err)
{
	struct sweep s = {expired, context, PRUNE_AT_ONCE};
	return kv_walk(db->kv, JOURNAL, record_key(id), prune_one, &s, err);
}
