/* Which addresses belong to one mailbox: by the text, and by its compiled form. */
#include "base/io.h"
#include "base/path.h"
#include "mda/conf/aliases.h"
#include "mda/conf/aliases_map.h"
#include "mda/conf/aliases_text.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/mda-test-aliases.XXXXXX";
static char path[64], compiled[64];

struct row {
	const char *name, *text;
	const char *address, *mailbox;
};

static const struct row rows[] = {
	{"no aliases", "", "ann@example.com", "ann@example.com"},
	{"no aliases: the detail goes", "", "ann+shop@example.com", "ann@example.com"},
	{"no aliases: lower case", "", "Ann@Example.COM", "ann@example.com"},
	{"an alias", "info@example.com ann@example.com\n", "info@example.com", "ann@example.com"},
	{"after a tab", "info@example.com\tann@example.com\n", "info@example.com",
		"ann@example.com"},
	{"another address is itself", "info@example.com ann@example.com\n", "bob@example.com",
		"bob@example.com"},
	{"the end of a chain", "a@x.test b@x.test\nb@x.test c@x.test\nc@x.test d@x.test\n",
		"a@x.test", "d@x.test"},
	{"a circle is no alias", "a@x.test b@x.test\nb@x.test a@x.test\n", "a@x.test", "a@x.test"},
	{"one that leads to itself", "a@x.test a@x.test\n", "a@x.test", "a@x.test"},
	{"itself, beside a catch-all",
		"@x.test all@x.test\na@x.test a@x.test\nall@x.test all@x.test\n", "a@x.test",
		"a@x.test"},
	{"a catch-all", "@x.test all@x.test\nall@x.test all@x.test\n", "nobody@x.test",
		"all@x.test"},
	{"a catch-all that is in its own domain", "@x.test all@x.test\n", "nobody@x.test",
		"all@x.test"},
	{"a synonym domain", "@y.test @x.test\n", "ann@y.test", "ann@x.test"},
	{"a synonym domain, with a detail", "@y.test @x.test\n", "ann+shop@y.test", "ann@x.test"},
	{"a synonym domain, and an alias in it", "@y.test @x.test\ninfo@x.test ann@x.test\n",
		"info@y.test", "ann@x.test"},
	{"an address before its domain", "@y.test @x.test\ninfo@y.test ann@x.test\n", "info@y.test",
		"ann@x.test"},
	{"not a subdomain", "@y.test @x.test\n", "ann@a.y.test", "ann@a.y.test"},
	{"an alias with a detail asked", "info@x.test ann@x.test\n", "info+a@x.test", "ann@x.test"},
	{"an alias that has a detail", "info+a@x.test ann@x.test\n", "info+a@x.test", "ann@x.test"},
	{"an alias that has a detail, another asked", "info+a@x.test ann@x.test\n", "info+b@x.test",
		"info@x.test"},
	{"a target with a detail", "info@x.test ann+info@x.test\n", "info@x.test", "ann@x.test"},
	{"a target without a domain", "info@x.test ann\n", "info@x.test", "ann@x.test"},
	{"several targets are no alias", "team@x.test ann@x.test, bob@x.test\n", "team@x.test",
		"team@x.test"},
	{"several, by blanks", "team@x.test ann@x.test bob@x.test\n", "team@x.test", "team@x.test"},
	{"one target and a comma", "team@x.test ann@x.test,\n", "team@x.test", "ann@x.test"},
	{"a line that goes on", "info@x.test\n  ann@x.test\n", "info@x.test", "ann@x.test"},
	{"a line that goes on to a second target", "team@x.test ann@x.test,\n\tbob@x.test\n",
		"team@x.test", "team@x.test"},
	{"comments", "# a\n\n # b\ninfo@x.test ann@x.test\n", "info@x.test", "ann@x.test"},
	{"a comment is no line that goes on", "info@x.test ann@x.test\n#  bob@x.test\n",
		"info@x.test", "ann@x.test"},
	{"no line end", "info@x.test ann@x.test", "info@x.test", "ann@x.test"},
	{"CRLF", "info@x.test ann@x.test\r\nb@x.test c@x.test\r\n", "b@x.test", "c@x.test"},
	{"byte order mark", "\xef\xbb\xbfinfo@x.test ann@x.test\n", "info@x.test", "ann@x.test"},
	{"case of the alias", "INFO@X.test Ann@X.TEST\n", "info@x.test", "ann@x.test"},
	{"U-label in the file", "info@bücher.test ann@x.test\n", "info@xn--bcher-kva.test",
		"ann@x.test"},
	{"A-label in the file", "@xn--bcher-kva.test @x.test\n", "ann@bücher.test", "ann@x.test"},
	{"the first of equals", "info@x.test ann@x.test\ninfo@x.test bob@x.test\n", "info@x.test",
		"ann@x.test"},
	{"an alias without a target", "info@x.test\n", "info@x.test", "info@x.test"},
	{"an alias that is no address", "a b c\n", "a@x.test", "a@x.test"},
	{"a target that is no address", "info@x.test @\n", "info@x.test", "info@x.test"},
	{"a local user", "", "ann", "ann"},
};

