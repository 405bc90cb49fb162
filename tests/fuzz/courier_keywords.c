/*
 * Courier's keywords: whatever its list and a message's file say, the names are such that a client
 * can use, and what is written is read again. Up to the first NUL byte the input is the list, the
 * rest the file.
 */
#include "store/courier_keywords.h"

#include "base/str_list.h"
#include "store/keywords.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const words[] = {"work\n", "urgent\n", "\n", "m1:", "m2:", "0 1", " 1", ":",
	"99999999999999999999", "-1", "\\Seen\n", NULL};

static struct str_list read_one(int folder, struct str base, struct arena *mem, bool *fails)
{
	struct err err;
	struct str_list names = {0};
	struct courier_keywords *k = courier_keywords_read(folder, mem, &err);
	*fails = !k || courier_keywords_of(k, base, &names, &err) < 0;
	for (size_t i = 0; i < names.count; i++)
		FUZZ_CHECK(keywords_is_name(names.items[i]));
	return names;
}

static void run(struct str input, struct arena *mem)
{
	size_t end = str_find(input, '\0');
	bool fails;
	struct err err;
	(void)mkdir(fuzz_path(mem, "courierimapkeywords"), 0700); /* of the run before */
	fuzz_write(fuzz_path(mem, "courierimapkeywords/:list"), str_slice(input, 0, end));
	fuzz_write(fuzz_path(mem, "courierimapkeywords/m2"), str_slice(input, end + 1, input.n));
	int folder = open(fuzz_path(mem, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(folder >= 0);
	struct str_list names = read_one(folder, STR_LIT("m1"), mem, &fails);
	if (!fails)
		FUZZ_CHECK(courier_keywords_write(folder, STR_LIT("m2"), &names, &err) == 0);
	else
		(void)read_one(folder, STR_LIT("m2"), mem, &fails);
	struct str_list again = read_one(folder, STR_LIT("m2"), mem, &fails);
	if (!fails)
		FUZZ_CHECK(again.count == names.count);
	for (size_t i = 0; i < again.count && !fails; i++)
		FUZZ_CHECK(str_eq(again.items[i], names.items[i]));
	close(folder);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("work\nurgent\n\nm1:0 1\nm2:1\n"));
	fuzz_seed(STR_LIT("work\n\nm1:0\n\0late\nwork\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("m1:0 1\n"), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1000};
