/* The UID database: opening, transactions, folders. */
#include "store/uiddb.h"

#include "base/arena.h"
#include "store/uiddb_tables.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FOLDER_VALUE = 12 };

static const char *const tables[TABLES] = {
	[META] = "meta",
	[FOLDERS] = "folders",
	[UIDS] = "uids",
	[NAMES] = "names",
	[JOURNAL] = "journal",
};

static const struct kv_layout layout = {
	.what = "UID database", .tables = tables, .count = TABLES, .format = UIDDB_FORMAT};

struct uiddb *uiddb_open(const char *dir, bool read_only, struct err *err)
{
	struct kv *kv = (read_only ? kv_open_read_only : kv_open)(&layout, dir, err);
	if (!kv)
		return NULL;
	struct uiddb *db = mem_alloc(sizeof *db);
	*db = (struct uiddb){.kv = kv};
	return db;
}

void uiddb_close(struct uiddb *db)
{
	if (!db)
		return;
	kv_close(db->kv);
	free(db);
}

bool uiddb_is_new(const struct uiddb *db)
{
	return kv_is_new(db->kv);
}

bool uiddb_is_damaged(const struct uiddb *db)
{
	return kv_is_damaged(db->kv);
}

int uiddb_set_aside(struct uiddb *db, struct err *err)
{
	return kv_set_aside(db->kv, err);
}

const char *uiddb_set_aside_as(const struct uiddb *db)
{
	return kv_set_aside_as(db->kv);
}

/* ---- transactions ---- */

struct task {
	struct uiddb *db;
	uiddb_work *work;
	void *context;
};

static int run(struct kv *kv, void *context, struct err *err)
{
	struct task *t = context;
	(void)kv;
	return t->work(t->db, t->context, err);
}

int uiddb_write(struct uiddb *db, uiddb_work *work, void *context, struct err *err)
{
	struct task t = {db, work, context};
	db->exhausted = false;
	return kv_write(db->kv, run, &t, err);
}

int uiddb_read(struct uiddb *db, uiddb_work *work, void *context, struct err *err)
{
	struct task t = {db, work, context};
	return kv_read(db->kv, run, &t, err);
}

/* ---- folders ---- */

static bool parse_folder(struct str value, struct uiddb_folder *folder)
{
	if (value.n != FOLDER_VALUE)
		return false;
	*folder = (struct uiddb_folder){
		uiddb_get_u32(value.p), uiddb_get_u32(value.p + 4), uiddb_get_u32(value.p + 8)};
	return true;
}

/* A key cannot be empty, but the INBOX's directory is. */
static struct str folder_key(struct str directory)
{
	return directory.n ? directory : STR_LIT("/");
}

int uiddb_find_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err)
{
	struct str value;
	int found = kv_get(db->kv, FOLDERS, folder_key(directory), &value, err);
	if (found <= 0)
		return found;
	return parse_folder(value, folder) ? 1 : kv_bad_record(db->kv, err);
}

int uiddb_put_folder(
	struct uiddb *db, struct str directory, const struct uiddb_folder *folder, struct err *err)
{
	unsigned char bytes[FOLDER_VALUE];
	uiddb_put_u32(bytes, folder->id);
	uiddb_put_u32(bytes + 4, folder->uidvalidity);
	uiddb_put_u32(bytes + 8, folder->uidnext);
	struct str value = {(const char *)bytes, sizeof bytes};
	return kv_put(db->kv, FOLDERS, folder_key(directory), value, err);
}

struct newest {
	uint32_t id, uidvalidity;
};

static bool note_newest(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct newest *n = context;
	(void)directory;
	if (folder->id > n->id)
		n->id = folder->id;
	if (folder->uidvalidity > n->uidvalidity)
		n->uidvalidity = folder->uidvalidity;
	return true;
}

/* What an unfinished uiddb_replace_folder() left has an id that no folder has. */
static int note_used(struct uiddb *db, unsigned table, struct newest *n, struct err *err)
{
	struct str key, value;
	int found = kv_last(db->kv, table, &key, &value, err);
	if (found <= 0)
		return found;
	if (key.n < 4)
		return kv_bad_record(db->kv, err);
	if (uiddb_get_u32(key.p) > n->id)
		n->id = uiddb_get_u32(key.p);
	return 0;
}

