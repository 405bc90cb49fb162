/* The UID database: what it gives, and what happens to a file that is damaged. */
#include "tests/unit/test_store.h"

#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct uiddb *open_db(struct box *b, bool read_only)
{
	return uiddb_open(b->dir, read_only, &b->err);
}

static struct uiddb *must_open(struct box *b)
{
	struct uiddb *db = open_db(b, false);
	if (!db)
		fail_msg("%s", b->err.text);
	return db;
}

/* ---- giving and finding ---- */

/* Gives each of COUNT names of one folder a UID, or forgets it. */
struct gift {
	struct str directory;
	const char *prefix;
	unsigned count;
	bool forget;
	struct uiddb_folder folder;
	uint32_t last;
};

static int give_all(struct uiddb *db, void *context, struct err *err)
{
	struct gift *g = context;
	char name[64];
	if (uiddb_make_folder(db, g->directory, &g->folder, err) < 0)
		return -1;
	for (unsigned i = 0; i < g->count; i++) {
		snprintf(name, sizeof name, "%s%u", g->prefix, i);
		struct str base = str_of(name);
		int r = g->forget
				? uiddb_forget(db, g->folder.id, base, err)
				: uiddb_give_uid(db, g->directory, &g->folder, base, &g->last, err);
		if (r < 0)
			return -1;
	}
	return 0;
}

static struct gift give(
	struct box *b, struct uiddb *db, const char *directory, const char *prefix, unsigned count)
{
	struct gift g = {.directory = str_of(directory), .prefix = prefix, .count = count};
	if (uiddb_write(db, give_all, &g, &b->err) < 0)
		fail_msg("%s", b->err.text);
	return g;
}

struct search {
	uint32_t folder, uid;
	struct str base;
	int found;
};

static int find_one(struct uiddb *db, void *context, struct err *err)
{
	struct search *f = context;
	f->found = uiddb_find_uid(db, f->folder, f->base, &f->uid, err);
	return f->found < 0 ? -1 : 0;
}

static uint32_t uid_of(struct box *b, struct uiddb *db, uint32_t folder, const char *base)
{
	struct search f = {.folder = folder, .base = str_of(base)};
	if (uiddb_read(db, find_one, &f, &b->err) < 0)
		fail_msg("%s", b->err.text);
	return f.found ? f.uid : 0;
}

static void test_give(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift inbox = give(b, db, "", "a", 3), other = give(b, db, ".X", "a", 2);
	assert_int_equal(inbox.last, 3);
	assert_int_equal(other.last, 2);
	assert_int_not_equal(inbox.folder.id, other.folder.id);
	assert_true(other.folder.uidvalidity > inbox.folder.uidvalidity);
	assert_int_equal(uid_of(b, db, inbox.folder.id, "a2"), 3);
	assert_int_equal(uid_of(b, db, other.folder.id, "a1"), 2);
	assert_int_equal(uid_of(b, db, other.folder.id, "a2"), 0);
	assert_int_equal(uid_of(b, db, 77, "a0"), 0);
	assert_int_equal(uid_of(b, db, inbox.folder.id, ""), 0);
	uiddb_close(db);
	/* Another process sees the same, and goes on where this one stopped. */
	db = must_open(b);
	assert_int_equal(give(b, db, "", "b", 1).last, 4);
	assert_int_equal(uid_of(b, db, inbox.folder.id, "a0"), 1);
	uiddb_close(db);
	box_free(b);
}

static void test_forget(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift g = give(b, db, "", "a", 3);
	g.forget = true;
	g.count = 5; /* two of them were never there */
	assert_int_equal(uiddb_write(db, give_all, &g, &b->err), 0);
	assert_int_equal(uid_of(b, db, g.folder.id, "a0"), 0);
	assert_int_equal(give(b, db, "", "a", 1).last, 4);
	assert_int_equal(uid_of(b, db, g.folder.id, "a0"), 4);
	uiddb_close(db);
	box_free(b);
}

static void test_twice(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift g = give(b, db, "", "a", 1);
	assert_int_equal(uiddb_write(db, give_all, &g, &b->err), -1);
	assert_int_equal(give(b, db, "", "b", 1).last, 2); /* nothing had happened */
	uiddb_close(db);
	box_free(b);
}

struct name_row {
	const char *name;
	size_t n;
	bool has_nul;
	int result;
};

