/* Which files in tmp/ are removed, and when. */
#include "store/cleanup.h"

#include "tests/unit/table.h"
#include "tests/unit/test_store.h"

#include <time.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

/* ---- which ---- */

static const struct row {
	const char *name;
	const char *path;  /* below Maildir/ */
	const char *text;  /* NULL: a directory */
	const char *other; /* a second name, or NULL */
	int64_t age; /* of the time of change of its bytes; that of its inode is the test's start */
	int64_t later; /* how long after the start it is looked at */
	bool goes;
} rows[] = {
	{"old", "tmp/x", "text", NULL, 37 * HOUR, 37 * HOUR, true},
	{"not so old", "tmp/x", "text", NULL, 35 * HOUR, 35 * HOUR, false},
	{"just written, with an old time", "tmp/x", "text", NULL, 1000 * HOUR, 0, false},
	{"in a folder", ".A/tmp/x", "text", NULL, 37 * HOUR, 37 * HOUR, true},
	{"in a folder in a folder", ".A.B/tmp/x", "text", NULL, 37 * HOUR, 37 * HOUR, true},
	{"a marker", "tmp/x", "text", "new/x", 9 * DAY, 9 * DAY, false},
	{"an old marker", "tmp/x", "text", "new/x", 11 * DAY, 11 * DAY, true},
	{"a marker without hard links", "tmp/x", "", NULL, 9 * DAY, 9 * DAY, false},
	{"an old marker without hard links", "tmp/x", "", NULL, 11 * DAY, 11 * DAY, true},
	{"a directory", "tmp/x", NULL, NULL, 0, 99 * DAY, false},
	{"in new", "new/x", "text", NULL, 99 * DAY, 99 * DAY, false},
	{"in cur", "cur/x:2,S", "text", NULL, 99 * DAY, 99 * DAY, false},
	{"of the Maildir itself", "x", "text", NULL, 99 * DAY, 99 * DAY, false},
	{"of a directory that is no folder", ".C/x", "text", NULL, 99 * DAY, 99 * DAY, false},
};

static const char *path_of(struct box *b, const char *path)
{
	return arena_fmt(b->mem, "Maildir/%s", path).p;
}

static void make(struct box *b, const struct row *row)
{
	const char *path = path_of(b, row->path);
	const struct timespec then[] = {{.tv_sec = time(NULL) + row->later - row->age},
		{.tv_sec = time(NULL) + row->later - row->age}};
	if (!row->text) {
		assert_int_equal(mkdir(box_path(b, path), 0700), 0);
		return;
	}
	box_write(b, path, row->text);
	assert_int_equal(utimensat(AT_FDCWD, box_path(b, path), then, 0), 0);
	if (row->other)
		assert_int_equal(link(box_path(b, path), box_path(b, path_of(b, row->other))), 0);
}

static struct box *make_box(int *root)
{
	static const char *const directories[] = {"new", "cur", "tmp", ".A", ".A/cur", ".A/tmp",
		".A.B", ".A.B/cur", ".A.B/tmp", ".C"};
	struct box *b = box_new();
	assert_int_equal(mkdir(b->maildir, 0700), 0);
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		assert_int_equal(mkdir(box_path(b, path_of(b, directories[i])), 0700), 0);
	*root = open(b->maildir, O_RDONLY | O_DIRECTORY);
	assert_true(*root >= 0);
	return b;
}

static void test_which(void **state)
{
	const struct row *row = *state;
	int root;
	struct box *b = make_box(&root);
	make(b, row);
	assert_int_equal(cleanup_folders(root, time(NULL) + row->later, &b->err), row->goes);
	assert_int_equal(box_has(b, path_of(b, row->path)), !row->goes);
	if (row->other)
		assert_true(box_has(b, path_of(b, row->other)));
	close(root);
	box_free(b);
}

/* A tmp/ that is a link leads to somebody else's files. */
static void test_link(void **state)
{
	int root;
	struct box *b = make_box(&root);
	(void)state;
	box_write(b, "Maildir/new/x", "text");
	assert_int_equal(rmdir(box_path(b, "Maildir/tmp")), 0);
	assert_int_equal(symlink("new", box_path(b, "Maildir/tmp")), 0);
	assert_int_equal(cleanup_folders(root, time(NULL) + 99 * DAY, &b->err), 0);
	assert_true(box_has(b, "Maildir/new/x"));
	close(root);
	box_free(b);
}

/* ---- when ---- */

static void test_when(void **state)
{
	int root;
	struct box *b = make_box(&root);
	int64_t now = time(NULL) + 40 * HOUR;
	(void)state;
	box_write(b, "Maildir/tmp/1", "text");
	assert_int_equal(cleanup_when_due(root, root, now, &b->err), 1);
	box_write(b, "Maildir/tmp/2", "text");
	assert_int_equal(cleanup_when_due(root, root, now + 23 * HOUR, &b->err), 0);
	assert_int_equal(cleanup_when_due(root, root, now + 25 * HOUR, &b->err), 1);
	/* A clock that went back does not stop it. */
	box_write(b, "Maildir/tmp/3", "text");
	assert_int_equal(cleanup_when_due(root, root, now - HOUR, &b->err), 1);
	close(root);
	box_free(b);
}

/*
 * What a delivery leaves is swept by one a day later; the message is what counts when it cannot be.
 */
static void test_deliveries(void **state)
{
	struct box *b = box_new();
	struct job job = {.text = "Subject: x\n\nx\n", .folders = {""}};
	(void)state;
	assert_int_equal(box_deliver(b, &job), 0);
	assert_true(box_has(b, ".Maildir.mda/cleaned"));
	assert_int_equal(unlink(box_path(b, ".Maildir.mda/cleaned")), 0);
	assert_int_equal(symlink("/etc/passwd", box_path(b, ".Maildir.mda/cleaned")), 0);
	assert_int_equal(box_deliver(b, &job), 0);
	box_assert(b, NULL, 2, 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_which, rows),
		TABLE_OF_ONE(test_link, "a tmp that is a link"),
		TABLE_OF_ONE(test_when, "once a day"),
		TABLE_OF_ONE(test_deliveries, "at the end of a delivery"),
	};
	return table_run("cleanup", tables, sizeof tables / sizeof *tables);
}
