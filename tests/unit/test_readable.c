/* What a confined process may read, and how much address space compiled lists take. */
#include "base/limits.h"
#include "mda/readable.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MB = 1 << 20, NOBODY = 65534 };

static char dir[64];

/* Compiled lists below the test's directory. */
struct row {
	const char *name, *settings[4];
	struct {
		const char *name;
		int megabytes; /* sparse */
		uid_t owner;
	} files[3];
	size_t mapped; /* megabytes */
};

static const struct row rows[] = {
	{"none", {"global_block=%h/block"}, {{NULL, 0, 0}}, 0},
	{"the admin's", {"global_block=%h/block"}, {{"block.lmdb", 700, 0}}, 1400},
	{"a user's", {"user_block=%h/block"}, {{"block.lmdb", 700, NOBODY}}, 0},
	{"one that no key names", {"global_block=%h/block"}, {{"other.lmdb", 700, 0}}, 0},
	{"the text alone", {"global_block=%h/block"}, {{"block", 700, 0}}, 0},
	{"two", {"global_block=%h/block", "global_allow=%h/allow"},
		{{"block.lmdb", 700, 0}, {"allow.lmdb", 20, 0}}, 1440},
	{"those in a directory of lists", {"list_dirs=%h"},
		{{"one.lmdb", 3, 0}, {"two.lmdb", 4, 0}, {"two", 5, 0}}, 14},
	{"more than may be", {"global_block=%h/block", "global_allow=%h/allow"},
		{{"block.lmdb", 2000, 0}, {"allow.lmdb", 2000, 0}}, LIMIT_CHILD_LISTS / MB},
};

static void make_file(const char *name, int megabytes, uid_t owner)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)megabytes * MB), 0);
	assert_int_equal(fchown(fd, owner, (gid_t)-1), 0);
	assert_int_equal(close(fd), 0);
}

static void remove_file(const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void test_mapped(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct err err;
	struct conf_file *file = conf_load(NULL, mem, &err);
	if (getuid() != 0)
		skip();
	strcpy(dir, "/tmp/mda-test-readable.XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; row->settings[i]; i++)
		if (conf_override(file, row->settings[i], &err) < 0)
			fail_msg("%s", err.text);
	for (size_t i = 0; i < 3 && row->files[i].name; i++)
		make_file(row->files[i].name, row->files[i].megabytes, row->files[i].owner);
	const struct template_values names = {
		STR_LIT("ann"), STR_LIT("ann"), STR_LIT("a.test"), str_of(dir)};
	struct readable readable = readable_for(conf_global(file, mem), &names, mem);
	assert_int_equal(readable.mapped / MB, row->mapped);
	assert_true(readable.paths.count > 0);
	for (size_t i = 0; i < 3 && row->files[i].name; i++)
		remove_file(row->files[i].name);
	assert_int_equal(rmdir(dir), 0);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_mapped, rows)};
	return table_run("readable", tables, 1);
}
