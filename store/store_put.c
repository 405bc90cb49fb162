/* One delivery into the mailbox: the steps of the protocol in store.c. */
#include "base/str_list.h"
#include "store/adopt.h"
#include "store/backup.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/keywords.h"
#include "store/maildir.h"
#include "store/put.h"
#include "store/state.h"
#include "store/subscriptions.h"

#include <string.h>
#include <unistd.h>

/*
 * Done before the folder is made: if the process is killed in between, the next delivery finds the
 * folder missing and does this again, which adds no second line. If it fails, the mail is delivered
 * anyway.
 */
static void subscribe(struct store *s, struct str directory)
{
	struct err err;
	if (!s->subscribes || maildir_has_folder(s->root, directory.p))
		return;
	if (subscriptions_add(s->root, s->server, directory, &err) < 0)
		store_say(s, "cannot subscribe to a new folder: %s", err.text);
}

static int name_folders(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++)
		if (folder_directory(d->puts[i].item->folder, d->mem, &d->puts[i].directory, err) <
			0)
			return -1;
	return 0;
}

static int open_folders(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		subscribe(d->earlier.store, p->directory);
		p->folder = maildir_open_folder(d->earlier.store->root, p->directory.p, err);
		if (p->folder < 0)
			return -1;
	}
	return 0;
}

/* With the lock held: while we waited for it, another database may have had its first delivery. */
static void find_mirrored(struct put_job *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		p->mirrored = mirror_is_needed(d->earlier.store, p->folder, p->directory);
	}
}

static int write_all(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->visible || p->in_tmp)
			continue;
		p->base = base_name_new(p->item->pieces, p->item->piece_count, d->mem);
		if (maildir_write(p->folder, p->base, p->item->pieces, p->item->piece_count,
			    &p->written, err) < 0)
			return -1;
		p->in_tmp = true;
	}
	return 0;
}

/*
 * A message with flags goes to cur/, because only names there have flags. Courier gives a new UID
 * to every message in new/, and keeps the UID from our list only in cur/.
 */
static enum maildir_part part_of(const struct put_job *d, const struct put *p)
{
	return p->flags || d->earlier.store->server == STORE_SERVER_COURIER ? MAILDIR_CUR
									    : MAILDIR_NEW;
}

static int show_all(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->visible)
			continue;
		int r = maildir_show(p->folder, part_of(d, p), p->base, p->flags, err);
		/* A failed call may have shown it: then its marker must stay. */
		p->visible = r == 0 || maildir_was_shown(d->earlier.store->root, p->folder, p->base,
					       &p->written, NULL) != 0;
		if (r < 0)
			return -1;
	}
	return 0;
}

/*
 * The next one to lock. All deliveries lock in the same order; otherwise two could wait for each
 * other.
 */
static struct put *next_to_lock(struct put_job *d)
{
	struct put *next = NULL;
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (put_needs_uid(p) && p->mirrored && !p->mirror &&
			(!next || strcmp(p->directory.p, next->directory.p) < 0))
			next = p;
	}
	return next;
}

static int open_mirrors(struct put_job *d, struct err *err)
{
	struct put *p;
	while ((p = next_to_lock(d))) {
		p->mirror = mirror_open(d->earlier.store->server, p->folder, p->directory, err);
		if (!p->mirror)
			return -1;
	}
	return 0;
}

static int write_mirrors(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++)
		if (put_needs_uid(&d->puts[i]) && d->puts[i].mirror &&
			mirror_write(d->puts[i].mirror, d->earlier.store->db, err) < 0)
			return -1;
	return 0;
}

/* Adopts the folders that the database does not know. */
static int adopt_folders(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		if (put_needs_uid(p) &&
			adopt_folder(d->earlier.store, p->folder, p->directory, p->mirror, err) < 0)
			return -1;
	}
	return 0;
}

/* The UIDs are safe in the database, so mail is not refused because the copy could not be made. */
static void update_backups(struct put_job *d)
{
	struct store *s = d->earlier.store;
	struct err err;
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		bool kept = false;
		if (p->mirror)
			mirror_tell(p->mirror, s);
		if (put_needs_uid(p) && !mirror_is_backup(p->mirror) &&
			backup_update(p->folder, s->db, p->directory, &kept, &err) < 0)
			store_say(s, "%s", err.text);
		if (kept)
			store_say(s,
				STR_FMT
				": %s was damaged or had another version: it was renamed to "
				"%s.kept-..., and a new one was made",
				STR_ARGS(p->item->folder), backup_name, backup_name);
	}
}

/*
 * Runs under the server's lock, which opening the mirror took. Mail is not refused because a
 * keyword cannot be kept.
 */
static void find_keywords_of(struct store *s, struct put *p, struct arena *mem)
{
	struct str_list valid = {0};
	struct err err;
	unsigned bits = 0;
	for (size_t i = 0; i < p->item->keyword_count; i++) {
		struct str name = p->item->keywords[i];
		if (keywords_is_name(name))
			str_list_add(&valid, name, mem);
		else
			store_say(s, "\"" STR_FMT "\" cannot be a keyword", STR_ARGS(name));
	}
	if (valid.count && keywords_find(p->folder, valid.items, valid.count, &bits, &err) < 0)
		store_say(s, "%s", err.text);
	p->flags |= bits;
}

