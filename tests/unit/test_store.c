/* The store's protocol, as a caller sees it. */
#include "tests/unit/test_store.h"

#include "base/io.h"
#include "base/verdict.h"
#include "tests/lib/tree.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>

static const char text[] = "Subject: x\n\nbody\n";

static void deliver(struct box *b, struct job *j)
{
	if (box_deliver(b, j) < 0)
		fail_msg("%s", b->err.text);
}

/* ---- what is delivered, and what a second attempt does ---- */

struct attempts {
	const char *name;
	struct job first, second;
	size_t visible; /* after both */
	bool recognised;
	uint32_t uid; /* of the second's first item */
	size_t tmp;   /* after the first */
};

#define INBOX                                                                                      \
	{                                                                                          \
		"", NULL                                                                           \
	}

static const struct attempts attempts[] = {
	{"two equal messages stay two", {.text = text, INBOX}, {.text = text, INBOX}, 2, false, 2,
		0},
	{"the retry of an unfinished attempt is recognised",
		{.text = text, INBOX, .unfinished = true}, {.text = text, INBOX}, 1, true, 1, 1},
	{"a unique message is recognised after its end", {.text = text, INBOX, .unique = true},
		{.text = text, INBOX, .unique = true}, 1, true, 1, 0},
	{"other bytes are another message", {.text = text, INBOX, .unfinished = true},
		{.text = "y\n", INBOX}, 2, false, 2, 1},
	{"several folders, all recognised",
		{.text = text, .folders = {"", "A", "B/C"}, .unfinished = true},
		{.text = text, .folders = {"B.C", "INBOX", "A"}}, 3, true, 1, 3},
	{"one folder more in the retry", {.text = text, .folders = {"A"}, .unfinished = true},
		{.text = text, .folders = {"B", "A"}}, 1, false, 0, 1},
	{"one folder less in the retry", {.text = text, .folders = {"A", "B"}, .unfinished = true},
		{.text = text, .folders = {"B"}}, 2, true, 1, 2},
	{"flags go to cur", {.text = text, INBOX, .flags = FLAG_SEEN | FLAG_FLAGGED},
		{.text = text, INBOX, .flags = FLAG_SEEN}, 2, false, 2, 0},
	{"flags, recognised", {.text = text, INBOX, .flags = FLAG_SEEN, .unfinished = true},
		{.text = text, INBOX, .flags = FLAG_SEEN}, 1, true, 1, 1},
	{"flags changed for the retry",
		{.text = text, INBOX, .flags = FLAG_SEEN, .unfinished = true},
		{.text = text, INBOX}, 1, true, 1, 1},
	{"an empty message", {.text = "", INBOX}, {.text = "", INBOX}, 2, false, 2, 0},
};

static void test_attempts(void **state)
{
	const struct attempts *row = *state;
	struct box *b = box_new();
	struct job first = row->first, second = row->second;
	size_t folders = 0;
	while (folders < 4 && first.folders[folders])
		folders++;
	deliver(b, &first);
	box_assert(b, NULL, folders, row->tmp);
	assert_int_equal(first.receipts[0].uid, 1);
	assert_true(first.receipts[0].uidvalidity > 0);
	assert_false(first.receipts[0].recognised);
	deliver(b, &second);
	box_assert(b, NULL, row->visible,
		row->tmp && !second.receipts[0].recognised && strcmp(first.text, second.text) != 0);
	assert_int_equal(second.receipts[0].recognised, row->recognised);
	assert_int_equal(second.receipts[0].uid, row->uid);
	/*
	 * The same after it is finished: it is always a new message, unless it can only be a retry.
	 */
	struct job third = row->second;
	deliver(b, &third);
	assert_int_equal(third.receipts[0].recognised, row->second.unique);
	box_free(b);
}

/* ---- what an attempt left, and readers did since ---- */

static void path_of(struct box *b, char *path, const char *part, const struct job *j)
{
	snprintf(path, 512, "%s/%s/" STR_FMT, b->maildir, part, STR_ARGS(j->receipts[0].file_name));
}

static void move_to_cur(struct box *b, const struct job *j)
{
	char from[512], to[516];
	path_of(b, from, "new", j);
	path_of(b, to, "cur", j);
	strcat(to, ":2,S");
	assert_int_equal(rename(from, to), 0);
}

