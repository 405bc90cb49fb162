/* Finds the entries of a list that cover an entry: they match everything that it matches. */
#ifndef MDA_TOOLS_LISTS_LISTS_COVER_H
#define MDA_TOOLS_LISTS_LISTS_COVER_H

#include "filters/lists/list_map.h"

/* Test addresses in MEM: an entry that matches all of them matches everything that W matches. */
enum { COVER_PROBES = 4 };
struct cover {
	struct str probes[COVER_PROBES];
	size_t count;
};
struct cover lists_cover_of(const struct wild *w, struct arena *mem);

/*
 * Calls HIT for each entry of the compiled list that covers the entry and counts on TODAY. -1 on
 * error.
 */
int lists_cover_search(struct list_map *map, const struct cover *c, unsigned today,
	list_hit_visit *hit, void *context, struct err *err);

#endif
