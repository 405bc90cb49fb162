/*
 * Tables in Postfix's manner: their files, the templates in them, and tables that are files.
 * Servers are in tests/e2e/tables-servers.sh.
 */
#include "tests/unit/table.h"

#include "mda/conf/tables/table.h"
#include "mda/conf/tables/table_lmdb.h"
#include "mda/conf/tables/table_text.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/mda-test-table.XXXXXX";

/* ---- the file of a table ---- */

static const struct table_setting settings[] = {
	{"query", TABLE_TEXT, "", 0},
	{"limit", TABLE_NUMBER, "7", 100},
	{"strict", TABLE_SWITCH, "yes", 0},
	{"cache", TABLE_UNUSED, "", 0},
	{"legacy", TABLE_REFUSED, "", 0},
	{NULL, TABLE_TEXT, NULL, 0},
};

static const struct file_row {
	const char *name;
	struct str text;
	const char *error; /* a part of it; NULL: none */
	const char *query;
	unsigned limit;
	bool strict;
} files[] = {
	{"nothing", STR_LIT(""), NULL, "", 7, true},
	{"a setting", STR_LIT("query = SELECT 1\n"), NULL, "SELECT 1", 7, true},
	{"without a line end", STR_LIT("limit=3"), NULL, "", 3, true},
	{"no blanks", STR_LIT("query=a=b\n"), NULL, "a=b", 7, true},
	{"blanks at both ends", STR_LIT("query =   a b  \n"), NULL, "a b", 7, true},
	{"CR LF", STR_LIT("query = a\r\nlimit = 3\r\n"), NULL, "a", 3, true},
	{"two lines", STR_LIT("query = SELECT a\n  FROM b\n"), NULL, "SELECT a  FROM b", 7, true},
	{"a tab", STR_LIT("query = SELECT a\n\tFROM\tb\n"), NULL, "SELECT a FROM b", 7, true},
	{"a comment between", STR_LIT("query = a\n# c\n b\nlimit = 3\n"), NULL, "a b", 3, true},
	{"an empty line between", STR_LIT("query = a\n\n b\n"), NULL, "a b", 7, true},
	{"a comment at the start", STR_LIT("# c\n  # d\nquery = a\n"), NULL, "a", 7, true},
	{"a number sign in a value", STR_LIT("query = a # b\n"), NULL, "a # b", 7, true},
	{"a dollar", STR_LIT("query = $x ${y}\n"), NULL, "$x ${y}", 7, true},
	{"quotes are kept", STR_LIT("query = \"a\"\n"), NULL, "\"a\"", 7, true},
	{"empty", STR_LIT("query =\n"), NULL, "", 7, true},
	{"a switch", STR_LIT("strict = NO\n"), NULL, "", 7, false},
	{"what is not used", STR_LIT("cache = x\n"), NULL, "", 7, true},
	{"refused, but empty", STR_LIT("legacy =\n"), NULL, "", 7, true},
	{"refused", STR_LIT("\nlegacy = x\n"), "f:2: legacy: mda does not support this", "", 0,
		false},
	{"unknown", STR_LIT("quary = x\n"),
		"f:1: unknown setting \"quary\"; did you mean \"query\"?", "", 0, false},
	{"unknown, with controls", STR_LIT("a\001b = x\n"), "unknown setting \"a?b\"", "", 0,
		false},
	{"other letter case", STR_LIT("Query = x\n"), "unknown setting \"Query\"", "", 0, false},
	{"twice", STR_LIT("limit = 1\n\nlimit = 1\n"), "f:3: limit: line 1 sets it already", "", 0,
		false},
	{"no sign", STR_LIT("query\n"), "f:1: this is not \"name = value\"", "", 0, false},
	{"no name", STR_LIT("= x\n"), "f:1: this is not \"name = value\"", "", 0, false},
	{"no number", STR_LIT("limit = x\n"), "f:1: limit: this is not a number", "", 0, false},
	{"a negative number", STR_LIT("limit = -1\n"), "f:1: limit: this is not a number", "", 0,
		false},
	{"a large number", STR_LIT("limit = 101\n"), "f:1: limit: this is not a number", "", 0,
		false},
	{"no switch", STR_LIT("strict = on\n"), "f:1: strict: this is neither", "", 0, false},
	{"NUL", STR_LIT("query = a\0b\n"), "f:1: query: the value has a control character", "", 0,
		false},
	{"a control", STR_LIT("query = a\033b\n"), "control character", "", 0, false},
	{"a first line that continues", STR_LIT(" query = a\n"), NULL, "a", 7, true},
};

