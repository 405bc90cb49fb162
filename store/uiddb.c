#include "store/uiddb.h"

#include "mda/base/arena.h"
#include "store/mapguard.h"
#include "store/uiddb_files.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { FORMAT = 1, DATABASES = 5, PRUNE_AT_ONCE = 4, NAME_BYTES = 255, READERS = 512 };

/* Address space, not disk: the file grows as it is used. When it is full it doubles. */
static const size_t first_map_size = (size_t)1 << 28;

static const char format_key[] = "format";

enum table { META, FOLDERS, UIDS, NAMES, JOURNAL };

static const char *const table_names[DATABASES] = {
	[META] = "meta",
	[FOLDERS] = "folders",
	[UIDS] = "uids",
	[NAMES] = "names",
	[JOURNAL] = "journal",
};

struct uiddb {
	MDB_env *env;
	MDB_txn *txn; /* the one under way */
	MDB_dbi tables[DATABASES];
	bool read_only;
	bool map_full; /* this transaction ran out of room */
	bool writing;  /* the transaction under way may write */
	bool broken;   /* LMDB was left in the middle of something */
	bool damaged, made;
	char *aside;
	struct uiddb *next;
	const char *dir;
};

/* Broken ones: LMDB would free and unlock what it can no longer trust. The end of the process does that. */
static struct uiddb *broken;

/* One piece of work that reads the map. */
struct task {
	struct uiddb *db;
	int (*steps)(struct task *t);
	uiddb_work *work;
	void *context;
	struct err *err;
};

/* ---- errors ---- */

static int fail(struct uiddb *db, int code, const char *what, struct err *err)
{
	const char *dsn = code == ENOSPC ? "4.3.1" : code == EDQUOT ? "4.2.2" : NULL;
	bool bad = code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND;
	if (code == MDB_MAP_FULL)
		db->map_full = true;
	db->damaged = db->damaged || bad;
	return err_coded(err, FAULT_TEMP, dsn, "UID database %s: cannot %s it: %s%s", db->dir, what,
		bad ? "it is damaged: " : "", mdb_strerror(code));
}

/* ---- opening ---- */

/* LMDB's locks and shared memory do not work across machines. */
static int refuse_network(const char *dir, struct err *err)
{
	static const struct {
		unsigned long type;
		const char *name;
	} kinds[] = {{NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {0xff534d42, "CIFS"},
		{0xfe534d42, "SMB2"}, {AFS_SUPER_MAGIC, "AFS"}, {0x01021997, "9p"},
		{0x00c36400, "Ceph"}, {0x47504653, "GPFS"}, {0x0bd00bd0, "Lustre"},
		{0x01161970, "GFS2"}, {CODA_SUPER_MAGIC, "Coda"}};
	struct statfs fs;
	if (statfs(dir, &fs) < 0)
		return err_temp(
			err, "cannot look at the file system of %s: %s", dir, strerror(errno));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == kinds[i].type)
			return err_temp(err,
				"%s is on %s: the UID database needs a local file system; set "
				"state_dir",
				dir, kinds[i].name);
	return 0;
}

/* LMDB finds something that cannot be. It would abort the process. */
static void on_assert(MDB_env *env, const char *text)
{
	(void)env;
	(void)text;
	mapguard_leave();
}

/* A reader of a database that nobody has ever locked must not leave a lock file of its own, perhaps root's. */
static unsigned open_flags(const struct uiddb *db)
{
	char lock[4096];
	snprintf(lock, sizeof lock, "%s/lock.mdb", db->dir);
	if (!db->read_only)
		return 0;
	return access(lock, F_OK) == 0 ? MDB_RDONLY : MDB_RDONLY | MDB_NOLOCK;
}

static int open_environment(struct task *t)
{
	struct uiddb *db = t->db;
	struct err *err = t->err;
	int dead;
	int e = mdb_env_create(&db->env);
	if (e)
		return fail(db, e, "set up", err);
	if ((e = mdb_env_set_maxdbs(db->env, DATABASES)) ||
		(e = mdb_env_set_mapsize(db->env, first_map_size)) ||
		(e = mdb_env_set_maxreaders(db->env, READERS)))
		return fail(db, e, "set up", err);
	e = mdb_env_open(db->env, db->dir, open_flags(db), 0600);
	if (e)
		return fail(db, e, "open", err);
	/* Readers that died would keep old pages alive. */
	e = mdb_reader_check(db->env, &dead);
	return e ? fail(db, e, "check the readers of", err)
		 : mdb_env_set_assert(db->env, on_assert);
}

