/* What the uiddb*.c files share: the tables, and how keys and values are encoded. */
#ifndef STORE_UIDDB_TABLES_H
#define STORE_UIDDB_TABLES_H

#include "base/kv/kv.h"
#include "store/uiddb.h"

enum { META, FOLDERS, UIDS, NAMES, JOURNAL, TABLES };

enum { UIDDB_NAME_MAX = 255 };

struct uiddb {
	struct kv *kv;
	bool exhausted;
};

/* A folder's id and a UID; such keys sort in the order of UIDs. */
struct uid_key {
	unsigned char bytes[8];
};
/* A folder's id and a base name. */
struct name_key {
	unsigned char bytes[4 + UIDDB_NAME_MAX];
	size_t n;
};
/* The value for a UID: the base name and, if it has a digest, NUL and the digest. */
struct uid_value {
	struct str base;
	const unsigned char *digest; /* or NULL */
};
struct uid_value_bytes {
	char bytes[UIDDB_NAME_MAX + 1 + UIDDB_DIGEST];
	size_t n;
};

void uiddb_put_u32(unsigned char *p, uint32_t v);
uint32_t uiddb_get_u32(const char *p);

struct uid_key uiddb_uid_key(uint32_t folder, uint32_t uid);
struct str uiddb_uid_key_str(const struct uid_key *key);

bool uiddb_is_name(struct str base);
/* -1 when BASE is not a name; ERR may be NULL. */
int uiddb_name_key(struct name_key *key, uint32_t folder, struct str base, struct err *err);
struct str uiddb_name_key_str(const struct name_key *key);

/* False when the value is damaged. */
bool uiddb_parse_value(struct str bytes, struct uid_value *value);
/* BASE must be a name. */
void uiddb_make_value(const struct uid_value *value, struct uid_value_bytes *bytes);

int uiddb_put_folder(
	struct uiddb *db, struct str directory, const struct uiddb_folder *folder, struct err *err);
/*
 * Remembers that a folder has this UIDVALIDITY, even after the folder gets another one or is
 * removed.
 */
int uiddb_note_uidvalidity(struct uiddb *db, uint32_t uidvalidity, struct err *err);
/* An id that no folder and no UID has. 0 on error. */
uint32_t uiddb_new_id(struct uiddb *db, struct err *err);

/*
 * In a table whose keys start with a folder's id, deletes up to MAX keys of FOLDER. Returns how
 * many, or -1.
 */
int uiddb_delete_keys(struct uiddb *db, unsigned table, uint32_t folder, int max, struct err *err);

#endif
