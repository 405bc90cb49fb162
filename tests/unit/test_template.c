/* Path templates: no address makes a path that leads elsewhere. */
#include "mda/conf/template.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>

static const struct check_row {
	const char *name;
	struct str text;
	bool ok;
} check_rows[] = {
	{"check: empty", STR_LIT(""), true},
	{"check: no letters", STR_LIT("/var/mail"), true},
	{"check: all letters", STR_LIT("%u%n%d%h%%"), true},
	{"check: unknown letter", STR_LIT("/x/%q"), false},
	{"check: large letter", STR_LIT("/x/%U"), false},
	{"check: percent sign last", STR_LIT("/x/%"), false},
	{"check: two, then one last", STR_LIT("/x/%%%"), false},
	{"check: percent sign and NUL", STR_LIT("%\0"), false},
	{"check: percent sign and blank", STR_LIT("% u"), false},
};

static void test_check(void **state)
{
	const struct check_row *row = *state;
	const char *why = NULL;
	assert_int_equal(template_check(row->text, &why), row->ok);
	if (!row->ok)
		assert_string_equal(why, "after % one of u n d h % must follow");
}

static const struct expand_row {
	const char *name;
	struct str text;
	const char *path; /* NULL: there can be no such mailbox */
} expand_rows[] = {
	{"expand: empty", STR_LIT(""), ""},
	{"expand: plain", STR_LIT("/var/mail"), "/var/mail"},
	{"expand: user", STR_LIT("/m/%u"), "/m/ann@example.com"},
	{"expand: domain and local part", STR_LIT("/m/%d/%n/x"), "/m/example.com/ann/x"},
	{"expand: home", STR_LIT("%h/Maildir"), "/home/ann/Maildir"},
	{"expand: percent sign", STR_LIT("/m/%%u"), "/m/%u"},
	{"expand: side by side", STR_LIT("%n%n"), "annann"},
};

static void test_expand(void **state)
{
	static const struct template_values values = {STR_LIT("ann@example.com"), STR_LIT("ann"),
		STR_LIT("example.com"), STR_LIT("/home/ann")};
	const struct expand_row *row = *state;
	struct arena *mem = arena_new();
	const char *path = NULL;
	struct err err = {.text = ""};
	if (template_expand(row->text, &values, mem, &path, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(path, row->path);
	arena_free(mem);
}

/* As user, local part and domain; as home everything is allowed. */
static const struct name_row {
	const char *name;
	struct str value;
	bool ok;
} name_rows[] = {
	{"name: plain", STR_LIT("ann"), true},
	{"name: blanks and signs", STR_LIT("a b!#$&'*+=?^_`{|}~"), true},
	{"name: 8-bit", STR_LIT("m\xc3\xbcller\xff"), true},
	{"name: a dot inside", STR_LIT("a.b"), true},
	{"name: dots inside", STR_LIT("a..b"), true},
	{"name: a dot last", STR_LIT("a."), true},
	{"name: a minus first", STR_LIT("-a"), true},
	{"name: a percent sign", STR_LIT("%h"), true},
	{"name: a backslash", STR_LIT("a\\..\\b"), true},
	{"name: empty", STR_LIT(""), false},
	{"name: dot", STR_LIT("."), false},
	{"name: dot dot", STR_LIT(".."), false},
	{"name: a dot first", STR_LIT(".a"), false},
	{"name: up and away", STR_LIT("../../etc"), false},
	{"name: a slash", STR_LIT("a/b"), false},
	{"name: a slash first", STR_LIT("/etc"), false},
	{"name: a slash last", STR_LIT("a/"), false},
	{"name: NUL", STR_LIT("a\0b"), false},
	{"name: LF", STR_LIT("a\nb"), false},
	{"name: DEL", STR_LIT("a\x7f"), false},
	{"name: tab", STR_LIT("\t"), false},
};

static void test_name(void **state)
{
	static const char *const letters[] = {"/m/%u", "/m/%n", "/m/%d"};
	const struct name_row *row = *state;
	const struct template_values values = {row->value, row->value, row->value, row->value};
	struct arena *mem = arena_new();
	for (size_t i = 0; i < 3; i++) {
		const char *path = NULL;
		struct err err = {.text = ""};
		int r = template_expand(str_of(letters[i]), &values, mem, &path, &err);
		assert_int_equal(r, row->ok ? 0 : -1);
		if (!row->ok)
			assert_int_equal(err.fault, FAULT_NO_USER);
		else
			assert_memory_equal(path + 3, row->value.p, row->value.n);
	}
	const char *path = NULL;
	assert_int_equal(template_expand(STR_LIT("%h"), &values, mem, &path, NULL), 0);
	arena_free(mem);
}

static void test_long_name(void **state)
{
	char name[256];
	struct template_values values = {.local = {name, 255}};
	struct arena *mem = arena_new();
	const char *path = NULL;
	struct err err = {.text = ""};
	(void)state;
	memset(name, 'x', sizeof name);
	assert_int_equal(template_expand(STR_LIT("/m/%n/y"), &values, mem, &path, &err), 0);
	assert_int_equal(strlen(path), 260);
	values.local.n = 256;
	assert_int_equal(template_expand(STR_LIT("/m/%n/y"), &values, mem, &path, &err), -1);
	assert_true(strlen(err.text) < 200);
	arena_free(mem);
}

/* A template that conf checked holds none of these; they must do no harm all the same. */
static void test_unchecked(void **state)
{
	static const struct template_values values = {
		STR_LIT("u"), STR_LIT("n"), STR_LIT("d"), STR_LIT("h")};
	struct arena *mem = arena_new();
	const char *path = NULL;
	(void)state;
	assert_int_equal(template_expand(STR_LIT("a%"), &values, mem, &path, NULL), 0);
	assert_string_equal(path, "a%");
	assert_int_equal(template_expand(STR_LIT("a%q"), &values, mem, &path, NULL), -1);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_check, check_rows),
		TABLE(test_expand, expand_rows),
		TABLE(test_name, name_rows),
		TABLE_OF_ONE(test_long_name, "a name of 255 bytes, and one more"),
		TABLE_OF_ONE(test_unchecked, "what no check lets through"),
	};
	return table_run("template", tables, sizeof tables / sizeof *tables);
}
