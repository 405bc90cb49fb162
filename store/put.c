#include "store/put.h"

bool put_is_retry(const struct put_job *d)
{
	return d->earlier.journal.time != 0;
}

size_t put_size(const struct store_item *item)
{
	size_t n = 0;
	for (size_t i = 0; i < item->piece_count; i++)
		n += item->pieces[i].n;
	return n;
}

const struct journal_item *put_find_item(const struct journal *j, struct str directory)
{
	for (size_t i = 0; i < j->item_count; i++)
		if (str_eq(j->items[i].directory, directory))
			return &j->items[i];
	return NULL;
}

bool put_all_visible(const struct put_job *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (!d->puts[i].visible)
			return false;
	return true;
}

bool put_none_visible(const struct put_job *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->puts[i].visible)
			return false;
	return true;
}

bool put_needs_uid(const struct put *p)
{
	return !p->visible || p->orphan;
}