void uiddb_close(struct uiddb *db)
{
	if (!db)
		return;
	if (db->broken) {
		db->next = broken;
		broken = db;
		return;
	}
	if (db->env)
		mdb_env_close(db->env);
	free((char *)db->dir);
	free(db->aside);
	free(db);
}

bool uiddb_is_new(const struct uiddb *db)
{
	return db->made;
}

bool uiddb_is_damaged(const struct uiddb *db)
{
	return db->damaged;
}

const char *uiddb_set_aside_as(const struct uiddb *db)
{
	return db->aside;
}

int uiddb_set_aside(struct uiddb *db, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	if (snprintf(from, sizeof from, "%s/data.mdb", db->dir) >= (int)sizeof from ||
		snprintf(to, sizeof to, "%s.damaged-%lld", from, (long long)time(NULL)) >=
			(int)sizeof to)
		return err_temp(err, "the path %.200s is too long", db->dir);
	if (rename(from, to) < 0 && errno != ENOENT)
		return err_temp(err, "cannot set %s aside: %s", from, strerror(errno));
	db->aside = strdup(to);
	return 0;
}

/* ---- transactions ---- */

static int run_task(void *context)
{
	struct task *t = context;
	return t->steps(t);
}

static int run_guarded(struct task *t)
{
	struct uiddb *db = t->db;
	int r = db->broken ? MAPGUARD_FAULT : mapguard_run(run_task, t);
	if (r != MAPGUARD_FAULT)
		return r;
	db->broken = db->broken || db->writing || !db->txn;
	if (!db->broken)
		mdb_txn_abort(db->txn);
	db->txn = NULL;
	db->damaged = true;
	return err_temp(
		t->err, "UID database %s: it is damaged: a part of it cannot be read", db->dir);
}

static int begin(struct uiddb *db, unsigned flags, struct err *err)
{
	db->writing = !(flags & MDB_RDONLY);
	int e = mdb_txn_begin(db->env, NULL, flags, &db->txn);
	if (e == MDB_MAP_RESIZED) {
		/* Another process made it grow; 0 takes over its size. */
		e = mdb_env_set_mapsize(db->env, 0);
		if (e == 0)
			e = mdb_txn_begin(db->env, NULL, flags, &db->txn);
	}
	return e ? fail(db, e, "begin a transaction in", err) : 0;
}

static int check_format(struct uiddb *db, struct err *err)
{
	uint32_t version = 0;
	MDB_val key = {sizeof format_key - 1, (void *)format_key}, value;
	int e = mdb_get(db->txn, db->tables[META], &key, &value);
	if (e)
		return fail(db, e, "read the format of", err);
	if (value.mv_size == sizeof version)
		memcpy(&version, value.mv_data, sizeof version);
	if (version != FORMAT)
		return err_temp(err,
			"UID database %s: made by another version of mda (format %lu, not %d)",
			db->dir, (unsigned long)version, FORMAT);
	return 0;
}

/* What is there already is looked at: it may be of another version, which has other tables. */
static int write_format(struct uiddb *db, struct err *err)
{
	uint32_t version = FORMAT;
	MDB_val key = {sizeof format_key - 1, (void *)format_key},
		value = {sizeof version, &version};
	int e = mdb_put(db->txn, db->tables[META], &key, &value, MDB_NOOVERWRITE);
	if (e == MDB_KEYEXIST)
		return check_format(db, err);
	return e ? fail(db, e, "write", err) : 0;
}

static int open_handles(
	struct uiddb *db, enum table first, unsigned create, const char *what, struct err *err)
{
	int e = 0;
	for (size_t i = first; i < DATABASES && e == 0; i++)
		e = mdb_dbi_open(db->txn, table_names[i], create, &db->tables[i]);
	return e ? fail(db, e, what, err) : 0;
}

static void abort_work(struct uiddb *db)
{
	mdb_txn_abort(db->txn);
	db->txn = NULL;
}

