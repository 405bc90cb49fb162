/* The progress line of long work: its text, its width, and where it is not shown. */
#include "tests/unit/table.h"

#include "mda/tools/progress.h"

#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct row {
	const char *name;
	size_t done, total;
	double seconds;
	size_t width;
	const char *line;
} rows[] = {
	{"nothing done", 0, 100, 0, 60,
		"INBOX  [.................................]   0%  0/100  0/s"},
	{"half", 50, 100, 10, 60, "INBOX  [#############.............]  50%  50/100  5/s  0:10"},
	{"all", 100, 100, 10, 60, "INBOX  [##############################] 100%  100/100  10/s"},
	{"more than all", 101, 100, 1, 60,
		"INBOX  [#############################] 101%  101/100  101/s"},
	{"long to go", 1, 10000, 1, 79,
		"INBOX  [........................................]   0%  1/10000  1/s  2:46:39"},
	{"no total", 42, 0, 2, 79, "INBOX  42  21/s"},
	{"a bar has a largest size", 1, 2, 1, 200,
		"INBOX  [####################....................]  50%  1/2  1/s  0:01"},
	{"too narrow for a bar", 1, 2, 1, 30, "INBOX   50%  1/2  1/s  0:01"},
	{"narrow", 1, 2, 1, 10, "INBOX   50"},
	{"no width", 1, 2, 1, 0, ""},
};

static void says(void **state)
{
	const struct row *r = *state;
	const struct progress p = {.what = "INBOX", .done = r->done, .total = r->total};
	char line[512];
	size_t n = progress_line(&p, r->seconds, r->width, line, sizeof line - 1);
	line[n] = '\0';
	assert_string_equal(line, r->line);
}

/* Runs work in a process whose standard error is FD; what it wrote is left in TO. */
static size_t show(bool terminal, const char *term, bool quiet, char *to, size_t room)
{
	int ends[2];
	if (terminal)
		assert_int_equal(openpty(&ends[0], &ends[1], NULL, NULL, NULL), 0);
	else
		assert_int_equal(pipe(ends), 0);
	int saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	setenv("TERM", term, 1);
	struct progress p;
	progress_start(&p, "INBOX", 10, quiet);
	p.began -= 1000000;
	progress_at(&p, 5);
	progress_at(&p, 6); /* too soon to be drawn */
	progress_end(&p);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	/* To its end, which is an error on a terminal: it hands on in pieces, and when it likes. */
	size_t n = 0;
	for (ssize_t got; n < room && (got = read(ends[0], to + n, room - n)) > 0;)
		n += (size_t)got;
	close(ends[0]);
	return n;
}

static void on_a_terminal(void **state)
{
	char text[1024];
	(void)state;
	size_t n = show(true, "xterm", false, text, sizeof text);
	assert_true(n > 10);
	assert_memory_equal(text, "\r\033[KINBOX  [", 12);
	assert_memory_equal(text + n - 4, "\r\033[K", 4);
	assert_non_null(memmem(text, n, "5/10", 4));
	assert_null(memmem(text, n, "6/10", 4));
}

static void nowhere_else(void **state)
{
	char text[1024];
	(void)state;
	assert_int_equal(show(false, "xterm", false, text, sizeof text), 0);
	assert_int_equal(show(true, "dumb", false, text, sizeof text), 0);
	assert_int_equal(show(true, "xterm", true, text, sizeof text), 0);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(says, rows),
		TABLE_OF_ONE(on_a_terminal, "on a terminal it is drawn, and erased"),
		TABLE_OF_ONE(nowhere_else, "not in a pipe, on a dumb terminal, or when quiet"),
	};
	return table_run("progress", tables, sizeof tables / sizeof *tables);
}