static void move_away(struct box *b, const struct job *j)
{
	char from[512];
	path_of(b, from, "new", j);
	assert_int_equal(mkdir(box_path(b, "Maildir/.Archive"), 0700), 0);
	assert_int_equal(mkdir(box_path(b, "Maildir/.Archive/cur"), 0700), 0);
	assert_int_equal(rename(from, box_path(b, "Maildir/.Archive/cur/other:2,S")), 0);
}

static void remove_new(struct box *b, const struct job *j)
{
	char path[512];
	path_of(b, path, "new", j);
	assert_int_equal(unlink(path), 0);
}

/* As it was before it was shown. */
static void hide(struct box *b, const struct job *j)
{
	char from[512], to[520];
	path_of(b, from, "new", j);
	path_of(b, to, "tmp", j);
	strcat(to, ".unseen");
	assert_int_equal(rename(from, to), 0);
}

static void remove_tmp(struct box *b, const struct job *j)
{
	char path[512];
	path_of(b, path, "tmp", j);
	assert_int_equal(unlink(path), 0);
}

static void remove_both(struct box *b, const struct job *j)
{
	remove_new(b, j);
	remove_tmp(b, j);
}

static void cut_tmp(struct box *b, const struct job *j)
{
	char path[512];
	hide(b, j);
	path_of(b, path, "tmp", j);
	assert_int_equal(truncate(path, 3), 0);
}

static void nothing(struct box *b, const struct job *j)
{
	(void)b;
	(void)j;
}

struct between {
	const char *name;
	void (*happens)(struct box *b, const struct job *j);
	bool unique, recognised;
	size_t visible;
	bool suspended; /* what was to be sent could not be */
};

static const struct between between[] = {
	{"read before the retry", move_to_cur, false, true, 1, false},
	{"moved to another folder before the retry", move_away, false, true, 1, false},
	{"moved to another folder, unique", move_away, true, true, 1, false},
	{"removed before the retry", remove_new, false, true, 0, false},
	{"removed before the retry, unique", remove_new, true, true, 0, false},
	{"recorded but not shown: the same file is shown", hide, false, false, 1, false},
	{"recorded but not shown, and cut: written again", cut_tmp, false, false, 1, false},
	{"recorded but lost", remove_both, false, false, 1, false},
	{"the marker is gone: finished", remove_tmp, false, false, 2, false},
	{"the marker is gone, but unique", remove_tmp, true, true, 1, false},
	{"unique, gone from the mailbox", remove_both, true, false, 1, false},
	{"suspended, nothing happens", nothing, false, true, 1, true},
	{"suspended, then read", move_to_cur, false, true, 1, true},
	{"suspended, then removed", remove_new, false, true, 0, true},
	{"suspended, then removed, unique", remove_both, true, true, 0, true},
};

static void test_between(void **state)
{
	const struct between *row = *state;
	struct box *b = box_new();
	struct job j = {.text = text,
		INBOX,
		.unfinished = true,
		.unique = row->unique,
		.suspended = row->suspended};
	deliver(b, &j);
	row->happens(b, &j);
	j.unfinished = j.suspended = false;
	deliver(b, &j);
	assert_int_equal(j.receipts[0].recognised, row->recognised);
	assert_int_equal(j.receipts[0].uid, row->recognised ? 1 : 2);
	box_assert(b, text, row->visible, 0);
	box_free(b);
}

/* ---- a retry that decides otherwise ---- */