/* Handles that were opened in a transaction stay when it is committed. */
static int commit(struct uiddb *db, struct err *err)
{
	int e = mdb_txn_commit(db->txn);
	db->txn = NULL;
	return e ? fail(db, e, "commit to", err) : 0;
}

static int make_tables(struct task *t)
{
	struct uiddb *db = t->db;
	struct err *err = t->err;
	if (begin(db, 0, err) < 0)
		return -1;
	if (open_handles(db, META, MDB_CREATE, "make the tables of", err) == 0 &&
		write_format(db, err) == 0)
		return commit(db, err);
	abort_work(db);
	return -1;
}

/* As a reader, who waits for nobody. The format first: another one may have other tables. */
static int open_tables(struct task *t)
{
	struct uiddb *db = t->db;
	struct err *err = t->err;
	if (begin(db, MDB_RDONLY, err) < 0)
		return -1;
	int e = mdb_dbi_open(db->txn, table_names[META], 0, &db->tables[META]);
	int r = e ? fail(db, e, "find what made", err) : check_format(db, err);
	if (r == 0 && open_handles(db, FOLDERS, 0, "open a table of", err) == 0)
		return commit(db, err);
	abort_work(db);
	return -1;
}

static struct uiddb *open_with(
	const char *dir, bool read_only, int (*steps)(struct task *t), struct err *err)
{
	struct uiddb *db = mem_alloc(sizeof *db);
	*db = (struct uiddb){.read_only = read_only, .dir = strdup(dir)};
	struct task open = {.db = db, .steps = open_environment, .err = err};
	struct task look = {.db = db, .steps = steps, .err = err};
	if (db->dir && run_guarded(&open) == 0 && run_guarded(&look) == 0)
		return db;
	if (!db->dir)
		err_temp(err, "out of memory");
	uiddb_close(db);
	return NULL;
}

static int make_if_missing(const char *dir, bool *made, struct err *err)
{
	char making[PATH_MAX];
	int lock;
	*made = false;
	int r = uiddb_files_need_making(dir, making, sizeof making, &lock, err);
	if (r <= 0)
		return r;
	r = uiddb_files_prepare(making, err);
	struct uiddb *db = r == 0 ? open_with(making, false, make_tables, err) : NULL;
	uiddb_close(db);
	r = db ? uiddb_files_install(dir, making, err) : -1;
	close(lock); /* nothing was written */
	*made = r == 0;
	return r;
}

struct uiddb *uiddb_open(const char *dir, bool read_only, struct err *err)
{
	bool made = false;
	if (refuse_network(dir, err) < 0)
		return NULL;
	if (!read_only &&
		(make_if_missing(dir, &made, err) < 0 || uiddb_files_prepare(dir, err) < 0))
		return NULL;
	struct uiddb *db = open_with(dir, read_only, open_tables, err);
	if (db)
		db->made = made;
	return db;
}

static int grow(struct uiddb *db, struct err *err)
{
	MDB_envinfo info;
	int e = mdb_env_info(db->env, &info);
	if (e == 0)
		e = mdb_env_set_mapsize(db->env, info.me_mapsize * 2);
	return e ? fail(db, e, "grow", err) : 0;
}

static int write_steps(struct task *t)
{
	if (begin(t->db, 0, t->err) < 0)
		return -1;
	if (t->work(t->db, t->context, t->err) == 0)
		return commit(t->db, t->err);
	abort_work(t->db);
	return -1;
}

int uiddb_write(struct uiddb *db, uiddb_work *work, void *context, struct err *err)
{
	struct task t = {db, write_steps, work, context, err};
	int r = -1;
	do {
		db->map_full = false;
		r = run_guarded(&t);
	} while (r < 0 && db->map_full && grow(db, err) == 0);
	return r;
}

static int read_steps(struct task *t)
{
	if (begin(t->db, MDB_RDONLY, t->err) < 0)
		return -1;
	int r = t->work(t->db, t->context, t->err);
	abort_work(t->db);
	return r;
}

int uiddb_read(struct uiddb *db, uiddb_work *work, void *context, struct err *err)
{
	struct task t = {db, read_steps, work, context, err};
	return run_guarded(&t);
}

/* ---- keys ---- */

static void put_u32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static uint32_t get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct name_key {
	unsigned char bytes[4 + NAME_BYTES];
	MDB_val val;
};