static void test_file(void **state)
{
	const struct file_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	const struct table_file *f = table_file_parse(row->text, "f", settings, mem, &err);
	if (row->error) {
		assert_null(f);
		if (!strstr(err.text, row->error))
			fail_msg("%s", err.text);
	} else {
		if (!f)
			fail_msg("%s", err.text);
		assert_string_equal(table_file_get(f, "query").p, row->query);
		assert_int_equal(table_file_number(f, "limit"), row->limit);
		assert_int_equal(table_file_is(f, "strict"), row->strict);
	}
	arena_free(mem);
}

/* ---- files of each kind ---- */

static const struct kind_row {
	const char *name;
	const struct table_driver *driver;
	const char *text;
	const char *error; /* a part of it; NULL: none */
} kinds[] = {
	{"pgsql", &table_pgsql, "query = x\n", NULL},
	{"pgsql, all", &table_pgsql,
		"hosts = a, inet:b:1 unix:/c postgresql://d/e\nuser = f\npassword = g\ndbname = h\n"
		"query = i '%s' %u %d %S %U %D %1 %9 %%\nresult_format = %s\ndomain = j, !k\n"
		"expansion_limit = 1\nencoding = LATIN1\nidle_interval = 60s\n",
		NULL},
	{"pgsql, no query", &table_pgsql, "hosts = a\n", "f:0: query: this must be set"},
	{"pgsql, a wrong letter", &table_pgsql, "query = %x\n", "f:1: query: after a percent sign"},
	{"pgsql, a percent sign at the end", &table_pgsql, "query = %\n",
		"f:1: query: after a percent"},
	{"pgsql, no server", &table_pgsql, "query = x\nhosts = ,\n",
		"f:2: hosts: there is no server"},
	{"pgsql, a relative socket", &table_pgsql, "query = x\nhosts = unix:a\n",
		"f:2: hosts: after"},
	{"pgsql, obsolete", &table_pgsql, "table = x\n", "f:1: table: mda does not support this"},
	{"mysql", &table_mysql, "query = x\n", NULL},
	{"mysql, all", &table_mysql,
		"hosts = a inet:b:1 unix:/c\nuser = f\npassword = g\ndbname = h\nquery = i\n"
		"option_file = /x\noption_group = y\nrequire_result_set = no\ntls_cert_file = /a\n"
		"tls_key_file = /b\ntls_CAfile = /c\ntls_CApath = /d\ntls_verify_cert = yes\n"
		"charset = latin1\n",
		NULL},
	{"mysql, a port", &table_mysql, "query = x\nhosts = a:b\n",
		"f:2: hosts: this is not unix:"},
	{"mysql, a large port", &table_mysql, "query = x\nhosts = a:65536\n",
		"f:2: hosts: this is not"},
	{"mysql, no host", &table_mysql, "query = x\nhosts = inet:\n", "f:2: hosts: this is not"},
	{"ldap", &table_ldap, "search_base = x\n", NULL},
	{"ldap, all", &table_ldap,
		"server_host = a, ldap://b:1 ldaps://c ldapi://%2Fd\nserver_port = 390\ntimeout = "
		"5\n"
		"search_base = dc=%d\nquery_filter = (x=%s)\nresult_attribute = a, b\nscope = one\n"
		"bind = simple\nbind_dn = x\nbind_pw = y\nversion = 3\nstart_tls = yes\n"
		"tls_ca_cert_file = /x\ntls_require_cert = yes\ndereference = 2\nchase_referrals = "
		"1\n"
		"size_limit = 5\nrecursion_limit = 3\n",
		NULL},
	{"ldap, no base", &table_ldap, "scope = sub\n", "f:0: search_base: this must be set"},
	{"ldap, another scope", &table_ldap, "search_base = x\nscope = all\n", "f:2: scope: "},
	{"ldap, another bind", &table_ldap, "search_base = x\nbind = sasl\n", "f:2: bind: "},
	{"ldap, another version", &table_ldap, "search_base = x\nversion = 4\n", "f:2: version: "},
	{"ldap, STARTTLS", &table_ldap, "search_base = x\nstart_tls = yes\nversion = 2\n",
		"f:2: start_tls: it needs version = 3"},
	{"ldap, another URL", &table_ldap, "search_base = x\nserver_host = http://a\n",
		"f:2: server_host: this is not ldap:"},
	{"ldap, no attribute", &table_ldap, "search_base = x\nresult_attribute = ,\n",
		"f:2: result_attribute: "},
	{"ldap, links", &table_ldap, "special_result_attribute = x\n",
		"f:1: special_result_attribute: "},
	{"a domain that is a file", &table_ldap, "search_base = x\ndomain = /etc/x\n",
		"f:2: domain: "},
	{"a domain that is a table", &table_ldap, "search_base = x\ndomain = a, hash:b\n",
		"f:2: domain: "},
};

