/* Files and directories of a Maildir, and the names of its files. */
#include "base/io.h"
#include "tests/unit/test_store.h"

#include "base/verdict.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"

/* ---- base names ---- */

struct sizes {
	const char *name;
	struct str pieces[4];
	const char *ends_in;
};

static const struct sizes sizes[] = {
	{"nothing", {{NULL, 0}}, ",S=0,W=0"},
	{"no line", {STR_LIT("abc")}, ",S=3,W=3"},
	{"LF", {STR_LIT("a\nb\n")}, ",S=4,W=6"},
	{"CRLF", {STR_LIT("a\r\nb\r\n")}, ",S=6,W=6"},
	{"both", {STR_LIT("a\r\nb\n\n")}, ",S=6,W=8"},
	{"LF first", {STR_LIT("\n")}, ",S=1,W=2"},
	{"CR alone", {STR_LIT("\r\r\n\r")}, ",S=4,W=4"},
	{"NUL is a byte", {STR_LIT("\0\n\0")}, ",S=3,W=4"},
	{"CR and LF in two pieces", {STR_LIT("a\r"), STR_LIT("\nb")}, ",S=4,W=4"},
	{"... with an empty one between", {STR_LIT("a\r"), STR_LIT(""), STR_LIT("\nb")},
		",S=4,W=4"},
	{"LF at the start of the second", {STR_LIT("a"), STR_LIT("\nb")}, ",S=3,W=4"},
	{"LF at both sides of the border", {STR_LIT("a\n"), STR_LIT("\nb")}, ",S=4,W=6"},
	{"four pieces", {STR_LIT("a\n"), STR_LIT("\r\n"), STR_LIT("\n"), STR_LIT("x")}, ",S=6,W=8"},
};

static void test_sizes(void **state)
{
	const struct sizes *row = *state;
	struct arena *mem = arena_new();
	const char *base = base_name_new(row->pieces, 4, mem);
	size_t n = strlen(base), end = strlen(row->ends_in);
	assert_true(n > end && n < 200);
	assert_string_equal(base + n - end, row->ends_in);
	assert_null(strpbrk(base, "/: \n"));
	assert_true(base[0] >= '1' && base[0] <= '9');
	arena_free(mem);
}

static void test_unique(void **state)
{
	struct arena *mem = arena_new();
	const char *before = "";
	(void)state;
	for (int i = 0; i < 1000; i++) {
		const char *base = base_name_new(NULL, 0, mem);
		assert_string_not_equal(base, before);
		before = base;
	}
	arena_free(mem);
}

struct base {
	const char *name, *file_name, *base;
};

static const struct base bases[] = {
	{"new", "1.M2P3Q1.host,S=1,W=1", "1.M2P3Q1.host,S=1,W=1"},
	{"cur", "1.M2P3Q1.host,S=1:2,", "1.M2P3Q1.host,S=1"},
	{"flags", "1.host:2,FS", "1.host"},
	{"keywords", "1.host:2,Sab", "1.host"},
	{"the other info", "1.host:1,x", "1.host"},
	{"two colons", "1.host:2,S:x", "1.host"},
	{"a colon at the end", "1.host:", "1.host"},
	{"nothing else", ":2,S", ""},
};

static void test_base(void **state)
{
	const struct base *row = *state;
	assert_true(str_eq(base_name_of(str_of(row->file_name)), str_of(row->base)));
}

struct flags {
	const char *name;
	unsigned flags;
	const char *letters;
};

static const struct flags flags[] = {
	{"no flag", 0, ""},
	{"seen", FLAG_SEEN, "S"},
	{"sorted", FLAG_SEEN | FLAG_DRAFT | FLAG_REPLIED, "DRS"},
	{"all", 63, "DFPRST"},
	{"keywords after them", 64 | 128 | FLAG_TRASHED, "Tab"},
	{"every bit", ~0U, "DFPRSTabcdefghijklmnopqrstuvwxyz"},
};

static void test_flags(void **state)
{
	const struct flags *row = *state;
	char letters[BASE_NAME_FLAGS];
	base_name_flags(row->flags, letters);
	assert_string_equal(letters, row->letters);
}

/* ---- directories: "d DIR", "o DIR of somebody else", "l LINK TARGET", "f FILE" ---- */

