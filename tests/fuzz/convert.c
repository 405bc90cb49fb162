/* mda-convert: any file becomes a script of clean lines, and each problem has a reason. */
#include "mda/tools/convert/convert.h"

#include "tests/fuzz/fuzz.h"

static const char *const words[] = {":0", ":0 c\n", ":0E\n", "* ", "^Subject:", ".*", "{\n", "}\n",
	"(", ")", "|", "[^a]", "\\", "! a@b.c\n", ".X/\n", "$HOME", "A=b\n", "`x`", "\"", "1^0 ",
	"B ?? ", "^TO_", "if (", "/^To:.*x/", "&&", "||", "to \"Maildir/.X\"\n", "else",
	"$SIZE > 1", "exception {\n", "#", "\n", "\\\n", "(To|Cc):", "\303\244", "(Resent-)?",
	NULL};

/* What was not converted is a comment, so no line of it files mail. */
static void check_script(struct convert *c, struct str script)
{
	struct str rest = script, line;
	while (str_line(&rest, &line))
		FUZZ_CHECK(str_find(line, '\0') == line.n && str_find(line, '\r') == line.n);
	for (size_t i = 0; i < c->problem_count; i++)
		FUZZ_CHECK(c->problems[i].reason.n && c->problems[i].line > 0);
}

static void run_one(void (*convert)(struct convert *c), struct str input, struct arena *mem)
{
	struct convert c = {.mem = mem, .source = input};
	struct buf script = {0};
	convert(&c);
	FUZZ_CHECK(c.level == 0);
	convert_finish(&c, "a fuzzer", &script);
	check_script(&c, buf_str(&script));
	buf_free(&c.out);
	buf_free(&script);
}

static void run(struct str input, struct arena *mem)
{
	run_one(convert_procmail, input, mem);
	run_one(convert_maildrop, input, mem);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT(":0\n* ^Subject:.*x\n{\n:0 c\n* ! B ?? y\n.X/\n:0E\n! a@b.c\n}\n"));
	fuzz_seed(
		STR_LIT("if (/^To:.*x/ && $SIZE < 9)\n{\nto \"Maildir/.X\"\n}\nelse\n{\nfoo\n}\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT(":0\n{\n"), 10000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("if (/^To:.*x/)\n{\n"), 10000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("X=a\n:0\n$X\n"), 20000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 20};
