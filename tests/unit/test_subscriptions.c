#include "store/subscriptions.h"

#include "store/folder.h"
#include "store/maildir.h"
#include "tests/unit/test_store.h"

#include <sys/wait.h>

/* ---- the file, before and after ---- */

struct row {
	const char *name;
	enum store_server server;
	enum folder_layout layout;
	const char *before; /* NULL: no file */
	const char *directory, *after;
};

#define D STORE_SERVER_DOVECOT
#define C STORE_SERVER_COURIER

/* What Dovecot 2.3 writes. */
static const struct row rows[] = {
	{"the first one", D, FOLDER_FLAT, NULL, ".A.B", "V\t2\n\nA\tB\n"},
	{"another one", D, FOLDER_FLAT, "V\t2\n\nA\tB\n", ".A", "V\t2\n\nA\tB\nA\n"},
	{"one that is there", D, FOLDER_FLAT, "V\t2\n\nA\tB\nC\n", ".A.B", "V\t2\n\nA\tB\nC\n"},
	{"one that starts alike", D, FOLDER_FLAT, "V\t2\n\nA\tB\n", ".A.B.C",
		"V\t2\n\nA\tB\nA\tB\tC\n"},
	{"modified UTF-7 stays", D, FOLDER_FLAT, NULL, ".&AMQ-.&ANY-", "V\t2\n\n&AMQ-\t&ANY-\n"},
	{"the first form", D, FOLDER_FLAT, "Old\nA\n", ".A.B", "Old\nA\nA.B\n"},
	{"the first form, there", D, FOLDER_FLAT, "Old\nA.B\n", ".A.B", "Old\nA.B\n"},
	{"a line that does not end", D, FOLDER_FLAT, "V\t2\n\nOld", ".A", "V\t2\n\nOld\nA\n"},
	{"the same one, which does not end", D, FOLDER_FLAT, "V\t2\n\nA", ".A", "V\t2\n\nA"},
	{"an empty file", D, FOLDER_FLAT, "", ".A", "V\t2\n\nA\n"},
	{"nested", D, FOLDER_NESTED, NULL, "A/B.C", "V\t2\n\nA\tB.C\n"},
	{"nested, the first form", D, FOLDER_NESTED, "Old\n", "A/B.C", "Old\nA/B.C\n"},
	{"the INBOX", D, FOLDER_FLAT, NULL, "", NULL},
	{"Courier", C, FOLDER_FLAT, NULL, ".A.B", "INBOX.A.B\n"},
	{"Courier, another one", C, FOLDER_FLAT, "INBOX\nINBOX.A\n", ".B",
		"INBOX\nINBOX.A\nINBOX.B\n"},
	{"Courier, there", C, FOLDER_FLAT, "INBOX.A\n", ".A", "INBOX.A\n"},
	{"no server", STORE_SERVER_NONE, FOLDER_FLAT, NULL, ".A", NULL},
};

static const char *file_of(struct box *b, enum store_server server)
{
	return box_path(b, server == C ? "Maildir/courierimapsubscribed" : "Maildir/subscriptions");
}

static void expect_file(const char *path, const char *text)
{
	if (!text) {
		assert_int_not_equal(access(path, F_OK), 0);
		return;
	}
	assert_true(box_same(path, text));
}

static void declare(enum folder_layout layout)
{
	const struct folder_rules rules = {.layout = layout};
	folder_declare(&rules);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct box *b = box_new();
	int root = maildir_open_root(b->maildir, true, &b->err);
	assert_true(root >= 0);
	declare(row->layout);
	if (row->before)
		box_write(b,
			row->server == C ? "Maildir/courierimapsubscribed"
					 : "Maildir/subscriptions",
			row->before);
	for (int i = 0; i < 2; i++) {
		if (subscriptions_add(root, row->server, str_of(row->directory), &b->err) < 0)
			fail_msg("%s", b->err.text);
		expect_file(file_of(b, row->server), row->after);
	}
	expect_file(box_path(b, "Maildir/subscriptions.lock"), NULL);
	expect_file(box_path(b, "Maildir/subscriptions.mda"), NULL);
	close(root);
	box_free(b);
}

static void test_unknown_form(void **state)
{
	struct box *b = box_new();
	int root = maildir_open_root(b->maildir, true, &b->err);
	(void)state;
	declare(FOLDER_FLAT);
	box_write(b, "Maildir/subscriptions", "V\t3\nA\n");
	assert_int_equal(subscriptions_add(root, D, STR_LIT(".B"), &b->err), -1);
	assert_non_null(strstr(b->err.text, "form"));
	expect_file(file_of(b, D), "V\t3\nA\n");
	close(root);
	box_free(b);
}