struct place {
	const char *name;
	const char *set_up[4];
	const char *path;  /* below the box */
	const char *error; /* NULL: it can be opened */
};

static const struct place roots[] = {
	{"a directory that is there", {"d M"}, "M", NULL},
	{"one that is made", {NULL}, "M", NULL},
	{"one that is made with those above", {NULL}, "a/b/c/M", NULL},
	{"a slash at the end", {NULL}, "a/M/", NULL},
	{"slashes at the end", {"d M"}, "M///", NULL},
	{"a link to a directory of ours", {"d real", "l M real"}, "M", "symbolic link"},
	{"a link to a link", {"d real", "l x real", "l M x"}, "M", "symbolic link"},
	{"a link above it", {"d real", "l x real"}, "x/M", NULL},
	{"a link to nothing", {"l M nowhere"}, "M", "symbolic link"},
	{"... with a slash", {"l M nowhere"}, "M/", "follow_links"},
	{"a link to itself", {"l M M"}, "M", "symbolic link"},
	{"a link to a file", {"f real", "l M real"}, "M", "symbolic link"},
	{"a link to somebody else's directory", {"o real", "l M real"}, "M", "symbolic link"},
	{"... with a slash", {"o real", "l M real"}, "M/", "symbolic link"},
	{"a file", {"f M"}, "M", "Not a directory"},
	{"a file above it", {"f x"}, "x/M", "x"},
};

static bool is_possible(const struct place *row)
{
	for (size_t i = 0; i < 4 && row->set_up[i]; i++)
		if (row->set_up[i][0] == 'o' && geteuid() != 0)
			return false;
	return true;
}

static void assert_opened(struct box *b, int fd, const char *error)
{
	if (!error && fd < 0)
		fail_msg("%s", b->err.text);
	if (!error)
		return;
	assert_int_equal(fd, -1);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	if (!strstr(b->err.text, error))
		fail_msg("\"%s\" does not say \"%s\"", b->err.text, error);
}

static void test_root(void **state)
{
	const struct place *row = *state;
	if (!is_possible(row))
		skip();
	struct box *b = box_new();
	for (size_t i = 0; i < 4 && row->set_up[i]; i++)
		box_make(b, row->set_up[i]);
	int fd = maildir_open_root(box_path(b, row->path), true, &b->err);
	assert_opened(b, fd, row->error);
	if (fd >= 0)
		close(fd);
	box_free(b);
}

static void test_long_path(void **state)
{
	struct box *b = box_new();
	char path[8192];
	(void)state;
	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	assert_opened(b, maildir_open_root(path, true, &b->err), "path");
	assert_opened(b, maildir_open_root("", true, &b->err), "path");
	box_free(b);
}

static const struct place folders[] = {
	{"the INBOX", {NULL}, "", NULL},
	{"a folder that is made", {NULL}, ".F", NULL},
	{"one that is half made", {"d M/.F", "d M/.F/new"}, ".F", NULL},
	{"a link to a folder of ours", {"d M/.F", "l M/.G .F"}, ".G", "symbolic link"},
	{"a link to nothing", {"l M/.F nowhere"}, ".F", "symbolic link"},
	{"a link to a file", {"f M/x", "l M/.F x"}, ".F", "symbolic link"},
	{"a link to somebody else's directory", {"o real", "l M/.F ../real"}, ".F",
		"symbolic link"},
	{"a file", {"f M/.F"}, ".F", "Not a directory"},
	{"a file in the place of cur", {"d M/.F", "f M/.F/cur"}, ".F", NULL},
};

static int open_root(struct box *b)
{
	int root = maildir_open_root(box_path(b, "M"), true, &b->err);
	assert_opened(b, root, NULL);
	return root;
}

static void test_folder(void **state)
{
	const struct place *row = *state;
	if (!is_possible(row))
		skip();
	struct box *b = box_new();
	int root = open_root(b);
	for (size_t i = 0; i < 4 && row->set_up[i]; i++)
		box_make(b, row->set_up[i]);
	int fd = maildir_open_folder(root, row->path, &b->err);
	assert_opened(b, fd, row->error);
	if (fd >= 0) {
		assert_int_equal(faccessat(fd, "tmp", F_OK, 0), 0);
		assert_int_equal(faccessat(fd, "new", F_OK, 0), 0);
		assert_int_equal(faccessat(fd, "cur", F_OK, 0), 0);
		if (row->path[0])
			assert_int_equal(faccessat(fd, "maildirfolder", F_OK, 0), 0);
		close(fd);
	}
	close(root);
	box_free(b);
}

