/* What people set themselves: which lines count, what is reported, and hostile files. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/path.h"
#include "mda/conf/conf_show.h"
#include "mda/conf/conf_type_spam.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static struct arena *mem;
static struct conf_file *file;
static const struct conf *conf;

static const char admins[] = "label = yes\nspam_limit = 8\nantispam = rspamd\n"
			     "antispam_servers = { \"127.0.0.1:1\" }\n"
			     "user_settings = { label, antispam, spam_limit, label_shows,"
			     " vacation_subject, attachments_refuse }\n"
			     "address \"a@b.test\" { user_settings = {} }\n";

/* ---- lines ---- */

static const struct row {
	const char *name;
	struct str text;
	const char *key;   /* what is set by the end; NULL: nothing */
	const char *value; /* with commas between the values of a list */
	const char *error; /* a part of the errors; NULL: none */
} rows[] = {
	{"an empty file", STR_LIT(""), NULL, NULL, NULL},
	{"comments and blank lines", STR_LIT("# label = no\n\n  \n\t# x\n"), NULL, NULL, NULL},
	{"one key", STR_LIT("label = no\n"), "label", "no", NULL},
	{"no line end", STR_LIT("label = no"), "label", "no", NULL},
	{"CR LF", STR_LIT("label = no\r\nspam_limit = 3\r\n"), "label", "no", NULL},
	{"a BOM", STR_LIT("\xef\xbb\xbflabel = no\n"), "label", "no", NULL},
	{"a comment after it", STR_LIT("label = no # mine\n"), "label", "no", NULL},
	{"a list", STR_LIT("label_shows = { header, subject }\n"), "label_shows", "header, subject",
		NULL},
	{"an empty list", STR_LIT("label_shows = {}\n"), "label_shows", "", NULL},
	{"quotes", STR_LIT("vacation_subject = \"I \\\"am\\\" away\"\n"), "vacation_subject",
		"I \"am\" away", NULL},
	{"the last line counts", STR_LIT("label = no\nlabel = yes\n"), "label", "yes", NULL},
	{"a wrong last line does not", STR_LIT("label = no\nlabel = maybe\n"), "label", "no",
		":2:1: label takes yes or no"},
	{"a wrong line harms no other", STR_LIT("nonsense\nlabel = no\n}\n"), "label", "no",
		":1:1: unknown key \"nonsense\""},
	{"a brace alone", STR_LIT("}\nlabel = no\n"), "label", "no", ":1:1: a line starts with"},
	{"a list that does not end", STR_LIT("label_shows = { header,\nlabel = no\n"), "label",
		"no", ":1:15: this list does not end"},
	{"a string that does not end", STR_LIT("vacation_subject = \"x\nlabel = no\n"), "label",
		"no", ":1:20: this string does not end"},
	{"a comment that does not end", STR_LIT("/* x\nlabel = no\n"), "label", "no",
		":1:1: this comment does not end"},
	/* what is the admin's */
	{"a key that was not named", STR_LIT("spam_action = discard\n"), NULL, NULL,
		":1:1: spam_action is not yours to set"},
	{"a path", STR_LIT("maildir = \"/etc\"\n"), NULL, NULL, ":1:1: maildir is not yours"},
	{"who may set what", STR_LIT("user_settings = { maildir }\n"), NULL, NULL,
		":1:1: user_settings is not yours"},
	{"a key of root's", STR_LIT("log = \"/etc/passwd\"\n"), NULL, NULL, "unknown key \"log\""},
	{"a section", STR_LIT("address \"x@b.test\" { label = no }\n"), NULL, NULL,
		"unknown key \"address\""},
	{"an include", STR_LIT("include = \"/etc/shadow\"\n"), NULL, NULL,
		"unknown key \"include\""},
	{"another filter", STR_LIT("antispam = spamd\n"), NULL, NULL,
		":1:1: antispam: this server is not asked here"},
	{"the admin's own filter", STR_LIT("antispam = rspamd\n"), "antispam", "rspamd", NULL},
	{"no filter", STR_LIT("antispam = no\n"), "antispam", "no", NULL},
	/* hostile values */
	{"a NUL", STR_LIT("label = n\0o\nspam_limit = 3\n"), "spam_limit", "3",
		":1:10: this is a NUL byte"},
	{"a control character", STR_LIT("vacation_subject = \"a\x1b[2Jb\"\n"), NULL, NULL,
		"vacation_subject: the value has a control character"},
	{"a line end by an escape", STR_LIT("vacation_subject = \"a\\nBcc: x@b.test\"\n"), NULL,
		NULL, "vacation_subject: the value has a control character"},
	{"bytes that are not UTF-8", STR_LIT("vacation_subject = \"\xff\"\n"), NULL, NULL,
		"vacation_subject: the value is not UTF-8"},
	{"a variable", STR_LIT("vacation_subject = \"${HOME}\"\n"), "vacation_subject", "${HOME}",
		NULL},
	{"a variable alone", STR_LIT("vacation_subject = ${HOME}\n"), NULL, NULL, ":1:21: "},
	{"a variable for a key", STR_LIT("${HOME} = x\n"), NULL, NULL,
		":1:1: a line starts with a key"},
	{"a number that is none", STR_LIT("spam_limit = 0x10\n"), NULL, NULL,
		"spam_limit takes a score"},
	{"not a number", STR_LIT("spam_limit = nan\n"), NULL, NULL, "spam_limit takes a score"},
	{"a pattern that cannot be one", STR_LIT("attachments_refuse = { \"\" }\n"), NULL, NULL,
		"attachments_refuse takes"},
};