static int make_name_key(
	struct uiddb *db, struct name_key *key, uint32_t folder, struct str base, struct err *err)
{
	if (base.n == 0 || base.n > NAME_BYTES)
		return err_temp(err, "UID database %s: a file name of %zu bytes", db->dir, base.n);
	if (str_find(base, '\0') < base.n)
		return err_temp(err, "UID database %s: a file name with a NUL", db->dir);
	put_u32(key->bytes, folder);
	memcpy(key->bytes + 4, base.p, base.n);
	key->val = (MDB_val){4 + base.n, key->bytes};
	return 0;
}

/* ---- folders ---- */

enum { FOLDER_VALUE = 12 };

static int damaged(struct uiddb *db, struct err *err)
{
	db->damaged = true;
	return err_temp(err, "UID database %s: a record is damaged", db->dir);
}

static bool get_folder_value(MDB_val value, struct uiddb_folder *folder)
{
	const unsigned char *p = value.mv_data;
	if (value.mv_size != FOLDER_VALUE)
		return false;
	*folder = (struct uiddb_folder){get_u32(p), get_u32(p + 4), get_u32(p + 8)};
	return true;
}

/* LMDB has no empty keys, and the INBOX's directory is empty. */
static MDB_val folder_key(struct str directory)
{
	return directory.n ? (MDB_val){directory.n, (void *)directory.p}
			   : (MDB_val){1, (void *)"/"};
}

int uiddb_find_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err)
{
	MDB_val key = folder_key(directory), value;
	int e = mdb_get(db->txn, db->tables[FOLDERS], &key, &value);
	if (e == MDB_NOTFOUND)
		return 0;
	if (e)
		return fail(db, e, "read", err);
	return get_folder_value(value, folder) ? 1 : damaged(db, err);
}