static void test_kind(void **state)
{
	const struct kind_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	bool right = table_query_parse(row->driver, str_of(row->text), "f", mem, &err) != NULL;
	if (right != !row->error || (row->error && !strstr(err.text, row->error)))
		fail_msg("%s", err.text);
	arena_free(mem);
}

/* ---- templates ---- */

static bool quote(void *context, struct str text, struct buf *to)
{
	(void)context;
	buf_byte(to, '<');
	buf_add(to, text);
	buf_byte(to, '>');
	return str_find(text, '!') == text.n;
}

static const struct query_row {
	const char *name, *template, *key;
	int result;
	const char *query;
} queries[] = {
	{"all of it", "a '%s'", "x@b.c", 1, "a '<x@b.c>'"},
	{"a percent sign", "%%s %s", "x", 1, "%s <x>"},
	{"the parts", "%u at %d", "x@b.c", 1, "<x> at <b.c>"},
	{"the parts of the key", "%S %U %D", "x@b.c", 1, "<x@b.c> <x> <b.c>"},
	{"labels", "%1 %2 %3", "x@a.b.c", 1, "<c> <b> <a>"},
	{"too few labels", "%1 %3", "x@b.c", 0, ""},
	{"empty labels", "%1 %2", "x@b..c.", 1, "<c> <b>"},
	{"no label", "%1", "x", 0, ""},
	{"the last at sign", "%u %d", "a@b@c", 1, "<a@b> <c>"},
	{"no domain", "%d", "x", 0, ""},
	{"an empty domain", "%d", "x@", 0, ""},
	{"no domain is needed", "%u", "x", 1, "<x>"},
	{"an empty domain for %u", "%u", "x@", 1, "<x>"},
	{"no user", "%u", "@b.c", 0, ""},
	{"no user is needed", "%d", "@b.c", 1, "<b.c>"},
	{"one that lacks a part", "%s %D", "x", 0, ""},
	{"nothing to replace", "a", "x", 1, "a"},
	{"an empty key", "%s", "", 0, ""},
	{"what cannot be quoted", "%s", "a!", -1, ""},
};

