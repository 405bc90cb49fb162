/*
 * The bytes of our databases: a file that kv_check() calls sound can be read by LMDB to its end; one that it does not is an
 * error, and never a crash, a loop or a write outside.
 */
#include "mda/base/kv.h"

#include "mda/base/io.h"
#include "mda/base/kv_check.h"
#include "mda/base/kv_map.h"
#include "mda/base/mapguard.h"
#include "store/uiddb.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
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

struct checking {
	int fd;
	uint64_t txn;
};

static int check_pages(void *context)
{
	const struct checking *c = context;
	return (int)kv_check_pages(c->fd, c->txn);
}

/* The check itself reads nothing beyond the file; a fault within it would be found here. */
static void check(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	(void)kv_check_header(fd);
	for (uint64_t txn = 0; txn < 6; txn++) {
		struct checking c = {fd, txn};
		FUZZ_CHECK(mapguard_run(check_pages, &c) != MAPGUARD_FAULT);
	}
	close(fd);
}

/* As the mailbox's database: what is damaged is set aside, and there is a new one. */
static void open_as_mailbox(const char *dir, struct str bytes, struct arena *mem)
{
	struct err err;
	(void)mkdir(dir, 0700); /* it may be there */
	fuzz_write(arena_fmt(mem, "%s/data.mdb", dir).p, bytes);
	(void)unlink(arena_fmt(mem, "%s/checked", dir).p); /* there may be none */
	struct uiddb *db = uiddb_open(dir, false, &err);
	if (!db)
		return;
	if (uiddb_set_aside_as(db))
		(void)unlink(uiddb_set_aside_as(db));
	uiddb_close(db);
}

static void run(struct str input, struct arena *mem)
{
	const char *path = fuzz_path(mem, "file.mdb");
	fuzz_write(path, input);
	check(path);
	read_file(path);
	open_as_mailbox(fuzz_path(mem, "mailbox"), input, mem);
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
	/* With a list of free pages. */
	FUZZ_CHECK(mkdir(dir, 0700) == 0);
	unsigned n = 400;
	struct kv *kv = kv_open(&layout, dir, &err);
	if (!kv || kv_write(kv, fill, &n, &err) < 0 || kv_write(kv, empty, NULL, &err) < 0)
		fuzz_fail("%s", err.text);
	kv_close(kv);
	seed_file(arena_fmt(mem, "%s/data.mdb", dir).p, mem);
}

const struct fuzz_target fuzz_target = {.run = run, .seeds = seeds, .quick_runs = 1500};
