/*
 * The bytes of our databases: a file that kv_check() calls sound can be read by LMDB to its end;
 * one that it does not is an error, and never a crash, a loop or a write outside.
 */
#include "base/kv/kv.h"

#include "base/io.h"
#include "base/kv/kv_check.h"
#include "base/kv/kv_map.h"
#include "base/mapguard.h"
#include "store/uiddb.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const tables[] = {"meta", "folders", "uids", "names", "journal"};
static const struct kv_layout layout = {
	.what = "test database", .tables = tables, .count = 5, .format = 1};

/* What LMDB allocated before a fault is lost (mapguard.h). */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* ---- reading ---- */

static enum kv_step visit(void *context, struct str key, struct str value, struct err *err)
{
	struct buf *all = context;
	(void)err;
	/* Every byte is looked at. */
	buf_clear(all);
	buf_add(all, key);
	buf_add(all, value);
	return KV_NEXT;
}

static int read_all(struct kv *kv, void *context, struct err *err)
{
	struct str value, key;
	for (unsigned i = 0; i < layout.count; i++)
		if (kv_walk(kv, i, (struct str){"", 0}, visit, context, err) < 0 ||
			kv_get(kv, i, STR_LIT("some key"), &value, err) < 0 ||
			kv_last(kv, i, &key, &value, err) < 0)
			return -1;
	return 0;
}

static void read_file(const char *path)
{
	struct buf all = {0};
	struct err err;
	struct kv *kv = kv_open_file(&layout, path, &err);
	if (kv)
		(void)kv_read(kv, read_all, &all, &err); /* an error is as good as an answer */
	kv_close(kv);
	buf_free(&all);
	(void)kv_map_holds(path, STR_LIT("some key"), &err);
}

struct checker {
	int fd;
	uint64_t txn;
};

static int check_pages(void *context)
{
	const struct checker *c = context;
	return (int)kv_check_pages(c->fd, c->txn);
}

/* The check itself reads nothing beyond the file; a fault within it would be found here. */
static void check(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	(void)kv_check_header(fd);
	for (uint64_t txn = 0; txn < 6; txn++) {
		struct checker c = {fd, txn};
		FUZZ_CHECK(mapguard_run(check_pages, &c) != MAPGUARD_FAULT);
	}
	close(fd);
}

/* A delivery's work: what LMDB writes over pages that the check has passed stays within them. */
static int give(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	char base[32];
	uint32_t uid;
	(void)context;
	if (uiddb_make_folder(db, (struct str){"", 0}, &folder, err) < 0)
		return -1;
	for (unsigned i = 0; i < 100; i++) {
		int n = snprintf(base, sizeof base, "%u.given", i);
		struct str name = {base, (size_t)n};
		if (uiddb_forget(db, folder.id, name, err) < 0 ||
			uiddb_give_uid(db, (struct str){"", 0}, &folder, name, &uid, err) < 0)
			return -1;
	}
	return 0;
}

/* As the mailbox's database: what is damaged is set aside, and there is a new one. */
static void open_as_mailbox(const char *dir, struct str bytes, struct arena *mem)
{
	struct err err;
	(void)mkdir(dir, 0700); /* it may be there */
	fuzz_write(arena_fmt(mem, "%s/data.mdb", dir).p, bytes);
	(void)unlink(arena_fmt(mem, "%s/data.mdb.seen", dir).p); /* there may be none */
	struct uiddb *db = uiddb_open(dir, false, &err);
	if (!db)
		return;
	if (uiddb_write(db, give, NULL, &err) < 0)
		FUZZ_CHECK(!uiddb_is_new(db));
	if (uiddb_set_aside_as(db))
		(void)unlink(uiddb_set_aside_as(db));
	uiddb_close(db);
}

static void run(struct str input, struct arena *mem)
{
	const char *path = fuzz_path(mem, "file.mdb");
	mapguard_patience(1); /* what goes round in damaged bytes ends sooner than in a delivery */
	fuzz_write(path, input);
	check(path);
	read_file(path);
	open_as_mailbox(fuzz_path(mem, "mailbox"), input, mem);
}

/* ---- mutations ---- */

enum { PAGE = 4096, PAGE_HEADER = 16, NODE_HEADER = 8 };

/*
 * What a field of a page may hold: a page of the file, a small number, an end of the numbers, or a
 * place in a page.
 */
static void put_number(char *at, size_t bytes, size_t pages)
{
	static const uint64_t ends[] = {
		0, 1, 0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX, PAGE, PAGE - 1};
	uint64_t value[] = {
		fuzz_below(pages + 1), fuzz_below(32), ends[fuzz_below(8)], fuzz_below(PAGE)};
	memcpy(at, &value[fuzz_below(4)], bytes);
}