static void parse(struct str text, struct conf_personal *p)
{
	conf_personal_parse(file, conf, "settings", text, mem, p);
}

static struct str values_of(const struct conf_own *own)
{
	struct buf b = {0};
	for (size_t i = 0; i < own->values.count; i++)
		buf_fmt(&b, "%s" STR_FMT, i ? ", " : "", STR_ARGS(own->values.items[i]));
	struct str kept = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return kept;
}

static void check_row(void **state)
{
	const struct row *row = *state;
	struct conf_personal p;
	parse(row->text, &p);
	if (row->error && strstr(p.errors.p, row->error) == NULL)
		fail_msg("errors: " STR_FMT, STR_ARGS(p.errors));
	if (!row->error && p.error_count)
		fail_msg("errors: " STR_FMT, STR_ARGS(p.errors));
	const struct conf_key *key =
		row->key ? conf_key_find(str_of(row->key), SCOPE_ADDRESS) : NULL;
	const struct conf_own *own = key ? conf_personal_find(&p, key) : NULL;
	assert_true(row->key ? own != NULL : p.count == 0);
	if (own && !str_eq(values_of(own), str_of(row->value)))
		fail_msg("value: " STR_FMT, STR_ARGS(values_of(own)));
	assert_non_null(conf_personal_apply(conf, &p, mem));
}

/* ---- what is in force ---- */

static void test_apply(void **state)
{
	(void)state;
	struct conf_personal p;
	parse(STR_LIT("label = no\nspam_limit = 2.5\nantispam = yes\n"), &p);
	const struct conf *own = conf_personal_apply(conf, &p, mem);
	assert_false(own->label);
	assert_true(conf->label);
	assert_true(own->spam_limit.value == 2.5);
	assert_int_equal(own->antispam, SPAM_BY_RSPAMD);
	parse(STR_LIT("antispam = no\n"), &p);
	assert_int_equal(conf_personal_apply(conf, &p, mem)->antispam, SPAM_BY_NOBODY);
	parse(STR_LIT("antispam = headers\n"), &p);
	assert_int_equal(conf_personal_apply(conf, &p, mem)->antispam, SPAM_BY_HEADERS);
	parse(STR_LIT("# nothing\n"), &p);
	assert_ptr_equal(conf_personal_apply(conf, &p, mem), conf);
}

static void test_command_line_wins(void **state)
{
	(void)state;
	struct err err;
	struct conf_personal p;
	assert_int_equal(conf_override(file, "label=yes", &err), 0);
	parse(STR_LIT("label = no\nspam_limit = 3\n"), &p);
	assert_int_equal(p.count, 1);
	assert_non_null(strstr(p.errors.p, "label is set on the command line"));
}

/* Every key that may be named can be set in an address section, and names no file or program. */
static void test_words(void **state)
{
	(void)state;
	const struct conf_key *words = conf_key_find(STR_LIT("user_settings"), SCOPE_GLOBAL);
	assert_non_null(words);
	size_t n = 0;
	for (; words->choices[n]; n++) {
		const struct conf_key *key =
			conf_key_find(str_of(words->choices[n]), SCOPE_ADDRESS);
		if (!key || key->type == &conf_type_path || key->type == &conf_type_paths ||
			key->type == &conf_type_servers || key == words)
			fail_msg("%s", words->choices[n]);
	}
	assert_true(n > 10);
}

/* ---- files ---- */

static const char *path_in(const char *name)
{
	return arena_fmt(mem, "%s/%s", dir, name).p;
}

