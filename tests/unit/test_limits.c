/*
 * The table of limits (mda/base/limits.h): the manual pages say the same, and what is limited costs at n and 2n what it
 * should. Work is counted in the engine's own steps and in bytes of memory, never in time.
 */
#include "mda/base/io.h"
#include "mda/base/limits.h"
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

/* A row of the page that is in no table is a limit that is no more. */
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

int main(void)
{
	static const struct table tables[] = {
		TABLE(test_page, rows),
		TABLE(test_no_more, pages),
	};
	return table_run("limits", tables, sizeof tables / sizeof *tables);
}
