/*
 * dovecot-keywords: whatever is in it, names get letters of their own, and the same ones the next
 * time.
 */
#include "store/keywords.h"

#include "tests/fuzz/fuzz.h"

#include <fcntl.h>

#include <unistd.h>

static const char *const words[] = {"0 $External\n", "1 b\n", "25 z\n", "26 x\n", "-1 y\n",
	"99999999999999999999 y\n", " ", "\n", "\r\n", "$Unknown", NULL};

static unsigned find(int folder, const struct str *names, size_t count, int *result)
{
	struct err err;
	unsigned bits = 0;
	*result = keywords_find(folder, names, count, &bits, &err);
	FUZZ_CHECK(bits % KEYWORDS_FIRST_BIT == 0);
	FUZZ_CHECK((size_t)__builtin_popcount(bits) <= count);
	return bits;
}

static void run(struct str input, struct arena *mem)
{
	struct str names[] = {STR_LIT("$External"), STR_LIT("other")};
	int first, second;
	fuzz_write(fuzz_path(mem, "dovecot-keywords"), input);
	int folder = open(fuzz_path(mem, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(folder >= 0);
	unsigned bits = find(folder, names, 2, &first);
	if (first == 0)
		FUZZ_CHECK(__builtin_popcount(bits) == 2);
	FUZZ_CHECK(find(folder, names, 2, &second) == bits && first == second);
	close(folder);
}

static void seeds(struct arena *mem)
{
	struct buf b = {0};
	for (int i = 0; i < 26; i++)
		buf_fmt(&b, "%d k%d\n", i, i);
	fuzz_seed(buf_str(&b));
	buf_free(&b);
	fuzz_seed(STR_LIT("0 $External\n1 b\n3 Other\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("0 a\n"), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 5000};
