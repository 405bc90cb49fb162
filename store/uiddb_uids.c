/* UIDs and their base names: each pair is in two tables, once by UID and once by name. */
#include "store/uiddb.h"

#include "store/uiddb_tables.h"

#include <string.h>

static struct str number_str(const unsigned char *number)
{
	return (struct str){(const char *)number, 4};
}

bool uiddb_is_exhausted(const struct uiddb *db)
{
	return db->exhausted;
}

int uiddb_give_uid(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	struct str base, uint32_t *uid, struct err *err)
{
	unsigned char number[4];
	struct name_key name;
	db->exhausted = folder->uidnext == UINT32_MAX;
	if (db->exhausted)
		return err_temp(err, "UID database: there are no UIDs left");
	if (uiddb_name_key(&name, folder->id, base, err) < 0)
		return -1;
	*uid = folder->uidnext++;
	struct uid_key key = uiddb_uid_key(folder->id, *uid);
	uiddb_put_u32(number, *uid);
	int r = kv_add(db->kv, UIDS, uiddb_uid_key_str(&key), base, err);
	if (r > 0)
		r = kv_add(db->kv, NAMES, uiddb_name_key_str(&name), number_str(number), err);
	if (r == 0)
		err_temp(err, "UID database: UID %lu or its file is already recorded",
			(unsigned long)*uid);
	return r > 0 ? uiddb_put_folder(db, directory, folder, err) : -1;
}

int uiddb_find_uid(
	struct uiddb *db, uint32_t folder, struct str base, uint32_t *uid, struct err *err)
{
	struct name_key name;
	struct str value;
	/* A UID cannot have been given to what is not a name. */
	if (uiddb_name_key(&name, folder, base, NULL) < 0)
		return 0;
	int found = kv_get(db->kv, NAMES, uiddb_name_key_str(&name), &value, err);
	if (found <= 0)
		return found;
	if (value.n != 4)
		return kv_bad_record(db->kv, err);
	*uid = uiddb_get_u32(value.p);
	return 1;
}

int uiddb_forget(struct uiddb *db, uint32_t folder, struct str base, struct err *err)
{
	struct name_key name;
	uint32_t uid = 0;
	int r = uiddb_find_uid(db, folder, base, &uid, err);
	if (r <= 0)
		return r;
	if (uiddb_name_key(&name, folder, base, err) < 0)
		return -1;
	struct uid_key key = uiddb_uid_key(folder, uid);
	if (kv_delete(db->kv, NAMES, uiddb_name_key_str(&name), err) < 0 ||
		kv_delete(db->kv, UIDS, uiddb_uid_key_str(&key), err) < 0)
		return -1;
	return 0;
}

/* 1 found, 0 not there, -1 error. */
static int find_value(
	struct uiddb *db, const struct uid_key *key, struct uid_value *value, struct err *err)
{
	struct str bytes;
	int found = kv_get(db->kv, UIDS, uiddb_uid_key_str(key), &bytes, err);
	if (found <= 0)
		return found;
	return uiddb_parse_value(bytes, value) ? 1 : kv_bad_record(db->kv, err);
}

int uiddb_find_base(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct str *base, struct err *err)
{
	struct uid_key key = uiddb_uid_key(folder, uid);
	struct uid_value value;
	int found = find_value(db, &key, &value, err);
	if (found > 0)
		*base = value.base;
	return found;
}

/* Removes the pair of the name that has the UID. */
static int free_uid(struct uiddb *db, uint32_t folder, const struct uid_key *key, struct err *err)
{
	struct name_key name;
	struct uid_value old;
	int found = find_value(db, key, &old, err);
	if (found <= 0)
		return found;
	if (uiddb_name_key(&name, folder, old.base, err) < 0)
		return -1;
	return kv_delete(db->kv, NAMES, uiddb_name_key_str(&name), err);
}

int uiddb_set_uid(struct uiddb *db, uint32_t folder, uint32_t uid, struct str base, struct err *err)
{
	unsigned char number[4];
	struct name_key name;
	uint32_t old = 0;
	int r = uiddb_find_uid(db, folder, base, &old, err);
	if (r < 0 || (r && old == uid))
		return r < 0 ? -1 : 0;
	struct uid_key key = uiddb_uid_key(folder, uid);
	uiddb_put_u32(number, uid);
	if (uiddb_forget(db, folder, base, err) < 0 || free_uid(db, folder, &key, err) < 0 ||
		uiddb_name_key(&name, folder, base, err) < 0)
		return -1;
	if (kv_put(db->kv, UIDS, uiddb_uid_key_str(&key), base, err) < 0)
		return -1;
	return kv_put(db->kv, NAMES, uiddb_name_key_str(&name), number_str(number), err);
}

/* ---- digests ---- */

int uiddb_set_digest(struct uiddb *db, uint32_t folder, uint32_t uid, const unsigned char *digest,
	struct err *err)
{
	struct uid_key key = uiddb_uid_key(folder, uid);
	struct uid_value value;
	struct uid_value_bytes bytes;
	int found = find_value(db, &key, &value, err);
	if (found <= 0)
		return found;
	value.digest = digest;
	uiddb_make_value(&value, &bytes);
	struct str both = {bytes.bytes, bytes.n};
	return kv_put(db->kv, UIDS, uiddb_uid_key_str(&key), both, err) < 0 ? -1 : 1;
}

int uiddb_get_digest(
	struct uiddb *db, uint32_t folder, uint32_t uid, unsigned char *digest, struct err *err)
{
	struct uid_key key = uiddb_uid_key(folder, uid);
	struct uid_value value;
	int found = find_value(db, &key, &value, err);
	if (found <= 0)
		return found;
	if (value.digest)
		memcpy(digest, value.digest, UIDDB_DIGEST);
	return value.digest ? 1 : 0;
}

/* ---- all of them ---- */

struct visitor {
	struct uiddb *db;
	uint32_t folder;
	uiddb_visit_uid *visit;
	void *context;
};

static enum kv_step visit_uid(void *context, struct str key, struct str bytes, struct err *err)
{
	const struct visitor *v = context;
	struct uid_value value;
	if (key.n != sizeof(struct uid_key) || !uiddb_parse_value(bytes, &value))
		return (enum kv_step)kv_bad_record(v->db->kv, err);
	if (uiddb_get_u32(key.p) != v->folder)
		return KV_STOP;
	return v->visit(v->context, uiddb_get_u32(key.p + 4), value.base) ? KV_NEXT : KV_STOP;
}

int uiddb_walk_uids(struct uiddb *db, uint32_t folder, uint32_t first_uid, uiddb_visit_uid *visit,
	void *context, struct err *err)
{
	struct visitor v = {db, folder, visit, context};
	struct uid_key from = uiddb_uid_key(folder, first_uid);
	return kv_walk(db->kv, UIDS, uiddb_uid_key_str(&from), visit_uid, &v, err);
}
