/* mda.conf: every text is read, or refused with a place in it. */
#include "mda/conf.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {"users = virtual\n", "domain \"example.org\" {\n", "}\n",
	"address \"a@b.test\" {\n", "organization \"x\" {\n domains = { \"a.test\" }\n",
	"label = no\n", "quota = 1G\n", "scripts_user = { \"a\", \"b\" }\n", "# comment\n", "/* */",
	"//", "\"", "'", "{", "=", "+=", "\\", "${HOME}", "spam_headers = { \"X-A: *\" }\n",
	"\xef\xbb\xbf", "\r\n", NULL};

static void print(const struct conf_file *file, struct str recipient)
{
	FILE *f = fopen("/dev/null", "w");
	FUZZ_CHECK(f != NULL);
	conf_print(file, recipient, f);
	fclose(f);
}

static void use(struct conf_file *file, struct arena *mem)
{
	struct str_list domains, addresses;
	FUZZ_CHECK(conf_for(file, (struct str){"", 0}, mem) != NULL);
	FUZZ_CHECK(conf_for(file, STR_LIT("a@b.test"), mem) != NULL);
	conf_titles(file, &domains, &addresses, mem);
	for (size_t i = 0; i < addresses.count && i < 3; i++)
		FUZZ_CHECK(conf_for(file, addresses.items[i], mem) != NULL);
	print(file, STR_LIT("a@b.test"));
}

static void run(struct str input, struct arena *mem)
{
	const char *path = fuzz_path(mem, "mda.conf");
	struct err err = {.text = ""};
	fuzz_write(path, input);
	struct conf_file *file = conf_load(path, mem, &err);
	if (!file) {
		/* "PATH:LINE:COLUMN: SENTENCE", in one line that a terminal can show */
		FUZZ_CHECK(strncmp(err.text, path, strlen(path)) == 0);
		for (const char *p = err.text; *p; p++)
			FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
		return;
	}
	use(file, mem);
	if (input.n < 200 && conf_override(file, arena_cstr(mem, input), &err) == 0)
		use(file, mem);
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
