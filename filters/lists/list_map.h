/*
 * A list compiled for look-ups, PATH.lmdb beside the text PATH: a million entries cost a delivery
 * what ten do. Entries whose only wildcards are a star at the end of the local part and one in
 * front of the domain are found by their key; the rest is tried one by one.
 */
#ifndef FILTERS_LISTS_LIST_MAP_H
#define FILTERS_LISTS_LIST_MAP_H

#include "filters/lists/list_text.h"

struct list_map;

/* An entry that matches. What it holds lives until the visit returns. */
struct list_hit {
	struct str entry; /* as it is written */
	unsigned line, literals;
	unsigned until;
};
typedef void list_hit_visit(void *context, const struct list_hit *hit);

/* Is there a compiled form of the list at PATH, usable or not? */
bool list_map_exists(struct str path);

/*
 * Opens what was compiled from the list at PATH. 1; 0 when there is none; -1 with the reason when
 * it cannot be used: it is damaged, or the text has been changed since.
 */
int list_map_open(struct str path, struct list_map **map, struct err *err);
void list_map_close(struct list_map *map);

/*
 * Calls VISIT for each entry that matches one of the keys and counts on TODAY (0: whenever), in no
 * order. -1 on error.
 */
int list_map_search(struct list_map *map, const struct str *keys, size_t count, unsigned today,
	list_hit_visit *visit, void *context, struct err *err);

/* Calls VISIT for the first lines that cannot be read; *TOTAL: how many there are. -1 on error. */
int list_map_broken(
	struct list_map *map, size_t *total, list_visit *visit, void *context, struct err *err);

#endif