static void check(const struct row *row, bool with_map)
{
	struct arena *mem = arena_new();
	struct err err;
	struct list_compiled done;
	unlink(compiled);
	assert_int_equal(io_replace_file(path, str_of(row->text), 0600, &err), 0);
	if (with_map && aliases_map_compile(str_of(path), &done, &err) != 1)
		fail_msg("%s", err.text);
	struct aliases *a = aliases_open(str_of(path), STR_LIT("+"), mem, &err);
	if (!a)
		fail_msg("%s", err.text);
	assert_null(aliases_stale(a));
	struct str is = aliases_mailbox(a, str_of(row->address), mem);
	if (!str_eq(is, str_of(row->mailbox)))
		fail_msg("is \"" STR_FMT "\", expected \"%s\"", STR_ARGS(is), row->mailbox);
	arena_free(mem);
}

static void test_text(void **state)
{
	check(*state, false);
}

static void test_compiled(void **state)
{
	check(*state, true);
}

/* ---- a delimiter in a name ---- */

static bool is_one_of(void *context, struct str address)
{
	const char *const *known = context;
	for (; *known; known++)
		if (str_eq(address, str_of(*known)))
			return true;
	return false;
}

static const struct name_row {
	const char *name, *text, *address, *mailbox;
	size_t length;
} name_rows[] = {
	{"name: with a delimiter", "", "jan-erik@x.test", "jan-erik@x.test", 8},
	{"name: in capitals", "", "Jan-Erik@X.test", "jan-erik@x.test", 8},
	{"name: with a delimiter and a detail", "", "jan-erik+a-b@x.test", "jan-erik@x.test", 8},
	{"name: and a detail by the same delimiter", "", "jan-erik-a-b@x.test", "jan-erik@x.test",
		8},
	{"name: the longest one", "", "jan-erik-olof@x.test", "jan-erik-olof@x.test", 13},
	{"name: the shorter one is there, too", "", "jan-x@x.test", "jan@x.test", 3},
	{"name: another domain", "", "jan-erik@y.test", "jan@y.test", 3},
	{"name: none is there", "", "no-body+x@x.test", "no@x.test", 2},
	{"name: a delimiter in front", "", "-jan@x.test", "-jan@x.test", 4},
	{"name: no delimiter", "", "jan@x.test", "jan@x.test", 3},
	{"name: after an alias", "info@x.test jan-erik@x.test\n", "info@x.test", "jan-erik@x.test",
		4},
	{"name: after a synonym domain", "@z.test @x.test\n", "jan-erik-a@z.test",
		"jan-erik@x.test", 3},
	{"name: of an alias", "web-team@x.test jan@x.test\n", "web-team@x.test", "jan@x.test", 8},
	{"name: of an alias, with a detail", "web-team@x.test jan@x.test\n", "web-team+a@x.test",
		"jan@x.test", 8},
	{"name: itself, and a catch-all", "@x.test jan@x.test\njan-erik@x.test jan-erik@x.test\n",
		"jan-erik+a@x.test", "jan-erik@x.test", 8},
	{"name: a local user", "", "jan-erik", "jan-erik", 8},
};