static void test_query(void **state)
{
	const struct query_row *row = *state;
	struct table_needs needs = {.labels = 0};
	struct buf text = {0};
	assert_null(table_expand_needs(str_of(row->template), true, &needs));
	int r = table_expand_query(
		&needs, str_of(row->template), str_of(row->key), quote, NULL, &text);
	assert_int_equal(r, row->result);
	if (r > 0)
		assert_string_equal(buf_cstr(&text), row->query);
	buf_free(&text);
}

static const struct result_row {
	const char *name, *template, *value, *key;
	const char *result; /* after "before"; NULL: nothing is added */
} results[] = {
	{"all of it", "%s", "v@w", "x@y", "before,v@w"},
	{"quotes are not touched", "%s", "v'\\", "x@y", "before,v'\\"},
	{"the parts", "%u %d", "v@w", "x@y", "before,v w"},
	{"those of the key", "%S %U %D %1", "v@w", "x@y.z", "before,x@y.z x y.z z"},
	{"a percent sign", "%%", "v", "x", "before,%"},
	{"an empty value", "a%s", "", "x@y", NULL},
	{"a value without a domain", "%d", "v", "x@y", NULL},
	{"a value without a user", "%u", "@w", "x@y", NULL},
	{"a key without a domain", "%D", "v@w", "x", NULL},
	{"a key with too few labels", "%2", "v@w", "x@y", NULL},
};

static void test_result(void **state)
{
	const struct result_row *row = *state;
	struct table_needs needs = {.labels = 0};
	struct buf text = {0};
	buf_text(&text, "before");
	assert_null(table_expand_needs(str_of(row->template), false, &needs));
	bool added = table_expand_result(
		&needs, str_of(row->template), str_of(row->value), str_of(row->key), &text);
	assert_int_equal(added, row->result != NULL);
	assert_string_equal(buf_cstr(&text), row->result ? row->result : "before");
	buf_free(&text);
}

/* ---- text ---- */

static const struct text_row {
	const char *name, *text, *key;
	const char *value; /* NULL: there is none */
	const char *error; /* a part of it */
} texts[] = {
	{"a key", "a@b.c v w\n", "a@b.c", "v w", NULL},
	{"another", "a@b.c v\n", "x@b.c", NULL, NULL},
	{"other letter case", "A@B.c v\n", "a@b.c", "v", NULL},
	{"a domain", "@B.c v\n", "@b.c", "v", NULL},
	{"a domain beyond ASCII", "@b\303\274.c v\n", "@xn--b-eha.c", "v", NULL},
	{"quotes that are not needed", "\"a\"@b.c v\n", "a@b.c", "v", NULL},
	{"brackets", "<a@b.c> v\n", "a@b.c", "v", NULL},
	{"the first one", "a@b.c v\na@b.c w\n", "a@b.c", "v", NULL},
	{"a comment", "#a@b.c v\n", "#a@b.c", NULL, NULL},
	{"two lines", "a@b.c v,\n\tw\nx@b.c y\n", "a@b.c", "v,  w", NULL},
	{"no value", "a@b.c\n", "a@b.c", "", NULL},
	{"a control", "a@b.c v\001w\n", "a@b.c", NULL, "a@b.c: the value has a control character"},
	{"not UTF-8", "a@b.c v\377w\n", "a@b.c", NULL, "a@b.c: the value is not UTF-8"},
};

