/*
 * The sources of contacts: what was learned, address books that change while they are read, and
 * damage to both.
 */
#include "base/buf.h"
#include "base/io.h"
#include "filters/label/contacts.h"
#include "filters/label/contacts_book.h"
#include "filters/label/contacts_known.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of the test's own. */
struct box {
	char dir[64];
	struct arena *mem;
	struct err err;
};

static void box_open(struct box *b)
{
	strcpy(b->dir, "/tmp/test_contacts.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->mem = arena_new();
}

static void box_close(struct box *b)
{
	assert_int_equal(tree_remove(b->dir), 0);
	arena_free(b->mem);
}

static const char *path_in(const struct box *b, const char *name)
{
	return arena_fmt(b->mem, "%s/%s", b->dir, name).p;
}

static void put_file(struct box *b, const char *name, const char *text)
{
	assert_int_equal(io_replace_file(path_in(b, name), str_of(text), 0600, &b->err), 0);
}

/* ---- what was learned ---- */

/* "w" wrote, "a" add, "r" remove, each with its address's letter and a time for w. */
static const struct known_row {
	const char *name, *steps;
	int found;
	uint32_t count;
	int64_t last;
	bool added;
} known_rows[] = {
	{"known: nobody", "", 0, 0, 0, false},
	{"known: somebody else", "wb5", 0, 0, 0, false},
	{"known: written to once", "wa5", 1, 1, 5, false},
	{"known: written to again, the older one later", "wa5 wa3", 1, 2, 5, false},
	{"known: written to again, newer", "wa5 wa9", 1, 2, 9, false},
	{"known: added", "aa", 1, 0, 0, true},
	{"known: added and written to", "aa wa5", 1, 1, 5, true},
	{"known: written to and added", "wa5 aa", 1, 1, 5, true},
	{"known: removed", "wa5 ra", 0, 1, 5, false},
	{"known: removed, and written to again", "wa5 ra wa6", 0, 2, 6, false},
	{"known: removed, and added again", "wa5 ra aa", 1, 1, 5, true},
	{"known: added and removed", "aa ra", 0, 0, 0, false},
};

static void take_step(struct known_changes *c, const char *step)
{
	struct str key = step[1] == 'a' ? STR_LIT("a@x.test") : STR_LIT("b@x.test");
	struct str name = {"", 0};
	if (step[0] == 'w')
		contacts_known_wrote(c, key, STR_LIT("Ann"), step[2] - '0');
	else if (step[0] == 'a')
		contacts_known_mark(c, key, name, KNOWN_ADDED, KNOWN_REMOVED);
	else
		contacts_known_mark(c, key, name, KNOWN_REMOVED, KNOWN_ADDED);
}

static void test_known(void **state)
{
	const struct known_row *row = *state;
	for (int at_once = 0; at_once < 2; at_once++) {
		struct box b;
		struct known found = {0};
		struct str rest = str_of(row->steps), step;
		box_open(&b);
		struct known_changes *c = contacts_known_open(path_in(&b, "known"), &b.err);
		assert_non_null(c);
		while (str_word(&rest, &step)) {
			take_step(c, step.p);
			if (!at_once)
				assert_int_equal(contacts_known_commit(c, &b.err), 0);
		}
		assert_int_equal(contacts_known_commit(c, &b.err), 0);
		contacts_known_close(c);
		int r = contacts_known_find(
			path_in(&b, "known"), STR_LIT("a@x.test"), b.mem, &found, &b.err);
		assert_int_equal(r, row->found);
		assert_int_equal(found.count, row->count);
		assert_int_equal(found.last, row->last);
		assert_int_equal((found.flags & KNOWN_ADDED) != 0, row->added);
		box_close(&b);
	}
}

/* What was not committed never was. */
static void test_uncommitted(void **state)
{
	struct box b;
	struct known found;
	uint32_t validity, uid;
	(void)state;
	box_open(&b);
	struct known_changes *c = contacts_known_open(path_in(&b, "known"), &b.err);
	contacts_known_wrote(c, STR_LIT("a@x.test"), STR_LIT(""), 1);
	contacts_known_reached(c, STR_LIT(".Sent"), 7, 9);
	contacts_known_close(c);
	assert_int_equal(contacts_known_find(
				 path_in(&b, "known"), STR_LIT("a@x.test"), b.mem, &found, &b.err),
		0);
	c = contacts_known_open(path_in(&b, "known"), &b.err);
	assert_int_equal(
		contacts_known_reached_in(c, STR_LIT(".Sent"), &validity, &uid, &b.err), 0);
	contacts_known_reached(c, STR_LIT(".Sent"), 7, 9);
	assert_int_equal(contacts_known_commit(c, &b.err), 0);
	assert_int_equal(
		contacts_known_reached_in(c, STR_LIT(".Sent"), &validity, &uid, &b.err), 1);
	assert_int_equal(validity, 7);
	assert_int_equal(uid, 9);
	contacts_known_close(c);
	box_close(&b);
}

static void test_long(void **state)
{
	struct box b;
	struct known found;
	struct buf name = {0};
	(void)state;
	box_open(&b);
	for (int i = 0; i < 1000; i++)
		buf_text(&name, "\xc3\xbc");
	struct known_changes *c = contacts_known_open(path_in(&b, "known"), &b.err);
	contacts_known_wrote(c, STR_LIT("a@x.test"), buf_str(&name), 1);
	contacts_known_wrote(c, buf_str(&name), buf_str(&name), 1); /* no address is so long */
	contacts_known_wrote(c, (struct str){"", 0}, buf_str(&name), 1);
	assert_int_equal(contacts_known_commit(c, &b.err), 0);
	contacts_known_close(c);
	assert_int_equal(contacts_known_find(
				 path_in(&b, "known"), STR_LIT("a@x.test"), b.mem, &found, &b.err),
		1);
	assert_int_equal(found.name.n, KNOWN_NAME_MOST);
	buf_free(&name);
	box_close(&b);
}

/* Killed at some instant: what it said it did is there, and no message counts twice. */
static void test_killed(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct box b;
		struct known found = {0};
		uint32_t validity = 0, uid = 0;
		int told[2];
		box_open(&b);
		assert_int_equal(pipe(told), 0);
		pid_t pid = fork();
		if (pid == 0) {
			struct known_changes *c = contacts_known_open(path_in(&b, "known"), &b.err);
			if (!c)
				_exit(1);
			for (uint32_t n = 1;; n++) {
				contacts_known_wrote(c, STR_LIT("a@x.test"), STR_LIT(""), n);
				contacts_known_reached(c, STR_LIT(".Sent"), 1, n);
				if (contacts_known_commit(c, &b.err) < 0 ||
					write(told[1], &n, sizeof n) < 0)
					_exit(1);
			}
		}
		close(told[1]);
		uint32_t last = 0, n;
		for (int k = 0; k <= i && read(told[0], &n, sizeof n) == (ssize_t)sizeof n; k++)
			last = n;
		kill(pid, SIGKILL);
		while (read(told[0], &n, sizeof n) == (ssize_t)sizeof n)
			last = n;
		waitpid(pid, NULL, 0);
		close(told[0]);
		struct known_changes *c = contacts_known_open(path_in(&b, "known"), &b.err);
		assert_non_null(c);
		contacts_known_reached_in(c, STR_LIT(".Sent"), &validity, &uid, &b.err);
		contacts_known_close(c);
		assert_int_equal(contacts_known_find(path_in(&b, "known"), STR_LIT("a@x.test"),
					 b.mem, &found, &b.err),
			1);
		assert_int_equal(found.count, uid);
		assert_in_range(uid, last, last + 1);
		box_close(&b);
	}
}