static const struct name_row names[] = {
	{"no name", 0, false, -1},
	{"a name of 1 byte", 1, false, 0},
	{"a name of 255 bytes", 255, false, 0},
	{"a name of 256 bytes", 256, false, -1},
	{"a name with a NUL", 9, true, -1},
	{"a name of a megabyte", 1 << 20, false, -1},
};

struct named {
	struct str base;
	uint32_t uid;
};

static int give_name(struct uiddb *db, void *context, struct err *err)
{
	struct named *n = context;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, str_of(""), &folder, err) < 0)
		return -1;
	return uiddb_give_uid(db, str_of(""), &folder, n->base, &n->uid, err);
}

static void test_name(void **state)
{
	const struct name_row *row = *state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	char *bytes = mem_alloc(row->n + 1);
	memset(bytes, 'x', row->n);
	if (row->has_nul)
		bytes[row->n - 1] = '\0';
	struct named n = {.base = {bytes, row->n}};
	assert_int_equal(uiddb_write(db, give_name, &n, &b->err), row->result);
	free(bytes);
	uiddb_close(db);
	box_free(b);
}

struct walk {
	uint32_t folder, last;
	unsigned count, stop_at;
	char names[256];
};

static bool note_uid(void *context, uint32_t uid, struct str base)
{
	struct walk *w = context;
	size_t n = strlen(w->names);
	assert_true(uid > w->last);
	w->last = uid;
	snprintf(w->names + n, sizeof w->names - n, " " STR_FMT, STR_ARGS(base));
	return ++w->count != w->stop_at;
}

static bool note_folder(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct walk *w = context;
	size_t n = strlen(w->names);
	snprintf(w->names + n, sizeof w->names - n, " \"" STR_FMT "\"", STR_ARGS(directory));
	w->last = folder->uidnext;
	return ++w->count != w->stop_at;
}

static int walk_uids(struct uiddb *db, void *context, struct err *err)
{
	struct walk *w = context;
	return uiddb_walk_uids(db, w->folder, 0, note_uid, w, err);
}

static int walk_folders(struct uiddb *db, void *context, struct err *err)
{
	return uiddb_walk_folders(db, note_folder, context, err);
}

static void test_walk(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift x = give(b, db, ".X", "x", 3), inbox = give(b, db, "", "i", 2);
	struct walk w = {.folder = x.folder.id};
	assert_int_equal(uiddb_read(db, walk_uids, &w, &b->err), 0);
	assert_string_equal(w.names, " x0 x1 x2");
	w = (struct walk){.folder = x.folder.id, .stop_at = 1};
	assert_int_equal(uiddb_read(db, walk_uids, &w, &b->err), 0);
	assert_string_equal(w.names, " x0");
	w = (struct walk){.folder = inbox.folder.id};
	assert_int_equal(uiddb_read(db, walk_uids, &w, &b->err), 0);
	assert_string_equal(w.names, " i0 i1");
	w = (struct walk){.folder = 1000};
	assert_int_equal(uiddb_read(db, walk_uids, &w, &b->err), 0);
	assert_string_equal(w.names, "");
	w = (struct walk){0};
	assert_int_equal(uiddb_read(db, walk_folders, &w, &b->err), 0);
	assert_string_equal(w.names, " \".X\" \"\"");
	uiddb_close(db);
	box_free(b);
}

/* UIDs beyond 255 and 65535 keep their order. */
static void test_order(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift g = give(b, db, "", "a", 70000);
	struct walk w = {.folder = g.folder.id};
	assert_int_equal(uiddb_read(db, walk_uids, &w, &b->err), 0);
	assert_int_equal(w.count, 70000);
	assert_int_equal(w.last, 70000);
	uiddb_close(db);
	box_free(b);
}

/* ---- the journal's records ---- */

struct record {
	unsigned char id[UIDDB_JOURNAL_KEY];
	struct str text;
	int found;
	unsigned asked;
};

static int put_record(struct uiddb *db, void *context, struct err *err)
{
	struct record *r = context;
	return uiddb_put_record(db, r->id, r->text, err);
}

static int has_record(struct uiddb *db, void *context, struct err *err)
{
	struct record *r = context;
	struct str text;
	r->found = uiddb_get_record(db, r->id, &text, err);
	return r->found < 0 || (r->found && !str_eq(text, r->text)) ? -1 : 0;
}

static int drop_record(struct uiddb *db, void *context, struct err *err)
{
	struct record *r = context;
	return uiddb_remove_record(db, r->id, err);
}

