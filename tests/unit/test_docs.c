/* The documents agree with the program's tables, and the examples can be used unchanged. */
#include "base/io.h"
#include "filters/engines.h"
#include "filters/lists/list_text.h"
#include "filters/sieve/ext.h"
#include "mda/conf/conf_key.h"
#include "mda/conf/conf_show.h"
#include "mda/invocation.h"
#include "mda/pipeline.h"
#include "tests/unit/table.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

static struct arena *mem;
static struct str conf, conf_page, mda_page, sieve_page;

/* What a test is about: one of the two, by the test. */
struct row {
	const char *name;
	const struct conf_key *key;
	const struct sv_ext *ext;
	struct str text;
};

struct rows {
	struct row *items;
	size_t count;
};

static struct row *add_row(struct rows *rows, const char *document, struct str what)
{
	struct row *row = ARENA_PUSH(mem, rows->items, rows->count);
	row->name = arena_fmt(mem, "%s: " STR_FMT, document, STR_ARGS(what)).p;
	row->text = what;
	return row;
}

/* ---- reading ---- */

static struct str slurp(const char *path)
{
	struct str text;
	struct err err;
	int r = io_read_file(path, FILE_MAX, mem, &text, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	if (r == 0)
		fail_msg("%s does not exist; tests run at the top of the source tree", path);
	return text;
}

static size_t count_starts(struct str text, struct str prefix)
{
	struct str line;
	size_t n = 0;
	while (str_line(&text, &line))
		n += str_eq(str_slice(line, 0, prefix.n), prefix);
	return n;
}

static void expect_once(struct str text, const char *document, struct str prefix)
{
	size_t n = count_starts(text, prefix);
	if (n != 1)
		fail_msg("%s has %zu lines \"" STR_FMT "\"", document, n, STR_ARGS(prefix));
}

/* ---- mda.conf ---- */

/* A line that holds a setting rather than a sentence has no blank after its `#`. */
static struct str uncomment(struct str text)
{
	struct str line, all = {"", 0};
	while (str_line(&text, &line)) {
		bool setting = line.n > 1 && line.p[0] == '#' && line.p[1] != ' ';
		all = arena_fmt(mem, STR_FMT STR_FMT "\n", STR_ARGS(all),
			STR_ARGS(str_slice(line, setting ? 1 : 0, line.n)));
	}
	return all;
}

static const struct conf_file *load(struct str text)
{
	struct err err;
	char path[] = "/tmp/mda-test-docs-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, path, &err), 0);
	assert_int_equal(io_close(fd, path, &err), 0);
	const struct conf_file *file = conf_load(arena_str(mem, str_of(path)).p, mem, &err);
	assert_int_equal(unlink(path), 0);
	if (!file)
		fail_msg("%s", err.text);
	return file;
}

static struct str print(struct str text)
{
	char *printed = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&printed, &size);
	assert_non_null(out);
	assert_int_equal(conf_print(load(text), STR_LIT(""), NULL, NULL, out, NULL), 0);
	assert_int_equal(fclose(out), 0);
	struct str kept = arena_str(mem, (struct str){printed, size});
	free(printed);
	return kept;
}

/* "key = value", without conf_print()'s remark on where it comes from. */
static struct str in_force(struct str text, const char *key, bool *is_written)
{
	struct str printed = print(text), line, rest, word;
	while (str_line(&printed, &line)) {
		rest = line;
		if (!str_word(&rest, &word) || !str_eq(word, str_of(key)))
			continue;
		*is_written = !str_iends(line, STR_LIT("# default"));
		return str_slice(line, 0, str_ifind(line, STR_LIT("   # ")));
	}
	fail_msg("conf_print() leaves %s out", key);
	return line;
}

static void test_as_it_stands(void **state)
{
	(void)state;
	assert_true(str_eq(print(conf), print(STR_LIT(""))));
}

/* Unknown keys and wrong values anywhere in it, the sections' too, would fail here. */
static void test_uncommented(void **state)
{
	(void)state;
	assert_non_null(load(uncomment(conf)));
}

/* The kinds of section that a key may be in, as both documents name them. */
static struct str sections_of(const struct conf_key *key)
{
	if (key->scopes & SCOPE_ORGANIZATION)
		return STR_LIT("organization");
	if (key->scopes & SCOPE_ADDRESS)
		return STR_LIT("domain, address");
	return key->scopes & SCOPE_DOMAIN ? STR_LIT("domain") : STR_LIT("");
}