static void write_file(const char *name, struct str text)
{
	FILE *f = fopen(path_in(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

static int read_file(struct conf_personal *p)
{
	const struct template_values names = {.user = STR_LIT("ann@b.test"), .home = str_of(dir)};
	return conf_personal_read(file, conf, &names, mem, p);
}

static void expect_error(const char *what)
{
	struct conf_personal p;
	assert_int_equal(read_file(&p), 1);
	assert_int_equal(p.count, 0);
	assert_int_equal(p.error_count, 1);
	if (!strstr(p.errors.p, what))
		fail_msg(STR_FMT, STR_ARGS(p.errors));
	assert_ptr_equal(conf_personal_apply(conf, &p, mem), conf);
}

static void forget(void)
{
	assert_int_equal(unlink(path_in(".mda/settings")), 0);
}

static void test_files(void **state)
{
	(void)state;
	struct conf_personal p;
	struct buf large = {0};
	assert_int_equal(read_file(&p), 0);
	write_file(".mda/settings", STR_LIT("label = no\n"));
	assert_int_equal(read_file(&p), 1);
	assert_int_equal(p.count, 1);
	forget();
	write_file("elsewhere", STR_LIT("label = no\n"));
	assert_int_equal(symlink(path_in("elsewhere"), path_in(".mda/settings")), 0);
	expect_error("symbolic link");
	forget();
	assert_int_equal(symlink("nowhere", path_in(".mda/settings")), 0);
	expect_error("symbolic link");
	forget();
	assert_int_equal(mkfifo(path_in(".mda/settings"), 0600), 0);
	expect_error("not a regular file");
	forget();
	for (size_t i = 0; i < LIMIT_SETTINGS / 8; i++)
		buf_text(&large, "# 3456\n\n");
	write_file(".mda/settings", buf_str(&large));
	assert_int_equal(read_file(&p), 1);
	assert_int_equal(p.error_count, 0);
	buf_byte(&large, '\n');
	write_file(".mda/settings", buf_str(&large));
	expect_error("is larger than 65536 bytes");
	forget();
	buf_free(&large);
	assert_int_equal(mkdir(path_in(".mda/settings"), 0700), 0);
	expect_error("not a regular file");
	assert_int_equal(rmdir(path_in(".mda/settings")), 0);
}

/* Whatever there is in the file, the work is limited, and so is what is reported. */
static void test_many_errors(void **state)
{
	(void)state;
	struct buf b = {0};
	struct conf_personal p;
	for (int i = 0; i < 8000; i++)
		buf_text(&b, "lable=x\n");
	parse(buf_str(&b), &p);
	assert_int_equal(p.error_count, LIMIT_SETTINGS_ERRORS + 1);
	assert_true(p.errors.n < 4096);
	assert_non_null(strstr(p.errors.p, "too many errors"));
	buf_clear(&b);
	buf_text(&b, "vacation_subject = \"");
	for (int i = 0; i < 1001; i++)
		buf_byte(&b, 'x');
	buf_text(&b, "\"\nlabel_shows = {");
	for (int i = 0; i < 101; i++)
		buf_text(&b, "header,");
	buf_text(&b, "}\n");
	parse(buf_str(&b), &p);
	assert_int_equal(p.count, 0);
	assert_non_null(strstr(p.errors.p, "vacation_subject: the value is too long"));
	assert_non_null(strstr(p.errors.p, "label_shows: the list is too long"));
	buf_free(&b);
}

/* All prefixes and all single changed bytes of a file are read without harm. */
static void test_damage(void **state)
{
	(void)state;
	static const char whole[] = "label = no # x\nlabel_shows = { \"header\", subject }\n"
				    "vacation_subject = 'a \\'b'\n";
	char text[sizeof whole];
	struct conf_personal p;
	for (size_t n = 0; n < sizeof whole; n++)
		parse((struct str){whole, n}, &p);
	for (size_t i = 0; i < sizeof whole - 1; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, whole, sizeof whole);
			text[i] = (char)c;
			parse((struct str){text, sizeof whole - 1}, &p);
			assert_true(p.count <= 3);
		}
}

static void test_nobody(void **state)
{
	(void)state;
	struct err err;
	struct conf_personal p;
	const struct template_values names = {.user = STR_LIT("a@b.test"), .home = str_of(dir)};
	write_file(".mda/settings", STR_LIT("label = no\n"));
	const struct conf *other = conf_for(file, STR_LIT("a@b.test"), mem, &err);
	assert_non_null(other);
	assert_int_equal(conf_personal_read(file, other, &names, mem, &p), 0);
	assert_null(p.path);
	forget();
}

static int set_up(void)
{
	struct err err = {.text = ""};
	mem = arena_new();
	snprintf(dir, sizeof dir, "/tmp/mda-personal-XXXXXX");
	if (!mkdtemp(dir) || mkdir(path_in(".mda"), 0700) < 0)
		return -1;
	FILE *f = fopen(path_in("mda.conf"), "w");
	if (!f || fputs(admins, f) < 0 || fclose(f) != 0)
		return -1;
	file = conf_load(path_in("mda.conf"), mem, &err);
	conf = file ? conf_for(file, STR_LIT("ann@b.test"), mem, &err) : NULL;
	if (!conf)
		fprintf(stderr, "%s\n", err.text);
	path_declare(dir);
	return conf ? 0 : -1;
}

static void tear_down(void)
{
	(void)tree_remove(dir);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply), cmocka_unit_test(test_words),
		cmocka_unit_test(test_files), cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_command_line_wins), /* it changes the file: the last */
	};
	static const struct table tables[] = {TABLE(check_row, rows)};
	if (set_up() < 0)
		return 1;
	int bad = table_run("lines", tables, 1);
	bad += cmocka_run_group_tests_name("the rest", tests, NULL, NULL);
	tear_down();
	return bad;
}
