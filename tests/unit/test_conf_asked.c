/* The settings of an address in a table: their syntax, and which of several settings counts. */
#include "tests/unit/table.h"

#include "mda/conf/conf.h"
#include "mda/conf/conf_asked.h"
#include "mda/conf/conf_show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/mda-test-asked.XXXXXX";

/* ---- values ---- */

static const struct row {
	const char *name;
	const char *value;
	const char *result; /* "key=value;key=value|value", or a part of the error after a "!" */
} rows[] = {
	{"a setting", "quota = 2G", "quota=2G"},
	{"no blanks", "quota=2G", "quota=2G"},
	{"quotes", "quota = \"2G\"", "quota=2G"},
	{"two", "quota = 2G, label = no", "quota=2G;label=no"},
	{"as rows of a database", "quota=2G,label=no", "quota=2G;label=no"},
	{"without a comma", "quota = 2G label = no", "quota=2G;label=no"},
	{"too many commas", ",,quota = 2G,,label = no,", "quota=2G;label=no"},
	{"nothing", "", ""},
	{"a comma alone", ",", ""},
	{"a list", "scripts_user = { \"%h/a\", \"%h/b\" }, label = no",
		"scripts_user=%h/a|%h/b;label=no"},
	{"the last counts", "label = yes, label = no", "label=no"},
	{"no variables", "junk_folder = \"${HOME}\"", "junk_folder=${HOME}"},
	{"a comment", "label = no # quota = 1", "label=no"},
	{"an unknown key", "label = no, quoto = 2G",
		"!t: a@b.c:1:13: unknown key \"quoto\"; did you mean \"quota\"?"},
	{"a wrong value", "label = perhaps", "!t: a@b.c:1:9: label takes yes or no"},
	{"a key for everybody", "users = system", "!t: a@b.c:1:1: unknown key \"users\""},
	{"itself", "address_settings = \"text:/x\"", "!t: a@b.c:1:1: unknown key"},
	{"a section", "domain \"x\" { label = no }", "!t: a@b.c:1:1: unknown key \"domain\""},
	{"an include", "include = \"/etc/passwd\"", "!t: a@b.c:1:1: unknown key \"include\""},
	{"a brace", "}", "!t: a@b.c:1:1: unexpected closing brace"},
	{"the end of a section", "label = no } address \"x@y\" { label = no",
		"!t: a@b.c:1:12: unexpected closing brace"},
	{"no value", "quota =", "!t: a@b.c:1:7: expected a value"},
	{"no key", "= 2G", "!t: a@b.c:1:1: expected key = value"},
	{"no sign", "quota 2G", "!t: a@b.c:1:7: expected \"=\""},
	{"a list that does not end", "scripts_user = { \"a\"",
		"!t: a@b.c:1:16: this list does not end"},
	{"a string that does not end", "quota = \"2G", "!t: a@b.c:1:9: this string does not end"},
	{"a comment that does not end", "/* quota = 2G",
		"!t: a@b.c:1:1: this comment does not end"},
};

static void add_result(const struct setting *s, struct buf *to)
{
	buf_fmt(to, "%s%s=", to->n ? ";" : "", s->key->name);
	for (size_t i = 0; i < s->values.count; i++)
		buf_fmt(to, "%s" STR_FMT, i ? "|" : "", STR_ARGS(s->values.items[i]));
}

/* Whether they are in the order of the value or of the keys does not matter. */
static bool same_parts(const char *a, const char *b)
{
	struct str rest = str_of(a), all = str_of(b);
	if (rest.n != all.n)
		return false;
	while (rest.n) {
		size_t n = str_find(rest, ';');
		if (str_ifind(all, str_slice(rest, 0, n)) == all.n)
			return false;
		rest = str_slice(rest, n + 1, rest.n);
	}
	return true;
}

static void test_value(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct settings settings = {0};
	struct err err = {.text = ""};
	struct buf result = {0};
	int r = conf_asked_parse("t", STR_LIT("a@b.c"), str_of(row->value), &settings, mem, &err);
	for (size_t i = 0; i < settings.count && r == 0; i++) {
		add_result(&settings.items[i], &result);
		assert_true(settings.items[i].is_asked);
		assert_int_equal(settings.items[i].scope, SCOPE_ADDRESS);
	}
	if (row->result[0] == '!') {
		assert_int_equal(r, -1);
		if (!strstr(err.text, row->result + 1))
			fail_msg("%s", err.text);
	} else if (r < 0 || !same_parts(row->result, buf_cstr(&result))) {
		fail_msg("%s %s", err.text, buf_cstr(&result));
	}
	buf_free(&result);
	arena_free(mem);
}

/* ---- which one counts ---- */

