/* Quota: what maildirsize says, what is counted, and which message is accepted. */
#include "store/quota.h"

#include "base/io.h"
#include "tests/unit/table.h"
#include "tests/unit/test_store.h"

#include <sys/wait.h>
#include <time.h>

/* ---- the file ---- */

static const struct parse_row {
	const char *name, *text;
	bool has_limits, valid;
	struct quota_amount limits, used;
	size_t lines;
} parse_rows[] = {
	{"both limits", "1000S,10C\n200 2\n", true, true, {1000, 10}, {200, 2}, 1},
	{"the other way round", "10C,1000S\n200 2\n", true, true, {1000, 10}, {200, 2}, 1},
	{"bytes alone", "1000S\n0 0\n", true, true, {1000, 0}, {0, 0}, 1},
	{"messages alone", "10C\n0 0\n", true, true, {0, 10}, {0, 0}, 1},
	{"several lines", "1000S\n500 1\n300 1\n-500 -1\n", true, true, {1000, 0}, {300, 1}, 3},
	{"padded, as Courier does", "1000S\n500          1\n   300   1\n", true, true, {1000, 0},
		{800, 2}, 2},
	{"a unit that is unknown", "1000S,5X\n1 1\n", true, true, {1000, 0}, {1, 1}, 1},
	{"no limits at all", "nothing\n1 1\n", false, true, {0, 0}, {1, 1}, 1},
	{"empty", "", false, false, {0, 0}, {0, 0}, 0},
	{"the first line alone", "1000S\n", true, false, {1000, 0}, {0, 0}, 0},
	{"the last line does not end", "1000S\n500 1\n30", true, false, {1000, 0}, {0, 0}, 0},
	{"a word for a number", "1000S\nfive 1\n", true, false, {1000, 0}, {0, 0}, 1},
	{"a number too few", "1000S\n500\n", true, false, {1000, 0}, {0, 0}, 1},
	{"a number too many", "1000S\n500 1 1\n", true, false, {1000, 0}, {0, 0}, 1},
	{"a huge number", "1000S\n99999999999999999999 1\n", true, false, {1000, 0}, {0, 0}, 1},
	{"less than nothing", "1000S\n500 1\n-600 -1\n", true, false, {1000, 0}, {0, 0}, 2},
	{"a huge limit", "99999999999999999999S\n1 1\n", false, true, {0, 0}, {1, 1}, 1},
	{"with carriage returns", "1000S\r\n200 2\r\n", true, true, {1000, 0}, {200, 2}, 1},
};

static void test_parsing(void **state)
{
	const struct parse_row *row = *state;
	struct maildirsize m;
	maildirsize_parse(str_of(row->text), &m);
	assert_true(m.is_there);
	assert_int_equal(m.has_limits, row->has_limits);
	assert_int_equal(m.limits.bytes, row->limits.bytes);
	assert_int_equal(m.limits.messages, row->limits.messages);
	assert_int_equal(m.valid, row->valid);
	if (!row->valid)
		return;
	assert_int_equal(m.used.bytes, row->used.bytes);
	assert_int_equal(m.used.messages, row->used.messages);
	assert_int_equal(m.lines, row->lines);
}

static void test_large(void **state)
{
	char text[MAILDIRSIZE_LARGE + 1] = "1000S\n";
	struct maildirsize m;
	(void)state;
	for (size_t n = strlen(text); n + 4 < sizeof text; n += 4)
		memcpy(text + n, "1 1\n", 5);
	maildirsize_parse((struct str){text, 4998}, &m);
	assert_true(m.valid);
	maildirsize_parse((struct str){text, MAILDIRSIZE_LARGE}, &m);
	assert_false(m.valid);
	assert_true(m.has_limits);
}

/* ---- folders ---- */

static const struct folder {
	const char *name, *directory;
	bool counts;
} folders[] = {
	{"the INBOX", "", true},
	{"a folder", ".Work", true},
	{"Trash", ".Trash", false},
	{"below Trash", ".Trash.2026", false},
	{"like Trash", ".Trashed", true},
	{"Trash in another folder", ".Work.Trash", true},
};

