#include "mda/tools/doctor/doctor_uids.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/aside.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"
#include "store/uiddb.h"

#include <string.h>
#include <unistd.h>

/* A database of millions of UIDs is read in a second. */
enum { SECONDS = 10, NO_NAME = 1024 };

/* ---- in the child: a record for each folder, and its name ---- */

struct record {
	uint32_t uidvalidity, uidnext, uids, name;
};

struct reader {
	const char *state;
	struct uiddb *db;
	struct aside *to;
	uint32_t uids;
	struct err *err;
	struct doctor_folder *folders;
	size_t count;
	uint32_t *ids;
	size_t id_count;
	struct arena *mem;
};

static bool count_uid(void *context, uint32_t uid, struct str base)
{
	(void)uid;
	(void)base;
	((struct reader *)context)->uids++;
	return true;
}

static bool note_folder(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct reader *r = context;
	struct doctor_folder *f = ARENA_PUSH(r->mem, r->folders, r->count);
	*f = (struct doctor_folder){arena_str(r->mem, str_slice(directory, 0, NO_NAME)),
		folder->uidvalidity, folder->uidnext, 0};
	*(uint32_t *)ARENA_PUSH(r->mem, r->ids, r->id_count) = folder->id;
	return true;
}

static int read_all(struct uiddb *db, void *context, struct err *err)
{
	struct reader *r = context;
	r->count = r->id_count = 0;
	if (uiddb_walk_folders(db, note_folder, r, err) < 0)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		r->uids = 0;
		if (uiddb_walk_uids(db, r->ids[i], 1, count_uid, r, err) < 0)
			return -1;
		r->folders[i].uids = r->uids;
	}
	return 0;
}

static void write_all(const struct reader *r, struct buf *to)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct doctor_folder *f = &r->folders[i];
		const struct record record = {
			f->uidvalidity, f->uidnext, f->uids, (uint32_t)f->directory.n};
		buf_add(to, (struct str){(const char *)&record, sizeof record});
		buf_add(to, f->directory);
	}
}

static int work(void *context, struct aside *a, struct err *err)
{
	struct reader *r = context;
	alarm(SECONDS);
	r->db = uiddb_open(r->state, true, err);
	int result = r->db ? uiddb_read(r->db, read_all, r, err) : -1;
	uiddb_close(r->db);
	if (result == 0)
		write_all(r, &a->result);
	return result;
}

/* ---- in the parent ---- */

/* The child read what may be damaged: nothing of it is believed but numbers and short names. */
static void take(struct doctor *d, struct doctor_uids *u, struct str rest)
{
	struct record record;
	while (rest.n >= sizeof record) {
		memcpy(&record, rest.p, sizeof record);
		rest = str_slice(rest, sizeof record, rest.n);
		if (record.name > rest.n || record.name > NO_NAME)
			return;
		struct doctor_folder *f = ARENA_PUSH(d->mem, u->folders, u->count);
		*f = (struct doctor_folder){arena_str(d->mem, str_slice(rest, 0, record.name)),
			record.uidvalidity, record.uidnext, record.uids};
		u->uids += record.uids;
		rest = str_slice(rest, record.name, rest.n);
	}
}

static void look(struct doctor *d, struct doctor_uids *u)
{
	struct aside a = {{0}, {0}};
	struct err err;
	struct reader r = {.state = doctor_mailbox_of(d).state, .mem = d->mem};
	if (!r.state || path_exists(DOCTOR_TEXT(d, "%s/data.mdb", r.state).p) < 0)
		return;
	u->exists = true;
	long long end = io_microseconds() + SECONDS * 1000000LL;
	if (aside_run(&d->session.user, work, &r, &a, &err) < 0)
		u->wrong = io_microseconds() < end
				   ? DOCTOR_TEXT(d, "%s", err.text).p
				   : DOCTOR_TEXT(d, "another process has locked %s", r.state).p;
	else
		take(d, u, buf_str(&a.result));
	aside_free(&a);
}

struct doctor_uids doctor_uids_of(struct doctor *d)
{
	if (!d->uids) {
		d->uids = arena_alloc(d->mem, sizeof *d->uids);
		look(d, d->uids);
	}
	return *d->uids;
}
