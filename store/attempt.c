#include "store/attempt.h"

#include "base/beneath.h"
#include "base/str_list.h"
#include "store/cleanup.h"
#include "store/maildir.h"
#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- what an earlier attempt did ---- */

/*
 * Two attempts with the same id, or two equal messages, run one after the other. So when a marker
 * is found, its attempt has died; it is never still running. Without the MTA's trace the second one
 * does not see what the first one has done once that has ended, so waiting is of no use to it if
 * there must be one copy.
 */
int attempt_begin(struct store *s, const struct store_id *id, struct err *err)
{
	if (s->turn >= 0 && memcmp(s->turn_id, id->bytes, sizeof s->turn_id) == 0)
		return 0;
	if (s->turn >= 0)
		close(s->turn); /* releases it; nothing was written */
	memcpy(s->turn_id, id->bytes, sizeof s->turn_id);
	s->turn = state_lock_delivery(s->state, id->bytes, id->unique || !id->alone, err);
	return s->turn < 0 ? -1 : 0;
}

bool attempt_is_expired(void *context, const unsigned char *id, struct str record)
{
	struct journal j;
	struct arena *mem = arena_new();
	(void)context;
	(void)id;
	bool old = !journal_decode(record, mem, &j) || j.time < time(NULL) - JOURNAL_SECONDS;
	arena_free(mem);
	return old;
}

static bool has_shown(const struct journal *j)
{
	for (size_t i = 0; i < j->item_count; i++)
		if (j->items[i].shown)
			return true;
	return false;
}

struct search {
	struct store *store;
	const char *base;
	int found; /* 1, 0, -1 */
	struct str directory;
	struct arena *mem;
	struct err *err;
};

static bool search_folder(void *context, const char *directory)
{
	struct search *s = context;
	s->found = maildir_has_marker(s->store->root, directory, s->base, s->err);
	if (s->found == 1)
		s->directory = arena_str(s->mem, str_of(directory));
	return s->found == 0;
}

/*
 * Is the item's file still in tmp/, in its own folder or in another one? 1, 0, -1; when it moved,
 * ITEM is updated.
 */
static int find_file(struct store *s, struct journal_item *item, struct arena *mem, struct err *err)
{
	struct search search = {.store = s, .base = item->base.p, .mem = mem, .err = err};
	int there = maildir_has_marker(s->root, item->directory.p, item->base.p, err);
	if (there != 0)
		return there;
	if (maildir_walk_folders(s->root, search_folder, &search, err) < 0 || search.found < 0)
		return -1;
	if (search.found) {
		item->moved = true;
		item->recorded = item->directory;
		item->directory = search.directory;
	}
	return search.found;
}

