/* maildirsize: sums of what other programs wrote, which never run over. */
#include "store/maildirsize.h"

#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <unistd.h>

static const char *const words[] = {"1000000S,1000C\n", "0S\n", "120 1\n", "-120 -1\n",
	"9223372036854775807 1\n", "C,", "S", "-", "+", " ", "\n", "\r\n", NULL};

static void run(struct str input, struct arena *mem)
{
	struct maildirsize m = {0}, of_file = {0};
	const char *path = fuzz_path(mem, "maildirsize");
	maildirsize_parse(input, &m);
	FUZZ_CHECK(m.lines <= input.n);
	FUZZ_CHECK(m.limits.bytes >= 0 && m.limits.messages >= 0);
	fuzz_write(path, input);
	int root = open(fuzz_path(mem, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(root >= 0);
	maildirsize_read(root, &of_file);
	close(root);
	FUZZ_CHECK(of_file.is_there);
	if (of_file.valid)
		FUZZ_CHECK(of_file.used.bytes == m.used.bytes &&
			   of_file.used.messages == m.used.messages);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("1000000S,1000C\n120 1\n-120 -1\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("1 1\n"), 1000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("9223372036854775807 1\n"), 100));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 10000};