static const struct verdict_row {
	const char *name;
	const char *first[3];
	const char *hidden; /* a folder whose message was not shown yet, with the others' done */
	bool lost;          /* and its file is gone, too */
	bool renamed;       /* then a reader renames A to Z */
	const char *second[3];
	bool spare;
	const char *full[4],
		*absent; /* the folders that have the message then; one that is not made */
	size_t others;
} verdict_rows[] = {
	{"another folder", {"A"}, NULL, false, false, {"B"}, false, {"A"}, ".B", 1},
	{"one folder more", {"A"}, NULL, false, false, {"B", "A"}, false, {"A"}, ".B", 0},
	{"one is still to be shown", {"", "A"}, "A", false, false, {"B"}, false, {"", "A"}, ".B",
		2},
	{"one is still to be shown, and its file is gone", {"", "A"}, "A", true, false, {"B"},
		false, {"", "A"}, ".B", 2},
	{"one is still to be shown, the other decided again", {"", "A"}, "A", false, false, {""},
		false, {"", "A"}, ".B", 1},
	{"none was shown: the retry decides", {"A"}, "A", false, false, {"B"}, false, {"B"}, NULL,
		0},
	{"nothing is to be stored", {"A"}, NULL, false, false, {"B"}, true, {"A"}, ".B", 1},
	{"nothing is to be stored, one is still to be shown", {"", "A"}, "A", false, false, {"B"},
		true, {"", "A"}, ".B", 2},
	{"nothing is to be stored, its file is gone", {"", "A"}, "A", true, false, {""}, true,
		{"", "A"}, ".B", 2},
	{"nothing is to be stored, and nothing was", {"A"}, "A", false, false, {"B"}, true, {NULL},
		".B", 0},
	{"a reader renames the folder", {"A"}, NULL, false, true, {"A"}, false, {"Z"}, ".A", 0},
	{"a reader renames one of them", {"", "A"}, NULL, false, true, {"", "A"}, false, {"", "Z"},
		".A", 0},
	{"a reader renames one that is still to be shown", {"", "A"}, "A", false, true, {"", "A"},
		false, {"", "Z"}, ".A", 0},
	{"a reader renames the folder, and the rules change", {"A"}, NULL, false, true, {"B"},
		false, {"Z"}, ".B", 1},
};

static const char *folder_path(struct box *b, const char *folder, const char *part)
{
	return arena_fmt(b->mem, "Maildir/%s%s/%s", folder[0] ? "." : "", folder, part).p;
}

/* As it was before it was shown. */
static void hide_in(struct box *b, const char *folder, struct str base, bool lost)
{
	const char *shown = box_path(
		b, folder_path(b, folder, arena_fmt(b->mem, "new/" STR_FMT, STR_ARGS(base)).p));
	const char *marker = box_path(
		b, folder_path(b, folder, arena_fmt(b->mem, "tmp/" STR_FMT, STR_ARGS(base)).p));
	assert_int_equal(rename(shown, arena_fmt(b->mem, "%s.unseen", marker).p), 0);
	if (lost) {
		assert_int_equal(unlink(marker), 0);
		assert_int_equal(unlink(arena_fmt(b->mem, "%s.unseen", marker).p), 0);
	}
}