/* ---- address books ---- */

#define CARD(name, address) "BEGIN:VCARD\nFN:" name "\nEMAIL:" address "\nEND:VCARD\n"

static void note(void *context, const char *text)
{
	(void)text;
	++*(size_t *)context;
}

struct asked {
	struct box *b;
	struct book book;
	struct str path;
	struct str_list paths;
	size_t notes;
};

static void ask_about(struct asked *a, struct box *b, const char *path)
{
	*a = (struct asked){.b = b, .path = str_of(path_in(b, path))};
	a->paths = (struct str_list){&a->path, 1};
	a->book = (struct book){&a->paths, path_in(b, "book.lmdb")};
}

static int find(struct asked *a, const char *key)
{
	struct book_entry found;
	a->notes = 0;
	return contacts_book_find(
		&a->book, str_of(key), a->b->mem, &found, note, &a->notes, &a->b->err);
}

static int compile(struct asked *a)
{
	struct book_compiled done;
	return contacts_book_compile(&a->book, &done, &a->b->err);
}

/* Each state of the compiled form: none, up to date, older. */
static void test_book(void **state)
{
	struct box b;
	struct asked a;
	(void)state;
	box_open(&b);
	ask_about(&a, &b, "book.vcf");
	assert_int_equal(find(&a, "a@x.test"), 0);
	assert_int_equal(compile(&a), 0);
	put_file(&b, "book.vcf", CARD("A", "A@X.test") CARD("B", "b@x.test") "nonsense\n");
	assert_int_equal(find(&a, "a@x.test"), 1);
	assert_int_equal(find(&a, "c@x.test"), 0);
	assert_int_equal(compile(&a), 1);
	assert_int_equal(find(&a, "a@x.test"), 1);
	assert_int_equal(find(&a, "c@x.test"), 0);
	put_file(&b, "book.vcf", CARD("C", "c@x.test"));
	assert_int_equal(find(&a, "a@x.test"), 0);
	assert_int_equal(find(&a, "c@x.test"), 1);
	assert_int_equal(a.notes, 0);
	unlink(path_in(&b, "book.vcf"));
	assert_int_equal(find(&a, "c@x.test"), 0);
	assert_int_equal(compile(&a), 0);
	assert_int_equal(access(a.book.compiled, F_OK), -1);
	box_close(&b);
}

