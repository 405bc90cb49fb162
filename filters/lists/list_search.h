/* One list, asked about addresses: its compiled form when that is up to date, else its text. */
#ifndef FILTERS_LISTS_LIST_SEARCH_H
#define FILTERS_LISTS_LIST_SEARCH_H

#include "filters/lists/list_map.h"

enum { LIST_TOLD = 10 }; /* lines that cannot be read; of more it is told how many */

struct list_query {
	struct str path;
	const struct str *keys; /* address_key() */
	size_t count;
	/* Each may be NULL. An entry may be told again for another of the keys. */
	list_hit_visit *hit;
	list_visit *broken;                             /* for the first LIST_TOLD */
	void (*stale)(void *context, const char *text); /* why the compiled form is not used */
	void *context;
	size_t broken_total; /* is set */
};

/* 1; 0 when there is no such list; -1 when it cannot be read. */
int list_search(struct list_query *q, struct err *err);

#endif