static void test_folder(void **state)
{
	const struct folder *row = *state;
	assert_int_equal(quota_counts(str_of(row->directory)), row->counts);
}

/* ---- deliveries ---- */

#define TEXT "Subject: x\n\n12345678\n" /* 21 bytes */

/* A message of 21 bytes comes to a mailbox. */
static const struct arrival_row {
	const char *name;
	const char *maildirsize; /* NULL: none */
	const char *files[3];    /* that are there already, below Maildir/, 100 bytes each */
	struct quota_conf quota;
	const char *dsn;   /* why not; NULL: it gets in */
	const char *after; /* what maildirsize has then; NULL: no file */
} arrival_rows[] = {
	{"no quota", NULL, {NULL}, {0}, NULL, NULL},
	{"room", NULL, {NULL}, {QUOTA_SET, {1000, 0}, false}, NULL, "1000S\n0 0\n21 1\n"},
	{"just room", NULL, {"cur/a"}, {QUOTA_SET, {121, 0}, false}, NULL, "121S\n100 1\n21 1\n"},
	{"a byte too much", NULL, {"cur/a"}, {QUOTA_SET, {120, 0}, false}, "4.2.2",
		"120S\n100 1\n"},
	{"refused when full", NULL, {"cur/a"}, {QUOTA_SET, {120, 0}, true}, "5.2.2",
		"120S\n100 1\n"},
	{"larger than the quota", NULL, {NULL}, {QUOTA_SET, {20, 0}, false}, "5.2.3", NULL},
	{"a message too much", NULL, {"cur/a", "new/b"}, {QUOTA_SET, {0, 2}, false}, "4.2.2",
		"2C\n200 2\n"},
	{"the last message", NULL, {"cur/a"}, {QUOTA_SET, {0, 2}, false}, NULL,
		"2C\n100 1\n21 1\n"},
	{"of the file", "150S\n100 1\n", {"cur/a"}, {0}, NULL, "150S\n100 1\n21 1\n"},
	{"of the file, full", "110S\n100 1\n", {"cur/a"}, {0}, "4.2.2", "110S\n100 1\n"},
	{"of the file, but none shall be", "110S\n100 1\n", {"cur/a"}, {QUOTA_NONE, {0, 0}, false},
		NULL, "110S\n100 1\n21 1\n"},
	{"another limit than the file's", "110S\n100 1\n", {"cur/a"}, {QUOTA_SET, {500, 0}, false},
		NULL, "500S\n100 1\n21 1\n"},
	{"the file is wrong, and says full", "150S\n100 1\n50 1\n", {"cur/a"}, {0}, NULL,
		"150S\n100 1\n21 1\n"},
	{"the file is damaged", "150S\nwhat\n", {"cur/a"}, {0}, NULL, "150S\n100 1\n21 1\n"},
	{"the size in the name counts", NULL, {"cur/a,S=7:2,S"}, {QUOTA_SET, {28, 0}, false}, NULL,
		"28S\n7 1\n21 1\n"},
	{"no size in the name", NULL, {"cur/a,S=x:2,S"}, {QUOTA_SET, {121, 0}, false}, NULL,
		"121S\n100 1\n21 1\n"},
	{"in all folders", NULL, {"cur/a", ".A/new/b", ".A/cur/c"}, {QUOTA_SET, {400, 0}, false},
		NULL, "400S\n300 3\n21 1\n"},
	{"not in Trash", NULL, {"cur/a", ".Trash/cur/b"}, {QUOTA_SET, {121, 0}, false}, NULL,
		"121S\n100 1\n21 1\n"},
	{"nor in tmp", NULL, {"tmp/a"}, {QUOTA_SET, {21, 0}, false}, NULL, "21S\n0 0\n21 1\n"},
};

static void make_file(struct box *b, const char *path)
{
	char text[101];
	memset(text, 'x', 100);
	text[100] = '\0';
	box_write(b, arena_fmt(b->mem, "Maildir/%s", path).p, text);
}