static void test_folder(void **state)
{
	struct box b;
	struct asked a;
	(void)state;
	box_open(&b);
	mkdir(path_in(&b, "books"), 0700);
	mkdir(path_in(&b, "books/one"), 0700);
	put_file(&b, "books/one/1.vcf", CARD("A", "a@x.test"));
	put_file(&b, "books/one/.hidden.vcf", CARD("H", "h@x.test"));
	put_file(&b, "books/one/note.txt", CARD("N", "n@x.test"));
	ask_about(&a, &b, "books");
	assert_int_equal(compile(&a), 1);
	assert_int_equal(find(&a, "a@x.test"), 1);
	assert_int_equal(find(&a, "h@x.test"), 0);
	assert_int_equal(find(&a, "n@x.test"), 0);
	put_file(&b, "books/one/2.vcf", CARD("B", "b@x.test"));
	assert_int_equal(find(&a, "b@x.test"), 1);
	assert_int_equal(compile(&a), 1);
	mkdir(path_in(&b, "books/two"), 0700);
	put_file(&b, "books/two/1.vcf", CARD("C", "c@x.test"));
	assert_int_equal(find(&a, "c@x.test"), 1);
	assert_int_equal(symlink("..", path_in(&b, "books/two/up")), 0);
	assert_int_equal(find(&a, "c@x.test"), 1);
	box_close(&b);
}

/* A large one that was changed: the compiled form goes on, and that is noted. */
static void test_large(void **state)
{
	struct box b;
	struct asked a;
	struct buf text = {0};
	(void)state;
	box_open(&b);
	ask_about(&a, &b, "book.vcf");
	for (int i = 0; i < 10000; i++)
		buf_fmt(&text, CARD("N", "n%d@x.test"), i);
	put_file(&b, "book.vcf", buf_cstr(&text));
	assert_int_equal(find(&a, "n9999@x.test"), 1);
	assert_int_equal(a.notes, 1);
	assert_int_equal(compile(&a), 1);
	assert_int_equal(find(&a, "n9999@x.test"), 1);
	assert_int_equal(a.notes, 0);
	buf_text(&text, CARD("L", "last@x.test"));
	put_file(&b, "book.vcf", buf_cstr(&text));
	assert_int_equal(find(&a, "n9999@x.test"), 1);
	assert_int_equal(find(&a, "last@x.test"), 0);
	assert_int_equal(a.notes, 1);
	buf_free(&text);
	box_close(&b);
}

/* Every byte of a compiled book may be wrong: an answer, from the files, and no crash. */
static void test_damaged(void **state)
{
	struct box b;
	struct asked a;
	struct str good;
	(void)state;
	box_open(&b);
	ask_about(&a, &b, "book.vcf");
	put_file(&b, "book.vcf", CARD("A", "a@x.test") CARD("B", "b@x.test"));
	assert_int_equal(compile(&a), 1);
	assert_int_equal(io_read_file(a.book.compiled, 1 << 20, b.mem, &good, &b.err), 1);
	for (size_t i = 0; i < good.n; i += 61) {
		struct arena *scratch = arena_new();
		struct str bad = arena_str(scratch, good);
		((char *)bad.p)[i] ^= 0x5a;
		assert_int_equal(io_replace_file(a.book.compiled, bad, 0600, &b.err), 0);
		int r = find(&a, "a@x.test");
		if (r != 1 && r != 0)
			fail_msg("byte %zu: %d, %s", i, r, b.err.text);
		arena_free(scratch);
	}
	box_close(&b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_known, known_rows),
		TABLE_OF_ONE(test_uncommitted, "known: what was not committed never was"),
		TABLE_OF_ONE(test_long, "known: long names and keys"),
		TABLE_OF_ONE(test_killed, "known: killed, nothing counts twice"),
		TABLE_OF_ONE(test_book, "book: compiled, older, gone"),
		TABLE_OF_ONE(test_folder, "book: folders"),
		TABLE_OF_ONE(test_large, "book: large"),
		TABLE_OF_ONE(test_damaged, "book: damaged"),
	};
	return table_run("contacts", tables, sizeof tables / sizeof *tables);
}