static const char *in_directory(const char *name, struct arena *mem)
{
	return arena_fmt(mem, "%s/%s", directory, name).p;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void check_found(struct table_map *t, const char *key, const char *value, const char *error)
{
	struct str found = STR_EMPTY;
	struct err err = {.text = ""};
	int r = table_find(t, str_of(key), &found, &err);
	if (r != (error ? -1 : value != NULL) || (error && !strstr(err.text, error)))
		fail_msg("%d %s", r, err.text);
	if (r > 0 && !str_eq(found, str_of(value)))
		fail_msg("\"" STR_FMT "\"", STR_ARGS(found));
	assert_int_equal(table_check(t, NULL), error ? -1 : 0);
}

static void test_text(void **state)
{
	const struct text_row *row = *state;
	struct arena *mem = arena_new();
	const char *path = in_directory("text", mem);
	write_file(path, row->text);
	check_found(
		table_new(arena_fmt(mem, "text:%s", path), mem), row->key, row->value, row->error);
	arena_free(mem);
}

/* ---- LMDB ---- */

/* What postmap may write: with NULs after key and value, or without. */
static const struct stored {
	struct str key, value;
} stored[] = {
	{STR_LIT("plain@a.test"), STR_LIT("v")},
	{STR_LIT("nuls@a.test\0"), STR_LIT("w\0")},
	{STR_LIT("mixed@a.test"), STR_LIT("x\0")},
	{STR_LIT("both@a.test"), STR_LIT("without")},
	{STR_LIT("both@a.test\0"), STR_LIT("with")},
	{STR_LIT("line@a.test"), STR_LIT("a\nb")},
	{STR_LIT("nul@a.test"), STR_LIT("a\0b")},
	{STR_LIT("empty@a.test"), STR_LIT("")},
};

static void build(const char *path)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	static char large[70000];
	memset(large, 'x', sizeof large);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, MDB_CREATE, &dbi), 0);
	for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
		MDB_val k = {stored[i].key.n, (void *)stored[i].key.p};
		MDB_val v = {stored[i].value.n, (void *)stored[i].value.p};
		assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	}
	MDB_val k = {9, (void *)"huge@a.bc"}, v = {sizeof large, large};
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static const struct lmdb_row {
	const char *name, *key, *value, *error;
} lmdbs[] = {
	{"no NULs", "plain@a.test", "v", NULL},
	{"NULs", "nuls@a.test", "w", NULL},
	{"a NUL after the value", "mixed@a.test", "x", NULL},
	{"both", "both@a.test", "without", NULL},
	{"none", "none@a.test", NULL, NULL},
	{"a prefix", "plain@a", NULL, NULL},
	{"an empty value", "empty@a.test", "", NULL},
	{"a line end", "line@a.test", NULL, "line@a.test: the value has a control character"},
	{"NUL inside", "nul@a.test", NULL, "nul@a.test: the value has a control character"},
	{"huge", "huge@a.bc", NULL, "huge@a.bc: the value is too long"},
	{"an empty key", "", NULL, NULL},
};

static void test_lmdb(void **state)
{
	const struct lmdb_row *row = *state;
	struct arena *mem = arena_new();
	struct str name = arena_fmt(mem, "lmdb:%s/table", directory);
	const char *path = in_directory("table.lmdb", mem);
	build(path);
	check_found(table_new(name, mem), row->key, row->value, row->error);
	assert_int_equal(unlink(path), 0);
	arena_free(mem);
}