static int put_folder(
	struct uiddb *db, struct str directory, const struct uiddb_folder *folder, struct err *err)
{
	unsigned char bytes[FOLDER_VALUE];
	put_u32(bytes, folder->id);
	put_u32(bytes + 4, folder->uidvalidity);
	put_u32(bytes + 8, folder->uidnext);
	MDB_val key = folder_key(directory), value = {sizeof bytes, bytes};
	int e = mdb_put(db->txn, db->tables[FOLDERS], &key, &value, 0);
	return e ? fail(db, e, "write", err) : 0;
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

/*
 * UIDVALIDITY is the time, and above every other of the mailbox, so that a folder that is made again never gets one
 * that it had (RFC 3501 section 2.3.1.1).
 */
int uiddb_make_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err)
{
	struct newest newest = {0};
	int r = uiddb_find_folder(db, directory, folder, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (uiddb_walk_folders(db, note_newest, &newest, err) < 0)
		return -1;
	time_t now = time(NULL);
	uint32_t validity = now > 0 && now <= UINT32_MAX ? (uint32_t)now : 1;
	if (newest.uidvalidity == UINT32_MAX || newest.id == UINT32_MAX)
		return err_temp(err, "UID database %s: no UIDVALIDITY is left", db->dir);
	if (validity <= newest.uidvalidity)
		validity = newest.uidvalidity + 1;
	*folder = (struct uiddb_folder){newest.id + 1, validity, 1};
	return put_folder(db, directory, folder, err);
}

int uiddb_raise_next(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t next, struct err *err)
{
	if (next <= folder->uidnext)
		return 0;
	folder->uidnext = next;
	return put_folder(db, directory, folder, err);
}

/* Every key of a table that starts with the folder's id. */
static int delete_keys(struct uiddb *db, enum table table, uint32_t folder, struct err *err)
{
	MDB_cursor *cursor;
	unsigned char prefix[4];
	put_u32(prefix, folder);
	MDB_val key = {sizeof prefix, prefix}, value;
	int e = mdb_cursor_open(db->txn, db->tables[table], &cursor);
	if (e)
		return fail(db, e, "write", err);
	e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (e == 0 && key.mv_size >= sizeof prefix &&
		memcmp(key.mv_data, prefix, sizeof prefix) == 0) {
		e = mdb_cursor_del(cursor, 0);
		if (e == 0)
			e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}

int uiddb_reset_folder(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t uidvalidity, struct err *err)
{
	if (delete_keys(db, UIDS, folder->id, err) < 0 ||
		delete_keys(db, NAMES, folder->id, err) < 0)
		return -1;
	folder->uidvalidity = uidvalidity;
	return put_folder(db, directory, folder, err);
}

int uiddb_walk_folders(struct uiddb *db, uiddb_visit_folder *visit, void *context, struct err *err)
{
	MDB_cursor *cursor;
	MDB_val key = {0}, value = {0};
	struct uiddb_folder folder;
	int e = mdb_cursor_open(db->txn, db->tables[FOLDERS], &cursor);
	if (e)
		return fail(db, e, "read", err);
	int r = 0;
	while (r == 0 && (e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		struct str name = {key.mv_data, key.mv_size};
		if (str_eq(name, STR_LIT("/")))
			name = STR_LIT("");
		if (!get_folder_value(value, &folder))
			r = damaged(db, err);
		else if (!visit(context, name, &folder))
			break;
	}
	mdb_cursor_close(cursor);
	if (r == 0 && e && e != MDB_NOTFOUND)
		r = fail(db, e, "read", err);
	return r;
}

/* ---- UIDs ---- */

/* What stands behind a UID: the base name, and the digest if it has one. */
struct pair {
	struct str base;
	const unsigned char *digest;
};

static bool get_pair(MDB_val value, struct pair *pair)
{
	struct str bytes = {value.mv_data, value.mv_size};
	size_t n = str_find(bytes, '\0');
	*pair = (struct pair){{bytes.p, n}, NULL};
	if (n < bytes.n)
		pair->digest = (const unsigned char *)bytes.p + n + 1;
	return n > 0 && n <= NAME_BYTES && (n == bytes.n || bytes.n - n - 1 == UIDDB_DIGEST);
}

int uiddb_give_uid(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	struct str base, uint32_t *uid, struct err *err)
{
	unsigned char pair[8], number[4];
	struct name_key name;
	if (folder->uidnext == UINT32_MAX)
		return err_temp(err, "UID database %s: no UID is left", db->dir);
	if (make_name_key(db, &name, folder->id, base, err) < 0)
		return -1;
	*uid = folder->uidnext++;
	put_u32(pair, folder->id);
	put_u32(pair + 4, *uid);
	put_u32(number, *uid);
	MDB_val key = {sizeof pair, pair}, base_value = {base.n, (void *)base.p};
	MDB_val uid_value = {sizeof number, number};
	int e = mdb_put(db->txn, db->tables[UIDS], &key, &base_value, MDB_NOOVERWRITE);
	if (e == 0)
		e = mdb_put(db->txn, db->tables[NAMES], &name.val, &uid_value, MDB_NOOVERWRITE);
	return e ? fail(db, e, "write", err) : put_folder(db, directory, folder, err);
}

int uiddb_find_uid(
	struct uiddb *db, uint32_t folder, struct str base, uint32_t *uid, struct err *err)
{
	struct name_key name;
	MDB_val value;
	/* No UID can have been given to a name that is none. */
	if (make_name_key(db, &name, folder, base, NULL) < 0)
		return 0;
	int e = mdb_get(db->txn, db->tables[NAMES], &name.val, &value);
	if (e == MDB_NOTFOUND)
		return 0;
	if (e)
		return fail(db, e, "read", err);
	if (value.mv_size != 4)
		return damaged(db, err);
	*uid = get_u32(value.mv_data);
	return 1;
}

int uiddb_forget(struct uiddb *db, uint32_t folder, struct str base, struct err *err)
{
	unsigned char pair[8];
	struct name_key name;
	uint32_t uid = 0;
	int r = uiddb_find_uid(db, folder, base, &uid, err);
	if (r <= 0)
		return r;
	if (make_name_key(db, &name, folder, base, err) < 0)
		return -1;
	put_u32(pair, folder);
	put_u32(pair + 4, uid);
	MDB_val key = {sizeof pair, pair};
	int e = mdb_del(db->txn, db->tables[NAMES], &name.val, NULL);
	if (e == 0)
		e = mdb_del(db->txn, db->tables[UIDS], &key, NULL);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}

/* Takes the UID from the name that has it. */
static int free_uid(struct uiddb *db, uint32_t folder, MDB_val *pair, struct err *err)
{
	struct name_key name;
	MDB_val value;
	int e = mdb_get(db->txn, db->tables[UIDS], pair, &value);
	if (e)
		return e == MDB_NOTFOUND ? 0 : fail(db, e, "read", err);
	struct pair old;
	if (!get_pair(value, &old))
		return damaged(db, err);
	if (make_name_key(db, &name, folder, old.base, err) < 0)
		return -1;
	e = mdb_del(db->txn, db->tables[NAMES], &name.val, NULL);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}

int uiddb_set_uid(struct uiddb *db, uint32_t folder, uint32_t uid, struct str base, struct err *err)
{
	unsigned char pair[8], number[4];
	struct name_key name;
	uint32_t old = 0;
	int r = uiddb_find_uid(db, folder, base, &old, err);
	if (r < 0 || (r && old == uid))
		return r < 0 ? -1 : 0;
	put_u32(pair, folder);
	put_u32(pair + 4, uid);
	put_u32(number, uid);
	MDB_val key = {sizeof pair, pair}, base_value = {base.n, (void *)base.p};
	MDB_val uid_value = {sizeof number, number};
	if (uiddb_forget(db, folder, base, err) < 0 || free_uid(db, folder, &key, err) < 0 ||
		make_name_key(db, &name, folder, base, err) < 0)
		return -1;
	int e = mdb_put(db->txn, db->tables[UIDS], &key, &base_value, 0);
	if (e == 0)
		e = mdb_put(db->txn, db->tables[NAMES], &name.val, &uid_value, 0);
	return e ? fail(db, e, "write", err) : 0;
}

/* 1 found, 0 not there, -1 error. */
static int find_pair(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct pair *pair, struct err *err)
{
	unsigned char bytes[8];
	put_u32(bytes, folder);
	put_u32(bytes + 4, uid);
	MDB_val key = {sizeof bytes, bytes}, value;
	int e = mdb_get(db->txn, db->tables[UIDS], &key, &value);
	if (e)
		return e == MDB_NOTFOUND ? 0 : fail(db, e, "read", err);
	return get_pair(value, pair) ? 1 : damaged(db, err);
}

int uiddb_set_digest(struct uiddb *db, uint32_t folder, uint32_t uid, const unsigned char *digest,
	struct err *err)
{
	unsigned char bytes[8];
	char both[NAME_BYTES + 1 + UIDDB_DIGEST];
	struct pair pair;
	int r = find_pair(db, folder, uid, &pair, err);
	if (r <= 0)
		return r;
	memcpy(both, pair.base.p, pair.base.n);
	both[pair.base.n] = '\0';
	memcpy(both + pair.base.n + 1, digest, UIDDB_DIGEST);
	put_u32(bytes, folder);
	put_u32(bytes + 4, uid);
	MDB_val key = {sizeof bytes, bytes}, value = {pair.base.n + 1 + UIDDB_DIGEST, both};
	int e = mdb_put(db->txn, db->tables[UIDS], &key, &value, 0);
	return e ? fail(db, e, "write", err) : 1;
}

int uiddb_get_digest(
	struct uiddb *db, uint32_t folder, uint32_t uid, unsigned char *digest, struct err *err)
{
	struct pair pair;
	int r = find_pair(db, folder, uid, &pair, err);
	if (r <= 0)
		return r;
	if (pair.digest)
		memcpy(digest, pair.digest, UIDDB_DIGEST);
	return pair.digest ? 1 : 0;
}

int uiddb_walk_uids(struct uiddb *db, uint32_t folder, uint32_t first_uid, uiddb_visit_uid *visit,
	void *context, struct err *err)
{
	MDB_cursor *cursor;
	struct pair pair;
	unsigned char bytes[8];
	put_u32(bytes, folder);
	put_u32(bytes + 4, first_uid);
	MDB_val key = {sizeof bytes, bytes}, value;
	int e = mdb_cursor_open(db->txn, db->tables[UIDS], &cursor);
	if (e)
		return fail(db, e, "read", err);
	int r = 0;
	for (e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE); e == 0 && r == 0;
		e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		const unsigned char *p = key.mv_data;
		if (key.mv_size != sizeof bytes || !get_pair(value, &pair))
			r = damaged(db, err);
		else if (get_u32(p) != folder || !visit(context, get_u32(p + 4), pair.base))
			break;
	}
	mdb_cursor_close(cursor);
	if (r == 0 && e && e != MDB_NOTFOUND)
		r = fail(db, e, "read", err);
	return r;
}

struct replacing {
	struct str directory;
	const struct uiddb_contents *contents;
};

static int replace_folder(struct uiddb *db, void *context, struct err *err)
{
	const struct replacing *r = context;
	const struct uiddb_contents *c = r->contents;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, r->directory, &folder, err) < 0)
		return -1;
	folder.uidnext = c->uidnext;
	if (uiddb_reset_folder(db, r->directory, &folder, c->uidvalidity, err) < 0)
		return -1;
	for (size_t i = 0; i < c->count; i++) {
		const struct uiddb_entry *e = &c->entries[i];
		if (uiddb_set_uid(db, folder.id, e->uid, e->base, err) < 0 ||
			(e->digest && uiddb_set_digest(db, folder.id, e->uid, e->digest, err) < 0))
			return -1;
	}
	return uiddb_put_mark(db, folder.id, c->mark, err);
}

