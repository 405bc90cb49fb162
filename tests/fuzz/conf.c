/* mda.conf: every text is read, or refused with a place in it. */
#include "mda/conf/conf.h"
#include "mda/conf/conf_show.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {"users = virtual\n", "domain \"example.org\" {\n", "}\n",
	"address \"a@b.test\" {\n", "organization \"x\" {\n domains = { \"a.test\" }\n",
	"label = no\n", "quota = 1G\n", "scripts_user = { \"a\", \"b\" }\n", "# comment\n", "/* */",
	"//", "\"", "'", "{", "=", "+=", "\\", "${HOME}", "spam_headers = { \"X-A: *\" }\n",
	"\xef\xbb\xbf", "\r\n", NULL};

/* "PATH:LINE:COLUMN: SENTENCE", in one line that a terminal can show */
static void check_error(const struct err *err, const char *path)
{
	FUZZ_CHECK(strncmp(err->text, path, strlen(path)) == 0);
	for (const char *p = err->text; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

/* Sections are read when they are asked for. One that the check has passed can be. */
static void ask(const struct conf_file *file, struct str recipient, bool passed, const char *path,
	struct arena *mem)
{
	struct err err = {.text = ""};
	FILE *f = fopen("/dev/null", "w");
	FUZZ_CHECK(f != NULL);
	const struct conf *conf = conf_for(file, recipient, mem, &err);
	if (!conf)
		check_error(&err, path);
	FUZZ_CHECK(conf || !passed);
	FUZZ_CHECK((conf_print(file, recipient, NULL, NULL, f, &err) == 0) == (conf != NULL));
	fclose(f);
}

static void use(struct conf_file *file, const char *path, struct arena *mem)
{
	struct str_list domains, addresses;
	struct err err = {.text = ""};
	bool passed = conf_check(file, &err) == 0;
	if (!passed)
		check_error(&err, path);
	FUZZ_CHECK(conf_global(file, mem) != NULL);
	conf_titles(file, &domains, &addresses, mem);
	ask(file, STR_LIT("a@b.test"), passed, path, mem);
	for (size_t i = 0; i < addresses.count && i < 3; i++)
		ask(file, addresses.items[i], passed, path, mem);
	for (size_t i = 0; i < domains.count && i < 3; i++)
		ask(file, arena_fmt(mem, "x@" STR_FMT, STR_ARGS(domains.items[i])), passed, path,
			mem);
}

static void run(struct str input, struct arena *mem)
{
	const char *path = fuzz_path(mem, "mda.conf");
	struct err err = {.text = ""};
	fuzz_write(path, input);
	struct conf_file *file = conf_load(path, mem, &err);
	if (!file) {
		check_error(&err, path);
		return;
	}
	use(file, path, mem);
	if (input.n < 200 && conf_override(file, arena_cstr(mem, input), &err) == 0)
		use(file, path, mem);
}

static void seeds(struct arena *mem)
{
	for (size_t i = 0; words[i]; i++)
		fuzz_seed(str_of(words[i]));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("label = no\n"), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("domain \"a\" {\n"), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 3500};
