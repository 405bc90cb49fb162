/* A mailbox in a directory of its own, for the tests of the store. */
#ifndef TESTS_UNIT_TEST_STORE_H
#define TESTS_UNIT_TEST_STORE_H

#include "tests/unit/table.h"

#include "store/store.h"
#include "store/uiddb.h"
#include "tests/lib/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct box {
	char dir[64], maildir[96], state[96];
	struct arena *mem;
	struct err err;
};

static inline struct box *box_new(void)
{
	struct box *b = mem_alloc(sizeof *b);
	const char *tmp = getenv("TMPDIR");
	*b = (struct box){.mem = arena_new()};
	assert_true(snprintf(b->dir, sizeof b->dir, "%s/mda-test-store.XXXXXX",
			    tmp && strlen(tmp) < 32 ? tmp : "/tmp") > 0);
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->maildir, sizeof b->maildir, "%s/Maildir", b->dir);
	snprintf(b->state, sizeof b->state, "%s/.Maildir.mda", b->dir);
	return b;
}

static inline void box_free(struct box *b)
{
	assert_int_equal(tree_remove(b->dir), 0);
	arena_free(b->mem);
	free(b);
}

/* PATH below the box's directory; valid until the box is freed. */
static inline const char *box_path(struct box *b, const char *path)
{
	return arena_fmt(b->mem, "%s/%s", b->dir, path).p;
}

static inline struct store_id box_id(const char *text, bool unique)
{
	struct str part = str_of(text);
	struct store_id id = store_id_of(&part, 1);
	id.unique = unique;
	return id;
}

/*
 * One delivery of TEXT into FOLDERS, in a process that does it as the program does. Flags go with
 * every item.
 */
struct job {
	const char *text;
	const char *folders[4];
	unsigned flags;
	const char *keyword;
	bool unique, unfinished;
	bool sends;     /* something is sent after the storing */
	bool suspended; /* which fails */
	enum store_server server;
	bool shared; /* as with another host: UIDs are agreed on in mda-uids */
	struct quota_conf quota;
	const char *id;                /* another delivery with the same text; NULL: the text's */
	void (*stored)(struct job *j); /* called when it is stored and not yet finished */
	bool spare; /* nothing is to be stored; the first folder is only a name */
	struct store_receipt receipts[4];
	size_t other_count; /* folders that an earlier attempt decided on */
};

static inline size_t job_folders(const struct job *j)
{
	size_t n = 0;
	while (n < 4 && j->folders[n])
		n++;
	return n;
}

static inline int box_deliver(struct box *b, struct job *j)
{
	struct store_item items[4];
	struct str piece = str_of(j->text), keyword = str_of(j->keyword ? j->keyword : "");
	struct store_id id = box_id(j->id ? j->id : j->text, j->unique);
	size_t n = job_folders(j);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct store_item){.folder = str_of(j->folders[i]),
			.pieces = &piece,
			.piece_count = 1,
			.flags = j->flags,
			.keywords = &keyword,
			.keyword_count = j->keyword != NULL,
			.spare = j->spare};
	/* The same directory by another name is one that the admin chose. */
	const struct store_conf conf = {.maildir = b->maildir,
		.state_dir = j->shared ? box_path(b, "./.Maildir.mda") : NULL,
		.server = j->server,
		.quota = j->quota};
	struct store *s = store_open(&conf, &b->err);
	if (!s)
		return -1;
	int r = store_put(s, &id, items, n, b->mem, j->receipts, &b->err);
	(void)store_others(s, &j->other_count); /* how many is enough */
	if (r == 0 && j->stored)
		j->stored(j);
	if (r == 0 && (j->sends || j->suspended))
		r = store_protect(s, &id, &b->err);
	if (r == 0 && !j->unfinished && !j->suspended)
		r = store_finish(s, &id, 1, &b->err);
	store_close(s);
	return r;
}

/* Is PART the directory that contains the file at PATH? */
static inline bool box_is_part(const char *path, const char *part)
{
	struct str p = str_of(path), dir = str_slice(p, 0, str_rfind(p, '/'));
	return str_eq(str_slice(dir, str_rfind(dir, '/') + 1, dir.n), str_of(part));
}

static struct {
	size_t visible, tmp, torn;
	const char *text;
} box_tally;

static inline bool box_same(const char *path, const char *text)
{
	char got[4096];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(got, 1, sizeof got, f);
	fclose(f);
	return n == strlen(text) && memcmp(got, text, n) == 0;
}

/* The second name that a file of tmp/ has until it is shown. */
static inline bool box_is_second(const char *path)
{
	struct stat st;
	char first[4096];
	snprintf(first, sizeof first, "%s", path);
	char *suffix = strstr(first, ".unseen");
	if (!suffix || strcmp(suffix, ".unseen") != 0)
		return false;
	*suffix = '\0';
	return lstat(first, &st) == 0;
}

static inline int box_tally_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	/* Courier's lock of a process that died is there, too, until somebody else needs it. */
	if (box_is_part(path, "tmp") && strcmp(strrchr(path, '/'), "/courier.lock") != 0 &&
		!box_is_second(path))
		box_tally.tmp++;
	if (!box_is_part(path, "new") && !box_is_part(path, "cur"))
		return 0;
	box_tally.visible++;
	if (box_tally.text && !box_same(path, box_tally.text))
		box_tally.torn++;
	return 0;
}

/*
 * Counts files in new and cur, those whose bytes are not TEXT (when it is given), and those in tmp.
 */
static inline void box_count(struct box *b, const char *text)
{
	box_tally.visible = box_tally.tmp = box_tally.torn = 0;
	box_tally.text = text;
	(void)nftw(b->maildir, box_tally_one, 16, FTW_PHYS);
}

static inline void box_assert(struct box *b, const char *text, size_t visible, size_t tmp)
{
	box_count(b, text);
	assert_int_equal(box_tally.visible, visible);
	assert_int_equal(box_tally.torn, 0);
	assert_int_equal(box_tally.tmp, tmp);
}

static inline bool box_has(struct box *b, const char *path)
{
	struct stat st;
	return lstat(box_path(b, path), &st) == 0;
}

static inline void box_write(struct box *b, const char *path, const char *text)
{
	FILE *f = fopen(box_path(b, path), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/*
 * Makes one thing in the box: "d PATH" a directory, "o PATH" one of another owner,
 * "l PATH TARGET" a link, "f PATH" a file, "t PATH" a text that is longer than the start of a
 * database.
 */
static inline void box_make(struct box *b, const char *step)
{
	char kind, first[64], second[64] = "";
	assert_true(sscanf(step, "%c %63s %63s", &kind, first, second) >= 2);
	const char *path = box_path(b, first);
	if (kind == 'd' || kind == 'o')
		assert_int_equal(mkdir(path, 0700), 0);
	if (kind == 'o')
		assert_int_equal(chown(path, 12345, 12345), 0);
	if (kind == 'l')
		assert_int_equal(symlink(second, path), 0);
	if (kind == 'f')
		box_write(b, first, "This is a file.\n");
	if (kind == 't') {
		char lines[64 * 1024];
		memset(lines, 'x', sizeof lines - 1);
		lines[sizeof lines - 1] = '\0';
		box_write(b, first, lines);
	}
}

#endif