static void find_keywords(struct put_job *d)
{
	struct store *s = d->earlier.store;
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->visible || p->item->keyword_count == 0)
			continue;
		if (s->server == STORE_SERVER_DOVECOT)
			find_keywords_of(s, p, d->mem);
		else
			store_say(s, "keywords are kept only with imap_server = dovecot");
	}
}

static void close_mirrors(struct put_job *d)
{
	for (size_t i = 0; i < d->count; i++) {
		mirror_close(d->puts[i].mirror);
		d->puts[i].mirror = NULL;
	}
}

/*
 * Counted before it is shown, so that everything visible was counted; if the process is killed in
 * between, the retry corrects it. Too high a count is corrected when the mailbox seems full; too
 * low a count would not be.
 */
static int count_and_show(struct put_job *d, struct err *err)
{
	if (d->counts)
		quota_add(d->earlier.store, put_to_come(d, 1));
	if (show_all(d, err) == 0) {
		quota_counted(d->earlier.store);
		return 0;
	}
	if (d->counts)
		quota_add(d->earlier.store, put_to_come(d, -1));
	return -1;
}

/*
 * Steps 3 and 4. The first file that becomes visible is the marker, unless a marker of an earlier
 * attempt still exists.
 */
static int record_and_show(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count && d->marker.n == 0; i++) {
		if (d->puts[i].visible)
			continue;
		d->marker_directory = d->puts[i].directory;
		d->marker = str_of(d->puts[i].base);
	}
	if (put_check_quota(d, QUOTA_PLAN, err) < 0 || open_mirrors(d, err) < 0 ||
		adopt_folders(d, err) < 0 || put_record(d, err) < 0 || write_mirrors(d, err) < 0)
		return -1;
	update_backups(d);
	find_keywords(d);
	return count_and_show(d, err);
}

/* With the lock held, no other delivery changes the mailbox while we look. */
static int put_again(struct put_job *d, struct err *err)
{
	if (put_recognise(d, err) < 0 || write_all(d, err) < 0)
		return -1;
	if (put_all_visible(d) && !put_moved(d))
		return 0;
	if (record_and_show(d, err) < 0)
		return -1;
	const struct journal_item *old = d->superseded;
	return old ? maildir_forget_marker(
			     d->earlier.store->root, old->directory.p, old->base.p, err)
		   : 0;
}

static int put_locked(struct put_job *d, struct err *err)
{
	int lock = state_lock(d->earlier.store->state, err);
	if (lock < 0)
		return -1;
	find_mirrored(d);
	int r = put_is_retry(d) ? put_again(d, err) : record_and_show(d, err);
	close_mirrors(d);
	close(lock); /* releases it; nothing was written */
	return r;
}

/*
 * Also syncs what an earlier attempt showed, because it may have died before its sync. By now a
 * reader may have moved the message.
 */
static int sync_all(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		for (enum maildir_part part = MAILDIR_NEW; part <= MAILDIR_CUR; part++)
			if ((p->foreign || part == part_of(d, p)) &&
				maildir_sync(p->folder, part, err) < 0)
				return -1;
	}
	return 0;
}

static int put_all(struct put_job *d, struct err *err)
{
	if (name_folders(d, err) < 0 ||
		uiddb_read(d->earlier.store->db, attempt_recall, &d->earlier, err) < 0 ||
		put_settle(d, err) < 0 || open_folders(d, err) < 0)
		return -1;
	if (d->count == 0)
		return 0;
	if (!put_is_retry(d) && d->earlier.store->lost && put_recognise_orphans(d, err) < 0)
		return -1;
	/*
	 * Slow work is done before the lock is taken, unless an earlier attempt may have done it.
	 */
	if (!put_is_retry(d) && (put_check_quota_early(d, err) < 0 || write_all(d, err) < 0))
		return -1;
	return put_locked(d, err) == 0 ? sync_all(d, err) : -1;
}

/*
 * Removes files from tmp/, but not those of visible messages: the next attempt needs them until the
 * delivery is finished.
 */
static void clean_up(struct put_job *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		if (p->in_tmp && !p->visible)
			(void)maildir_forget(
				p->folder, p->base, NULL); /* else cleanup.c removes it */
		if (p->folder >= 0)
			close(p->folder); /* directories: nothing was written through them */
	}
}

static int put_once(struct store *s, const struct store_id *id, const struct store_item *items,
	size_t count, struct arena *mem, struct store_receipt *receipts, struct err *err)
{
	struct put_job d = {.earlier = {.store = s, .id = id, .mem = mem},
		.count = count,
		.marker = STR_EMPTY,
		.mem = mem};
	d.puts = arena_alloc(mem, count * sizeof *d.puts);
	for (size_t i = 0; i < count; i++)
		d.puts[i] = (struct put){.item = &items[i],
			.receipt = &receipts[i],
			.folder = -1,
			.flags = items[i].flags};
	s->others = NULL;
	s->other_count = 0;
	int r = attempt_begin(s, id, err);
	if (r == 0)
		r = put_all(&d, err);
	clean_up(&d);
	return r;
}

/* A damaged database is replaced, and the mail is delivered. */
int store_put(struct store *s, const struct store_id *id, const struct store_item *items,
	size_t count, struct arena *mem, struct store_receipt *receipts, struct err *err)
{
	int r = put_once(s, id, items, count, mem, receipts, err);
	if (r < 0 && store_recover(s))
		r = put_once(s, id, items, count, mem, receipts, err);
	return r;
}