/* Whatever the bytes of the file are, an error or an answer comes of them. */
static void damaged_lmdb(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct str name = arena_fmt(mem, "lmdb:%s/table", directory), value;
	const char *path = in_directory("table.lmdb", mem);
	struct stat st;
	size_t failed = 0, steps = 0;
	build(path);
	assert_int_equal(stat(path, &st), 0);
	for (off_t at = 0; at < 5 * 4096; at += 37, steps++) {
		char byte, wrong;
		int fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		wrong = (char)(byte ^ 0x5a);
		assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
		struct arena *own = arena_new();
		failed +=
			table_find(table_new(name, own), STR_LIT("plain@a.test"), &value, NULL) < 0;
		arena_free(own);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	assert_true(failed > 0 && failed < steps);
	assert_int_equal(unlink(path), 0);
	arena_free(mem);
}

/* ---- names and failures ---- */

static const struct name_row {
	const char *name, *table;
	bool is;
	const char *wrong; /* a part of it; NULL: it is right */
} names[] = {
	{"a path", "/etc/mda/aliases", false, NULL},
	{"a path with a colon", "/etc/a:b", false, NULL},
	{"text", "text:/a", true, NULL},
	{"lmdb", "lmdb:/a", true, NULL},
	{"pgsql", "pgsql:/a", true, NULL},
	{"mysql", "mysql:/a", true, NULL},
	{"ldap", "ldap:/a", true, NULL},
	{"socketmap", "socketmap:unix:/a:b", true, NULL},
	{"hash", "hash:/a", true, "a table is text:, lmdb:"},
	{"a relative path", "text:a", true, "comes a path"},
	{"no path", "pgsql:", true, "comes a path"},
	{"a name in main.cf", "pgsql:aliases", true, "comes a path"},
	{"another socketmap", "socketmap:x", true, "this is not socketmap:inet"},
};

static void test_name(void **state)
{
	const struct name_row *row = *state;
	assert_int_equal(table_is(str_of(row->table)), row->is);
	if (!row->is)
		return;
	const char *wrong = table_wrong_name(str_of(row->table));
	assert_int_equal(wrong != NULL, row->wrong != NULL);
	if (wrong && !strstr(wrong, row->wrong))
		fail_msg("%s", wrong);
}

static int keep(void *context, struct err *err)
{
	(void)context;
	(void)err;
	return 0;
}

/* After a failure nothing is asked, and each question fails in the same way. */
static void failing(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct str name = arena_fmt(mem, "text:%s/none", directory), value;
	struct table_map *t = table_new(name, mem);
	struct err err = {.text = ""};
	check_found(t, "a@b.c", NULL, "/none: a@b.c: the file does not exist");
	write_file(in_directory("none", mem), "x@b.c v\n");
	check_found(t, "x@b.c", NULL, "/none: a@b.c: the file does not exist");
	check_found(table_new(name, mem), "x@b.c", "v", NULL);
	assert_int_equal(table_find(t, STR_LIT("x@b.c"), &value, &err), -1);
	arena_free(mem);
}

/* The process that asks reports what is wrong with the file, and ends with the table. */
static void asker(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	const char *path = in_directory("file", mem);
	write_file(path, "query = x\nhosts = 127.0.0.1:1\nnonsense\n");
	struct table_map *t = table_new(arena_fmt(mem, "pgsql:%s", path), mem);
	table_drop_by(t, keep, NULL);
	check_found(t, "a@b.c", NULL, "/file:3: this is not \"name = value\"");
	arena_free(mem);
}

static int refuse(void *context, struct err *err)
{
	(void)context;
	return err_temp(err, "no account");
}

static void asker_keeps_no_rights(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	const char *path = in_directory("file", mem);
	write_file(path, "query = x\nhosts = 127.0.0.1:1\n");
	struct table_map *t = table_new(arena_fmt(mem, "pgsql:%s", path), mem);
	table_drop_by(t, refuse, NULL);
	check_found(t, "a@b.c", NULL, "a@b.c: no account");
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_file, files), TABLE(test_kind, kinds),
		TABLE(test_query, queries), TABLE(test_result, results), TABLE(test_text, texts),
		TABLE(test_lmdb, lmdbs), TABLE_OF_ONE(damaged_lmdb, "damaged LMDB files"),
		TABLE(test_name, names), TABLE_OF_ONE(failing, "after a failure"),
		TABLE_OF_ONE(asker, "the process that asks"),
		TABLE_OF_ONE(asker_keeps_no_rights, "without an account it does not ask")};
	if (!mkdtemp(directory))
		return 1;
	int failed = table_run("table", tables, sizeof tables / sizeof *tables);
	struct arena *mem = arena_new();
	static const char *const left[] = {"text", "none", "file"};
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		(void)unlink(in_directory(left[i], mem));
	arena_free(mem);
	(void)rmdir(directory);
	return failed;
}