/* The comment above the line that starts with SETTING; keys may share one. */
static struct str comment_above(struct str setting)
{
	struct str rest = conf, line, comment = {"", 0};
	bool in_comment = false;
	while (str_line(&rest, &line) && !str_istarts(line, setting)) {
		bool continues = line.n > 1 && line.p[0] == '#' && line.p[1] == ' ';
		if (continues && !in_comment)
			comment = STR_LIT("");
		in_comment = continues;
		if (continues)
			comment = arena_fmt(mem, STR_FMT STR_FMT, STR_ARGS(comment),
				STR_ARGS(str_slice(line, 1, line.n)));
	}
	return comment;
}

static void test_conf_key(void **state)
{
	const struct conf_key *key = ((const struct row *)*state)->key;
	bool of_organization = key->scopes & SCOPE_ORGANIZATION;
	bool by_default = false, by_file = false;
	struct str start = arena_fmt(mem, "#%s%s = ", of_organization ? "\t" : "", key->name);
	expect_once(conf, "mda.conf", start);
	if (of_organization)
		return;
	struct str standard = in_force(STR_LIT(""), key->name, &by_default);
	struct str written = in_force(uncomment(conf), key->name, &by_file);
	assert_true(!by_default && by_file);
	if (!str_eq(standard, written))
		fail_msg("mda.conf: " STR_FMT "; the default is: " STR_FMT, STR_ARGS(written),
			STR_ARGS(standard));
	struct str sections = arena_fmt(mem, "(" STR_FMT ")", STR_ARGS(sections_of(key)));
	struct str comment = comment_above(start);
	bool told = str_ifind(comment, sections) < comment.n;
	if (sections.n > 2 ? !told : str_ifind(comment, STR_LIT("(domain")) < comment.n)
		fail_msg("the comment on %s shall say \"" STR_FMT "\"", key->name,
			STR_ARGS(sections));
}

/* ---- mda.conf.5 ---- */

static bool is_quoted(const struct conf_key *key)
{
	return key->default_text[0] == '\0' ||
	       str_istarts(str_of(key->type->name), STR_LIT("a text")) ||
	       str_istarts(str_of(key->type->name), STR_LIT("a path"));
}

/* The default in the page's form; a long list is in an example below the key. */
static struct str default_in_page(const struct conf_key *key)
{
	struct str_list values = conf_key_default(key, mem);
	struct str all = {"", 0};
	if (!key->type->is_list)
		return arena_fmt(mem, is_quoted(key) ? "\\(dq%s\\(dq" : "%s", key->default_text);
	if (values.count == 0)
		return STR_LIT("{}");
	if (values.count > 3)
		return STR_LIT("{ ... }");
	for (size_t i = 0; i < values.count; i++)
		all = arena_fmt(mem, STR_FMT "%s\\(dq" STR_FMT "\\(dq", STR_ARGS(all),
			i ? ", " : "", STR_ARGS(values.items[i]));
	return arena_fmt(mem, "{ " STR_FMT " }", STR_ARGS(all));
}

static void test_page_key(void **state)
{
	const struct conf_key *key = ((const struct row *)*state)->key;
	struct str value = default_in_page(key), sections = sections_of(key);
	struct str line = arena_fmt(mem, ".It Ic %s No = " STR_FMT "%s" STR_FMT "\n", key->name,
		STR_ARGS(value), sections.n ? " Pq " : "", STR_ARGS(sections));
	if (str_ifind(conf_page, line) == conf_page.n)
		fail_msg("mda.conf.5 has no line \"" STR_FMT "\"", STR_ARGS(str_trim(line)));
	struct str_list values = conf_key_default(key, mem);
	for (size_t i = 0; i < values.count && values.count > 3; i++)
		if (str_ifind(conf_page, values.items[i]) == conf_page.n)
			fail_msg("mda.conf.5 lacks " STR_FMT, STR_ARGS(values.items[i]));
}

static void test_page_has_no_other_key(void **state)
{
	(void)state;
	assert_int_equal(count_starts(conf_page, STR_LIT(".It Ic ")), conf_key_count);
}

/* ---- settings in Dovecot's names ---- */

/*
 * The line of the page that names SETTING as one that moves, and what follows it; empty if there is
 * none.
 */
static struct str line_of_setting(struct str setting)
{
	struct str rest = str_slice(conf_page, str_ifind(conf_page, STR_LIT(".Sh FROM PIGEONHOLE")),
			   conf_page.n),
		   line, word;
	while (str_line(&rest, &line)) {
		if (str_istarts(line, STR_LIT(".Sh")) &&
			!str_ieq(line, STR_LIT(".Sh FROM PIGEONHOLE")))
			break;
		struct str words = line;
		while (str_istarts(line, STR_LIT(".It Li")) && str_word(&words, &word))
			if (str_eq(word, setting))
				return rest;
	}
	return (struct str){"", 0};
}

