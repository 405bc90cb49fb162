/* Asks one list about addresses: its compiled form if that is up to date, else its text. */
#ifndef FILTERS_LISTS_LIST_SEARCH_H
#define FILTERS_LISTS_LIST_SEARCH_H

#include "filters/lists/list_map.h"

enum { LIST_TOLD = 10 }; /* lines that cannot be read: more are only counted */

struct list_query {
	struct str path;
	const struct str *keys; /* from address_key() */
	size_t count;
	/* Each may be NULL. An entry may be reported once for each key. */
	list_hit_visit *hit;
	list_visit *broken;                             /* called for the first LIST_TOLD */
	void (*stale)(void *context, const char *text); /* why the compiled form is not used */
	void *context;
	size_t broken_total; /* set by list_search() */
};

/* 1; 0 when the list does not exist; -1 when it cannot be read. */
int list_search(struct list_query *q, struct err *err);

#endif