static bool is_old(void *context, const unsigned char *id, struct str text)
{
	struct record *r = context;
	(void)id;
	r->asked++;
	return str_eq(text, STR_LIT("old"));
}

static int prune(struct uiddb *db, void *context, struct err *err)
{
	struct record *r = context;
	r->asked = 0;
	return uiddb_prune_records(db, r->id, is_old, r, err);
}

static void test_records(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct record r = {.text = STR_LIT("a\0b")};
	assert_int_equal(uiddb_read(db, has_record, &r, &b->err), 0);
	assert_int_equal(r.found, 0);
	assert_int_equal(uiddb_write(db, drop_record, &r, &b->err), 0);
	assert_int_equal(uiddb_write(db, put_record, &r, &b->err), 0);
	r.text = STR_LIT("other");
	assert_int_equal(uiddb_write(db, put_record, &r, &b->err), 0);
	assert_int_equal(uiddb_read(db, has_record, &r, &b->err), 0);
	assert_int_equal(r.found, 1);
	assert_int_equal(uiddb_write(db, drop_record, &r, &b->err), 0);
	assert_int_equal(uiddb_read(db, has_record, &r, &b->err), 0);
	assert_int_equal(r.found, 0);
	uiddb_close(db);
	box_free(b);
}

/* Ten old ones and ten new ones, in turn: the old ones go, a few each time. */
static void test_prune(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct record r = {.found = 0};
	for (int i = 0; i < 20; i++) {
		r.id[0] = (unsigned char)i;
		r.text = i % 2 ? STR_LIT("old") : STR_LIT("new");
		assert_int_equal(uiddb_write(db, put_record, &r, &b->err), 0);
	}
	for (int i = 0; i < 20; i++) {
		r.id[0] = (unsigned char)i;
		assert_int_equal(uiddb_write(db, prune, &r, &b->err), 0);
		assert_in_range(r.asked, 0, 8);
	}
	for (int i = 0; i < 20; i++) {
		r.id[0] = (unsigned char)i;
		r.text = STR_LIT("new");
		assert_int_equal(uiddb_read(db, has_record, &r, &b->err), 0);
		assert_int_equal(r.found, i % 2 == 0);
	}
	uiddb_close(db);
	box_free(b);
}

/* ---- a transaction that fails ---- */

static int give_and_fail(struct uiddb *db, void *context, struct err *err)
{
	if (give_all(db, context, err) < 0)
		return -1;
	return err_temp(err, "on purpose");
}

static void test_rollback(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift g = {.directory = str_of(".X"), .prefix = "a", .count = 9};
	assert_int_equal(uiddb_write(db, give_and_fail, &g, &b->err), -1);
	assert_string_equal(b->err.text, "on purpose");
	struct walk w = {0};
	assert_int_equal(uiddb_read(db, walk_folders, &w, &b->err), 0);
	assert_int_equal(w.count, 0);
	uiddb_close(db);
	box_free(b);
}

static void test_read_only(void **state)
{
	(void)state;
	struct box *b = box_new();
	assert_null(open_db(b, true));
	assert_int_equal(b->err.fault, FAULT_TEMP);
	assert_false(box_has(b, "data.mdb"));
	assert_false(box_has(b, "lock.mdb"));
	uiddb_close(must_open(b));
	struct uiddb *db = open_db(b, true);
	assert_non_null(db);
	struct gift g = {.directory = str_of(""), .prefix = "a", .count = 1};
	assert_int_equal(uiddb_write(db, give_all, &g, &b->err), -1);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	struct walk w = {0};
	assert_int_equal(uiddb_read(db, walk_folders, &w, &b->err), 0);
	uiddb_close(db);
	uiddb_close(NULL);
	box_free(b);
}

/* ---- files that are not as they should be ---- */

static void change_format(MDB_txn *txn, MDB_dbi meta)
{
	MDB_val key = {6, "format"}, value = {4, "\2\0\0\0"}; /* of a later version */
	assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
}

static void old_format(MDB_txn *txn, MDB_dbi meta)
{
	MDB_val key = {6, "format"}, value = {4, "\0\0\0\0"};
	assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
}

static void drop_format(MDB_txn *txn, MDB_dbi meta)
{
	MDB_val key = {6, "format"};
	assert_int_equal(mdb_del(txn, meta, &key, NULL), 0);
}

static void other_layout(MDB_txn *txn, MDB_dbi meta)
{
	MDB_dbi uids;
	change_format(txn, meta);
	assert_int_equal(mdb_dbi_open(txn, "uids", 0, &uids), 0);
	assert_int_equal(mdb_drop(txn, uids, 1), 0);
}

