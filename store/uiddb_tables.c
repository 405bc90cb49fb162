#include "store/uiddb_tables.h"

#include <string.h>

void uiddb_put_u32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

uint32_t uiddb_get_u32(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- UIDs ---- */

struct uid_key uiddb_uid_key(uint32_t folder, uint32_t uid)
{
	struct uid_key key = {0};
	uiddb_put_u32(key.bytes, folder);
	uiddb_put_u32(key.bytes + 4, uid);
	return key;
}

struct str uiddb_uid_key_str(const struct uid_key *key)
{
	return (struct str){(const char *)key->bytes, sizeof key->bytes};
}

bool uiddb_parse_value(struct str bytes, struct uid_value *value)
{
	size_t n = str_find(bytes, '\0');
	*value = (struct uid_value){{bytes.p, n}, NULL};
	if (n < bytes.n)
		value->digest = (const unsigned char *)bytes.p + n + 1;
	return uiddb_is_name(value->base) && (n == bytes.n || bytes.n - n - 1 == UIDDB_DIGEST);
}

void uiddb_make_value(const struct uid_value *value, struct uid_value_bytes *bytes)
{
	memcpy(bytes->bytes, value->base.p, value->base.n);
	bytes->n = value->base.n;
	if (!value->digest)
		return;
	bytes->bytes[bytes->n++] = '\0';
	memcpy(bytes->bytes + bytes->n, value->digest, UIDDB_DIGEST);
	bytes->n += UIDDB_DIGEST;
}

/* ---- names ---- */

bool uiddb_is_name(struct str base)
{
	return base.n > 0 && base.n <= UIDDB_NAME_MAX && str_find(base, '\0') == base.n;
}

int uiddb_name_key(struct name_key *key, uint32_t folder, struct str base, struct err *err)
{
	if (!uiddb_is_name(base))
		return err_temp(
			err, "UID database: a name of %zu bytes is not a file name", base.n);
	uiddb_put_u32(key->bytes, folder);
	memcpy(key->bytes + 4, base.p, base.n);
	key->n = 4 + base.n;
	return 0;
}

struct str uiddb_name_key_str(const struct name_key *key)
{
	return (struct str){(const char *)key->bytes, key->n};
}

/* ---- a folder's keys ---- */

struct deletion {
	uint32_t folder;
	int left;
};

static enum kv_step delete_one(void *context, struct str key, struct str value, struct err *err)
{
	struct deletion *d = context;
	(void)value;
	(void)err;
	if (key.n < 4 || uiddb_get_u32(key.p) != d->folder || d->left == 0)
		return KV_STOP;
	d->left--;
	return KV_DELETE;
}

int uiddb_delete_keys(struct uiddb *db, unsigned table, uint32_t folder, int max, struct err *err)
{
	unsigned char prefix[4];
	struct deletion d = {folder, max};
	uiddb_put_u32(prefix, folder);
	struct str from = {(const char *)prefix, sizeof prefix};
	return kv_walk(db->kv, table, from, delete_one, &d, err) < 0 ? -1 : max - d.left;
}