static size_t messages_in(struct box *b, const char *folder)
{
	size_t n = 0;
	const struct dirent *entry;
	DIR *dir = opendir(box_path(b, folder_path(b, folder, "new")));
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static void play_verdict(const struct verdict_row *row, bool unique)
{
	struct box *b = box_new();
	struct job first = {.text = text, .unique = unique, .unfinished = true},
		   second = {.text = text, .unique = unique, .spare = row->spare};
	size_t full = 0;
	memcpy(first.folders, row->first, sizeof row->first);
	memcpy(second.folders, row->second, sizeof row->second);
	deliver(b, &first);
	for (size_t i = 0; i < job_folders(&first); i++)
		if (row->hidden && strcmp(first.folders[i], row->hidden) == 0)
			hide_in(b, row->hidden, first.receipts[i].file_name, row->lost);
	if (row->renamed)
		assert_int_equal(rename(box_path(b, "Maildir/.A"), box_path(b, "Maildir/.Z")), 0);
	deliver(b, &second);
	for (; full < 4 && row->full[full]; full++)
		assert_int_equal(messages_in(b, row->full[full]), 1);
	box_assert(b, text, full, 0);
	assert_int_equal(second.other_count, row->others);
	if (row->absent)
		assert_false(box_has(b, arena_fmt(b->mem, "Maildir/%s", row->absent).p));
	box_free(b);
}

static void test_verdict(void **state)
{
	play_verdict(*state, false);
	play_verdict(*state, true);
}

/* ---- what comes after the end ---- */

/* An attempt that failed and a retry that did not; what happened then; and the same bytes again. */
static const struct end {
	const char *name;
	bool unique, deleted_between, deleted_after;
	bool marker_returns; /* as after a loss of power */
	bool recognised;     /* the third time */
	size_t visible;
} ends[] = {
	{"unique, still there", true, false, false, false, true, 1},
	{"unique, deleted before the retry", true, true, false, false, false, 1},
	{"unique, deleted after the end", true, false, true, false, false, 1},
	{"not unique", false, false, false, false, false, 2},
	{"not unique, the marker returns", false, false, false, true, false, 2},
	{"not unique, deleted before the retry", false, true, false, false, false, 1},
};

static void test_end(void **state)
{
	const struct end *row = *state;
	char marker[512];
	struct box *b = box_new();
	struct job j = {.text = text, INBOX, .unique = row->unique, .suspended = true};
	deliver(b, &j);
	struct job first = j;
	path_of(b, marker, "tmp", &j);
	if (row->deleted_between)
		remove_new(b, &first);
	j.suspended = false;
	j.sends = true;
	deliver(b, &j);
	assert_true(j.receipts[0].recognised);
	if (row->marker_returns) {
		char shown[512];
		path_of(b, shown, "new", &first);
		assert_int_equal(link(shown, marker), 0);
	}
	if (row->deleted_after)
		remove_new(b, &first);
	deliver(b, &j);
	assert_int_equal(j.receipts[0].recognised, row->recognised);
	box_assert(b, text, row->visible, row->marker_returns);
	box_free(b);
}

/* ---- what comes back from a backup ---- */

static const struct restore {
	const char *name;
	bool in_place, with_times; /* as "cp" does it, and as "cp -a" */
	bool without_list;         /* mda-uids is gone, too */
	bool gap;
} restores[] = {
	{"nothing is restored", false, false, false, false},
	{"restored in place", true, true, false, true},
	{"restored in place, with the time of now", true, false, false, true},
	{"restored in place, without mda-uids", true, true, true, true},
};

static const char *const saved_files[] = {
	".Maildir.mda/data.mdb", ".Maildir.mda/data.mdb.seen", "Maildir/mda-uids"};
enum { SAVED = sizeof saved_files / sizeof *saved_files };

struct saved {
	struct str text;
	struct stat st;
};

static void save(struct box *b, struct saved *saved)
{
	for (size_t i = 0; i < SAVED; i++) {
		const char *path = box_path(b, saved_files[i]);
		assert_int_equal(stat(path, &saved[i].st), 0);
		assert_int_equal(io_read_file(path, 1 << 24, b->mem, &saved[i].text, &b->err), 1);
	}
}

/* Into the files that are there. */
static void restore(struct box *b, const struct saved *saved, bool with_times)
{
	for (size_t i = 0; i < SAVED; i++) {
		const struct timespec times[] = {saved[i].st.st_atim, saved[i].st.st_mtim};
		int fd = open(box_path(b, saved_files[i]), O_WRONLY | O_TRUNC | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(io_write(fd, saved[i].text, saved_files[i], &b->err), 0);
		if (with_times)
			assert_int_equal(futimens(fd, times), 0);
		assert_int_equal(close(fd), 0);
	}
}

/*
 * UIDs that were given after the backup are not given again, although nothing that was restored
 * knows of them.
 */
static void test_restore(void **state)
{
	const struct restore *row = *state;
	struct box *b = box_new();
	struct saved saved[SAVED];
	struct job j = {.text = text, INBOX};
	deliver(b, &j);
	save(b, saved);
	deliver(b, &j);
	deliver(b, &j);
	assert_int_equal(j.receipts[0].uid, 3);
	const struct timespec later = {.tv_nsec = 20000000};
	nanosleep(&later, NULL); /* a tick of the file system's clock */
	if (row->in_place)
		restore(b, saved, row->with_times);
	if (row->without_list)
		assert_int_equal(unlink(box_path(b, saved_files[2])), 0);
	deliver(b, &j);
	uint32_t uid = j.receipts[0].uid;
	assert_true(row->gap ? uid > 1000 : uid == 4);
	deliver(b, &j);
	assert_int_equal(j.receipts[0].uid, uid + 1); /* one gap */
	box_free(b);
}

/* ---- things that are sent ---- */

static bool was_sent(struct store *s, const struct store_id *id, const char *what)
{
	struct err err;
	bool sent = false;
	if (store_was_sent(s, id, str_of(what), &sent, &err) < 0)
		fail_msg("%s", err.text);
	return sent;
}

struct sent_row {
	const char *name;
	bool unique, stored, again_after_end;
};

static const struct sent_row sent_rows[] = {
	{"only sent", false, false, false},
	{"stored and sent", false, true, false},
	{"only sent, unique", true, false, true},
	{"stored and sent, unique", true, true, true},
};

static void test_sent(void **state)
{
	const struct sent_row *row = *state;
	struct box *b = box_new();
	struct store_id id = box_id(text, row->unique);
	struct job j = {.text = text, INBOX, .unique = row->unique, .unfinished = true};
	if (row->stored)
		deliver(b, &j);
	struct store *s = store_open(&(struct store_conf){.maildir = b->maildir}, &b->err);
	assert_non_null(s);
	assert_false(was_sent(s, &id, "a"));
	assert_int_equal(store_set_sent(s, &id, STR_LIT("a"), &b->err), 0);
	assert_true(was_sent(s, &id, "a"));
	assert_false(was_sent(s, &id, "b"));
	assert_int_equal(store_set_sent(s, &id, STR_LIT("b"), &b->err), 0);
	store_close(s);

	/* The retry. */
	if (row->stored)
		deliver(b, &j);
	s = store_open(&(struct store_conf){.maildir = b->maildir}, &b->err);
	assert_non_null(s);
	assert_true(was_sent(s, &id, "a"));
	assert_true(was_sent(s, &id, "b"));
	assert_int_equal(store_finish(s, &id, 1, &b->err), 0);
	assert_int_equal(was_sent(s, &id, "a"), row->again_after_end);
	store_close(s);
	box_assert(b, text, row->stored, 0);
	box_free(b);
}

/* ---- places ---- */

struct place {
	const char *name;
	const char *set_up
		[3]; /* "d DIR", "o DIR" of others, "l LINK TARGET", "f FILE", "t LARGE-FILE" */
	const char *error; /* NULL: it works */
};

static const struct place places[] = {
	{"nothing is there", {NULL}, NULL},
	{"an empty directory", {"d Maildir"}, NULL},
	{"tmp is missing", {"d Maildir", "d Maildir/new", "d Maildir/cur"}, NULL},
	{"new is missing", {"d Maildir", "d Maildir/tmp", "d Maildir/cur"}, NULL},
	{"a link to a directory of ours", {"d real", "l Maildir real"}, "symbolic link"},
	{"a link to nothing", {"l Maildir nowhere"}, "symbolic link"},
	{"a link to itself", {"l Maildir Maildir"}, "symbolic link"},
	{"a link to a file", {"f real", "l Maildir real"}, "symbolic link"},
	{"a link to somebody else's directory", {"o real", "l Maildir real"}, "symbolic link"},
	{"a file", {"f Maildir"}, "Not a directory"},
	{"new is a file", {"d Maildir", "f Maildir/new"}, "Maildir/new"},
	{"tmp is a file", {"d Maildir", "f Maildir/tmp"}, "Maildir/tmp"},
	{"the state directory is a file", {"f .Maildir.mda"}, "state directory"},
	{"the lock is a link", {"d .Maildir.mda", "l .Maildir.mda/lock real"}, "lock"},
	{"the database is a directory", {"d .Maildir.mda", "d .Maildir.mda/data.mdb"}, NULL},
	{"the database is text", {"d .Maildir.mda", "t .Maildir.mda/data.mdb"}, NULL},
};

static void test_place(void **state)
{
	const struct place *row = *state;
	struct box *b = box_new();
	struct job j = {.text = text, INBOX};
	if (geteuid() != 0 && strstr(row->name, "somebody"))
		skip();
	for (size_t i = 0; i < 3 && row->set_up[i]; i++)
		box_make(b, row->set_up[i]);
	int r = box_deliver(b, &j);
	if (row->error) {
		assert_int_equal(r, -1);
		assert_int_equal(b->err.fault, FAULT_TEMP);
		if (!strstr(b->err.text, row->error))
			fail_msg("\"%s\" does not say \"%s\"", b->err.text, row->error);
		box_assert(b, text, 0, 0);
	} else if (r < 0) {
		fail_msg("%s", b->err.text);
	} else {
		struct stat st;
		assert_int_equal(stat(box_path(b, "Maildir/tmp"), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		assert_int_equal(stat(box_path(b, ".Maildir.mda"), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		assert_true(box_has(b, "Maildir/cur"));
	}
	box_free(b);
}

static void test_subfolder(void **state)
{
	struct box *b = box_new();
	struct job j = {.text = text, .folders = {"Entwürfe/Ä"}};
	struct stat st;
	(void)state;
	deliver(b, &j);
	assert_true(box_has(b, "Maildir/.Entw&APw-rfe.&AMQ-/maildirfolder"));
	assert_int_equal(stat(box_path(b, "Maildir/.Entw&APw-rfe.&AMQ-/new"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* One that was left half made is completed. */
	assert_int_equal(mkdir(box_path(b, "Maildir/.Half"), 0700), 0);
	j.folders[0] = "Half";
	deliver(b, &j);
	assert_true(box_has(b, "Maildir/.Half/maildirfolder"));
	j.folders[0] = "../escape";
	assert_int_equal(box_deliver(b, &j), -1);
	box_free(b);
}

static void test_receipt(void **state)
{
	struct box *b = box_new();
	struct job j = {.text = "a\nb\r\n\n", INBOX, .flags = FLAG_SEEN | FLAG_REPLIED};
	(void)state;
	deliver(b, &j);
	const char *name = arena_cstr(b->mem, j.receipts[0].file_name);
	assert_non_null(strstr(name, ",S=6,W=8"));
	assert_true(box_has(b, arena_fmt(b->mem, "Maildir/cur/%s:2,RS", name).p));
	box_free(b);
}

/* ---- no room ---- */

struct room {
	const char *name;
	size_t limit; /* bytes a file may grow to */
	bool works;
};

static const struct room rooms[] = {
	{"a file size limit below the message", 8, false},
	{"a file size limit below the database", 4096, false},
	{"enough", 1 << 20, true},
};

static void test_room(void **state)
{
	const struct room *row = *state;
	struct box *b = box_new();
	struct job j = {.text = text, INBOX};
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit = {row->limit, row->limit};
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
			_exit(2);
		int r = box_deliver(b, &j);
		_exit(r == 0 ? 0 : b->err.fault == FAULT_TEMP ? 75 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), row->works ? 0 : 75);
	box_assert(b, text, row->works, 0);
	deliver(b, &j);
	box_assert(b, text, row->works ? 2 : 1, 0);
	box_free(b);
}

/* Fills a small file system until a delivery fails, then makes room. */
static void test_full_disk(void **state)
{
	struct box *b = box_new();
	(void)state;
	if (geteuid() != 0 || mount("tmpfs", b->dir, "tmpfs", 0, "size=512k") < 0) {
		box_free(b);
		skip();
	}
	char large[4097];
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	struct job j = {.text = large, INBOX};
	size_t n = 0;
	while (n < 1000 && box_deliver(b, &j) == 0)
		n++;
	assert_in_range(n, 10, 200);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	assert_non_null(strstr(b->err.text, "No space left"));
	assert_string_equal(b->err.dsn, "4.3.1");
	box_assert(b, NULL, n, 0);
	assert_int_equal(tree_remove(box_path(b, "Maildir/new")), 0);
	deliver(b, &j);
	box_assert(b, NULL, 1, 0);
	assert_true(j.receipts[0].uid > n);
	assert_int_equal(umount2(b->dir, MNT_DETACH), 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_attempts, attempts),
		TABLE(test_between, between),
		TABLE(test_verdict, verdict_rows),
		TABLE(test_end, ends),
		TABLE(test_restore, restores),
		TABLE(test_sent, sent_rows),
		TABLE(test_place, places),
		TABLE(test_room, rooms),
		TABLE_OF_ONE(test_subfolder, "a folder is made whole"),
		TABLE_OF_ONE(test_receipt, "sizes and flags in the name"),
		TABLE_OF_ONE(test_full_disk, "a full disk"),
	};
	return table_run("store", tables, sizeof tables / sizeof *tables);
}
