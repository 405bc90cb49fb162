/* What an earlier attempt at the delivery did. */
#include "store/base_name.h"
#include "store/maildir.h"
#include "store/orphan.h"
#include "store/put.h"

/*
 * Where UIDs are agreed on with others, a message that was not shown is written under a new name.
 * Others may know the old name with a UID, and one of their processes could still show it when the
 * file appears.
 */
static int give_up(
	const struct put_job *d, struct put *p, const struct journal_item *item, struct err *err)
{
	if (item == d->earlier.journal.marker)
		return 0; /* still needed, until it is superseded */
	return maildir_forget(p->folder, item->base.p, err);
}

/*
 * Has an earlier attempt shown the item, or at least written it? The recorded files are on the
 * disk, but only if the size matches would this attempt write the same file.
 */
static int recognise(struct put_job *d, struct put *p, struct err *err)
{
	const struct journal_item *item = put_find_item(&d->earlier.journal, p->directory);
	if (!item)
		return 0;
	int there = item->shown ? 1 : maildir_has(p->folder, item->base.p, err), written = 1;
	/*
	 * A reader may have moved the message while something that was to be sent failed several
	 * times.
	 */
	if (there == 0)
		there = maildir_was_shown(
			d->earlier.store->root, p->folder, item->base.p, &item->written, err);
	if (there == 0 && p->mirrored)
		return give_up(d, p, item, err);
	if (there == 0)
		written = maildir_has_tmp(p->folder, item->base.p, put_size(p->item), err);
	if (there < 0 || written < 0)
		return -1;
	if (!there && (p->in_tmp || !written))
		return 0;
	if (p->in_tmp && maildir_forget(p->folder, p->base, err) < 0)
		return -1;
	p->in_tmp = true; /* perhaps: an earlier attempt may have died before it cleaned up */
	p->base = item->base.p;
	p->written = item->written;
	p->visible = p->foreign = there;
	if (there)
		*p->receipt = (struct store_receipt){.uid = item->uid,
			.uidvalidity = item->uidvalidity,
			.recognised = true,
			.file_name = item->base};
	return 0;
}

/* Is the earlier attempt's marker a file that this attempt writes anew? */
static bool is_superseded(const struct put_job *d, const struct journal_item *marker)
{
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->puts[i].directory, marker->directory))
			return !str_eq(str_of(d->puts[i].base), marker->base);
	return false;
}

/* The marker is handled first, so that clean-up after a later failure does not remove it. */
int put_recognise(struct put_job *d, struct err *err)
{
	const struct journal_item *marker = d->earlier.journal.marker;
	int exists = marker ? maildir_has_marker(d->earlier.store->root, marker->directory.p,
				      marker->base.p, err)
			    : 0;
	if (exists < 0)
		return -1;
	if (exists) {
		d->marker_directory = marker->directory;
		d->marker = marker->base;
	}
	for (size_t i = 0; i < d->count; i++)
		if (recognise(d, &d->puts[i], err) < 0)
			return -1;
	if (exists && is_superseded(d, marker)) {
		d->superseded = marker;
		d->marker_directory = d->marker = STR_EMPTY;
	}
	return 0;
}

int put_recognise_orphans(struct put_job *d, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct put *p = &d->puts[i];
		int found = orphan_find(d->earlier.store->root, p->folder, p->item->pieces,
			p->item->piece_count, d->mem, &p->base, err);
		if (found < 0)
			return -1;
		p->orphan = p->visible = p->foreign = p->in_tmp = found;
		if (found && d->marker.n == 0) {
			d->marker_directory = p->directory;
			d->marker = str_of(p->base);
		}
	}
	return 0;
}
