/*
 * The mode of new files in a shared directory, under any umask. (Groups: tests/e2e/shared.sh, which
 * has users in the same group.)
 */
#include "tests/unit/table.h"

#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct row {
	const char *name;
	mode_t like;
	enum share_kind kind;
	mode_t file, dir;
};

static const struct row rows[] = {
	{"nobody else's", 0700, SHARE_MAIL, 0600, 0700},
	{"the group's", 0770, SHARE_MAIL, 0660, 0770},
	{"the group's, set-gid", 02770, SHARE_MAIL, 0660, 02770},
	{"the group reads", 0750, SHARE_MAIL, 0640, 0750},
	{"all read", 0755, SHARE_MAIL, 0644, 0755},
	{"the group may only search", 0710, SHARE_MAIL, 0600, 0710},
	{"not even the owner reads", 0300, SHARE_MAIL, 0600, 0700},
	{"sticky", 01777, SHARE_MAIL, 0666, 0777},
	{"state: nobody else's", 0700, SHARE_STATE, 0600, 0700},
	{"state: the group's", 0770, SHARE_STATE, 0660, 0770},
	{"state: the group's, set-gid", 02770, SHARE_STATE, 0660, 02770},
	{"state: not for whom reads", 0755, SHARE_STATE, 0600, 0700},
	{"state: the group's and no other's", 0777, SHARE_STATE, 0660, 0770},
};

static const mode_t umasks[] = {0, 022, 027, 077};

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;
	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void make(int dir, const struct row *row)
{
	int fd = share_open(dir, "file", O_WRONLY | O_CREAT, dir, row->kind);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mode_of(dir, "file"), row->file);
	assert_int_equal(share_open(dir, "file", O_WRONLY | O_CREAT | O_EXCL, dir, row->kind), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(share_mkdir(dir, "dir", dir, row->kind), 0);
	assert_int_equal(mode_of(dir, "dir"), row->dir);
	assert_int_equal(share_mkdir(dir, "dir", dir, row->kind), -1);
	assert_int_equal(errno, EEXIST);
}

/* What is there is not made wider. */
static void keep(int dir, const struct row *row)
{
	assert_int_equal(fchmodat(dir, "file", 0400, 0), 0);
	int fd = share_open(dir, "file", O_RDONLY | O_CREAT, dir, row->kind);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mode_of(dir, "file"), 0400);
}

static void test_modes(void **state)
{
	const struct row *row = *state;
	char path[] = "/tmp/mda-share.XXXXXX";
	assert_non_null(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (size_t i = 0; i < sizeof umasks / sizeof *umasks; i++) {
		assert_int_equal(fchmod(dir, row->like), 0);
		mode_t before = umask(umasks[i]);
		make(dir, row);
		keep(dir, row);
		assert_int_equal(umask(before), umasks[i]);
		assert_int_equal(fchmod(dir, 0700), 0);
		assert_int_equal(unlinkat(dir, "file", 0), 0);
		assert_int_equal(unlinkat(dir, "dir", AT_REMOVEDIR), 0);
	}
	close(dir);
	assert_int_equal(rmdir(path), 0);
}

static void test_links(void **state)
{
	struct stat st;
	char path[] = "/tmp/mda-share.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(symlinkat("target", dir, "link"), 0);
	assert_int_equal(share_open(dir, "link", O_WRONLY | O_CREAT, dir, SHARE_MAIL), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(share_mkdir(dir, "link", dir, SHARE_MAIL), -1);
	assert_int_equal(fstatat(dir, "target", &st, 0), -1);
	assert_int_equal(unlinkat(dir, "link", 0), 0);
	close(dir);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_modes, rows), TABLE_OF_ONE(test_links, "links are not followed")};
	return table_run("share", tables, sizeof tables / sizeof *tables);
}
