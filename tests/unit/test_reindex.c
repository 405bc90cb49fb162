/* What mda-reindex reports about a mailbox whose files and database were changed by others. */
#include "tests/unit/test_store.h"

#include "mda/tools/reindex/reindex.h"
#include "store/backup.h"

#include <lmdb.h>
#include <sys/wait.h>

/* A mailbox: three messages in the INBOX (UIDs 1 to 3, files "a", "b", "c"), one in .F. */
struct change {
	MDB_txn *txn;
	MDB_dbi folders, uids, names;
	struct box *box;
};

static void put(MDB_txn *txn, MDB_dbi dbi, struct str key, struct str value)
{
	MDB_val k = {key.n, (void *)key.p}, v = {value.n, (void *)value.p};
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
}

#define INBOX "\0\0\0\1"

static void nothing(struct change *c)
{
	(void)c;
}

static void low_uidnext(struct change *c)
{
	put(c->txn, c->folders, STR_LIT("/"), STR_LIT(INBOX "\1\2\3\4\0\0\0\3"));
}

static void high_uidnext(struct change *c)
{
	put(c->txn, c->folders, STR_LIT("/"), STR_LIT(INBOX "\1\2\3\4\0\0\1\0"));
}

static void huge_uidnext(struct change *c)
{
	put(c->txn, c->folders, STR_LIT("/"), STR_LIT(INBOX "\1\2\3\4\x80\0\0\1"));
}

static void large_uidnext(struct change *c)
{
	put(c->txn, c->folders, STR_LIT("/"), STR_LIT(INBOX "\1\2\3\4\x80\0\0\0"));
}

static void name_to_other_uid(struct change *c)
{
	put(c->txn, c->names, STR_LIT(INBOX "b"), STR_LIT("\0\0\0\1"));
}

static void name_to_no_uid(struct change *c)
{
	MDB_val key = {5, INBOX "b"};
	assert_int_equal(mdb_del(c->txn, c->names, &key, NULL), 0);
}

static void two_uids_of_one_name(struct change *c)
{
	put(c->txn, c->uids, STR_LIT(INBOX "\0\0\0\2"), STR_LIT("a"));
}

static void uid_without_file(struct change *c)
{
	assert_int_equal(unlink(box_path(c->box, "M/cur/b:2,S")), 0);
}

static void file_without_uid(struct change *c)
{
	box_write(c->box, "M/new/x", "x");
}

static void flag_changed(struct change *c)
{
	assert_int_equal(
		rename(box_path(c->box, "M/cur/b:2,S"), box_path(c->box, "M/cur/b:2,FRS")), 0);
}

static void in_new_and_cur(struct change *c)
{
	box_write(c->box, "M/new/b", "x");
}

static void folder_hidden(struct change *c)
{
	assert_int_equal(rename(box_path(c->box, "M/.F"), box_path(c->box, "away")), 0);
}

static void folder_unknown(struct change *c)
{
	MDB_val key = {2, ".F"};
	assert_int_equal(mdb_del(c->txn, c->folders, &key, NULL), 0);
}

static void folder_leads_out(struct change *c)
{
	put(c->txn, c->folders, STR_LIT("../../../../etc"), STR_LIT("\0\0\0\7\0\0\0\7\0\0\0\7"));
}

static void folder_record_damaged(struct change *c)
{
	put(c->txn, c->folders, STR_LIT(".F"), STR_LIT("abc"));
}

static void uid_record_damaged(struct change *c)
{
	put(c->txn, c->uids, STR_LIT(INBOX "\0\0\0\2x"), STR_LIT("a"));
}

static void everything_gone(struct change *c)
{
	uid_without_file(c);
	assert_int_equal(unlink(box_path(c->box, "M/new/a")), 0);
	assert_int_equal(unlink(box_path(c->box, "M/new/c")), 0);
}

struct row {
	const char *name;
	void (*happens)(struct change *c);
	int status;
	const char *lines[4]; /* the whole output without the summary */
};