static void make_mailbox(struct box *b)
{
	static const char *const directories[] = {"", "/new", "/cur", "/tmp", "/.A", "/.A/new",
		"/.A/cur", "/.A/tmp", "/.Trash", "/.Trash/new", "/.Trash/cur", "/.Trash/tmp"};
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		assert_int_equal(
			mkdir(arena_fmt(b->mem, "%s%s", b->maildir, directories[i]).p, 0700), 0);
}

static void assert_says(struct box *b, const char *wanted)
{
	struct str text = {"", 0};
	int found = io_read_file(box_path(b, "Maildir/maildirsize"), 65536, b->mem, &text, &b->err);
	assert_int_equal(found, wanted != NULL);
	if (wanted)
		assert_string_equal(arena_fmt(b->mem, STR_FMT, STR_ARGS(text)).p, wanted);
}

static void test_coming(void **state)
{
	const struct arrival_row *row = *state;
	struct box *b = box_new();
	struct job job = {.text = TEXT, .folders = {""}, .quota = row->quota};
	make_mailbox(b);
	for (size_t i = 0; i < 3 && row->files[i]; i++)
		make_file(b, row->files[i]);
	if (row->maildirsize)
		box_write(b, "Maildir/maildirsize", row->maildirsize);
	assert_int_equal(box_deliver(b, &job), row->dsn ? -1 : 0);
	if (row->dsn)
		assert_string_equal(b->err.dsn, row->dsn);
	if (row->dsn)
		assert_int_equal(b->err.fault, row->dsn[0] == '4' ? FAULT_TEMP : FAULT_REFUSED);
	assert_says(b, row->after);
	box_free(b);
}

/* A retry of what is there already is not kept out, and not counted again. */
static void test_retry(void **state)
{
	struct box *b = box_new();
	struct job job = {.text = TEXT,
		.folders = {""},
		.unique = true,
		.unfinished = true,
		.quota = {QUOTA_SET, {30, 0}, false}};
	(void)state;
	assert_int_equal(box_deliver(b, &job), 0);
	job.unfinished = false;
	assert_int_equal(box_deliver(b, &job), 0);
	assert_true(job.receipts[0].recognised);
	assert_says(b, "30S\n0 0\n21 1\n");
	box_free(b);
}

static void test_two_folders(void **state)
{
	struct box *b = box_new();
	struct job job = {.text = TEXT, .folders = {"", "A"}, .quota = {QUOTA_SET, {41, 0}, false}};
	(void)state;
	assert_int_equal(box_deliver(b, &job), -1);
	box_assert(b, NULL, 0, 0);
	job.quota.limits.bytes = 42;
	assert_int_equal(box_deliver(b, &job), 0);
	assert_says(b, "42S\n0 0\n42 2\n");
	box_free(b);
}

/* Many deliveries at once: only as many succeed as there is room for. */
static void test_at_once(void **state)
{
	enum { PROCESSES = 12, ROOM = 5 };
	struct box *b = box_new();
	size_t in = 0;
	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		char id[16];
		snprintf(id, sizeof id, "%d", i);
		struct job job = {.text = TEXT,
			.folders = {""},
			.id = id,
			.quota = {QUOTA_SET, {0, ROOM}, false}};
		_exit(box_deliver(b, &job) == 0 ? 0 : b->err.fault == FAULT_TEMP ? 1 : 2);
	}
	for (int status; wait(&status) > 0;) {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		in += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(in, ROOM);
	box_assert(b, NULL, ROOM, 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_parsing, parse_rows),
		TABLE_OF_ONE(test_large, "a file that is too large to be trusted"),
		TABLE(test_folder, folders),
		TABLE(test_coming, arrival_rows),
		TABLE_OF_ONE(test_retry, "a retry is let in"),
		TABLE_OF_ONE(test_two_folders, "into all folders or none"),
		TABLE_OF_ONE(test_at_once, "many at once"),
	};
	return table_run("quota", tables, sizeof tables / sizeof *tables);
}
