/* The messages of a folder, and the order in which they arrived. */
#ifndef STORE_ARRIVAL_H
#define STORE_ARRIVAL_H

#include "base/arena.h"
#include "base/err.h"

/*
 * The base names in new/ and cur/, sorted as bytes, each once, in MEM. Names with a line end, which
 * no server's file can hold, are left out.
 */
int arrival_list(int folder, struct arena *mem, struct str_list *names, struct err *err);

/* Is BASE one of the names that arrival_list() found? */
bool arrival_has(const struct str_list *names, struct str base);

/* Sorts by the time that stands in the names. */
void arrival_sort(struct str_list *names);

#endif
