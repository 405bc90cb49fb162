/*
 * The table of limits (base/limits.h): the manual pages say the same, and what is limited costs at
 * n and 2n what it should. Work is counted in the engine's own steps and in bytes of memory, never
 * in time.
 */
#include "base/io.h"
#include "base/limits.h"
#include "filters/sieve/builtin.h"
#include "filters/sieve/host.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>

/* ---- the manual pages ---- */

enum { FILE_MAX = 4 * 1024 * 1024 };

static const struct row {
	const char *name, *page;
	long long limit;
	const char *unit, *what, *beyond;
} rows[] = {
#define ROW(name, limit, unit, what, beyond)                                                       \
	{#name, "filters/sieve/sieve.7", limit, unit, what, beyond},
	LIMITS_OF_SIEVE_7(ROW)
#undef ROW
#define ROW(name, limit, unit, what, beyond) {#name, "mda/mda.conf.5", limit, unit, what, beyond},
		LIMITS_OF_CONF_5(ROW)
#undef ROW
};

/* With commas between the thousands, as people write them. */
static void print_number(struct buf *to, long long n)
{
	if (n >= 1000)
		print_number(to, n / 1000);
	buf_fmt(to, n >= 1000 ? ",%03lld" : "%lld", n % 1000);
}

static void print_limit(struct buf *to, const struct row *row)
{
	enum { KB = 1024, MB = 1024 * KB };
	bool bytes = strcmp(row->unit, "bytes") == 0;
	long long scale = bytes && row->limit % MB == 0   ? MB
			  : bytes && row->limit % KB == 0 ? KB
							  : 1;
	print_number(to, row->limit / scale);
	if (row->unit[0])
		buf_fmt(to, " %s", scale == MB ? "MB" : scale == KB ? "KB" : row->unit);
}

static struct str expected(const struct row *row, struct arena *mem)
{
	struct buf line = {0};
	buf_fmt(&line, "\n.It %s Ta ", row->what);
	print_limit(&line, row);
	buf_fmt(&line, " Ta %s\n", row->beyond);
	struct str kept = arena_str(mem, buf_str(&line));
	buf_free(&line);
	return kept;
}

static struct str slurp(const char *path, struct arena *mem)
{
	struct str text;
	struct err err;
	if (io_read_file(path, FILE_MAX, mem, &text, &err) != 1)
		fail_msg("%s cannot be read; tests run at the top of the source tree", path);
	return text;
}

static void test_page(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str page = slurp(row->page, mem), line = expected(row, mem);
	if (!memmem(page.p, page.n, line.p, line.n))
		fail_msg("%s lacks the line:" STR_FMT, row->page, STR_ARGS(line));
	arena_free(mem);
}

/* A row of the page that is in no table describes a limit that no longer exists. */
static size_t count_lines(const char *path, struct arena *mem)
{
	struct str page = slurp(path, mem), line;
	size_t n = 0;
	bool within = false;
	while (str_line(&page, &line)) {
		if (str_eq(line, STR_LIT(".\\\" the limits")))
			within = true;
		else if (within && str_eq(line, STR_LIT(".El")))
			within = false;
		n += within && str_eq(str_slice(line, 0, 4), STR_LIT(".It "));
	}
	return n;
}

static void test_no_more(void **state)
{
	const char *page = *(const char *const *)*state;
	struct arena *mem = arena_new();
	size_t expected_lines = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expected_lines += strcmp(rows[i].page, page) == 0;
	assert_int_equal(count_lines(page, mem), expected_lines);
	arena_free(mem);
}

static const char *const pages[] = {"filters/sieve/sieve.7", "mda/mda.conf.5"};

/* ---- what n and 2n cost ---- */

/* A script and a message, made for a size. */
struct input {
	struct buf script, message;
	size_t n;
};

static void repeat(struct buf *to, const char *text, size_t n)
{
	while (n-- > 0)
		buf_text(to, text);
}

static void require(struct input *m)
{
	buf_text(&m->script,
		"require "
		"[\"regex\",\"variables\",\"mime\",\"foreverypart\",\"extracttext\",\"body\","
		"\"imap4flags\",\"include\",\"date\",\"comparator-i;unicode-casemap\"];\n");
}

/* A field that holds TEXT N times, and a body. */
static void named_field(struct input *m, const char *name, const char *text, size_t n)
{
	buf_fmt(&m->message, "From: a@b.example\n%s: ", name);
	repeat(&m->message, text, n);
	buf_text(&m->message, "\n\nbody\n");
}

static void field(struct input *m, const char *text, size_t n)
{
	named_field(m, "X-A", text, n);
}

/* A message of N text parts. */
static void parts(struct input *m, size_t n)
{
	buf_text(&m->message, "From: a@b.example\nMIME-Version: 1.0\n"
			      "Content-Type: multipart/mixed; boundary=b\n\n");
	repeat(&m->message, "--b\nContent-Type: text/plain\nX-B: c\n\ntext\n", n);
	buf_text(&m->message, "--b--\n");
}

static void test_of_field(struct input *m, const char *match, const char *item, size_t n)
{
	require(m);
	buf_fmt(&m->script, "if header %s \"x-a\" \"", match);
	repeat(&m->script, item, n);
	buf_text(&m->script, "!\" { discard; }\n");
}

static void regex_items(struct input *m)
{
	test_of_field(m, ":regex", "(a?)", m->n);
	field(m, "a", 200);
}

static void regex_text(struct input *m)
{
	test_of_field(m, ":regex", "(a*)", 10);
	field(m, "a", m->n);
}

static void regex_counts(struct input *m)
{
	require(m);
	buf_fmt(&m->script, "if header :regex \"x-a\" \"((a?){0,%zu}){0,4}!\" { discard; }", m->n);
	field(m, "a", 100);
}

static void regex_brackets(struct input *m)
{
	test_of_field(m, ":regex", "[\303\240-\303\266\303\270-\304\200]*", m->n);
	field(m, "\303\244", 100);
}

static void regex_many(struct input *m)
{
	require(m);
	buf_text(&m->script, "if header :regex \"x-a\" [\"b\"");
	repeat(&m->script, ",\"(ab){20}\"", m->n);
	buf_text(&m->script, "] { discard; }\n");
	field(m, "a", 10);
}

static void regex_thrown_away(struct input *m)
{
	require(m);
	buf_text(&m->script, "if header :regex \"x-a\" [\"b\"");
	repeat(&m->script, ",\"((x{255}){39}){0}b\"", m->n);
	buf_text(&m->script, "] { discard; }\n");
	field(m, "a", 10);
}

static void regex_at_run_time(struct input *m)
{
	require(m);
	buf_text(&m->script, "set \"e\" \"(x{200}){50}\";\n");
	repeat(&m->script, "if header :regex \"x-a\" \"${e}\" { discard; }\n", m->n);
	field(m, "a", 10);
}

static void wildcard_items(struct input *m)
{
	test_of_field(m, ":matches", "*a?a?a?a", m->n);
	field(m, "a", 2000);
}

static void wildcard_marks(struct input *m)
{
	require(m);
	buf_text(&m->script, "if header :matches \"x-a\" \"*");
	repeat(&m->script, "a?", m->n);
	buf_text(&m->script, "b*\" { discard; }\n");
	field(m, "a", 20000);
}

static void wildcard_text(struct input *m)
{
	require(m);
	buf_text(&m->script, "if header :matches \"x-a\" \"*");
	repeat(&m->script, "a?", 50);
	buf_text(&m->script, "b*\" { discard; }\n");
	field(m, "a", m->n);
}

static void tests(struct input *m)
{
	require(m);
	repeat(&m->script, "if header :is \"x-a\" \"k\" { discard; }\n", m->n);
	repeat(&m->message, "X-A: v\n", 1000);
	buf_text(&m->message, "\nbody\n");
}

static void fields(struct input *m)
{
	require(m);
	repeat(&m->script, "if header :is \"x-a\" \"k\" { discard; }\n", 400);
	repeat(&m->message, "X-A: v\n", m->n);
	buf_text(&m->message, "\nbody\n");
}

static void parameter_tests(struct input *m)
{
	require(m);
	repeat(&m->script,
		"if header :mime :param \"name\" :is \"content-type\" \"k\" { discard; }\n", m->n);
	named_field(m, "Content-Type",
		"x; name=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", 500);
}

static void parameter_field(struct input *m)
{
	require(m);
	repeat(&m->script,
		"if header :mime :param \"name\" :is \"content-type\" \"k\" { discard; }\n", 10);
	buf_text(&m->message, "Content-Type: x; name=");
	repeat(&m->message, "v", m->n);
	buf_text(&m->message, "\n\nbody\n");
}

static void comparators(struct input *m)
{
	require(m);
	repeat(&m->script,
		"if header :contains :comparator \"i;unicode-casemap\" \"x-a\" \"k\" { discard; }\n"
		"if header :contains \"x-a\" \"k\" { discard; }\n",
		m->n);
	field(m, "\303\274", 10000);
}

static void addresses(struct input *m)
{
	require(m);
	buf_text(&m->script, "if address :is \"to\" \"k@k.example\" { discard; }\n");
	buf_text(&m->message, "To: a@b.example");
	repeat(&m->message, ",\n c@d.example", m->n);
	buf_text(&m->message, "\n\nbody\n");
}

static void one_loop(struct input *m)
{
	require(m);
	buf_text(&m->script, "foreverypart { if header :mime \"x-b\" \"k${1}\" { discard; } }\n");
	parts(m, m->n);
}

static void nested_loops(struct input *m)
{
	require(m);
	buf_text(&m->script, "foreverypart { foreverypart { if header :mime :anychild \"x-b\" "
			     "\"k${1}\" { discard; } } }\n");
	buf_text(&m->message, "From: a@b.example\nMIME-Version: 1.0\n");
	repeat(&m->message, "Content-Type: message/rfc822\n\nX-B: c\n", m->n);
	buf_text(&m->message, "\nbody\n");
}

/* Each of them rewrites the body of the message. */
static void replaced(struct input *m)
{
	buf_text(&m->script, "require [\"replace\",\"mime\",\"foreverypart\"];\n"
			     "foreverypart { if header :mime :type :is \"content-type\" \"text\" "
			     "{ replace \"x\"; } }\n");
	parts(m, m->n);
}

/* Of messages within messages the content is that of the innermost. */
static void contents(struct input *m)
{
	require(m);
	buf_text(&m->script, "if body :content \"\" :contains \"k\" { discard; }\n");
	buf_text(&m->message, "From: a@b.example\nMIME-Version: 1.0\n");
	repeat(&m->message, "Content-Type: message/rfc822\n\nX-B: c\n", 90);
	buf_text(&m->message, "\n");
	repeat(&m->message, "text\n", m->n);
}

static void bodies(struct input *m)
{
	require(m);
	buf_text(&m->script, "if body :text :contains \"k\" { discard; }\n");
	parts(m, m->n);
}

static void extracted(struct input *m)
{
	require(m);
	buf_text(&m->script, "foreverypart { set \"big\" \"${big}0123456789abcdef${big}\"; }\n");
	parts(m, m->n);
}

static void flags(struct input *m)
{
	require(m);
	buf_text(&m->script, "setflag \"");
	for (size_t i = 0; i < m->n; i++)
		buf_fmt(&m->script, "f%zu ", i);
	buf_text(&m->script, "\";\n");
	field(m, "a", 1);
}

static void global_variables(struct input *m)
{
	require(m);
	buf_text(&m->script, "global \"a\"; set \"a\" \"x\";\nset \"b\" \"");
	repeat(&m->script, "${a}", m->n);
	buf_text(&m->script, "\";\n");
	field(m, "a", 1);
}

static void strings(struct input *m)
{
	require(m);
	buf_text(&m->script, "if header :matches \"x-a\" \"*\" { if string \"");
	repeat(&m->script, "${1}", m->n);
	buf_text(&m->script, "\" \"k\" { discard; } }\n");
	field(m, "a", 1000);
}

static void dates(struct input *m)
{
	require(m);
	repeat(&m->script, "if date \"x-a\" \"year\" \"2000\" { discard; }\n", 10);
	field(m, ";", m->n);
}

/*
 * N costs something, 2n at most GROWTH times as much (what is fixed aside), in steps and in memory.
 * With the small limits below, FAR is refused with this sentence.
 */
static const struct work {
	const char *name;
	void (*make)(struct input *m);
	size_t n;
	double growth;
	size_t far;
	const char *refused;
} works[] = {
#define STEPS        "the script takes more than 20000000 steps"
#define MEMORY       "the script takes more than 8 MB of memory"
#define LARGE_SCRIPT "the script takes more than 32 MB of memory"
#define WORK         "reading the script takes more than 100000000 steps"
#define LARGE        "the counts in the regular expression make it too large"
	{"regex: groups", regex_items, 100, 2, 12000, LARGE},
	{"regex: counts", regex_counts, 60, 2, 255, NULL},
	{"regex: text", regex_text, 1000, 2, 1000000, STEPS},
	{"regex: brackets", regex_brackets, 50, 2, 7000, LARGE},
	{"regex: how many", regex_many, 200, 2, 40000, LARGE_SCRIPT},
	{"regex: what leaves nothing", regex_thrown_away, 20, 2, 5000, WORK},
	{"regex: made at run time", regex_at_run_time, 20, 2, 1000, STEPS},
	{"wildcards: segments", wildcard_items, 50, 2, 0, NULL},
	{"wildcards: question marks", wildcard_marks, 50, 2, 1000, STEPS},
	{"wildcards: text", wildcard_text, 2000, 2, 1000000, STEPS},
	{"tests", tests, 100, 2, 7000, STEPS},
	{"fields", fields, 1000, 2, 20000, STEPS},
	{":param: tests", parameter_tests, 100, 2, 4000, STEPS},
	{":param: the field", parameter_field, 10000, 2, 1000000, STEPS},
	{"comparators in turn", comparators, 10, 2, 2000, STEPS},
	{"addresses", addresses, 200, 2, 90000, MEMORY},
	{"a loop over parts", one_loop, 200, 2, 0, NULL},
	/* However many there are, LIMIT_MIME_DEPTH of them are seen. */
	{"a loop in a loop, over messages in messages, and all within", nested_loops, 40, 8, 400,
		NULL},
	{"texts of parts", bodies, 200, 2, 0, NULL},
	{"contents of messages in messages", contents, 2000, 2, 0, NULL},
	{"parts that are replaced", replaced, 50, 4, 1000, STEPS},
	{"a variable that is set again and again", extracted, 400, 2, 5000, MEMORY},
	{"flags, each compared with the others", flags, 200, 4, 10000, STEPS},
	{"global variables", global_variables, 500, 2, 0, NULL},
	{"a string that is put together", strings, 100, 2, 2000,
		"a string grows larger than 1048576 bytes"},
	{"dates", dates, 2000, 2, 0, NULL},
};

/* What it cost, or why it did not go. */
static struct sv_cost measure(
	const struct work *w, size_t n, const struct sv_limits *limits, struct buf *why)
{
	struct input made = {.n = n};
	struct arena *mem = arena_new();
	struct sv_host host = {.limits = limits};
	struct sv_errors errors = {0};
	struct sv_result result = {0};
	struct err err = {0};
	w->make(&made);
	struct message *msg = message_borrow(buf_str(&made.message), &err);
	assert_non_null(msg);
	struct envelope env = {
		.sender = STR_LIT("a@b.example"), .recipient = STR_LIT("c@d.example")};
	struct sv_input input = {.msg = msg, .env = &env, .host = &host};
	struct sv_script *s =
		builtin_engine.compile(STR_LIT("t"), buf_str(&made.script), &host, mem, &errors);
	size_t compiled = arena_bytes(mem);
	buf_clear(why);
	if (!s)
		buf_add(why, errors.items[0].text);
	else if (builtin_engine.run(s, &input, mem, &result, &err) < 0)
		buf_text(why, err.text);
	/* What is too large is never looked for. */
	if (s && w->refused && strcmp(w->refused, LARGE) == 0 && errors.warning_count)
		buf_add(why, errors.warnings[0].text);
	struct sv_cost cost = result.cost;
	cost.memory += compiled;
	message_free(msg);
	arena_free(mem);
	buf_free(&made.script);
	buf_free(&made.message);
	return cost;
}

static void test_growth(void **state)
{
	enum { FIXED_STEPS = 500, FIXED_MEMORY = 128 * 1024 };
	static const struct sv_limits limits = SV_LIMITS_DEFAULT;
	const struct work *w = *state;
	struct buf why = {0};
	struct sv_cost one = measure(w, w->n, &limits, &why);
	if (why.n)
		fail_msg("n: %s", buf_cstr(&why));
	struct sv_cost two = measure(w, 2 * w->n, &limits, &why);
	if (why.n)
		fail_msg("2n: %s", buf_cstr(&why));
	print_message("# %s: %llu and %llu steps, %zu and %zu KB\n", w->name, one.steps, two.steps,
		one.memory / 1024, two.memory / 1024);
	assert_true(one.steps > 0);
	assert_true((double)two.steps <= 1.05 * w->growth * (double)one.steps + FIXED_STEPS);
	assert_true((double)two.memory <= 1.05 * w->growth * (double)one.memory + FIXED_MEMORY);
	buf_free(&why);
}

static void test_refused(void **state)
{
	const struct work *w = *state;
	struct sv_limits limits = SV_LIMITS_DEFAULT;
	struct buf why = {0};
	limits.steps = 20000000;
	limits.memory = 32 << 20;
	limits.run_memory = 8 << 20;
	struct sv_cost cost = {0};
	if (w->far)
		cost = measure(w, w->far, &limits, &why);
	if (w->refused && !strstr(buf_cstr(&why), w->refused))
		fail_msg("not \"%s\" but \"%s\"", w->refused, buf_cstr(&why));
	if (!w->refused && why.n)
		fail_msg("%s", buf_cstr(&why));
	assert_true(cost.steps <= limits.steps);
	buf_free(&why);
}

int main(void)
{
	static const struct table tables[] = {
		TABLE(test_page, rows),
		TABLE(test_no_more, pages),
		TABLE(test_growth, works),
		TABLE(test_refused, works),
	};
	return table_run("limits", tables, sizeof tables / sizeof *tables);
}