static const struct row rows[] = {
	{"all is well", nothing, 0, {NULL}},
	{"a flag changed", flag_changed, 0, {NULL}},
	{"UIDNEXT is higher than it must be", high_uidnext, 0, {NULL}},
	{"UIDNEXT is too low", low_uidnext, 1,
		{"INBOX: UIDNEXT is not above the largest UID: UID 3 c"}},
	{"a name that leads to another UID", name_to_other_uid, 1,
		{"INBOX: a base name that does not lead back to its UID: UID 2 b"}},
	{"a name that leads to no UID", name_to_no_uid, 1,
		{"INBOX: a base name that does not lead back to its UID: UID 2 b"}},
	{"two UIDs of one name", two_uids_of_one_name, 1,
		{"INBOX: a message file without a UID: b",
			"INBOX: a base name that does not lead back to its UID: UID 2 a"}},
	{"a reader removed a message", uid_without_file, 0, {NULL}},
	{"a reader removed all", everything_gone, 0, {NULL}},
	{"UIDs that clients fail with", huge_uidnext, 1,
		{"INBOX: UIDs are above 2147483647, where some IMAP clients fail"}},
	{"the last UID that all clients can read", large_uidnext, 0, {NULL}},
	{"a file without a UID", file_without_uid, 1, {"INBOX: a message file without a UID: x"}},
	{"a file in new and cur", in_new_and_cur, 1, {"INBOX: one base name on several files: b"}},
	{"a reader deleted a folder", folder_hidden, 0, {NULL}},
	{"a folder without a record", folder_unknown, 1,
		{"F: a folder with messages that is not in the database"}},
	{"a folder of the database that leads out", folder_leads_out, 0, {NULL}},
	{"a folder's record is damaged", folder_record_damaged, -1, {NULL}},
	{"a UID's record is damaged", uid_record_damaged, -1, {NULL}},
};

/* ---- making the mailbox ---- */

struct gift {
	const char *directory, *base;
};

static int give(struct uiddb *db, void *context, struct err *err)
{
	static const struct gift gifts[] = {{"", "a"}, {"", "b"}, {"", "c"}, {".F", "f"}};
	(void)context;
	for (size_t i = 0; i < 4; i++) {
		struct uiddb_folder folder;
		uint32_t uid;
		struct str directory = str_of(gifts[i].directory);
		if (uiddb_make_folder(db, directory, &folder, err) < 0 ||
			uiddb_give_uid(db, directory, &folder, str_of(gifts[i].base), &uid, err) <
				0)
			return -1;
	}
	return 0;
}

static struct box *make_mailbox(void)
{
	static const char *const directories[] = {"M", "M/new", "M/cur", "M/tmp", "M/.F",
		"M/.F/new", "M/.F/cur", "M/.F/tmp", "state"};
	static const char *const files[] = {"M/new/a", "M/cur/b:2,S", "M/new/c", "M/.F/new/f"};
	struct box *b = box_new();
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		assert_int_equal(mkdir(box_path(b, directories[i]), 0700), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		box_write(b, files[i], "x");
	struct uiddb *db = uiddb_open(box_path(b, "state"), false, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_write(db, give, NULL, &b->err), 0);
	uiddb_close(db);
	return b;
}

static void change(struct box *b, void (*happens)(struct change *c))
{
	struct change c = {.box = b};
	MDB_env *env;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, box_path(b, "state"), 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &c.txn), 0);
	assert_int_equal(mdb_dbi_open(c.txn, "folders", 0, &c.folders), 0);
	assert_int_equal(mdb_dbi_open(c.txn, "uids", 0, &c.uids), 0);
	assert_int_equal(mdb_dbi_open(c.txn, "names", 0, &c.names), 0);
	happens(&c);
	assert_int_equal(mdb_txn_commit(c.txn), 0);
	mdb_env_close(env);
}

/* The text copies, as far as there is something to copy: they have tests of their own. */
static void write_copies(struct box *b)
{
	static const char *const folders[][2] = {{"M", ""}, {"M/.F", ".F"}};
	struct uiddb *db = uiddb_open(box_path(b, "state"), false, &b->err);
	for (size_t i = 0; db && i < 2; i++) {
		int fd = open(box_path(b, folders[i][0]), O_RDONLY | O_DIRECTORY);
		if (fd >= 0) {
			(void)!backup_rewrite(fd, db, str_of(folders[i][1]), &b->err);
			close(fd);
		}
	}
	uiddb_close(db);
}

