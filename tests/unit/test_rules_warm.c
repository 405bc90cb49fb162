/* Which of the admin's scripts a server compiles before the first message comes. */
#include "mda/rules_warm.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

/* One script "dir/before/a.sieve", and settings in which %s is "dir". */
struct row {
	const char *name, *script, *settings[3];
	size_t kept;
};

#define FILES  "require \"fileinto\";\nif header :is \"x\" \"y\" { fileinto \"A\"; }\n"
#define BEFORE "scripts_before=%s/before/a.sieve"
static const struct row rows[] = {
	{"a script", FILES, {BEFORE}, 1},
	{"after the user's", FILES, {"scripts_after=%s/before/a.sieve"}, 1},
	{"before and after", FILES, {BEFORE, "scripts_after=%s/before/a.sieve"}, 2},
	{"a directory", FILES, {"scripts_before=%s/before"}, 1},
	{"none", FILES, {NULL}, 0},
	{"the user's", FILES, {"scripts_user=%s/before/a.sieve"}, 0},
	{"one that does not exist", FILES, {"scripts_before=%s/before/b.sieve"}, 0},
	{"a path for each user", FILES, {"scripts_before=%s/before/%u.sieve"}, 0},
	{"an error", "frobnicate;\n", {BEFORE}, 0},
	{"only a warning", "stop;\nkeep;\n", {BEFORE}, 1},
	{"empty", "", {BEFORE}, 1},
	{"larger than script_max", FILES, {BEFORE, "script_max=10"}, 0},
	{"one that includes others", "require \"include\";\ninclude :global \"b\";\n", {BEFORE}, 0},
	{"one that may include others", "require \"include\";\ninclude :optional :global \"b\";\n",
		{BEFORE}, 0},
	{"one that asks for include",
		"require \"ihave\";\nif ihave \"include\" { include :global \"b\"; }\n", {BEFORE},
		0},
	{"programs, where there are none", "require \"vnd.dovecot.pipe\";\npipe \"x\";\n", {BEFORE},
		0},
	{"a program that does not exist yet", "require \"vnd.dovecot.pipe\";\npipe \"x\";\n",
		{BEFORE, "programs_dir=%s/before"}, 1},
	{"an external list that nobody can know yet",
		"require \"extlists\";\nif header :list \"from\" \"tag:x@y,2026:z\" { keep; }\n",
		{BEFORE}, 1},
	{"the other engine", FILES, {BEFORE, "sieve_engine=libsieve"}, 0},
};

static void write_script(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* SETTING with "dir" for its %s. */
static const char *filled_in(const char *setting, struct arena *mem)
{
	struct str text = str_of(setting);
	size_t at = str_ifind(text, STR_LIT("%s"));
	if (at == text.n)
		return setting;
	return arena_fmt(
		mem, STR_FMT "%s%s", STR_ARGS(str_slice(text, 0, at)), dir, setting + at + 2)
		.p;
}

static const struct conf *conf_of(const struct row *row, struct arena *mem)
{
	struct err err;
	struct conf_file *file = conf_load(NULL, mem, &err);
	assert_non_null(file);
	for (size_t i = 0; i < 3 && row->settings[i]; i++)
		if (conf_override(file, filled_in(row->settings[i], mem), &err) < 0)
			fail_msg("%s", err.text);
	return conf_global(file, mem);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	char before[80], script[96];
	strcpy(dir, "/tmp/mda-test-warm.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(before, sizeof before, "%s/before", dir);
	snprintf(script, sizeof script, "%s/a.sieve", before);
	assert_int_equal(mkdir(before, 0700), 0);
	write_script(script, row->script);
	const struct conf *conf = conf_of(row, mem);
	const struct rules_warm *warm = rules_warm_up(conf, mem);
	assert_ptr_equal(warm->conf, conf);
	assert_true(warm->kept.is_complete);
	assert_int_equal(warm->kept.count, row->kept);
	/* What has another text is not found. */
	assert_int_equal(rules_kept_find(&warm->kept, str_of(script), str_of(row->script)) != NULL,
		row->kept > 0);
	assert_null(rules_kept_find(&warm->kept, str_of(script), STR_LIT("discard;")));
	assert_null(rules_kept_find(&warm->kept, STR_LIT("/a.sieve"), str_of(row->script)));
	assert_int_equal(unlink(script), 0);
	assert_int_equal(rmdir(before), 0);
	assert_int_equal(rmdir(dir), 0);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_row, rows)};
	return table_run("rules_warm", tables, 1);
}
