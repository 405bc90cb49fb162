/* What a table behind the socketmap protocol answers. */
#include "mda/conf/tables/socketmap.h"

#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"13:OK ann@a.test,", "9:NOTFOUND ,", "11:TEMP broken,", "OK ",
	"NOTFOUND ", "TEMP ", "TIMEOUT ", "PERM ", ":", ",", "0", "99999:", "100001:", NULL};

static void run(struct str input, struct arena *mem)
{
	struct str value = STR_EMPTY;
	struct err err = {.text = ""};
	int r = socketmap_read(input, mem, &value, &err);
	if (r < 0) {
		FUZZ_CHECK(err.fault == FAULT_TEMP && err.text[0]);
		return;
	}
	FUZZ_CHECK(socketmap_is_whole(NULL, input));
	/* A part of an answer is not one. */
	FUZZ_CHECK(!socketmap_is_whole(NULL, str_slice(input, 0, input.n - 1)));
	FUZZ_CHECK(r == 0 || fuzz_within(value, input));
	for (size_t i = 0; i < value.n; i++)
		FUZZ_CHECK(!ascii_iscntrl(value.p[i]));
}

static void seeds(struct arena *mem)
{
	struct str long_value = fuzz_repeat(mem, STR_LIT("a@b.test, "), 999);
	fuzz_seed(STR_LIT("13:OK ann@a.test,"));
	fuzz_seed(STR_LIT("9:NOTFOUND ,"));
	fuzz_seed(STR_LIT("11:TEMP broken,"));
	fuzz_seed(arena_fmt(mem, "%zu:OK " STR_FMT ",", long_value.n + 3, STR_ARGS(long_value)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 50000};