static const char *write_file(const char *name, const char *text, struct arena *mem)
{
	const char *path = arena_fmt(mem, "%s/%s", directory, name).p;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static struct conf_file *load(const char *sections, const char *table, struct arena *mem)
{
	struct err err = {.text = ""};
	const char *text = write_file("table", table, mem);
	struct str all =
		arena_fmt(mem, "quota = 1M\naddress_settings = \"text:%s\"\n%s", text, sections);
	struct conf_file *file = conf_load(write_file("mda.conf", all.p, mem), mem, &err);
	if (!file)
		fail_msg("%s", err.text);
	return file;
}

static const struct rank_row {
	const char *name, *sections, *table;
	const char *override; /* NULL: none */
	const char *address;
	size_t megabytes;
	const char *where; /* what conf_show() says */
} ranks[] = {
	{"the file", "", "", NULL, "a@b.c", 1, "/mda.conf:1"},
	{"the table", "", "a@b.c quota = 2M\n", NULL, "a@b.c", 2, "/table: a@b.c"},
	{"another address", "", "a@b.c quota = 2M\n", NULL, "x@b.c", 1, "/mda.conf:1"},
	{"a domain section", "domain \"b.c\" { quota = 3M }\n", "", NULL, "a@b.c", 3, "\"b.c\""},
	{"the table and a domain section", "domain \"b.c\" { quota = 3M }\n", "a@b.c quota = 2M\n",
		NULL, "a@b.c", 2, "/table: a@b.c"},
	{"an address section", "address \"a@b.c\" { quota = 4M }\n", "a@b.c quota = 2M\n", NULL,
		"a@b.c", 4, "\"a@b.c\""},
	{"the command line", "address \"a@b.c\" { quota = 4M }\n", "a@b.c quota = 2M\n", "quota=5M",
		"a@b.c", 5, NULL},
	{"a domain is no key", "", "@b.c quota = 2M\n", NULL, "a@b.c", 1, "/mda.conf:1"},
	{"a domain alone", "", "@b.c quota = 2M\n", NULL, "@b.c", 1, "/mda.conf:1"},
	{"a login", "", "ann quota = 2M\n", NULL, "ann", 2, "/table: ann"},
};

static void see(void *context, const struct conf_shown *shown)
{
	if (strcmp(shown->key->name, "quota") == 0)
		*(struct conf_shown *)context = *shown;
}

static void test_rank(void **state)
{
	const struct rank_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	struct conf_shown shown = {.key = NULL};
	struct conf_file *file = load(row->sections, row->table, mem);
	if (row->override)
		assert_int_equal(conf_override(file, row->override, &err), 0);
	const struct conf *conf = conf_for(file, str_of(row->address), mem, &err);
	assert_string_equal(err.text, "");
	assert_non_null(conf);
	assert_int_equal(conf ? conf->quota.bytes : 0, row->megabytes << 20);
	assert_int_equal(conf_show(file, str_of(row->address), NULL, NULL, see, &shown, &err), 0);
	assert_non_null(shown.key);
	assert_int_equal(shown.where.n > 0, row->where != NULL);
	if (row->where && !strstr(shown.where.p, row->where))
		fail_msg(STR_FMT, STR_ARGS(shown.where));
	arena_free(mem);
}

/* ---- failures ---- */

static void wrong_rows(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	struct conf_file *file = load("address \"a@b.c\" { label = no }\n",
		"a@b.c quota = many\nx@b.c quota = 2M\n", mem);
	assert_null(conf_for(file, STR_LIT("a@b.c"), mem, &err));
	assert_non_null(strstr(err.text, "/table: a@b.c:1:9: quota takes"));
	assert_int_equal(err.fault, FAULT_TEMP);
	/* What mda.conf says is known all the same, and others are not concerned. */
	const struct conf *conf = conf_known(file, STR_LIT("a@b.c"), mem, &err);
	assert_false(conf->label);
	assert_int_equal(conf->quota.bytes, 1 << 20);
	assert_non_null(strstr(err.text, "/table: a@b.c:1:9: quota takes"));
	conf = conf_known(file, STR_LIT("x@b.c"), mem, &err);
	assert_int_equal(conf->quota.bytes, 2 << 20);
	assert_string_equal(err.text, "");
	arena_free(mem);
}

static void no_table(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	struct conf_file *file = load("", "", mem);
	assert_int_equal(unlink(arena_fmt(mem, "%s/table", directory).p), 0);
	assert_null(conf_for(file, STR_LIT("a@b.c"), mem, &err));
	assert_non_null(strstr(err.text, "/table: a@b.c: the file does not exist"));
	assert_non_null(conf_written(file, STR_LIT("a@b.c"), mem, &err));
	assert_int_equal(conf_override(file, "address_settings=hash:/x", &err), -1);
	assert_non_null(strstr(err.text, "a table is text:, lmdb:"));
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_value, rows), TABLE(test_rank, ranks),
		TABLE_OF_ONE(wrong_rows, "a wrong row is one address's"),
		TABLE_OF_ONE(no_table, "no table")};
	if (!mkdtemp(directory))
		return 1;
	int failed = table_run("settings of a table", tables, sizeof tables / sizeof *tables);
	struct arena *mem = arena_new();
	(void)unlink(arena_fmt(mem, "%s/table", directory).p);
	(void)unlink(arena_fmt(mem, "%s/mda.conf", directory).p);
	arena_free(mem);
	(void)rmdir(directory);
	return failed;
}
