/* Makes the compiled form of a list: see list_map.h for what it is good for. */
#ifndef FILTERS_LISTS_LIST_COMPILE_H
#define FILTERS_LISTS_LIST_COMPILE_H

#include "base/err.h"

struct list_compiled {
	size_t entries, rest, broken; /* those tried one by one; lines that cannot be read */
	unsigned long long bytes;     /* of the compiled file */
};

/*
 * Compiles the list at PATH and puts PATH.lmdb in place at once. 1; 0 when there is no list, and
 * then a compiled one goes too; -1 with the reason, and what was there stays.
 */
int list_compile(struct str path, struct list_compiled *done, struct err *err);
/* The same, to be put at TO. */
int list_compile_to(struct str path, const char *to, struct list_compiled *done, struct err *err);

#endif
