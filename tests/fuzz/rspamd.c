/* What rspamd answers. */
#include "filters/spam/rspamd.h"

#include "tests/fuzz/fuzz.h"

#include <math.h>

static const char *const words[] = {"{", "}", "[", "]", "\"action\":\"reject\",",
	"\"score\":1e300,", "\"required_score\":15,",
	"\"symbols\":{\"A\":{\"name\":\"A\",\"score\":1}}", "\\u0000", "null", "true", "-1e999",
	":", ",", NULL};

static void run(struct str input, struct arena *mem)
{
	struct spam_result result;
	const char *why = NULL;
	if (!rspamd_read(input, mem, &result, &why)) {
		FUZZ_CHECK(why && *why);
		return;
	}
	if (result.has_score)
		FUZZ_CHECK(isfinite(result.score) && isfinite(result.limit));
}

static void seeds(struct arena *mem)
{
	struct str deep = fuzz_repeat(mem, STR_LIT("{\"a\":["), 1500),
		   many = fuzz_repeat(mem, STR_LIT("\"B\":{},"), 300);
	fuzz_seed(STR_LIT(
		"{\"is_skipped\":false,\"score\":5.2,\"required_score\":7.0,\"action\":\"no "
		"action\","
		"\"symbols\":{\"R_SPF_ALLOW\":{\"name\":\"R_SPF_ALLOW\",\"score\":-0.2}}}"));
	fuzz_seed(STR_LIT("{\"error\":\"not found\"}"));
	fuzz_seed(deep);
	fuzz_seed(arena_fmt(mem,
		"{\"score\":1,\"required_score\":2,\"action\":\"x\",\"symbols\":{" STR_FMT
		"\"A\":{}}}",
		STR_ARGS(many)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 15000};
