/*
 * The files with a folder's UIDs (Dovecot's, Courier's and ours), as a delivery finds them.
 * Whatever is in them, it is taken over or replaced, a new message gets a UID above all others, and
 * the next delivery has nothing to repair.
 */
#include "store/mirror.h"

#include "store/backup.h"
#include "store/uidlist.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DOVECOT, COURIER, OURS, FILES };

static const char *const names[FILES] = {"dovecot-uidlist", "courierimapuiddb", "mda-uids"};

static const char *const words[] = {"3 V100 N9 G0123456789abcdef0123456789abcdef\n", "1 100 9\n",
	"1 W5 S4 :a.b.c\n", "2 b:2,S\n", "7 :new.1\n", "7 new.1\n", "4294967295", "4294967294", "0",
	" ", ":", "\n", "V", "N", NULL};

static struct uiddb *open_db(struct arena *mem)
{
	struct err err;
	const char *state = fuzz_path(mem, "state");
	(void)mkdir(state, 0700); /* it may be there */
	struct uiddb *db = uiddb_open(state, false, &err);
	if (!db)
		fuzz_fail("%s", err.text);
	return db;
}

struct delivered {
	struct mirror *mirror;
	struct str base;
	struct uiddb_folder before, after;
	uint32_t uid;
	uint32_t highest; /* of the others */
	size_t count;
};

static bool look(void *context, uint32_t uid, struct str base)
{
	struct delivered *d = context;
	FUZZ_CHECK(uid > 0 && base.n > 0 && base.n <= 255);
	if (!str_eq(base, d->base)) {
		FUZZ_CHECK(uid > d->highest);
		d->highest = uid;
	}
	d->count++;
	return true;
}

static int give(struct uiddb *db, void *context, struct err *err)
{
	struct delivered *d = context;
	struct str inbox = {"", 0};
	d->highest = 0;
	d->count = 0;
	if (uiddb_make_folder(db, inbox, &d->after, err) < 0)
		return -1;
	d->before = d->after;
	if (mirror_read(d->mirror, db, &d->after, err) < 0 ||
		uiddb_forget(db, d->after.id, d->base, err) < 0 ||
		uiddb_give_uid(db, inbox, &d->after, d->base, &d->uid, err) < 0)
		return -1;
	mirror_add(d->mirror, d->uid, d->base);
	return uiddb_walk_uids(db, d->after.id, 1, look, d, err);
}

/* UIDs may be used up: then the delivery fails and says so. */
static bool deliver(struct uiddb *db, enum store_server server, int folder, const char *base,
	struct delivered *d)
{
	struct err err;
	*d = (struct delivered){.base = str_of(base)};
	d->mirror = mirror_open(server, folder, (struct str){"", 0}, &err);
	if (!d->mirror)
		fuzz_fail("%s", err.text);
	bool done = uiddb_write(db, give, d, &err) == 0 && mirror_write(d->mirror, db, &err) == 0;
	mirror_close(d->mirror);
	FUZZ_CHECK(!uiddb_is_damaged(db));
	if (!done)
		return false;
	FUZZ_CHECK(d->uid > d->highest && d->after.uidnext > d->uid);
	return true;
}

static void check_server(struct uiddb *db, enum store_server server, int folder)
{
	struct delivered first, second;
	if (!deliver(db, server, folder, "new.1", &first) ||
		!deliver(db, server, folder, "new.2", &second))
		return;
	FUZZ_CHECK(second.before.uidvalidity == second.after.uidvalidity);
	FUZZ_CHECK(second.uid == first.uid + 1);
}

static void check_backup(struct uiddb *db, int folder, struct arena *mem)
{
	struct uiddb_contents c = {0}, again = {0};
	const char *why = NULL;
	struct err err;
	if (backup_read(folder, mem, &c, &why, &err) == 1) {
		FUZZ_CHECK(c.uidvalidity && c.uidnext);
		for (size_t i = 0; i < c.count; i++)
			FUZZ_CHECK(c.entries[i].uid < c.uidnext &&
				   (i == 0 || c.entries[i].uid > c.entries[i - 1].uid));
		FUZZ_CHECK(uiddb_replace_folder(db, (struct str){"", 0}, &c, &err) == 0);
	}
	if (backup_update(folder, db, (struct str){"", 0}, NULL, &err) == 0)
		FUZZ_CHECK(backup_read(folder, mem, &again, &why, &err) == 1);
}

static void empty_db(struct uiddb *db)
{
	struct uiddb_contents none = {.uidvalidity = 100, .uidnext = 1};
	struct err err;
	if (uiddb_replace_folder(db, (struct str){"", 0}, &none, &err) < 0)
		fuzz_fail("%s", err.text);
}

static void run(struct str input, struct arena *mem)
{
	static struct uiddb *db;
	static int folder = -1;
	unsigned which = fuzz_choose(&input, FILES);
	if (!db) {
		const char *dir = fuzz_path(mem, "folder");
		db = open_db(mem);
		FUZZ_CHECK(mkdir(dir, 0700) == 0);
		folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		FUZZ_CHECK(folder >= 0 && mkdirat(folder, "cur", 0700) == 0 &&
			   mkdirat(folder, "new", 0700) == 0 && mkdirat(folder, "tmp", 0700) == 0);
	}
	empty_db(db);
	for (int i = 0; i < FILES; i++)
		(void)unlinkat(folder, names[i], 0); /* there may be none */
	fuzz_write(fuzz_path(mem, arena_fmt(mem, "folder/%s", names[which]).p), input);
	if (which == OURS)
		check_backup(db, folder, mem);
	else
		check_server(
			db, which == DOVECOT ? STORE_SERVER_DOVECOT : STORE_SERVER_COURIER, folder);
}

static void seeds(struct arena *mem)
{
	for (int i = 0; i < FILES; i++) {
		fuzz_seed(arena_fmt(mem,
			"%c3 V100 N9 G0123456789abcdef0123456789abcdef X1\n1 W5 S4 :a.b.c\n5 "
			":d:2,S\n",
			i));
		fuzz_seed(arena_fmt(mem, "%c1 100 9\n1 a.b.c\n5 d:2,FS\n7 new.1\n", i));
		fuzz_seed(arena_fmt(mem, "%c3 V1 N4294967295\n1 :a\n4294967294 :b\n", i));
		struct buf b = {0};
		buf_fmt(&b, "%c3 V1 N2\n", i);
		for (int n = 1; n < 300; n++)
			buf_fmt(&b, "%d :file.%d\n", n, n);
		fuzz_seed(buf_str(&b));
		buf_free(&b);
	}
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 3500};