/* ---- a message's way ---- */

static struct written written;
static const struct str message[] = {STR_LIT("Subject: x\n\n"), STR_LIT(""), STR_LIT("a\0b\n")};
enum { MESSAGE_BYTES = 16, PIECES = 3 };

static void write_message(struct box *b, int folder, const char *base)
{
	if (maildir_write(folder, base, message, PIECES, &written, &b->err) < 0)
		fail_msg("%s", b->err.text);
}

static void assert_message(int folder, const char *path)
{
	char got[64];
	struct stat st;
	int fd = openat(folder, path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(read(fd, got, sizeof got), MESSAGE_BYTES);
	assert_memory_equal(got, "Subject: x\n\na\0b\n", MESSAGE_BYTES);
	close(fd);
}

static void test_way(void **state)
{
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	write_message(b, root, "one");
	assert_message(root, "tmp/one");
	assert_int_equal(maildir_has_tmp(root, "one", MESSAGE_BYTES, &b->err), 1);
	assert_int_equal(maildir_has_tmp(root, "one", MESSAGE_BYTES + 1, &b->err), 0);
	assert_int_equal(maildir_has(root, "one", &b->err), 0);
	assert_int_equal(maildir_show(root, MAILDIR_NEW, "one", 0, &b->err), 0);
	assert_message(root, "new/one");
	assert_int_equal(maildir_has(root, "one", &b->err), 1);
	assert_int_equal(maildir_sync(root, MAILDIR_NEW, &b->err), 0);
	assert_int_equal(maildir_has_marker(root, "", "one", &b->err), 1);
	assert_int_equal(maildir_forget_marker(root, "", "one", &b->err), 0);
	assert_int_equal(maildir_forget_marker(root, "", "one", &b->err), 0);
	assert_int_equal(maildir_has_marker(root, "", "one", &b->err), 0);
	assert_message(root, "new/one");
	write_message(b, root, "two");
	assert_int_equal(maildir_show(root, MAILDIR_CUR, "two", FLAG_SEEN, &b->err), 0);
	assert_message(root, "cur/two:2,S");
	assert_int_equal(maildir_has(root, "two", &b->err), 1);
	assert_int_equal(maildir_has(root, "tw", &b->err), 0);
	assert_int_equal(maildir_forget(root, "two", &b->err), 0);
	assert_int_equal(maildir_forget(root, "two", &b->err), 0);
	close(root);
	box_free(b);
}

/* ---- was it shown? ---- */

/* What happened to tmp/m, written as it should be, and what is known of it then. */
static const struct trace {
	const char *name;
	bool shows;         /* maildir_show() */
	bool removes;       /* then a reader removes it */
	bool reboots;       /* the machine stopped */
	bool is_copy;       /* the file came back from elsewhere */
	const char *lost;   /* a name that the loss of power took, below M/, or NULL */
	const char *brings; /* one that it brought back, or that a backup made */
	int shown;
	int hours; /* since it was written; what happens to its names is of now */
} traces[] = {
	{"only written", false, false, false, false, NULL, NULL, 0, 0},
	{"shown", true, false, false, false, NULL, NULL, 1, 0},
	{"shown and removed by a reader", true, true, false, false, NULL, NULL, 1, 0},
	{"shown and removed, and the machine stopped", true, true, true, false, NULL, NULL, 0, 0},
	{"shown, and the machine stopped", true, false, true, false, NULL, NULL, 1, 0},
	{"written, and the second name was lost", false, false, true, false, "M/tmp/m.unseen", NULL,
		0, 0},
	{"shown, and the second name came back", true, false, true, false, NULL, "M/tmp/m.unseen",
		1, 0},
	{"shown, not on the disk, the second name came back", true, true, true, false, NULL,
		"M/tmp/m.unseen", 0, 0},
	{"a copy without its second name", false, false, false, true, "M/tmp/m.unseen", NULL, 0, 0},
	{"nothing is left", true, false, false, false, "M/tmp/m", NULL, 0, 0},
	{"only written, a backup of hard links", false, false, false, false, NULL, "backup", 0, 0},
	{"a backup of hard links, and the machine stopped", false, false, true, false,
		"M/tmp/m.unseen", "backup", 0, 0},
	{"shown and removed, a backup of hard links", true, true, false, false, NULL, "backup", 1,
		0},
	{"shown, moved to another folder, and the machine stopped", true, true, true, false, NULL,
		"M/.A/cur/other:2,S", 1, 0},
	{"not shown, the second name cleared away after 40 hours", false, false, false, false,
		"M/tmp/m.unseen", NULL, 0, 40},
	{"the same with a backup of hard links", false, false, false, false, "M/tmp/m.unseen",
		"backup", 0, 40},
	{"shown, and removed after 40 hours", true, true, false, false, NULL, NULL, 0, 40},
	{"shown, and still there after 40 hours", true, false, false, false, NULL, NULL, 1, 40},
	{"shown, and moved after 40 hours", true, true, false, false, NULL, "M/.A/new/other", 1,
		40},
};

static void copy_file(struct box *b, const char *path)
{
	struct str text;
	assert_int_equal(io_read_file(box_path(b, path), 1 << 20, b->mem, &text, &b->err), 1);
	assert_int_equal(io_replace_file(box_path(b, path), text, 0600, &b->err), 0);
}

static void test_trace(void **state)
{
	const struct trace *t = *state;
	struct box *b = box_new();
	int root = open_root(b);
	write_message(b, root, "m");
	struct written known = written;
	const struct timespec then[] = {
		{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - t->hours * 3600L}};
	assert_int_equal(mkdir(box_path(b, "M/.A"), 0700), 0);
	assert_int_equal(mkdir(box_path(b, "M/.A/new"), 0700), 0);
	assert_int_equal(mkdir(box_path(b, "M/.A/cur"), 0700), 0);
	assert_int_equal(utimensat(root, "tmp/m", then, 0), 0);
	if (t->shows)
		assert_int_equal(maildir_show(root, MAILDIR_NEW, "m", 0, &b->err), 0);
	if (t->brings)
		assert_int_equal(link(box_path(b, "M/tmp/m"), box_path(b, t->brings)), 0);
	if (t->shows && t->removes)
		assert_int_equal(unlinkat(root, "new/m", 0), 0);
	if (t->lost)
		assert_int_equal(unlink(box_path(b, t->lost)), 0);
	if (t->is_copy)
		copy_file(b, "M/tmp/m");
	if (t->reboots)
		known.boot[0] = known.boot[0] == '0' ? '1' : '0';
	assert_int_equal(maildir_was_shown(root, root, "m", &known, &b->err), t->shown);
	assert_int_equal(maildir_forget(root, "m", &b->err), 0);
	assert_int_equal(faccessat(root, "tmp/m", F_OK, 0), -1);
	assert_int_equal(faccessat(root, "tmp/m.unseen", F_OK, 0), -1);
	close(root);
	box_free(b);
}

/* More pieces than one system call takes, and some of them large. */
static void test_many_pieces(void **state)
{
	enum { MANY = 5000 };
	struct box *b = box_new();
	struct str *pieces = mem_alloc(MANY * sizeof *pieces);
	char *large = mem_alloc(100000);
	size_t n = 0;
	struct stat st;
	(void)state;
	int root = open_root(b);
	for (size_t i = 0; i < MANY; i++) {
		pieces[i] = (struct str){large, i % 500 == 0 ? 100000 : i % 3};
		n += pieces[i].n;
	}
	assert_int_equal(maildir_write(root, "m", pieces, MANY, &written, &b->err), 0);
	assert_int_equal(fstatat(root, "tmp/m", &st, 0), 0);
	assert_int_equal(st.st_size, n);
	close(root);
	free(large);
	free(pieces);
	box_free(b);
}

static void test_never_overwrites(void **state)
{
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	box_write(b, "M/tmp/one", "other");
	assert_int_equal(maildir_write(root, "one", message, PIECES, &written, &b->err), -1);
	assert_true(box_same(box_path(b, "M/tmp/one"), "other"));
	box_write(b, "M/new/two", "other");
	write_message(b, root, "two");
	assert_int_equal(maildir_show(root, MAILDIR_NEW, "two", 0, &b->err), -1);
	assert_true(box_same(box_path(b, "M/new/two"), "other"));
	assert_int_equal(symlink("../new/two", box_path(b, "M/tmp/three")), 0);
	assert_int_equal(maildir_write(root, "three", message, PIECES, &written, &b->err), -1);
	assert_true(box_same(box_path(b, "M/new/two"), "other"));
	close(root);
	box_free(b);
}

struct missing_row {
	const char *name, *part;
	unsigned flags;
};

static const struct missing_row missing[] = {
	{"tmp is missing", "tmp", 0},
	{"new is missing", "new", 0},
	{"cur is missing", "cur", FLAG_SEEN},
};

static void test_missing(void **state)
{
	const struct missing_row *row = *state;
	struct box *b = box_new();
	int root = open_root(b);
	assert_int_equal(unlinkat(root, row->part, AT_REMOVEDIR), 0);
	write_message(b, root, "one");
	assert_int_equal(maildir_show(root, row->flags ? MAILDIR_CUR : MAILDIR_NEW, "one",
				 row->flags, &b->err),
		0);
	assert_int_equal(maildir_has(root, "one", &b->err), 1);
	close(root);
	box_free(b);
}

/* ---- walking ---- */

struct seen {
	char names[512];
	unsigned count, stop_at;
};

static bool note(void *context, const char *name)
{
	struct seen *s = context;
	size_t n = strlen(s->names);
	snprintf(s->names + n, sizeof s->names - n, "[%s]", name);
	return ++s->count != s->stop_at;
}

static void assert_saw(const struct seen *s, unsigned count, const char *const *names)
{
	assert_int_equal(s->count, count);
	for (; *names; names++)
		if (!strstr(s->names, *names))
			fail_msg("%s is not in %s", *names, s->names);
}

static void test_walk(void **state)
{
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	box_write(b, "M/new/one", "x");
	box_write(b, "M/new/two\nlines", "x");
	box_write(b, "M/new/.hidden", "x");
	struct seen s = {.count = 0};
	assert_int_equal(maildir_walk(root, "new", note, &s, &b->err), 0);
	assert_saw(&s, 2, (const char *const[]){"[one]", "[two\nlines]", NULL});
	s = (struct seen){.stop_at = 1};
	assert_int_equal(maildir_walk(root, "new", note, &s, &b->err), 0);
	assert_int_equal(s.count, 1);
	s = (struct seen){.count = 0};
	assert_int_equal(maildir_walk(root, "gone", note, &s, &b->err), 0);
	assert_int_equal(s.count, 0);
	assert_int_equal(maildir_walk(root, "new/one", note, &s, &b->err), -1);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	close(root);
	box_free(b);
}

static void test_walk_folders(void **state)
{
	static const char *const made[] = {"M/.F", "M/.F/cur", "M/.F.G", "M/.F.G/cur", "M/.None",
		"M/..F", "M/..F/cur", "M/F", "M/F/cur", "M/...", "M/.../cur"};
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		assert_int_equal(mkdir(box_path(b, made[i]), 0700), 0);
	assert_int_equal(mkdir(box_path(b, "M/.X"), 0700), 0);
	box_write(b, "M/.X/cur", "x");
	struct seen s = {.count = 0};
	assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
	assert_saw(&s, 3, (const char *const[]){"[]", "[.F]", "[.F.G]", NULL});
	s = (struct seen){.stop_at = 1};
	assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
	assert_string_equal(s.names, "[]");
	s = (struct seen){.stop_at = 2};
	assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
	assert_int_equal(s.count, 2);
	close(root);
	box_free(b);
}

static const struct folder_rules flat, nested = {.layout = FOLDER_NESTED};

static void test_walk_nested(void **state)
{
	static const char *const made[] = {"M/F", "M/F/cur", "M/F/G", "M/F/G/H", "M/F/G/H/cur",
		"M/.h", "M/.h/cur", "M/None", "M/F/new", "M/F/new/x", "M/F/new/x/cur",
		"M/dovecot.index-x", "M/dovecot.index-x/cur", "out", "out/cur"};
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		assert_int_equal(mkdir(box_path(b, made[i]), 0700), 0);
	assert_int_equal(symlink("../out", box_path(b, "M/link")), 0);
	assert_int_equal(symlink(".", box_path(b, "M/circle")), 0);
	box_write(b, "M/cur/file", "x");
	folder_declare(&nested);
	struct seen s = {.count = 0};
	assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
	assert_saw(&s, 4, (const char *const[]){"[]", "[F]", "[F/G/H]", "[.h]", NULL});
	for (unsigned i = 1; i < 4; i++) {
		s = (struct seen){.stop_at = i};
		assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
		assert_int_equal(s.count, i);
	}
	folder_declare(&flat);
	close(root);
	box_free(b);
}

/* As Dovecot makes them: the levels above hold no messages, and nothing marks a folder. */
static void test_nested_folder(void **state)
{
	static const char *const absent[] = {"M/A/cur", "M/A/B/cur", "M/A/B/C/maildirfolder", NULL};
	static const char *const there[] = {"M/A/B/C/cur", "M/A/B/C/new", "M/A/B/C/tmp", NULL};
	struct box *b = box_new();
	int root = open_root(b);
	(void)state;
	folder_declare(&nested);
	for (int i = 0; i < 2; i++) {
		int fd = maildir_open_folder(root, "A/B/C", &b->err);
		assert_opened(b, fd, NULL);
		close(fd);
	}
	for (size_t i = 0; absent[i]; i++)
		assert_int_not_equal(access(box_path(b, absent[i]), F_OK), 0);
	for (size_t i = 0; there[i]; i++)
		assert_int_equal(access(box_path(b, there[i]), F_OK), 0);
	assert_int_equal(symlink("A", box_path(b, "M/link")), 0);
	assert_opened(b, maildir_open_folder(root, "link/x", &b->err), "symbolic link");
	box_write(b, "M/A/file", "x");
	assert_opened(b, maildir_open_folder(root, "A/file/x", &b->err), "Not a directory");
	folder_declare(&flat);
	close(root);
	box_free(b);
}

/* Nothing of all this keeps a descriptor open. */
static void test_descriptors(void **state)
{
	struct box *b = box_new();
	(void)state;
	int before = dup(0), root = open_root(b);
	close(before);
	for (int i = 0; i < 50; i++) {
		struct seen s = {.stop_at = 1};
		char base[16];
		snprintf(base, sizeof base, "%d", i);
		write_message(b, root, base);
		assert_int_equal(maildir_show(root, MAILDIR_NEW, base, 0, &b->err), 0);
		assert_int_equal(maildir_show(root, MAILDIR_NEW, base, 0, &b->err), -1);
		assert_int_equal(maildir_write(root, base, message, PIECES, &written, &b->err), -1);
		assert_int_equal(maildir_sync(root, MAILDIR_NEW, &b->err), 0);
		assert_int_equal(maildir_walk(root, "new", note, &s, &b->err), 0);
		assert_int_equal(maildir_walk(root, "new/0", note, &s, &b->err), -1);
		assert_int_equal(maildir_walk_folders(root, note, &s, &b->err), 0);
		assert_int_equal(maildir_open_root(box_path(b, "M/new/0"), true, &b->err), -1);
		assert_int_equal(maildir_open_folder(root, "new/0", &b->err), -1);
	}
	close(root);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_sizes, sizes),
		TABLE_OF_ONE(test_unique, "no base name twice"),
		TABLE(test_base, bases),
		TABLE(test_flags, flags),
		TABLE(test_root, roots),
		TABLE_OF_ONE(test_long_path, "a path too long, and none"),
		TABLE(test_folder, folders),
		TABLE_OF_ONE(test_way, "a message's way"),
		TABLE(test_trace, traces),
		TABLE_OF_ONE(test_many_pieces, "5,000 pieces"),
		TABLE_OF_ONE(test_never_overwrites, "no file is overwritten"),
		TABLE(test_missing, missing),
		TABLE_OF_ONE(test_walk, "messages of a part"),
		TABLE_OF_ONE(test_walk_folders, "folders of a Maildir"),
		TABLE_OF_ONE(test_walk_nested, "folders of a nested layout"),
		TABLE_OF_ONE(test_nested_folder, "a folder of a nested layout is made"),
		TABLE_OF_ONE(test_descriptors, "no descriptor is left open"),
	};
	return table_run("maildir", tables, sizeof tables / sizeof *tables);
}
