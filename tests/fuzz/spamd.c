/* What spamd answers. */
#include "filters/spam/spamd.h"

#include "tests/fuzz/fuzz.h"

#include <math.h>

static const char *const words[] = {"SPAMD/1.1 0 EX_OK\r\n", "Spam: True ; 15.0 / 5.0\r\n",
	"Spam: False ; -1e300 / 5\r\n", "\r\n", "A,B,C", "1e999", "nan", "0x1p3", ";", "/", NULL};

static void run(struct str input, struct arena *mem)
{
	struct spam_result result;
	const char *why = NULL;
	if (!spamd_read(input, mem, &result, &why)) {
		FUZZ_CHECK(why && *why);
		return;
	}
	FUZZ_CHECK(isfinite(result.score) && isfinite(result.limit));
	FUZZ_CHECK(result.symbols.n <= input.n);
}

static void seeds(struct arena *mem)
{
	struct str symbols = fuzz_repeat(mem, STR_LIT("BAYES_99,"), 300);
	fuzz_seed(STR_LIT(
		"SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: True ; 15.0 / 5.0\r\n\r\nA,B\n"));
	fuzz_seed(arena_fmt(
		mem, "SPAMD/1.1 0 EX_OK\r\nSpam: No ; 1 / 5\r\n\r\n" STR_FMT, STR_ARGS(symbols)));
	fuzz_seed(STR_LIT("SPAMD/1.0 76 Bad header line\r\n"));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 50000};
