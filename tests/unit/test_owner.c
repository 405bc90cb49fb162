/*
 * Which user root becomes for a directory: its owner, found without following a link that others
 * could have made.
 */
#include "mda/conf/owner.h"
#include "mda/conf/user_become.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANN = 54321, NOGROUP = 65534 };

static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static unsigned turn;
	turn = 1 - turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
	return path[turn];
}

static void make(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	assert_int_equal(mkdir(in_dir(name), 0700), 0);
	assert_int_equal(chown(in_dir(name), uid, gid), 0);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

static void make_link(const char *target, const char *name, uid_t uid)
{
	assert_int_equal(symlink(target, in_dir(name)), 0);
	assert_int_equal(lchown(in_dir(name), uid, uid), 0);
}

/*
 * root/            root's alone
 *   ann/           hers, with Maildir, a file, links of hers and one of root's
 *   to-ann, up     root's links
 *   open/          root's, and everybody may write there: links of root's and ann's
 */
static void set_up(void)
{
	strcpy(dir, "/tmp/test_owner.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	make("ann", ANN, ANN, 0700);
	make("ann/Maildir", ANN, 0, 0700);
	make("mine", 0, 0, 0755);
	make("open", 0, 0, 01777);
	make_link("ann", "to-ann", 0);
	make_link("../..", "mine/up", 0);
	make_link("/etc", "ann/etc", ANN);
	make_link("Maildir", "ann/by-root", 0);
	make_link("Maildir", "ann/by-ann", ANN);
	make_link("../ann", "open/by-root", 0);
	make_link("../ann", "open/by-ann", ANN);
	make_link("loop", "loop", 0);
	make_link("ann", "by-ann", ANN);
	int fd = open(in_dir("ann/file"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static const struct row {
	const char *name, *path;
	const char *refused; /* part of the sentence; NULL: it is ANN's */
	const char *home;    /* the same for a home */
	gid_t gid;
} rows[] = {
	{"a home", "ann", NULL, NULL, ANN},
	{"with slashes and dots", ".//ann/./", NULL, NULL, ANN},
	{"through another directory", "mine/../ann", NULL, NULL, ANN},
	{"root's group is nobody's", "ann/Maildir", NULL, NULL, NOGROUP},
	{"root's link in root's directory", "to-ann/Maildir", NULL, NULL, NOGROUP},
	{"its owner's link", "ann/by-ann", "by-ann is a symbolic link", "by-ann is", 0},
	{"its owner's link to root's", "ann/etc", "etc is a symbolic link", "etc is", 0},
	{"on the way", "ann/etc/ssl", "etc is a symbolic link", "etc is", 0},
	{"root's link in its directory", "ann/by-root", "by-root is a symbolic", "by-root is", 0},
	{"her link in root's directory", "by-ann", "by-ann is a symbolic", "by-ann is", 0},
	{"root's link where all may write", "open/by-root", "is a symbolic", "by-root is", 0},
	{"another's link there", "open/by-ann", "is a symbolic link", "by-ann is", 0},
	{"a circle", "loop", "Too many levels", "Too many levels", 0},
	{"root's directory", "mine", "belongs to root", "belongs to root", 0},
	{"root's, where all may write", "open", "belongs to root", "belongs to root", 0},
	{"a file", "ann/file", "not a directory", "not a directory", 0},
	{"below a file", "ann/file/x", "not a directory", "not a directory", 0},
	{"what is not there yet", "ann/new/home", "No such file", NULL, ANN},
	{"what is not there, in root's", "mine/new", "No such file", "set virtual_user", 0},
};

static void expect(
	int r, const struct user *u, const struct err *err, const char *refused, gid_t gid)
{
	if (refused && (r == 0 || !strstr(err->text, refused)))
		fail_msg("returns %d, uid %ld, \"%s\"", r, (long)u->uid, r ? err->text : "");
	if (refused)
		return;
	if (r < 0)
		fail_msg("%s", err->text);
	assert_int_equal(u->uid, ANN);
	assert_int_equal(u->gid, gid);
	assert_null(u->login);
}

static void test_rows(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct user u = {0};
	struct err err;
	if (geteuid() != 0)
		skip();
	set_up();
	int r = owner_of_dir(in_dir(row->path), mem, &u, &err);
	expect(r, &u, &err, row->refused, row->gid);
	r = owner_of_home(in_dir(row->path), mem, &u, &err);
	expect(r, &u, &err, row->home, row->gid);
	arena_free(mem);
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- becoming somebody ---- */

static const struct become_row {
	const char *name;
	struct user user;
	bool refused;
} become_rows[] = {
	{"somebody", {.uid = ANN, .gid = ANN}, false},
	{"root is nobody to become", {.uid = 0, .gid = 0}, true},
	{"nor with another group", {.uid = 0, .gid = ANN}, true},
};

static int become(const struct become_row *b)
{
	gid_t groups[8];
	struct err err;
	if (user_become(&b->user, &err) < 0)
		return b->refused ? 0 : 1;
	if (b->refused || getuid() != ANN || geteuid() != ANN || getgid() != ANN)
		return 2;
	if (getgroups(8, groups) != 1 || groups[0] != ANN)
		return 3;
	return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ? 4 : 0;
}

static void test_become(void **state)
{
	int status;
	if (geteuid() != 0)
		skip();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(become(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- the account without rights ---- */

static const struct account {
	const char *name, *settings, *refused;
	uid_t uid;
} accounts[] = {
	{"nobody", "", NULL, 65534},
	{"by number", "unprivileged_user = \"54321:54322\"\n", NULL, ANN},
	{"root", "unprivileged_user = \"root\"\n", "must not be root", 0},
	{"root by number", "unprivileged_user = \"0:5\"\n", "must not be root", 0},
	{"who is not there", "unprivileged_user = \"no-such-user\"\n", "there is no user", 0},
	{"the virtual users'", "users = virtual\nvirtual_user = \"54321\"\n", NULL, ANN},
	{"an empty one is nobody's", "users = virtual\nvirtual_user = \"\"\n", NULL, 65534},
	{"not with system users", "virtual_user = \"54321\"\n", NULL, 65534},
	{"root as virtual user", "users = virtual\nvirtual_user = \"root\"\n", "must not be", 0},
};

static void test_account(void **state)
{
	const struct account *row = *state;
	struct arena *mem = arena_new();
	struct user u;
	struct err err;
	char path[] = "/tmp/test_owner.conf.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, row->settings, strlen(row->settings)), strlen(row->settings));
	assert_int_equal(close(fd), 0);
	const struct conf_file *file = conf_load(path, mem, &err);
	assert_int_equal(unlink(path), 0);
	assert_non_null(file);
	const struct conf *conf = conf_for(file, (struct str){"", 0}, mem, NULL);
	int r = owner_unprivileged(conf, mem, &u, &err);
	if (row->refused && (r == 0 || !strstr(err.text, row->refused)))
		fail_msg("returns %d, \"%s\"", r, r ? err.text : "");
	if (!row->refused)
		assert_int_equal(r, 0);
	if (!row->refused)
		assert_int_equal(u.uid, row->uid);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_rows, rows),
		TABLE(test_become, become_rows),
		TABLE(test_account, accounts),
	};
	return table_run("owner", tables, sizeof tables / sizeof *tables);
}