int uiddb_replace_folder(struct uiddb *db, struct str directory,
	const struct uiddb_contents *contents, struct err *err)
{
	struct replacing r = {directory, contents};
	return uiddb_write(db, replace_folder, &r, err);
}

/* ---- marks ---- */

int uiddb_get_mark(struct uiddb *db, uint32_t folder, struct str *mark, struct err *err)
{
	unsigned char number[4];
	put_u32(number, folder);
	MDB_val key = {sizeof number, number}, value;
	int e = mdb_get(db->txn, db->tables[META], &key, &value);
	if (e)
		return e == MDB_NOTFOUND ? 0 : fail(db, e, "read", err);
	*mark = (struct str){value.mv_data, value.mv_size};
	return 1;
}

int uiddb_put_mark(struct uiddb *db, uint32_t folder, struct str mark, struct err *err)
{
	unsigned char number[4];
	put_u32(number, folder);
	MDB_val key = {sizeof number, number}, value = {mark.n, (void *)mark.p};
	int e = mark.n ? mdb_put(db->txn, db->tables[META], &key, &value, 0)
		       : mdb_del(db->txn, db->tables[META], &key, NULL);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}

/* ---- journal ---- */

static MDB_val record_key(const unsigned char *id)
{
	return (MDB_val){UIDDB_JOURNAL_KEY, (void *)id};
}