/* What the test runner maps to a key, the page does as well. */
static void test_page_settings(void **state)
{
	static const char open[] = "\t{\"";
	struct str rest = slurp("tests/sieve/svtest_conf.c"), line;
	size_t n = 0;
	(void)state;
	while (str_line(&rest, &line)) {
		struct str text = str_slice(line, sizeof open - 1, line.n);
		size_t end = str_find(text, '"');
		if (!str_istarts(line, str_of(open)) || end == text.n)
			continue;
		struct str setting = str_slice(text, 0, end),
			   key = str_slice(text, end + 4, text.n);
		key = str_slice(key, 0, str_find(key, '"'));
		struct str item = line_of_setting(setting);
		if (!str_istarts(item, arena_fmt(mem, ".Ic " STR_FMT, STR_ARGS(key))))
			fail_msg("mda.conf.5 does not say that " STR_FMT " is " STR_FMT,
				STR_ARGS(setting), STR_ARGS(key));
		n++;
	}
	assert_true(n >= 15);
}

/* What the page names as a key is one. */
static void test_page_settings_are_keys(void **state)
{
	struct str rest = str_slice(conf_page, str_ifind(conf_page, STR_LIT(".Sh FROM PIGEONHOLE")),
			   conf_page.n),
		   line, word;
	bool item = false;
	size_t n = 0;
	(void)state;
	while (str_line(&rest, &line) && !str_ieq(line, STR_LIT(".Sh FILES"))) {
		struct str words = str_slice(line, 3, line.n);
		while (item && str_istarts(line, STR_LIT(".Ic ")) && str_word(&words, &word)) {
			bool mark = str_eq(word, STR_LIT(":")) || str_eq(word, STR_LIT(","));
			if (!mark && !conf_key_find(word, SCOPE_GLOBAL))
				fail_msg("there is no key " STR_FMT, STR_ARGS(word));
			n += !mark;
		}
		item = str_istarts(line, STR_LIT(".It Li"));
	}
	assert_true(n >= 25);
}

/* ---- mda.8 ---- */

static struct str usage(void)
{
	struct buf text = {0};
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	assert_true(file && out >= 0);
	fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	invocation_usage();
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	assert_int_equal(fseek(file, 0, SEEK_SET), 0);
	assert_int_equal(io_read_all(fileno(file), FILE_MAX, &text, "usage", NULL), 0);
	fclose(file);
	struct str kept = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return kept;
}

/* Of each option the start of its line in the page, ".It Fl d Ar user". */
static struct rows options(void)
{
	struct rows rows = {0};
	struct str text = usage(), line, flag, value;
	while (str_line(&text, &line)) {
		struct str rest = str_slice(line, 5, 16);
		if (!str_istarts(line, STR_LIT("  -")))
			continue;
		flag = str_slice(line, 3, 4);
		struct str item = str_word(&rest, &value)
					  ? arena_fmt(mem, ".It Fl " STR_FMT " Ar " STR_FMT,
						    STR_ARGS(flag), STR_ARGS(value))
					  : arena_fmt(mem, ".It Fl " STR_FMT, STR_ARGS(flag));
		add_row(&rows, "mda.8", item);
	}
	return rows;
}

static void test_page_item(void **state)
{
	const struct row *row = *state;
	expect_once(mda_page, "mda.8", row->text);
}

static void test_page_has_no_other_option(void **state)
{
	(void)state;
	assert_int_equal(count_starts(mda_page, STR_LIT(".It Fl ")), options().count);
}

static bool has_row(const struct rows *rows, struct str text)
{
	for (size_t i = 0; i < rows->count; i++)
		if (str_eq(rows->items[i].text, text))
			return true;
	return false;
}

/* The keys of the log line, as report.c writes them. */
static struct rows log_keys(void)
{
	struct rows rows = {0};
	struct str text = slurp("mda/report.c"), line;
	while (str_line(&text, &line)) {
		size_t call = str_ifind(line, STR_LIT("log_put"));
		struct str rest = str_slice(line, call, line.n);
		struct str key = str_slice(rest, str_find(rest, '"') + 1, rest.n);
		key = str_slice(key, 0, str_find(key, '"'));
		struct str item = arena_fmt(mem, ".It Cm " STR_FMT "\n", STR_ARGS(key));
		if (key.n && !has_row(&rows, item))
			add_row(&rows, "mda.8", item);
	}
	return rows;
}

