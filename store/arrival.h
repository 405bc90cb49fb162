/* The messages of a folder in the order of their arrival. */
#ifndef STORE_ARRIVAL_H
#define STORE_ARRIVAL_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Lists the base names in new/ and cur/ in MEM: sorted as bytes, each once. Names with a line end
 * are left out, because no server's file can hold them. -1 on error.
 */
int arrival_list(int folder, struct arena *mem, struct str_list *names, struct err *err);

/* Is BASE one of the names that arrival_list() found? */
bool arrival_has(const struct str_list *names, struct str base);

/* Sorts the names by the time that they begin with. */
void arrival_sort(struct str_list *names);

#endif
