/* Sieve source: words, compiling with its errors as people see them, and the canonical layout. */
#include "filters/sieve/builtin.h"
#include "filters/sieve/errors.h"
#include "filters/sieve/format.h"
#include "filters/sieve/lex.h"
#include "tests/fuzz/fuzz.h"

static const char *const words[] = {
	"require [\"fileinto\",\"variables\",\"regex\",\"mime\",\"foreverypart\"];\n", "if ",
	"elsif ", "else ", "{", "}", "(", ")", "[", "]", ",", ";", "anyof(", "allof(", "not ",
	"true", "header :matches \"Subject\" \"*\"", "\"a\"", "\"\\\"", "text:\n.\n", "/* */",
	"#\n", "fileinto \"A\";", "keep;", "set \"a\" \"${b}\";", ":comparator \"i;octet\" ", "1K",
	"foreverypart {", "\"${", NULL};

static struct str words_of(struct str script, struct arena *mem)
{
	size_t count, bytes = 0;
	struct lex_token *tokens = lex_all(script, mem, &count);
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK(fuzz_within(tokens[i].before, script) &&
			   fuzz_within(tokens[i].raw, script));
		bytes += tokens[i].before.n + tokens[i].raw.n;
	}
	FUZZ_CHECK(bytes <= script.n);
	return script;
}

static void show(const struct sv_errors *errors)
{
	struct buf b = {0};
	for (size_t i = 0; i < errors->count; i++)
		errors_render(errors, &errors->items[i], "error", &b);
	for (size_t i = 0; i < errors->warning_count; i++)
		errors_render(errors, &errors->warnings[i], "warning", &b);
	FUZZ_CHECK(str_find(buf_str(&b), '\033') == b.n && str_find(buf_str(&b), '\0') == b.n);
	buf_free(&b);
}

static bool compiles(struct str script, struct arena *mem)
{
	struct sv_errors errors = {0};
	struct sv_script *s = builtin_engine.compile(STR_LIT("fuzz"), script, NULL, mem, &errors);
	FUZZ_CHECK(!s == (errors.count > 0));
	show(&errors);
	return s != NULL;
}

/* A script in its layout means the same, and stays as it is. */
static void check_layout(struct str script, struct arena *mem)
{
	struct buf once = {0}, twice = {0};
	format_script(script, mem, &once);
	format_script(buf_str(&once), mem, &twice);
	FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	/* Its indentation may take it over the limit of a script's bytes. */
	if (once.n <= script.n)
		FUZZ_CHECK(compiles(buf_str(&once), mem));
	buf_free(&once);
	buf_free(&twice);
}

static void run(struct str input, struct arena *mem)
{
	words_of(input, mem);
	if (compiles(input, mem))
		check_layout(input, mem);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(fuzz_repeat(mem, STR_LIT("if not "), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("anyof(true,"), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("if true {"), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("["), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("keep;"), 5000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("\"a\","), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 300};