/* ---- deliveries ---- */

static char said[1024];

static void note(void *context, const char *text)
{
	(void)context;
	snprintf(said, sizeof said, "%s", text);
}

static int deliver(struct box *b, const char *id, const char *folder, bool subscribe)
{
	struct str piece = STR_LIT("Subject: x\n\nx\n");
	struct store_item item = {.folder = str_of(folder), .pieces = &piece, .piece_count = 1};
	struct store_receipt receipt;
	const struct store_conf conf = {
		.maildir = b->maildir, .server = D, .subscribe = subscribe, .note = note};
	struct store_id store_id = box_id(id, true);
	struct store *s = store_open(&conf, &b->err);
	if (!s)
		return -1;
	int r = store_put(s, &store_id, &item, 1, b->mem, &receipt, &b->err);
	if (r == 0)
		r = store_finish(s, &store_id, 1, &b->err);
	store_close(s);
	return r;
}

/* A person who does not want to see a folder that is there is not asked again. */
static void test_deliveries(void **state)
{
	struct box *b = box_new();
	(void)state;
	declare(FOLDER_FLAT);
	assert_int_equal(deliver(b, "1", "", true), 0);
	expect_file(file_of(b, D), NULL);
	assert_int_equal(deliver(b, "2", "A/B", true), 0);
	expect_file(file_of(b, D), "V\t2\n\nA\tB\n");
	box_write(b, "Maildir/subscriptions", "V\t2\n\nmine\n");
	assert_int_equal(deliver(b, "3", "A/B", true), 0);
	assert_int_equal(deliver(b, "4", "C", false), 0);
	expect_file(file_of(b, D), "V\t2\n\nmine\n");
	box_free(b);
}

/* The file is a directory or a link: the mail is delivered, with a note. */
static void test_failure(void **state)
{
	struct box *b = box_new();
	(void)state;
	declare(FOLDER_FLAT);
	assert_int_equal(deliver(b, "1", "", true), 0);
	assert_int_equal(mkdir(box_path(b, "Maildir/subscriptions"), 0700), 0);
	said[0] = '\0';
	assert_int_equal(deliver(b, "2", "A", true), 0);
	assert_non_null(strstr(said, "cannot subscribe"));
	assert_int_equal(rmdir(box_path(b, "Maildir/subscriptions")), 0);
	box_write(b, "outside", "V\t2\n\n");
	assert_int_equal(symlink("../outside", box_path(b, "Maildir/subscriptions")), 0);
	said[0] = '\0';
	assert_int_equal(deliver(b, "3", "B", true), 0);
	assert_non_null(strstr(said, "symbolic link"));
	expect_file(box_path(b, "outside"), "V\t2\n\n");
	assert_int_equal(access(box_path(b, "Maildir/.A/cur"), F_OK), 0);
	assert_int_equal(access(box_path(b, "Maildir/.B/cur"), F_OK), 0);
	box_free(b);
}

/* Many at once: each line is there, and once. */
static void test_many(void **state)
{
	enum { MANY = 8, EACH = 10 };
	struct box *b = box_new();
	size_t lines = 0;
	int root = maildir_open_root(b->maildir, true, &b->err), status;
	(void)state;
	declare(FOLDER_FLAT);
	for (int i = 0; i < MANY; i++) {
		if (fork())
			continue;
		/* On a busy machine the lock may take longer than a delivery waits for it. */
		int k = 0;
		for (int tries = 0; k < EACH && tries < 100; tries++)
			k += subscriptions_add(root, D, arena_fmt(b->mem, ".F%d", (i * 5 + k) % 40),
				     &b->err) == 0;
		_exit(k < EACH);
	}
	for (int i = 0; i < MANY; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	char line[64], seen[40] = {0};
	FILE *f = fopen(file_of(b, D), "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		unsigned n;
		if (sscanf(line, "F%u", &n) != 1)
			continue;
		assert_true(n < 40 && !seen[n]);
		seen[n] = 1;
		lines++;
	}
	fclose(f);
	assert_int_equal(lines, 40);
	close(root);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_unknown_form, "a form that is not known stays"),
		TABLE_OF_ONE(test_deliveries, "a folder that is made, and only that"),
		TABLE_OF_ONE(test_failure, "what fails costs no delivery"),
		TABLE_OF_ONE(test_many, "many at once"),
	};
	return table_run("subscriptions", tables, sizeof tables / sizeof *tables);
}