static int was_shown_there(struct store *s, const struct journal_item *item, struct err *err)
{
	const char *path = item->directory.n ? item->directory.p : ".";
	int folder = beneath_open(s->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_temp(err, "cannot open the folder %s: %s", path,
					 beneath_why(errno));
	int shown = maildir_has(folder, item->base.p, err);
	if (shown == 0)
		shown = maildir_was_shown(s->root, folder, item->base.p, &item->written, err);
	close(folder); /* nothing was written through it */
	return shown;
}

int attempt_was_shown(
	struct store *s, struct journal_item *item, struct arena *mem, struct err *err)
{
	if (item->shown)
		return 1;
	int shown = was_shown_there(s, item, err);
	if (shown != 0)
		return shown;
	int there = find_file(s, item, mem, err);
	if (there < 0)
		return -1;
	return there && item->moved ? was_shown_there(s, item, err) : 0;
}

/* Did the attempt that wrote this record not finish, or may the MTA believe that it did not? */
static int counts(struct attempt *r, struct err *err)
{
	struct store *s = r->store;
	const struct store_id *id = r->id;
	const struct journal *j = &r->journal;
	if (j->time == 0 || j->time < time(NULL) - JOURNAL_SECONDS)
		return 0;
	if (id->unique || !j->marker || has_shown(j))
		return 1;
	return find_file(s, j->marker, r->mem, err);
}

int attempt_recall(struct uiddb *db, void *context, struct err *err)
{
	struct attempt *r = context;
	struct str record;
	r->journal = (struct journal){0};
	int found = uiddb_get_record(db, r->id->bytes, &record, err);
	if (found < 0)
		return -1;
	int is_ours = 0;
	if (found && journal_decode(record, r->mem, &r->journal))
		is_ours = counts(r, err);
	if (is_ours != 1)
		r->journal = (struct journal){0};
	return is_ours < 0 ? -1 : 0;
}

/* ---- sending ---- */

/* Runs WORK. A damaged database is replaced by an empty one, and WORK is run again on that. */
static int read_database(struct store *s, uiddb_work *work, void *context, struct err *err)
{
	int r = uiddb_read(s->db, work, context, err);
	return r < 0 && store_recover(s) ? uiddb_read(s->db, work, context, err) : r;
}

static int write_database(struct store *s, uiddb_work *work, void *context, struct err *err)
{
	int r = uiddb_write(s->db, work, context, err);
	return r < 0 && store_recover(s) ? uiddb_write(s->db, work, context, err) : r;
}

int attempt_read(struct attempt *r, struct err *err)
{
	return read_database(r->store, attempt_recall, r, err);
}

int store_was_sent(
	struct store *s, const struct store_id *id, struct str what, bool *sent, struct err *err)
{
	struct attempt r = {.store = s, .id = id, .mem = s->mem};
	*sent = false;
	if (attempt_begin(s, id, err) < 0 || read_database(s, attempt_recall, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.journal.sent_count; i++)
		*sent = *sent || str_eq(r.journal.sent[i], what);
	return 0;
}

struct new_mark {
	struct attempt earlier;
	struct str what;
};

struct str attempt_intended(struct str what, struct arena *mem)
{
	return arena_fmt(mem, "%c" STR_FMT, ATTEMPT_INTENDED, STR_ARGS(what));
}

bool attempt_has_sent(const struct journal *j, struct str what)
{
	for (size_t i = 0; i < j->sent_count; i++)
		if (str_eq(j->sent[i], what))
			return true;
	return false;
}

static void drop_sent(struct journal *j, struct str what)
{
	size_t kept = 0;
	for (size_t i = 0; i < j->sent_count; i++)
		if (!str_eq(j->sent[i], what))
			j->sent[kept++] = j->sent[i];
	j->sent_count = kept;
}

static int add_sent(struct uiddb *db, void *context, struct err *err)
{
	struct new_mark *m = context;
	if (attempt_recall(db, &m->earlier, err) < 0)
		return -1;
	struct journal *j = &m->earlier.journal;
	struct arena *mem = m->earlier.mem;
	drop_sent(j, attempt_intended(m->what, mem));
	*(struct str *)ARENA_PUSH(mem, j->sent, j->sent_count) = m->what;
	j->time = time(NULL);
	return uiddb_put_record(db, m->earlier.id->bytes, journal_encode(j, m->earlier.mem), err);
}

int store_set_sent(struct store *s, const struct store_id *id, struct str what, struct err *err)
{
	struct new_mark m = {.earlier = {.store = s, .id = id, .mem = s->mem}, .what = what};
	return write_database(s, add_sent, &m, err);
}

void store_intend(struct store *s, struct str what)
{
	str_list_add(&s->intended, what, s->mem);
}

int store_intended(struct store *s, const struct store_id *id, struct arena *mem,
	struct str_list *whats, struct err *err)
{
	struct attempt r = {.store = s, .id = id, .mem = s->mem};
	*whats = (struct str_list){0};
	if (attempt_begin(s, id, err) < 0 || read_database(s, attempt_recall, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.journal.sent_count; i++) {
		struct str sent = r.journal.sent[i];
		if (sent.n && sent.p[0] == ATTEMPT_INTENDED)
			str_list_add(whats, arena_str(mem, str_slice(sent, 1, sent.n)), mem);
	}
	return 0;
}

/* ---- the end ---- */

static int mark_items(struct uiddb *db, struct attempt *r, bool shown, struct err *err)
{
	if (attempt_recall(db, r, err) < 0)
		return -1;
	if (r->journal.item_count == 0)
		return 0;
	for (size_t i = 0; i < r->journal.item_count; i++)
		r->journal.items[i].shown = shown;
	return uiddb_put_record(db, r->id->bytes, journal_encode(&r->journal, r->mem), err);
}

static int set_shown(struct uiddb *db, void *context, struct err *err)
{
	return mark_items(db, context, true, err);
}

/*
 * A reader may do anything with a message that was delivered: if the same bytes come again, they
 * are stored again.
 */
static int clear_shown(struct uiddb *db, void *context, struct err *err)
{
	return mark_items(db, context, false, err);
}

int store_protect(struct store *s, const struct store_id *id, struct err *err)
{
	struct attempt r = {.store = s, .id = id, .mem = s->mem};
	return write_database(s, set_shown, &r, err);
}

static int remove_record(struct uiddb *db, void *context, struct err *err)
{
	const struct attempt *r = context;
	return uiddb_remove_record(db, r->id->bytes, err);
}

static int forget_markers(struct store *s, const struct journal *j, struct err *err)
{
	struct err later;
	int r = 0;
	for (size_t i = 0; i < j->item_count; i++)
		if (maildir_forget_marker(s->root, j->items[i].directory.p, j->items[i].base.p,
			    r < 0 ? &later : err) < 0)
			r = -1;
	return r;
}

/*
 * A message with a unique id comes again only as a retry. So its record stays, in case the MTA does
 * not learn that the delivery ended, but it no longer says that everything was shown.
 */
static bool is_over(const struct attempt *r)
{
	return r->id->unique ? !has_shown(&r->journal) : r->journal.time == 0;
}

/*
 * The records of one delivery: its own, and one for each message that was stored while something
 * was sent.
 */
struct record_set {
	struct attempt *attempts;
	struct journal *markers; /* what each record had before the end */
	size_t count;
};

/* A uiddb_work: ends the records that are not over, all or none. */
static int end_records(struct uiddb *db, void *context, struct err *err)
{
	struct record_set *set = context;
	for (size_t i = 0; i < set->count; i++) {
		struct attempt *r = &set->attempts[i];
		if (is_over(r))
			continue;
		if ((r->id->unique ? clear_shown : remove_record)(db, r, err) < 0)
			return -1;
	}
	return 0;
}

/* A uiddb_work. */
static int recall_all(struct uiddb *db, void *context, struct err *err)
{
	struct record_set *set = context;
	for (size_t i = 0; i < set->count; i++)
		if (attempt_recall(db, &set->attempts[i], err) < 0)
			return -1;
	return 0;
}

static bool all_over(const struct record_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!is_over(&set->attempts[i]))
			return false;
	return true;
}

/* Ends the records. A write that reported failure may have happened: the database is asked. */
static int end_in_database(struct store *s, struct record_set *set, struct err *err)
{
	struct err again;
	if (all_over(set) || write_database(s, end_records, set, err) == 0)
		return 0;
	return read_database(s, recall_all, set, &again) == 0 && all_over(set) ? 0 : -1;
}

/*
 * From now on equal bytes are a new message. This is on the disk before the MTA is told, and before
 * the markers are removed: while a marker exists, a retry knows what was shown. A marker that comes
 * back after a loss of power has no record, and so no meaning.
 */
static int end_all(struct store *s, struct record_set *set, struct err *err)
{
	struct err unclean;
	if (read_database(s, recall_all, set, err) < 0)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		set->markers[i] = set->attempts[i].journal;
	if (end_in_database(s, set, err) < 0)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		if (forget_markers(s, &set->markers[i], &unclean) < 0)
			store_say(s, "%s", unclean.text);
	return 0;
}

int store_finish(struct store *s, const struct store_id *ids, size_t count, struct err *err)
{
	struct err unclean;
	struct record_set set = {.attempts = arena_alloc(s->mem, count * sizeof *set.attempts),
		.markers = arena_alloc(s->mem, count * sizeof *set.markers),
		.count = count};
	for (size_t i = 0; i < count; i++)
		set.attempts[i] = (struct attempt){.store = s, .id = &ids[i], .mem = s->mem};
	if (end_all(s, &set, err) < 0)
		return -1;
	/* The message is delivered. Old files that stay are only reported. */
	if (cleanup_when_due(s->root, s->state, time(NULL), &unclean) < 0)
		store_say(s, "%s", unclean.text);
	return 0;
}