static int find_newest(struct uiddb *db, struct newest *n, struct err *err)
{
	*n = (struct newest){0};
	if (uiddb_walk_folders(db, note_newest, n, err) < 0 || note_used(db, UIDS, n, err) < 0 ||
		note_used(db, NAMES, n, err) < 0)
		return -1;
	if (n->id == UINT32_MAX)
		return err_temp(err, "UID database: there are no ids left for a folder");
	return 0;
}

uint32_t uiddb_new_id(struct uiddb *db, struct err *err)
{
	struct newest newest;
	return find_newest(db, &newest, err) < 0 ? 0 : newest.id + 1;
}

/* ---- UIDVALIDITYs ---- */

static const struct str newest_key = {"newest UIDVALIDITY", 18};

/*
 * Databases of earlier versions do not have this number: then only the existing folders are known.
 */
static int read_newest(struct uiddb *db, uint32_t *uidvalidity, struct err *err)
{
	struct str value;
	*uidvalidity = 0;
	int found = kv_get(db->kv, META, newest_key, &value, err);
	if (found <= 0)
		return found;
	if (value.n != 4)
		return kv_bad_record(db->kv, err);
	*uidvalidity = uiddb_get_u32(value.p);
	return 0;
}

int uiddb_newest_uidvalidity(struct uiddb *db, uint32_t *uidvalidity, struct err *err)
{
	struct newest newest = {0};
	if (read_newest(db, &newest.uidvalidity, err) < 0 ||
		uiddb_walk_folders(db, note_newest, &newest, err) < 0)
		return -1;
	*uidvalidity = newest.uidvalidity;
	return 0;
}

int uiddb_note_uidvalidity(struct uiddb *db, uint32_t uidvalidity, struct err *err)
{
	unsigned char number[4];
	uint32_t newest;
	if (read_newest(db, &newest, err) < 0)
		return -1;
	if (uidvalidity <= newest)
		return 0;
	uiddb_put_u32(number, uidvalidity);
	return kv_put(
		db->kv, META, newest_key, (struct str){(const char *)number, sizeof number}, err);
}

/*
 * A new UIDVALIDITY is the time, or higher, and above every other one of the mailbox. So a folder
 * that is made again never gets one that it had before (RFC 3501 section 2.3.1.1).
 */
int uiddb_make_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err)
{
	struct newest newest;
	int r = uiddb_find_folder(db, directory, folder, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	uint32_t ever;
	if (find_newest(db, &newest, err) < 0 || uiddb_newest_uidvalidity(db, &ever, err) < 0)
		return -1;
	time_t now = time(NULL);
	uint32_t validity = now > 0 && now <= UINT32_MAX ? (uint32_t)now : 1;
	if (ever == UINT32_MAX)
		return err_temp(err, "UID database: there is no UIDVALIDITY left");
	if (validity <= ever)
		validity = ever + 1;
	*folder = (struct uiddb_folder){newest.id + 1, validity, 1};
	if (uiddb_note_uidvalidity(db, validity, err) < 0)
		return -1;
	return uiddb_put_folder(db, directory, folder, err);
}

int uiddb_raise_next(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t next, struct err *err)
{
	if (next <= folder->uidnext)
		return 0;
	folder->uidnext = next;
	return uiddb_put_folder(db, directory, folder, err);
}

int uiddb_reset_folder(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t uidvalidity, struct err *err)
{
	if (uiddb_delete_keys(db, UIDS, folder->id, INT_MAX, err) < 0 ||
		uiddb_delete_keys(db, NAMES, folder->id, INT_MAX, err) < 0)
		return -1;
	folder->uidvalidity = uidvalidity;
	if (uiddb_note_uidvalidity(db, uidvalidity, err) < 0)
		return -1;
	return uiddb_put_folder(db, directory, folder, err);
}

struct visitor {
	struct uiddb *db;
	uiddb_visit_folder *visit;
	void *context;
};

static enum kv_step visit_folder(void *context, struct str key, struct str value, struct err *err)
{
	const struct visitor *v = context;
	struct uiddb_folder folder;
	if (!parse_folder(value, &folder))
		return (enum kv_step)kv_bad_record(v->db->kv, err);
	struct str name = str_eq(key, STR_LIT("/")) ? STR_LIT("") : key;
	return v->visit(v->context, name, &folder) ? KV_NEXT : KV_STOP;
}

int uiddb_walk_folders(struct uiddb *db, uiddb_visit_folder *visit, void *context, struct err *err)
{
	struct visitor v = {db, visit, context};
	return kv_walk(db->kv, FOLDERS, STR_LIT(""), visit_folder, &v, err);
}