static void short_folder(MDB_txn *txn, MDB_dbi meta)
{
	MDB_dbi folders;
	(void)meta;
	MDB_val key = {1, "/"}, value = {3, "abc"};
	assert_int_equal(mdb_dbi_open(txn, "folders", 0, &folders), 0);
	assert_int_equal(mdb_put(txn, folders, &key, &value, 0), 0);
}

static void edit_with_lmdb(struct box *b, void (*edit)(MDB_txn *txn, MDB_dbi meta))
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi meta;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, b->dir, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
	edit(txn, meta);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

struct broken {
	const char *name;
	void (*edit)(MDB_txn *txn, MDB_dbi meta);
	off_t from, to;   /* bytes that are overwritten; to == 0: cut at FROM */
	bool opens;       /* only the first use fails */
	const char *says; /* NULL: it is set aside, and a new one opened */
};

static const struct broken broken[] = {
	{"a newer version", change_format, 0, 0, false, "a newer version of mda made it"},
	{"a newer version with other tables", other_layout, 0, 0, false, "install that version"},
	{"an impossible older version", old_format, 0, 0, false, NULL},
	{"no version", drop_format, 0, 0, false, NULL},
	{"a folder's record cut short", short_folder, 0, 0, true, "damaged"},
	{"cut to the header", NULL, 8192, 0, false, NULL},
	{"cut in the middle", NULL, 16384, 0, false, NULL},
	{"cut in the header", NULL, 100, 0, false, NULL},
	{"the header overwritten", NULL, 0, 8192, false, NULL},
	{"all but the header overwritten", NULL, 8192, 80 * 4096, false, NULL},
	{"a transaction in the place of another", NULL, 144, 145, false, NULL},
	{"the magic number overwritten", NULL, 16, 20, false, NULL},
};

static void overwrite(struct box *b, off_t from, off_t to)
{
	struct stat st;
	int fd = open(box_path(b, "data.mdb"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size > from);
	if (to == 0)
		assert_int_equal(ftruncate(fd, from), 0);
	for (off_t at = from; at < to && at < st.st_size; at++)
		assert_int_equal(pwrite(fd, "\xa5", 1, at), 1);
	assert_int_equal(close(fd), 0);
}

/* The damaged one is still there, under the name that is told, and the new one works. */
static int try_new(struct box *b, struct uiddb *db)
{
	struct gift g = {.directory = str_of(""), .prefix = "b", .count = 1};
	const char *old = db ? uiddb_set_aside_as(db) : NULL;
	if (!old || !strstr(old, "/data.mdb.damaged-") || access(old, F_OK) < 0)
		return 8;
	if (!uiddb_is_new(db) || uiddb_write(db, give_all, &g, &b->err) < 0)
		return 9;
	uiddb_close(db);
	return 0;
}

/* In a child, as what it must not do is die. */
static int try_broken(struct box *b, const struct broken *row)
{
	struct walk w = {0};
	struct gift g = {.directory = str_of(""), .prefix = "b", .count = 1};
	struct rlimit no_core = {0};
	(void)setrlimit(RLIMIT_CORE, &no_core);
	struct uiddb *db = open_db(b, false);
	if (!row->says)
		return try_new(b, db);
	if (!db != !row->opens)
		return 3;
	if (db && uiddb_read(db, walk_folders, &w, &b->err) == 0)
		return 4;
	if (db && uiddb_write(db, give_all, &g, &b->err) == 0)
		return 5;
	uiddb_close(db);
	if (!strstr(b->err.text, row->says)) {
		print_error("says: %s\n", b->err.text);
		return 6;
	}
	return b->err.fault == FAULT_TEMP ? 0 : 7;
}

static int in_child(struct box *b, const struct broken *row)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(try_broken(b, row));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void test_broken(void **state)
{
	const struct broken *row = *state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	give(b, db, "", "a", 3000);
	uiddb_close(db);
	if (row->edit)
		edit_with_lmdb(b, row->edit);
	else
		overwrite(b, row->from, row->to);
	assert_int_equal(in_child(b, row), 0);
	box_free(b);
}

/*
 * Any byte of the header or of a page may be anything: an error or not, never a crash or an endless
 * loop.
 */
static void test_noise(void **state)
{
	static const struct broken any = {.says = ""};
	char clean[64 * 4096];
	struct box *b = box_new();
	(void)state;
	struct uiddb *db = must_open(b);
	give(b, db, "", "a", 20);
	uiddb_close(db);
	FILE *f = fopen(box_path(b, "data.mdb"), "r");
	assert_non_null(f);
	size_t n = fread(clean, 1, sizeof clean, f);
	fclose(f);
	srandom(1);
	for (int i = 0; i < 400; i++) {
		int fd = open(box_path(b, "data.mdb"), O_RDWR);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, clean, n, 0), (ssize_t)n);
		size_t at = (size_t)random() % (n / 4096) * 4096 + (size_t)random() % 64;
		unsigned char noise = (unsigned char)random();
		assert_int_equal(pwrite(fd, &noise, 1, (off_t)at), 1);
		close(fd);
		int status = in_child(b, &any);
		if (status >= 1000)
			fail_msg("byte %zu = %u: signal %d", at, noise, status - 1000);
	}
	box_free(b);
}

