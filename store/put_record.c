/* Step 3 of the protocol in store.c: one transaction gives the UIDs and records the delivery. */
#include "store/adopt.h"
#include "store/digest.h"
#include "store/put.h"

#include <time.h>

/* ---- the UIDs ---- */

/* 1 when the message of an earlier attempt already has a UID, because its folder was restored. */
static int find_orphan(struct uiddb *db, struct put *p, uint32_t folder, struct err *err)
{
	if (!p->orphan)
		return 0;
	p->receipt->recognised = true;
	return uiddb_find_uid(db, folder, str_of(p->base), &p->receipt->uid, err);
}

static int give_new_uid(struct uiddb *db, struct put *p, struct uiddb_folder *folder,
	const struct journal_item *old, struct err *err)
{
	struct str base = str_of(p->base);
	uint32_t *uid = &p->receipt->uid;
	unsigned char digest[DIGEST_BYTES];
	if (uiddb_forget(db, folder->id, base, err) < 0 ||
		(old && uiddb_forget(db, folder->id, old->base, err) < 0) ||
		uiddb_give_uid(db, p->directory, folder, base, uid, err) < 0)
		return -1;
	digest_of_pieces(p->item->pieces, p->item->piece_count, digest);
	if (uiddb_set_digest(db, folder->id, *uid, digest, err) < 0)
		return -1;
	if (p->mirror)
		mirror_add(p->mirror, *uid, base);
	return 0;
}

/* What an earlier attempt recorded but did not show is forgotten: nobody saw its UID. */
static int give_uid(
	struct uiddb *db, struct put *p, const struct journal_item *old, struct err *err)
{
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, p->directory, &folder, err) < 0 ||
		(p->mirror && mirror_read(p->mirror, db, &folder, err) < 0))
		return -1;
	*p->receipt = (struct store_receipt){
		.uidvalidity = folder.uidvalidity, .file_name = str_of(p->base)};
	int found = find_orphan(db, p, folder.id, err);
	return found ? (found < 0 ? -1 : 0) : give_new_uid(db, p, &folder, old, err);
}

/* ---- the record ---- */

static void add_item(struct journal *j, struct journal_item item, struct arena *mem)
{
	*(struct journal_item *)ARENA_PUSH(mem, j->items, j->item_count) = item;
}

/* Is it certainly on the disk? What a dead attempt showed may still be lost. */
static bool was_shown(const struct journal *old, const struct put *p)
{
	const struct journal_item *item = p->foreign ? put_find_item(old, p->directory) : NULL;
	return item && item->shown;
}

/*
 * The new record. It keeps what an earlier attempt sent, and its items that this attempt does not
 * store again.
 */
static struct journal make_record(const struct put_job *d)
{
	const struct journal *old = &d->earlier.journal;
	struct journal j = {.time = time(NULL), .sent = old->sent, .sent_count = old->sent_count};
	for (size_t i = 0; i < d->earlier.store->intended.count; i++) {
		struct str what = d->earlier.store->intended.items[i];
		struct str intended = attempt_intended(what, d->mem);
		if (!attempt_has_sent(&j, what) && !attempt_has_sent(&j, intended))
			*(struct str *)ARENA_PUSH(d->mem, j.sent, j.sent_count) = intended;
	}
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		add_item(&j,
			(struct journal_item){.directory = p->directory,
				.base = p->receipt->file_name,
				.uid = p->receipt->uid,
				.uidvalidity = p->receipt->uidvalidity,
				.shown = was_shown(old, p),
				.written = p->written},
			d->mem);
	}
	size_t own = j.item_count;
	for (size_t i = 0; i < old->item_count; i++) {
		struct journal now = {.items = j.items, .item_count = own};
		if (!put_find_item(&now, old->items[i].directory))
			add_item(&j, old->items[i], d->mem);
	}
	for (size_t i = 0; i < j.item_count; i++)
		if (str_eq(j.items[i].base, d->marker) &&
			str_eq(j.items[i].directory, d->marker_directory))
			j.marker = &j.items[i];
	return j;
}

static int record_all(struct uiddb *db, void *context, struct err *err)
{
	struct put_job *d = context;
	const unsigned char *id = d->earlier.id->bytes;
	for (size_t i = 0; i < d->count; i++) {
		d->current = &d->puts[i];
		if (put_needs_uid(d->current) &&
			give_uid(db, d->current,
				put_find_item(&d->earlier.journal, d->current->directory), err) < 0)
			return -1;
	}
	struct journal j = make_record(d);
	if (uiddb_note_file(db, err) < 0)
		return -1;
	if (uiddb_prune_records(db, id, attempt_is_expired, NULL, err) < 0)
		return -1;
	return uiddb_put_record(db, id, journal_encode(&j, d->mem), err);
}

/* A folder that has given its last UID starts again with new UIDs, and the mail is delivered. */
static int begin_anew(struct put_job *d, struct put *p, struct err *err)
{
	struct store *s = d->earlier.store;
	if (adopt_anew(s, p->folder, p->directory, p->mirror, err) < 0)
		return -1;
	if (!p->mirror)
		return 0;
	mirror_close(p->mirror);
	p->mirror = mirror_open(s->server, p->folder, p->directory, err);
	return p->mirror ? 0 : -1;
}

int put_record(struct put_job *d, struct err *err)
{
	struct uiddb *db = d->earlier.store->db;
	int r = uiddb_write(db, record_all, d, err);
	for (size_t i = 0; i < d->count && r < 0 && uiddb_is_exhausted(db); i++)
		if (begin_anew(d, d->current, err) == 0)
			r = uiddb_write(db, record_all, d, err);
	return r;
}