static void test_page_log_key(void **state)
{
	const struct row *row = *state;
	if (str_ifind(mda_page, row->text) == mda_page.n)
		fail_msg("mda.8 has no line \"" STR_FMT "\"", STR_ARGS(str_trim(row->text)));
}

/* From the line START to the next one that starts with END. */
static struct str part_of(struct str page, const char *start, const char *end)
{
	struct str part = str_slice(page, str_ifind(page, str_of(start)), page.n);
	struct str rest = str_slice(part, strlen(start), part.n);
	return str_slice(part, 0, strlen(start) + str_ifind(rest, str_of(end)));
}

/* "How a message flows" has each stage as an item, in the order of the table, and no others. */
static void test_page_stages(void **state)
{
	struct str flow = part_of(mda_page, ".Ss How a message flows\n", "\n.Ss "), line;
	size_t n = 0;
	(void)state;
	while (str_line(&flow, &line)) {
		if (!str_istarts(line, STR_LIT(".It ")))
			continue;
		assert_true(n < pipeline_stage_count);
		const char *name = pipeline_stages[n++].name;
		if (!str_eq(line, arena_fmt(mem, ".It Sy %s", name)))
			fail_msg("mda.8: \"" STR_FMT "\" is where the stage %s must be",
				STR_ARGS(line), name);
	}
	assert_int_equal(n, pipeline_stage_count);
}

/* ---- examples ---- */

static struct rows find_files(const char *const *patterns)
{
	struct rows rows = {0};
	for (size_t i = 0; patterns[i]; i++) {
		glob_t found;
		if (glob(patterns[i], 0, NULL, &found) != 0)
			fail_msg("there is no %s; tests run at the top of the source tree",
				patterns[i]);
		for (size_t k = 0; k < found.gl_pathc; k++)
			add_row(&rows, "example", arena_str(mem, str_of(found.gl_pathv[k])));
		globfree(&found);
	}
	return rows;
}

static void test_example_conf(void **state)
{
	const struct row *row = *state;
	struct err err;
	const struct conf_file *file = conf_load(row->text.p, mem, &err);
	if (!file || conf_check(file, &err) < 0)
		fail_msg("%s", err.text);
}

static void count_entry(void *context, const struct list_line *l)
{
	if (!l->wild)
		fail_msg("line %u: %s", l->line, l->wrong);
	++*(size_t *)context;
}

