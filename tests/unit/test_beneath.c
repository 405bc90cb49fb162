/*
 * What other people may put into their directory, and what is opened there; with openat2(2) and
 * without.
 */
#include "tests/unit/table.h"

#include "base/arena.h"
#include "base/beneath.h"
#include "base/path.h"
#include "base/str.h"
#include "tests/lib/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * TOP/in is the directory; TOP/out is what must not be reached.
 *
 *   in/file in/dir/file in/dir/sub/file      plain
 *   in/link-file in/link-abs in/link-self    links as the last component, to out/secret,
 *                                            and to in/file
 *   in/link-dir in/dir/link-dir              links in the middle
 *   in/hanging                               a link to out/new, which is not there
 *   in/fifo in/socket in/twin                twin: a second name of out/shared
 */
static char top[64];
static int in = -1;

static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", top, name);
	return p;
}

static void make_file(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_link(const char *text, const char *name)
{
	assert_int_equal(symlink(text, at(name)), 0);
}

static void make_socket(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", at(name));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	close(fd);
}

static void set_up(void)
{
	static const char *const dirs[] = {"in", "in/dir", "in/dir/sub", "out", "out/dir"};
	snprintf(top, sizeof top, "/tmp/mda-beneath.XXXXXX");
	assert_non_null(mkdtemp(top));
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		assert_int_equal(mkdir(at(dirs[i]), 0700), 0);
	make_file("in/file", "mine");
	make_file("in/dir/file", "mine");
	make_file("in/dir/sub/file", "mine");
	make_file("out/secret", "secret");
	make_file("out/shared", "shared");
	make_file("out/dir/file", "secret");
	make_link("../out/secret", "in/link-file");
	make_link(at("out/secret"), "in/link-abs");
	make_link("file", "in/link-self");
	make_link("../out/dir", "in/link-dir");
	make_link("../../out/dir", "in/dir/link-dir");
	make_link("../out/new", "in/hanging");
	make_link("loop", "in/loop");
	make_link("/proc/self/root", "in/magic");
	assert_int_equal(mkfifo(at("in/fifo"), 0600), 0);
	make_socket("in/socket");
	assert_int_equal(link(at("out/shared"), at("in/twin")), 0);
	in = open(at("in"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(in >= 0);
}

static void tear_down(void)
{
	close(in);
	beneath_by_steps(false);
	beneath_follow(BENEATH_NO_LINKS);
	assert_int_equal(tree_remove(top), 0);
}

static bool secrets_are_safe(void)
{
	struct stat st;
	char text[16] = "";
	int fd = open(at("out/secret"), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	return n == 6 && memcmp(text, "secret", 6) == 0 && lstat(at("out/new"), &st) < 0 &&
	       lstat(at("out/secret"), &st) == 0 && lstat(at("out/dir/file"), &st) == 0;
}

/* ---- opening ---- */

struct attack {
	const char *name, *path;
	int flags;
	int error; /* 0: it opens */
	bool file; /* a regular file is asked for */
};

static const struct attack attacks[] = {
	{"a file", "file", O_RDONLY, 0, true},
	{"a file two levels down", "dir/sub/file", O_RDWR, 0, true},
	{"a new file", "dir/new", O_WRONLY | O_CREAT | O_EXCL, 0, true},
	{"a directory", "dir/sub", O_RDONLY | O_DIRECTORY, 0, false},
	{"the directory itself", ".", O_RDONLY | O_DIRECTORY, 0, false},
	{"by way of .", "./dir/./file", O_RDONLY, 0, true},
	{"a hard link is a name like any other", "twin", O_RDWR, 0, true},
	{"what is not there", "none", O_RDONLY, ENOENT, false},
	{"below what is not there", "none/file", O_RDONLY, ENOENT, false},
	{"below a file", "file/file", O_RDONLY, ENOTDIR, false},
	{"link out, last", "link-file", O_RDONLY, ELOOP, false},
	{"... for writing", "link-file", O_WRONLY | O_TRUNC, ELOOP, false},
	{"... for appending or making", "link-file", O_WRONLY | O_CREAT | O_APPEND, ELOOP, true},
	{"... made anew", "link-file", O_WRONLY | O_CREAT | O_EXCL, EEXIST, false},
	{"... to look at", "link-file", O_PATH, ELOOP, false},
	{"absolute link", "link-abs", O_RDONLY, ELOOP, true},
	{"link to a file inside", "link-self", O_RDONLY, ELOOP, false},
	{"link to a directory, last", "link-dir", O_RDONLY | O_DIRECTORY, ELOOP, false},
	{"... without saying so", "link-dir", O_RDONLY, ELOOP, false},
	{"link in the middle", "link-dir/file", O_RDONLY, ELOOP, true},
	{"link in the middle, deeper", "dir/link-dir/file", O_RDWR, ELOOP, true},
	{"a new file by way of a link", "link-dir/new", O_WRONLY | O_CREAT, ELOOP, true},
	{"link to nothing", "hanging", O_WRONLY | O_CREAT, ELOOP, true},
	{"link to itself", "loop", O_RDONLY, ELOOP, false},
	{"link into /proc", "magic/etc/passwd", O_RDONLY, ELOOP, false},
	{"..", "..", O_RDONLY | O_DIRECTORY, EXDEV, false},
	{".. in front", "../out/secret", O_RDONLY, EXDEV, true},
	{".. that would come back", "dir/../file", O_RDONLY, EXDEV, true},
	{".. after", "dir/sub/..", O_RDONLY, EXDEV, false},
	{"names of dots that are not ..", "...", O_RDONLY, ENOENT, false},
	{"absolute path", "/etc/passwd", O_RDONLY, EXDEV, true},
	{"empty path", "", O_RDONLY, ENOENT, false},
	{"FIFO to read", "fifo", O_RDONLY, EMEDIUMTYPE, true},
	{"FIFO to write", "fifo", O_WRONLY, EMEDIUMTYPE, true},
	{"FIFO to read and write", "fifo", O_RDWR | O_CREAT, EMEDIUMTYPE, true},
	{"FIFO for any file", "fifo", O_RDONLY, EMEDIUMTYPE, false},
	{"FIFO for any file, to write", "fifo", O_WRONLY | O_CREAT, EMEDIUMTYPE, false},
	{"socket", "socket", O_RDWR, EMEDIUMTYPE, true},
	{"directory for a file", "dir", O_RDONLY, EMEDIUMTYPE, true},
	{"directory for a file to write", "dir", O_WRONLY, EMEDIUMTYPE, true},
	{"file for a directory", "file", O_RDONLY | O_DIRECTORY, ENOTDIR, false},
};

static void check_attack(const struct attack *row)
{
	alarm(60); /* one that hangs has failed */
	int fd = (row->file ? beneath_open_file : beneath_open)(in, row->path, row->flags, 0600);
	int e = fd < 0 ? errno : 0;
	alarm(0);
	if (fd >= 0)
		close(fd);
	assert_int_equal(e, row->error);
	assert_true(secrets_are_safe());
}

static void test_attack(void **state)
{
	set_up();
	check_attack(*state);
	tear_down();
}

static void test_attack_by_steps(void **state)
{
	set_up();
	beneath_by_steps(true);
	check_attack(*state);
	tear_down();
}

/* The same by the whole path, below a directory that is declared. */
static void check_by_path(const struct attack *row)
{
	struct stat st;
	char path[256];
	set_up();
	path_declare(at("in"));
	(void)path_stat(at("in/dir/sub/file"), &st); /* its directory stays open, or does not */
	if (row->path[0] && strcmp(row->path, ".") != 0 && row->path[0] != '/') {
		snprintf(path, sizeof path, "%s/in/%s", top, row->path);
		alarm(60);
		int fd = (row->file ? path_open_file : path_open)(path, row->flags, 0600);
		int e = fd < 0 ? errno : 0;
		alarm(0);
		if (fd >= 0)
			close(fd);
		assert_int_equal(e, row->error);
		assert_true(secrets_are_safe());
	}
	path_declare_none();
	tear_down();
}

static void test_attack_by_path(void **state)
{
	check_by_path(*state);
	path_keep(true);
	check_by_path(*state);
	beneath_by_steps(true);
	check_by_path(*state);
	path_keep(false);
}

/* ---- names ---- */

struct act {
	const char *name;
	/* mkdir, unlink, rename, link, stat, lstat, opendir by their first letter; L is lstat */
	char what;
	const char *path, *to;
	int error;
};

static const struct act acts[] = {
	{"mkdir", 'm', "dir/made", NULL, 0},
	{"mkdir by way of a link", 'm', "link-dir/made", NULL, ELOOP},
	{"mkdir ..", 'm', "../made", NULL, EXDEV},
	{"mkdir over a link", 'm', "hanging", NULL, EEXIST},
	{"unlink", 'u', "dir/file", NULL, 0},
	{"unlink takes the link itself", 'u', "link-file", NULL, 0},
	{"unlink by way of a link", 'u', "link-dir/file", NULL, ELOOP},
	{"unlink ..", 'u', "../out/secret", NULL, EXDEV},
	{"unlink by an absolute path", 'u', "/etc/none", NULL, EXDEV},
	{"rename", 'r', "file", "dir/renamed", 0},
	{"rename over a link replaces the link", 'r', "file", "link-file", 0},
	{"rename to behind a link", 'r', "file", "link-dir/file", ELOOP},
	{"rename from behind a link", 'r', "link-dir/file", "taken", ELOOP},
	{"rename out", 'r', "file", "../out/new", EXDEV},
	{"link", 'l', "file", "dir/linked", 0},
	{"link of a link is one of the link itself", 'l', "link-file", "dir/linked", 0},
	{"link from behind a link", 'l', "link-dir/file", "taken", ELOOP},
	{"link over what is there", 'l', "file", "link-file", EEXIST},
	{"stat", 's', "dir/file", NULL, 0},
	{"stat of a link", 's', "link-file", NULL, ELOOP},
	{"stat by way of a link", 's', "link-dir/file", NULL, ELOOP},
	{"stat ..", 's', "..", NULL, EXDEV},
	{"lstat of a link", 'L', "link-file", NULL, 0},
	{"lstat by way of a link", 'L', "link-dir/file", NULL, ELOOP},
	{"opendir", 'o', "dir/sub", NULL, 0},
	{"opendir of a link", 'o', "link-dir", NULL, ELOOP},
	{"opendir of a file", 'o', "file", NULL, ENOTDIR},
};

static int open_names(const char *path)
{
	DIR *names = beneath_opendir(in, path);
	return names ? closedir(names) : -1;
}

static int do_act(const struct act *row)
{
	struct stat st;
	switch (row->what) {
	case 'm':
		return beneath_mkdir(in, row->path, 0700);
	case 'u':
		return beneath_unlink(in, row->path);
	case 'r':
		return beneath_rename(in, row->path, in, row->to);
	case 'l':
		return beneath_link(in, row->path, in, row->to);
	case 's':
		return beneath_stat(in, row->path, &st);
	case 'L':
		return beneath_lstat(in, row->path, &st);
	default:
		return open_names(row->path);
	}
}

static void test_act(void **state)
{
	const struct act *row = *state;
	for (int steps = 0; steps < 2; steps++) {
		set_up();
		beneath_by_steps(steps);
		int e = do_act(row) < 0 ? errno : 0;
		assert_int_equal(e, row->error);
		assert_true(secrets_are_safe());
		tear_down();
	}
}

/* ---- a link that comes and goes while we open ---- */

enum { RACE_OPENS = 20000, RACE_MOST = 100 * RACE_OPENS };

/*
 * Puts a directory and a link in turns into the place of in/dir, and into that of the file in/file.
 */
static void swap_for_ever(void)
{
	if (rename(at("in/link-dir"), at("in/spare-link")) < 0)
		_exit(1);
	for (;;) {
		if (renameat2(in, "dir", in, "spare-link", RENAME_EXCHANGE) < 0 ||
			renameat2(in, "file", in, "link-file", RENAME_EXCHANGE) < 0)
			_exit(1);
	}
}

static size_t read_secret(const char *path)
{
	char text[8] = "";
	int fd = beneath_open_file(in, path, O_RDONLY, 0);
	if (fd < 0) {
		/*
		 * ENOTDIR: it was a link when it was opened, and a directory when it was asked what
		 * it was.
		 */
		assert_true(errno == ELOOP || errno == ENOTDIR);
		return 0;
	}
	assert_int_equal(read(fd, text, 4), 4);
	close(fd);
	assert_memory_equal(text, "mine", 4);
	return 1;
}

static void race(bool steps)
{
	size_t opened = 0, tried = 0;
	set_up();
	beneath_by_steps(steps);
	pid_t child = fork();
	if (child == 0)
		swap_for_ever();
	/* On a busy machine it may take long until both were met. */
	while (tried < RACE_OPENS || ((opened == 0 || opened == tried) && tried < RACE_MOST)) {
		opened += read_secret("dir/file") + read_secret("file");
		tried += 2;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* it did swap until the end */
	assert_true(opened > 0 && opened < tried);
	assert_true(secrets_are_safe());
	tear_down();
}

static void test_race(void **state)
{
	(void)state;
	race(false);
}

static void test_race_by_steps(void **state)
{
	(void)state;
	race(true);
}

/* ---- what is followed ---- */

static void test_mount_point(void **state)
{
	(void)state;
	set_up();
	if (mount("none", at("in/dir"), "tmpfs", 0, "") < 0) {
		tear_down();
		skip();
	}
	make_file("in/dir/file", "mine");
	for (int steps = 0; steps < 2; steps++) {
		beneath_by_steps(steps);
		int fd = beneath_open_file(in, "dir/file", O_RDONLY, 0);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(umount(at("in/dir")), 0);
	tear_down();
}

struct followed {
	const char *name, *path;
	int error;
};

/* With follow_links = admin, when root made the links. */
static const struct followed followed[] = {
	{"link, last", "link-file", 0},
	{"absolute link", "link-abs", 0},
	{"link in the middle", "dir/link-dir/file", 0},
	{"link to a link", "chain", 0},
	{"link to itself", "loop", ELOOP},
	{"link that the user made", "theirs", ELOOP},
	{"root's link that leads through the user's", "through", ELOOP},
	{"root's link with a second name", "second", ELOOP},
	{".. stays forbidden", "link-dir/../secret", EXDEV},
};

static void test_followed(void **state)
{
	const struct followed *row = *state;
	if (geteuid() != 0)
		skip();
	set_up();
	make_link("link-file", "in/chain");
	make_link("../out/secret", "in/theirs");
	make_link("theirs", "in/through");
	make_link("../out/secret", "in/second");
	assert_int_equal(lchown(at("in/theirs"), 65534, 65534), 0);
	assert_int_equal(link(at("in/second"), at("in/second-name")), 0);
	for (int steps = 0; steps < 2; steps++) {
		beneath_by_steps(steps);
		beneath_follow(BENEATH_ADMIN_LINKS);
		int fd = beneath_open_file(in, row->path, O_RDONLY, 0);
		int e = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
		assert_int_equal(e, row->error);
		beneath_follow(BENEATH_NO_LINKS);
		assert_int_equal(beneath_open_file(in, row->path, O_RDONLY, 0), -1);
	}
	tear_down();
}

/* ---- which paths are a user's ---- */

struct declared {
	const char *name, *root, *path;
	bool users;
};

static const struct declared declared[] = {
	{"below", "/home/anna", "/home/anna/Maildir/new", true},
	{"itself", "/home/anna", "/home/anna", false},
	{"itself with a slash", "/home/anna", "/home/anna/", false},
	{"a name that only starts like it", "/home/anna", "/home/annabel/x", false},
	{"above", "/home/anna", "/home/x", false},
	{"slashes do not matter", "/home//anna/", "//home/anna//x", true},
	{"nor does .", "/home/./anna", "/home/anna/./x", true},
	{"..", "/home/anna", "/home/anna/../bob/x", true},
	{"relative", "mail", "mail/x", true},
	{"relative is not absolute", "home/anna", "/home/anna/x", false},
	{"the current directory", ".", "Maildir", true},
	{"the root directory", "/", "/etc/passwd", true},
};

static void test_declared(void **state)
{
	const struct declared *row = *state;
	path_declare(row->root);
	assert_int_equal(path_is_users(row->path), row->users);
	path_declare_none();
	assert_false(path_is_users(row->path));
}

/* One in another: a link between them does not count as the admin's. */
static void test_upper_counts(void **state)
{
	(void)state;
	set_up();
	for (int order = 0; order < 2; order++) {
		path_declare(at(order ? "in" : "in/link-dir"));
		path_declare(at(order ? "in/link-dir" : "in"));
		assert_int_equal(path_open_file(at("in/link-dir/file"), O_RDONLY, 0), -1);
		assert_int_equal(errno, ELOOP);
		path_declare_none();
	}
	/* The directory itself may be a link: the admin's. */
	path_declare(at("in/link-dir"));
	int fd = path_open_file(at("in/link-dir/file"), O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	path_declare_none();
	tear_down();
}

static void check_path_acts(void)
{
	struct stat st;
	set_up();
	path_declare(at("in"));
	assert_int_equal(path_rename(at("in/file"), at("in/link-dir/file")), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(path_rename(at("in/file"), at("out/new")), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(path_unlink(at("in/link-dir/file")), -1);
	assert_int_equal(path_mkdir(at("in/link-dir/made"), 0700), -1);
	assert_int_equal(path_stat(at("in/link-file"), &st), -1);
	assert_int_equal(path_lstat(at("in/link-file"), &st), 0);
	assert_int_equal(path_link(at("in/file"), at("in/dir/linked")), 0);
	assert_int_equal(path_rename(at("in/file"), at("in/dir/renamed")), 0);
	assert_int_equal(path_unlink(at("in/dir/renamed")), 0);
	assert_null(path_opendir(at("in/link-dir")));
	assert_true(path_is_directory(at("in/dir")));
	assert_false(path_is_directory(at("in/link-dir")));
	assert_true(secrets_are_safe());
	path_declare_none();
	tear_down();
}

static void test_path_acts(void **state)
{
	(void)state;
	check_path_acts();
	path_keep(true);
	check_path_acts();
	path_keep(false);
}

/* The directory that was there when it was opened counts: a link in its place is not followed. */
static void test_kept(void **state)
{
	struct stat st;
	(void)state;
	set_up();
	path_declare(at("in"));
	path_keep(true);
	assert_int_equal(path_stat(at("in/dir/file"), &st), 0);
	assert_int_equal(rename(at("in/dir"), at("in/moved")), 0);
	make_link("../out", "in/dir");
	assert_int_equal(path_stat(at("in/dir/secret"), &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(path_unlink(at("in/dir/secret")), -1);
	assert_int_equal(path_stat(at("in/dir/file"), &st), 0);
	path_keep(false);
	assert_int_equal(path_stat(at("in/dir/secret"), &st), -1);
	assert_int_equal(errno, ELOOP);
	assert_true(secrets_are_safe());
	path_declare_none();
	tear_down();
}

enum { KEPT_DIRECTORIES = 40 };

static unsigned open_descriptors(void)
{
	unsigned n = 0;
	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* However many there are, few stay open, and both of a pair are right. */
static void test_many_kept(void **state)
{
	char from[256], to[256];
	struct stat st;
	(void)state;
	set_up();
	path_declare(at("in"));
	path_keep(true);
	unsigned before = open_descriptors();
	for (int i = 0; i < KEPT_DIRECTORIES; i++) {
		snprintf(to, sizeof to, "%s/in/d%d", top, i);
		assert_int_equal(path_mkdir(to, 0700), 0);
		snprintf(to, sizeof to, "%s/in/d%d/file", top, i);
		snprintf(from, sizeof from, "%s/in/d%d/file", top, i - 1);
		assert_int_equal(path_rename(i ? from : at("in/file"), to), 0);
		assert_int_equal(stat(to, &st), 0);
		assert_true(open_descriptors() < before + 10);
	}
	path_keep(false);
	path_declare_none();
	assert_int_equal(open_descriptors(), before);
	tear_down();
}

static const struct active {
	const char *name, *leads_to; /* the target of the link in/active; @: the path of the tree */
	const char *active;          /* below in/ */
} actives[] = {
	{"active: no link", NULL, "active"},
	{"active: beside it", "file", "file"},
	{"active: below", "dir/file", "dir/file"},
	{"active: with odd slashes", ".//dir//file", ".//dir//file"},
	{"active: gone", "dir/gone", "dir/gone"},
	{"active: a link, which will not be opened", "link-file", "link-file"},
	{"active: out", "../out/file", "active"},
	{"active: out and in", "../in/file", "active"},
	{"active: out by way of a directory", "dir/../../out/file", "active"},
	{"active: ends with ..", "dir/..", "active"},
	{"active: absolute", "@in/dir/file", "dir/file"},
	{"active: absolute, somebody else's", "@out/file", "active"},
	{"active: absolute, of a like name", "@inside/file", "active"},
	{"active: absolute, with ..", "@in/../out/file", "active"},
	{"active: the directory itself", "@in", "active"},
	{"active: the root directory", "/", "active"},
};

static void test_active(void **state)
{
	const struct active *row = *state;
	struct arena *mem = arena_new();
	const char *to = row->leads_to;
	set_up();
	if (to)
		assert_int_equal(symlink(*to == '@' ? at(to + 1) : to, at("in/active")), 0);
	path_declare(at("."));
	const char *active = arena_fmt(mem, "in/%s", row->active).p;
	assert_string_equal(path_active(at("in/active"), mem).p, at(active));
	path_declare_none();
	/* The admin's links are followed anyway. */
	assert_string_equal(path_active(at("in/active"), mem).p, at("in/active"));
	tear_down();
	arena_free(mem);
}

/* Another descriptor may take the number of one that was closed. */
static int has_closed(void)
{
	struct stat st;
	close_range(3, ~0U, 0);
	int other = open("/", O_RDONLY | O_DIRECTORY);
	return other >= 0 && path_stat(at("in/dir/file"), &st) == 0 ? 0 : 1;
}

/* It uses what its parent has open: the directory itself can no longer be found. */
static int has_inherited(void)
{
	struct stat st;
	unsigned fds[PATH_INHERITED_MOST];
	size_t n = path_inherit(fds);
	bool found =
		rename(at("in/dir"), at("in/moved")) == 0 && path_stat(at("in/dir/file"), &st) == 0;
	bool made = rename(at("in/moved"), at("in/dir")) == 0;
	return n == 2 && found && made ? 0 : 1;
}

/* Whatever a child closed, its paths lead where they say. */
static void check_after_fork(int (*child)(void))
{
	struct stat st;
	int status;
	set_up();
	path_declare(at("in"));
	path_keep(true);
	assert_int_equal(path_stat(at("in/dir/file"), &st), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	path_keep(false);
	path_declare_none();
	tear_down();
}

static void test_after_fork(void **state)
{
	(void)state;
	check_after_fork(has_closed);
	check_after_fork(has_inherited);
}

/* ---- where they lead ---- */

static const struct leads {
	const char *name, *root, *path;
	const char *real; /* below TOP; NULL: it is not known */
	enum beneath_links links;
} leads[] = {
	{"leads: below", "in", "in/dir/file", "in/dir/file", BENEATH_NO_LINKS},
	{"leads: the directory itself", "in", "in/", "in", BENEATH_NO_LINKS},
	{"leads: what is not there", "in", "in/none/file", "in/none/file", BENEATH_NO_LINKS},
	{"leads: slashes and dots", "in", "in//./dir/.//file/", "in/dir/file", BENEATH_NO_LINKS},
	{"leads: the directory is a link", "in/link-dir", "in/link-dir/file", "out/dir/file",
		BENEATH_NO_LINKS},
	{"leads: a link, which is not followed", "in", "in/link-dir/file", "in/link-dir/file",
		BENEATH_NO_LINKS},
	{"leads: links are followed", "in", "in/dir/file", NULL, BENEATH_ADMIN_LINKS},
	{"leads: ..", "in", "in/dir/../file", NULL, BENEATH_NO_LINKS},
	{"leads: another path", "in", "out/file", NULL, BENEATH_NO_LINKS},
	{"leads: the directory is not there", "in/none", "in/none/file", NULL, BENEATH_NO_LINKS},
};

static void test_leads(void **state)
{
	const struct leads *row = *state;
	struct arena *mem = arena_new();
	set_up();
	path_declare(at(row->root));
	beneath_follow(row->links);
	struct str real = path_users_real(at(row->path), mem);
	assert_string_equal(row->real ? real.p : "none", row->real ? at(row->real) : "none");
	assert_int_equal(real.n > 0, row->real != NULL);
	path_declare_none();
	tear_down();
	arena_free(mem);
}

static void test_why(void **state)
{
	(void)state;
	assert_non_null(strstr(beneath_why(ELOOP), "symbolic link"));
	assert_non_null(strstr(beneath_why(ELOOP), "follow_links"));
	assert_non_null(strstr(beneath_why(EMEDIUMTYPE), "regular file"));
	assert_string_equal(beneath_why(ENOENT), strerror(ENOENT));
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_attack, attacks),
		TABLE(test_attack_by_steps, attacks),
		TABLE(test_attack_by_path, attacks),
		TABLE(test_act, acts),
		TABLE_OF_ONE(test_race, "a link swapped in"),
		TABLE_OF_ONE(test_race_by_steps, "a link swapped in, by steps"),
		TABLE_OF_ONE(test_mount_point, "a mount point"),
		TABLE(test_followed, followed),
		TABLE(test_declared, declared),
		TABLE(test_active, actives),
		TABLE_OF_ONE(test_upper_counts, "of two declared directories the upper one counts"),
		TABLE_OF_ONE(test_path_acts, "acts by whole paths"),
		TABLE_OF_ONE(test_kept, "a directory that stays open"),
		TABLE_OF_ONE(test_many_kept, "many of them"),
		TABLE_OF_ONE(test_after_fork, "after a fork"),
		TABLE(test_leads, leads),
		TABLE_OF_ONE(test_why, "the reasons in words"),
	};
	return table_run("beneath", tables, sizeof tables / sizeof *tables);
}
