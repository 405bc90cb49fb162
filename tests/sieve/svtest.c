/*
 * tests/sieve/svtest FILE...: runs test scripts and prints TAP. Exit status 1 when a test failed.
 */
#include "tests/sieve/svtest.h"

#include "base/io.h"
#include "filters/sieve/builtin.h"

#include <stdio.h>

static struct str directory_of(struct str path)
{
	size_t slash = str_rfind(path, '/');
	return slash == path.n ? STR_LIT(".") : str_slice(path, 0, slash);
}

/* The file itself is at fault: that is a failed test as well. */
static void fail_file(struct svtest *t, struct str why)
{
	t->failed++;
	printf("not ok %u - " STR_FMT "\n", ++t->number, STR_ARGS(t->path));
	struct str line;
	while (str_line(&why, &line))
		printf("# " STR_FMT "\n", STR_ARGS(line));
}

static void fail_compile(struct svtest *t, const struct sv_errors *errors)
{
	struct buf text = {0};
	for (size_t i = 0; i < errors->count; i++)
		errors_render(errors, &errors->items[i], "error", &text);
	fail_file(t, buf_str(&text));
	buf_free(&text);
}

static void run_file(struct svtest *t)
{
	struct sv_errors errors = {0};
	struct err err;
	struct str text;
	if (io_read_file(t->path.p, 1 << 24, t->mem, &text, &err) != 1) {
		fail_file(t, STR_LIT("it cannot be read"));
		return;
	}
	struct sv_script *s = builtin_engine.compile(t->path, text, &t->test_host, t->mem, &errors);
	if (!s)
		fail_compile(t, &errors);
	else if (builtin_engine.run(s, &t->test_input, t->mem, &t->result, &err) < 0)
		fail_file(t, str_of(err.text));
}

int main(int argc, char **argv)
{
	unsigned number = 0, failed = 0;
	for (int i = 1; i < argc; i++) {
		struct svtest t = {.mem = arena_new(), .path = str_of(argv[i]), .number = number};
		t.directory = arena_str(t.mem, directory_of(t.path));
		svtest_world(&t);
		run_file(&t);
		number = t.number;
		failed += t.failed;
		message_free(t.msg);
		arena_free(t.mem);
	}
	printf("1..%u\n", number);
	return failed > 0;
}