static void test_example_list(void **state)
{
	const struct row *row = *state;
	struct err err;
	size_t entries = 0;
	if (list_text_walk(row->text, 0, count_entry, &entries, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(entries > 0);
}

static void test_example_script(void **state)
{
	const struct row *row = *state;
	struct sv_errors errors = {0};
	const struct sv_engine *engine = engines_find(STR_LIT("builtin"));
	assert_non_null(engine);
	if (!engine->compile(row->text, slurp(row->text.p), NULL, mem, &errors))
		fail_msg(STR_FMT ":%u: " STR_FMT, STR_ARGS(errors.items[0].file),
			errors.items[0].line, STR_ARGS(errors.items[0].text));
}

static const char *const conf_patterns[] = {"mda.conf", "examples/*/mda.conf", NULL};

static const char *const list_patterns[] = {"examples/lists/*", "examples/demo/lists/*",
	"examples/demo/users/*/allow", "examples/demo/users/*/block",
	"examples/demo/users/*/contacts", NULL};

/* One user of the demo has a broken script, to show what happens to their mail. */
static const char *const script_patterns[] = {"examples/sieve/*.sieve",
	"examples/demo/before/*.sieve", "examples/demo/users/ann*/rules.sieve", NULL};

/* ---- sieve.7 ---- */

static bool ends_word(char c)
{
	return !ascii_isalnum(c) && c != '_' && c != '-' && c != ':' && c != ';';
}

/* Does the word occur, and not only as a part of a longer one? */
static bool has_word(struct str text, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 1; i + n < text.n; i++)
		if (memcmp(text.p + i, word, n) == 0 && ends_word(text.p[i - 1]) &&
			ends_word(text.p[i + n]))
			return true;
	return false;
}

static bool is_an_item(const char *name)
{
	struct str rest = sieve_page, line;
	while (str_line(&rest, &line))
		if (str_istarts(line, STR_LIT(".It Cm ")) &&
			has_word(arena_fmt(mem, STR_FMT "\n", STR_ARGS(line)), name))
			return true;
	return false;
}

static void expect_word(const char *word)
{
	if (!has_word(sieve_page, word))
		fail_msg("sieve.7 does not speak of %s", word);
}

/* The capability is an item of its own; what it brings is named. */
static void test_extension(void **state)
{
	const struct sv_ext *e = ((const struct row *)*state)->ext;
	if (e->name && !is_an_item(e->name))
		fail_msg("sieve.7 has no item %s", e->name);
	for (const struct sv_word *w = e->words; w && w->name; w++)
		expect_word(w->name);
	for (const struct sv_tag *t = e->tags; t && t->name; t++)
		if (e->name || strcmp(t->on, "size") != 0)
			expect_word(t->name);
	for (const struct sv_match_type *m = e->match_types; m && m->name; m++)
		expect_word(m->name);
	for (const struct sv_address_part *a = e->address_parts; a && a->name; a++)
		expect_word(a->name);
	for (const struct sv_environment_item *i = e->environment; i && i->name; i++)
		expect_word(i->name);
}

static struct rows extensions(void)
{
	struct rows rows = {0};
	for (size_t i = 0; ext_table[i]; i++) {
		const char *name = ext_table[i]->name;
		add_row(&rows, "sieve.7", name ? str_of(name) : STR_LIT("the base language"))->ext =
			ext_table[i];
	}
	return rows;
}

static enum sv_ran run_nothing(void *context, const struct sv_program *program, struct arena *own,
	struct str *output, struct err *err)
{
	(void)context;
	(void)program;
	(void)own;
	(void)output;
	(void)err;
	return SV_RAN_NEVER;
}

/* The scripts in the page compile. */
static void test_page_scripts(void **state)
{
	const struct sv_engine *engine = engines_find(STR_LIT("builtin"));
	const struct sv_host host = {.run_program = run_nothing};
	struct str rest = sieve_page, line;
	struct buf script = {0};
	bool within = false;
	size_t n = 0;
	(void)state;
	while (str_line(&rest, &line)) {
		struct sv_errors errors = {0};
		bool ends = within && str_eq(line, STR_LIT(".Ed"));
		if (ends && !engine->compile(STR_LIT("sieve.7"), arena_str(mem, buf_str(&script)),
				    &host, mem, &errors))
			fail_msg("\"%s\": " STR_FMT, buf_cstr(&script),
				STR_ARGS(errors.items[0].text));
		n += ends;
		within = !ends && (within || str_istarts(line, STR_LIT(".Bd -literal")));
		if (ends || str_istarts(line, STR_LIT(".Bd")))
			buf_clear(&script);
		else if (within)
			buf_fmt(&script, STR_FMT "\n", STR_ARGS(line));
	}
	assert_true(n >= 3);
	buf_free(&script);
}

/* ---- all ---- */

static struct rows key_rows(const char *document)
{
	struct rows rows = {0};
	for (size_t i = 0; i < conf_key_count; i++)
		add_row(&rows, document, str_of(conf_keys[i].name))->key = &conf_keys[i];
	return rows;
}

static struct table as_table(CMUnitTestFunction run, struct rows rows)
{
	return (struct table){run, rows.items, sizeof *rows.items, rows.count};
}

int main(void)
{
	mem = arena_new();
	conf = slurp("mda.conf");
	conf_page = slurp("mda/mda.conf.5");
	mda_page = slurp("mda/mda.8");
	sieve_page = slurp("filters/sieve/sieve.7");
	const struct table tables[] = {
		TABLE_OF_ONE(test_as_it_stands, "mda.conf as it stands sets nothing"),
		TABLE_OF_ONE(test_uncommented, "mda.conf without its comment signs can be read"),
		as_table(test_conf_key, key_rows("mda.conf")),
		as_table(test_page_key, key_rows("mda.conf.5")),
		TABLE_OF_ONE(test_page_has_no_other_key, "mda.conf.5 knows no other key"),
		TABLE_OF_ONE(test_page_settings,
			"mda.conf.5 has the settings that the test runner maps"),
		TABLE_OF_ONE(test_page_settings_are_keys, "mda.conf.5 maps settings to keys alone"),
		as_table(test_page_item, options()),
		TABLE_OF_ONE(test_page_has_no_other_option, "mda.8 knows no other option"),
		as_table(test_page_log_key, log_keys()),
		TABLE_OF_ONE(test_page_stages, "mda.8 has every stage, in order"),
		as_table(test_extension, extensions()),
		TABLE_OF_ONE(test_page_scripts, "the scripts in sieve.7 compile"),
		as_table(test_example_conf, find_files(conf_patterns)),
		as_table(test_example_list, find_files(list_patterns)),
		as_table(test_example_script, find_files(script_patterns)),
	};
	int failed = table_run("docs", tables, sizeof tables / sizeof *tables);
	arena_free(mem);
	return failed;
}