static void test_name(void **state)
{
	static const char *known[] = {
		"jan@x.test", "jan-erik@x.test", "jan-erik-olof@x.test", "jan-erik", NULL};
	const struct name_row *row = *state;
	struct arena *mem = arena_new();
	struct err err;
	unlink(compiled);
	assert_int_equal(io_replace_file(path, str_of(row->text), 0600, &err), 0);
	struct aliases *a = aliases_open(str_of(path), STR_LIT("+-"), mem, &err);
	if (!a)
		fail_msg("%s", err.text);
	aliases_ask(a, is_one_of, known);
	struct str is = aliases_mailbox(a, str_of(row->address), mem);
	if (!str_eq(is, str_of(row->mailbox)))
		fail_msg("is \"" STR_FMT "\", expected \"%s\"", STR_ARGS(is), row->mailbox);
	assert_int_equal(aliases_user_length(a, str_of(row->address), mem), row->length);
	arena_free(mem);
}

static void test_stale(void **state)
{
	struct arena *mem = arena_new();
	struct err err;
	struct list_compiled done;
	(void)state;
	assert_int_equal(io_replace_file(path, STR_LIT("a@x.test b@x.test\n"), 0600, &err), 0);
	assert_int_equal(aliases_map_compile(str_of(path), &done, &err), 1);
	assert_int_equal(done.entries, 1);
	assert_int_equal(io_replace_file(path, STR_LIT("a@x.test ccc@x.test\n"), 0600, &err), 0);
	struct aliases *a = aliases_open(str_of(path), STR_LIT("+"), mem, &err);
	assert_non_null(a);
	assert_non_null(strstr(aliases_stale(a), "was changed after"));
	assert_true(str_eq(aliases_mailbox(a, STR_LIT("a@x.test"), mem), STR_LIT("ccc@x.test")));
	arena_free(mem);
}

static void test_missing(void **state)
{
	struct arena *mem = arena_new();
	struct err err;
	struct list_compiled done;
	(void)state;
	/* The compiled form goes with its text. */
	assert_int_equal(io_replace_file(path, STR_LIT("a@x.test b@x.test\n"), 0600, &err), 0);
	assert_int_equal(aliases_map_compile(str_of(path), &done, &err), 1);
	assert_int_equal(path_exists(compiled), 0);
	assert_true(done.bytes > 0);
	unlink(path);
	assert_int_equal(aliases_map_compile(str_of(path), &done, &err), 0);
	assert_int_equal(path_exists(compiled), -1);
	struct aliases *a = aliases_open(STR_LIT("/nowhere/at/all"), STR_LIT("+"), mem, &err);
	assert_non_null(a);
	assert_true(str_eq(aliases_mailbox(a, STR_LIT("A+b@x.test"), mem), STR_LIT("a@x.test")));
	assert_true(str_eq(aliases_mailbox(NULL, STR_LIT("A@x.test"), mem), STR_LIT("a@x.test")));
	assert_null(aliases_open(str_of(dir), STR_LIT("+"), mem, &err));
	arena_free(mem);
}

struct walked {
	size_t count, wrong;
	unsigned last;
};

static void on_alias(void *context, const struct list_line *l)
{
	struct walked *w = context;
	w->count++;
	w->wrong += l->wrong != NULL;
	w->last = l->line;
}

static void test_walk(void **state)
{
	static const char text[] =
		"# a\na@x.test b@x.test\nno alias\n\nc@x.test\n  d@x.test\n\ne@x.test f@x.test\n";
	struct walked w = {0};
	struct err err;
	(void)state;
	assert_int_equal(io_replace_file(path, str_of(text), 0600, &err), 0);
	assert_int_equal(aliases_text_walk(str_of(path), on_alias, &w, &err), 1);
	assert_int_equal(w.count, 4);
	assert_int_equal(w.wrong, 1);
	assert_int_equal(w.last, 8);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_name, name_rows),
		TABLE(test_text, rows),
		TABLE(test_compiled, rows),
		TABLE_OF_ONE(test_stale, "a text that was changed is read itself"),
		TABLE_OF_ONE(test_missing, "a file that is missing, and one that cannot be read"),
		TABLE_OF_ONE(test_walk, "a walk tells lines, and what is wrong"),
	};
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	snprintf(path, sizeof path, "%s/aliases", dir);
	snprintf(compiled, sizeof compiled, "%s/aliases.lmdb", dir);
	int failed = table_run("aliases", tables, sizeof tables / sizeof *tables);
	unlink(path);
	unlink(compiled);
	if (rmdir(dir) < 0)
		perror(dir);
	return failed;
}