int uiddb_get_record(struct uiddb *db, const unsigned char *id, struct str *record, struct err *err)
{
	MDB_val key = record_key(id), value;
	int e = mdb_get(db->txn, db->tables[JOURNAL], &key, &value);
	if (e == MDB_NOTFOUND)
		return 0;
	if (e)
		return fail(db, e, "read", err);
	*record = (struct str){value.mv_data, value.mv_size};
	return 1;
}

int uiddb_put_record(struct uiddb *db, const unsigned char *id, struct str record, struct err *err)
{
	MDB_val key = record_key(id), value = {record.n, (void *)record.p};
	int e = mdb_put(db->txn, db->tables[JOURNAL], &key, &value, 0);
	return e ? fail(db, e, "write", err) : 0;
}

int uiddb_remove_record(struct uiddb *db, const unsigned char *id, struct err *err)
{
	MDB_val key = record_key(id);
	int e = mdb_del(db->txn, db->tables[JOURNAL], &key, NULL);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}

int uiddb_prune_records(struct uiddb *db, const unsigned char *id, uiddb_expired *expired,
	void *context, struct err *err)
{
	MDB_cursor *cursor;
	MDB_val key = record_key(id), value;
	int e = mdb_cursor_open(db->txn, db->tables[JOURNAL], &cursor);
	if (e)
		return fail(db, e, "read", err);
	e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	for (int i = 0; i < PRUNE_AT_ONCE && e == 0; i++) {
		struct str record = {value.mv_data, value.mv_size};
		if (key.mv_size != UIDDB_JOURNAL_KEY || expired(context, key.mv_data, record))
			e = mdb_cursor_del(cursor, 0);
		if (e == 0)
			e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return e && e != MDB_NOTFOUND ? fail(db, e, "write", err) : 0;
}
