/*
 * A list that was compiled for look-ups: PATH.lmdb beside the text PATH. In a delivery, a million
 * entries cost no more than ten. Entries whose only wildcards are a star at the end of the local
 * part and one at the start of the domain are found by a key; all others are tried one by one.
 */
#ifndef FILTERS_LISTS_LIST_MAP_H
#define FILTERS_LISTS_LIST_MAP_H

#include "filters/lists/list_text.h"

struct list_map;

/* An entry that matches. Its strings live until the visit returns. */
struct list_hit {
	struct str entry; /* as it is written */
	unsigned line, literals;
	unsigned until;
};
typedef void list_hit_visit(void *context, const struct list_hit *hit);

/* Does a compiled form of the list at PATH exist, usable or not? */
bool list_map_exists(struct str path);

/*
 * Opens the compiled form of the list at PATH. 1 done; 0 there is none; -1 with the reason when it
 * cannot be used: it is damaged, or the text has changed since.
 */
int list_map_open(struct str path, struct list_map **map, struct err *err);
void list_map_close(struct list_map *map);

/*
 * Calls VISIT, in any order, for each entry that matches one of the keys and is valid on TODAY (0:
 * any day). -1 on error.
 */
int list_map_search(struct list_map *map, const struct str *keys, size_t count, unsigned today,
	list_hit_visit *visit, void *context, struct err *err);

/*
 * Calls VISIT for the first lines that cannot be read; *TOTAL is the number of all of them. -1 on
 * error.
 */
int list_map_broken(
	struct list_map *map, size_t *total, list_visit *visit, void *context, struct err *err);

#endif