/* ---- a map that is too small ---- */

/*
 * Where the header of LMDB 0.9 says which page is the last: so the file seems to be full, and pages
 * after its end are never read.
 */
enum { LAST_PAGE_AT = 136, PAGE = 4096, MAP_PAGES = (1 << 28) / PAGE };

static void seem_full(struct box *b)
{
	uint64_t last = MAP_PAGES - 3;
	int fd = open(box_path(b, "data.mdb"), O_RDWR);
	assert_true(fd >= 0);
	for (off_t page = 0; page < 2 * PAGE; page += PAGE)
		assert_int_equal(pwrite(fd, &last, sizeof last, page + LAST_PAGE_AT), sizeof last);
	assert_int_equal(close(fd), 0);
}

static void test_map_full(void **state)
{
	(void)state;
	struct box *b = box_new();
	struct uiddb *db = must_open(b);
	struct gift g = give(b, db, "", "a", 100);
	uiddb_close(db);
	seem_full(b);
	db = must_open(b);
	assert_int_equal(give(b, db, "", "b", 20000).last, 20100);
	assert_int_equal(uid_of(b, db, g.folder.id, "a99"), 100);
	assert_int_equal(uid_of(b, db, g.folder.id, "b19999"), 20100);
	uiddb_close(db);
	struct stat st;
	assert_int_equal(stat(box_path(b, "data.mdb"), &st), 0);
	assert_true(st.st_size > 1 << 28);
	db = must_open(b);
	assert_int_equal(uid_of(b, db, g.folder.id, "b19999"), 20100);
	uiddb_close(db);
	box_free(b);
}

/* While this process has it open, another process makes it larger. */
static void test_map_resized(void **state)
{
	(void)state;
	struct box *b = box_new();
	int go[2], done[2], status;
	char byte = 0;
	struct uiddb *db = must_open(b);
	struct gift g = give(b, db, "", "a", 100);
	uiddb_close(db);
	seem_full(b);
	assert_int_equal(pipe(go) | pipe(done), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		db = must_open(b);
		give(b, db, "", "b", 20000);
		uiddb_close(db);
		_exit(0);
	}
	db = must_open(b);
	assert_int_equal(uid_of(b, db, g.folder.id, "a0"), 1);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(uid_of(b, db, g.folder.id, "b19999"), 20100);
	assert_int_equal(give(b, db, "", "c", 1).last, 20101);
	uiddb_close(db);
	for (int i = 0; i < 2; i++)
		close(go[i]), close(done[i]);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_give, "UIDs by folder and name"),
		TABLE_OF_ONE(test_forget, "what is forgotten is not given again"),
		TABLE_OF_ONE(test_twice, "one name has one UID"),
		TABLE(test_name, names),
		TABLE_OF_ONE(test_walk, "walking folders and UIDs"),
		TABLE_OF_ONE(test_order, "70,000 UIDs in order"),
		TABLE_OF_ONE(test_records, "records"),
		TABLE_OF_ONE(test_prune, "old records go"),
		TABLE_OF_ONE(test_rollback, "work that fails changes nothing"),
		TABLE_OF_ONE(test_read_only, "read-only"),
		TABLE(test_broken, broken),
		TABLE_OF_ONE(test_noise, "a byte that is wrong"),
		TABLE_OF_ONE(test_map_full, "the map is full: it grows"),
		TABLE_OF_ONE(test_map_resized, "another process makes the map grow"),
	};
	return table_run("uiddb", tables, sizeof tables / sizeof *tables);
}