static size_t get16(const char *at)
{
	uint16_t v;
	memcpy(&v, at, sizeof v);
	return v;
}

/*
 * A field of a node that the page points to: sizes, flags, the start of its key, or of a tree that
 * it holds.
 */
static void change_node(char *page, size_t pages)
{
	size_t count = (get16(page + 12) - PAGE_HEADER) / 2;
	if (count == 0 || count > PAGE / 2 - PAGE_HEADER)
		return;
	char *pointer = page + PAGE_HEADER + 2 * fuzz_below(count);
	size_t at = get16(pointer);
	if (at + 64 > PAGE || fuzz_below(4) == 0) {
		put_number(pointer, 2, pages);
		return;
	}
	put_number(page + at + 2 * fuzz_below(28), fuzz_below(2) ? 2 : 8, pages);
}

/* Damage where it matters: most of the bytes of a database are values, of which nothing depends. */
static void mutate(char *data, size_t size)
{
	size_t pages = size / PAGE;
	if (pages == 0)
		return;
	char *page = data + PAGE * fuzz_below(fuzz_below(4) ? pages : (pages < 2 ? pages : 2));
	switch (fuzz_below(6)) {
	case 0:
		put_number(page + 8 * fuzz_below(2), 8, pages);
		break;
	case 1:
		put_number(page + 2 * fuzz_below(8), 2, pages);
		break;
	case 2: /* the trees, the last page and the transaction of a header */
		put_number(page + 8 * fuzz_below(20), 8, pages);
		break;
	case 3: /* a page that is there twice, or another one in its place */
		memmove(page, data + PAGE * fuzz_below(pages), PAGE);
		break;
	default:
		change_node(page, pages);
	}
}

/* ---- seeds ---- */

static int fill(struct kv *kv, void *context, struct err *err)
{
	unsigned n = *(unsigned *)context;
	char key[32], value[9000];
	memset(value, 'v', sizeof value);
	for (unsigned i = 0; i < n; i++) {
		int length = snprintf(key, sizeof key, "key %06u", i * 7919 % 1000003);
		struct str k = {key, (size_t)length},
			   v = {value, i % 50 == 0 ? sizeof value : i % 200};
		if (kv_put(kv, 1 + i % 4, k, v, err) < 0)
			return -1;
	}
	return 0;
}

static int empty(struct kv *kv, void *context, struct err *err)
{
	char key[32];
	(void)context;
	for (unsigned i = 0; i < 300; i++) {
		int length = snprintf(key, sizeof key, "key %06u", i * 7919 % 1000003);
		if (kv_delete(kv, 1 + i % 4, (struct str){key, (size_t)length}, err) < 0)
			return -1;
	}
	return 0;
}

static int build(struct kv *kv, void *context, struct err *err)
{
	return kv_write(kv, fill, context, err);
}

static void seed_file(const char *path, struct arena *mem)
{
	struct err err;
	struct str text;
	if (io_read_file(path, FUZZ_LARGEST, mem, &text, &err) == 1)
		fuzz_seed(text);
}

static void seeds(struct arena *mem)
{
	static const unsigned counts[] = {0, 5, 100, 1000};
	struct err err;
	const char *path = fuzz_path(mem, "seed.mdb"), *dir = fuzz_path(mem, "seed");
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		unsigned n = counts[i];
		if (kv_build(&layout, path, 0600, build, &n, &err) < 0)
			fuzz_fail("%s", err.text);
		seed_file(path, mem);
	}
	/* A mailbox's, and one with a list of free pages. */
	const char *mailbox = fuzz_path(mem, "seed-mailbox");
	FUZZ_CHECK(mkdir(mailbox, 0700) == 0);
	struct uiddb *db = uiddb_open(mailbox, false, &err);
	for (int i = 0; db && i < 4; i++)
		FUZZ_CHECK(uiddb_write(db, give, NULL, &err) == 0);
	uiddb_close(db);
	seed_file(arena_fmt(mem, "%s/data.mdb", mailbox).p, mem);
	FUZZ_CHECK(mkdir(dir, 0700) == 0);
	unsigned n = 400;
	struct kv *kv = kv_open(&layout, dir, &err);
	if (!kv || kv_write(kv, fill, &n, &err) < 0 || kv_write(kv, empty, NULL, &err) < 0)
		fuzz_fail("%s", err.text);
	kv_close(kv);
	seed_file(arena_fmt(mem, "%s/data.mdb", dir).p, mem);
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .mutate = mutate, .quick_runs = 1500};
