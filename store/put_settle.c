/*
 * If a retry decides differently from an earlier attempt, the first verdict that was shown to
 * readers counts. The folders of that verdict are completed. Folders that only the retry chose get
 * nothing, or the user would have the message twice.
 */
#include "store/folder.h"
#include "store/put.h"

static int look_at_earlier(
	struct store *s, struct journal *j, struct arena *mem, bool *shown, struct err *err)
{
	*shown = false;
	for (size_t i = 0; i < j->item_count; i++) {
		int r = attempt_was_shown(s, &j->items[i], mem, err);
		if (r < 0)
			return -1;
		*shown = *shown || r;
	}
	return 0;
}

/* Spare items are stored only for an earlier attempt, so they are dropped here. */
static void drop_spares(struct put_job *d)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->count; i++)
		if (!d->puts[i].item->spare)
			d->puts[kept++] = d->puts[i];
	d->count = kept;
}

static const struct put *find_given(
	const struct put *given, size_t count, const struct journal_item *item)
{
	struct str directory = item->moved ? item->recorded : item->directory;
	for (size_t i = 0; i < count; i++)
		if (!given[i].item->spare && str_eq(given[i].directory, directory))
			return &given[i];
	return NULL;
}

/*
 * Makes an item for a folder that only the earlier attempt chose. The bytes are the same, except
 * for what the folder adds.
 */
static struct put make_other(
	struct put_job *d, const struct store_item *like, const struct journal_item *old)
{
	struct store *s = d->earlier.store;
	struct store_other *other = &s->others[s->other_count++];
	struct store_item *item = arena_alloc(d->mem, sizeof *item);
	other->folder = old->directory.n ? folder_name(old->directory, d->mem) : old->directory;
	*item = (struct store_item){
		.folder = other->folder, .pieces = like->pieces, .piece_count = like->piece_count};
	return (struct put){.item = item, .receipt = &other->receipt, .folder = -1};
}

static void follow_earlier(struct put_job *d)
{
	const struct journal *j = &d->earlier.journal;
	const struct put *given = d->puts;
	size_t count = d->count;
	struct store *s = d->earlier.store;
	for (size_t i = 0; i < count; i++)
		*given[i].receipt = (struct store_receipt){.elsewhere = true};
	d->puts = arena_alloc(d->mem, j->item_count * sizeof *d->puts);
	d->count = 0;
	s->others = arena_alloc(d->mem, j->item_count * sizeof *s->others);
	for (size_t i = 0; i < j->item_count; i++) {
		const struct put *same = find_given(given, count, &j->items[i]);
		struct put *p = &d->puts[d->count++];
		*p = same ? *same : make_other(d, given[0].item, &j->items[i]);
		p->directory = j->items[i].directory;
		*p->receipt = (struct store_receipt){.elsewhere = false};
	}
}

int put_settle(struct put_job *d, struct err *err)
{
	struct store *s = d->earlier.store;
	bool shown;
	if (look_at_earlier(s, &d->earlier.journal, d->mem, &shown, err) < 0)
		return -1;
	if (shown && d->count)
		follow_earlier(d);
	else
		drop_spares(d);
	return 0;
}

bool put_moved(const struct put_job *d)
{
	for (size_t i = 0; i < d->earlier.journal.item_count; i++)
		if (d->earlier.journal.items[i].moved)
			return true;
	return false;
}

/* ---- what an earlier attempt did ---- */

static bool is_done(struct str sent)
{
	return sent.n && sent.p[0] != ATTEMPT_INTENDED;
}

int store_earlier(
	struct store *s, const struct store_id *id, struct store_earlier *earlier, struct err *err)
{
	struct attempt r = {.store = s, .id = id, .mem = s->mem};
	*earlier = (struct store_earlier){false, false};
	if (attempt_begin(s, id, err) < 0 || attempt_read(&r, err) < 0 ||
		look_at_earlier(s, &r.journal, s->mem, &earlier->stored, err) < 0)
		return -1;
	for (size_t i = 0; i < r.journal.sent_count; i++)
		earlier->sent = earlier->sent || is_done(r.journal.sent[i]);
	return 0;
}

const struct store_other *store_others(const struct store *s, size_t *count)
{
	*count = s->other_count;
	return s->others;
}