/* A remedy, or a line about a text copy. */
static bool is_beside(struct str line)
{
	size_t blank = str_find(line, ' ');
	return str_ifind(line, STR_LIT("text copy")) < line.n ||
	       (blank + 1 < line.n && line.p[blank + 1] == '(');
}

/* ---- running ---- */

/* In a child, because the result goes to standard output. */
static int run(struct box *b, const struct reindex_command *command, bool json)
{
	struct reindex r = {.json = json, .mem = arena_new()};
	r.root = open(box_path(b, "M"), O_RDONLY | O_DIRECTORY);
	r.db = uiddb_open(box_path(b, "state"), true, &b->err);
	int status = r.db ? command->run(&r, &b->err) : -2;
	uiddb_close(r.db);
	close(r.root);
	arena_free(r.mem);
	return status;
}

static int run_in_child(struct box *b, const struct reindex_command *command, bool json)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int out = open(box_path(b, "out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (out < 0 || dup2(out, STDOUT_FILENO) < 0)
			_exit(9);
		_exit(run(b, command, json) & 0xff);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (signed char)WEXITSTATUS(status);
}

static struct str output(struct box *b)
{
	char text[8192];
	int fd = open(box_path(b, "out"), O_RDONLY);
	assert_true(fd >= 0);
	ssize_t n = read(fd, text, sizeof text);
	assert_in_range(n, 0, sizeof text - 1);
	close(fd);
	return arena_str(b->mem, (struct str){text, (size_t)n});
}

static void test_check(void **state)
{
	const struct row *row = *state;
	struct str line, summary = {"", 0};
	struct box *b = make_mailbox();
	change(b, row->happens);
	write_copies(b);
	assert_int_equal(run_in_child(b, &reindex_check, false), row->status);
	struct str rest = output(b);
	size_t n = 0;
	while (row->status >= 0 && str_line(&rest, &line)) {
		if (is_beside(line))
			continue;
		if (n < 4 && row->lines[n] && str_eq(line, str_of(row->lines[n])))
			n++;
		else if (rest.n == 0)
			summary = line;
		else
			fail_msg("unexpected: " STR_FMT, STR_ARGS(line));
	}
	if (n < 4 && row->lines[n])
		fail_msg("does not say: %s", row->lines[n]);
	assert_int_equal(summary.n > 0, row->status >= 0);
	box_free(b);
}

static void test_show(void **state)
{
	struct box *b = make_mailbox();
	(void)state;
	change(b, high_uidnext);
	change(b, uid_without_file);
	change(b, file_without_uid);
	assert_int_equal(run_in_child(b, &reindex_show, false), 0);
	static const char expected[] = "INBOX  UIDVALIDITY 16909060  UIDNEXT 256  3 files\n"
				       "         1  new/a\n"
				       "         2  b  (no file)\n"
				       "         3  new/c\n"
				       "    no UID  new/x\n"
				       "F  UIDVALIDITY ";
	struct str got = output(b);
	assert_memory_equal(got.p, expected, sizeof expected - 1);
	box_free(b);
}

static void test_show_json(void **state)
{
	struct box *b = make_mailbox();
	(void)state;
	change(b, high_uidnext);
	change(b, uid_without_file);
	assert_int_equal(run_in_child(b, &reindex_show, true), 0);
	static const char expected[] =
		"[{\"folder\":\"INBOX\",\"directory\":\"\",\"uidvalidity\":16909060,\"uidnext\":"
		"256,"
		"\"messages\":[{\"uid\":1,\"name\":\"a\",\"file\":\"new/a\"},\n"
		"{\"uid\":2,\"name\":\"b\"},\n"
		"{\"uid\":3,\"name\":\"c\",\"file\":\"new/c\"}]},\n"
		"{\"folder\":\"F\",\"directory\":\".F\",\"uidvalidity\":";
	struct str got = output(b);
	assert_memory_equal(got.p, expected, sizeof expected - 1);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_check, rows),
		TABLE_OF_ONE(test_show, "show"),
		TABLE_OF_ONE(test_show_json, "show --json"),
	};
	return table_run("reindex", tables, sizeof tables / sizeof *tables);
}
