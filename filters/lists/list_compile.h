/* Makes the compiled form of a list; list_map.h explains its use. */
#ifndef FILTERS_LISTS_LIST_COMPILE_H
#define FILTERS_LISTS_LIST_COMPILE_H

#include "base/err.h"

struct list_compiled {
	size_t entries, rest,
		broken;           /* REST: tried one by one; BROKEN: lines that cannot be read */
	unsigned long long bytes; /* the size of the compiled file */
};

/*
 * Compiles the list at PATH and puts PATH.lmdb in place in one step. 1 done; 0 there is no list,
 * and a compiled one is removed; -1 with the reason, and nothing has changed.
 */
int list_compile(struct str path, struct list_compiled *done, struct err *err);
/* The same, but the result is put at TO. */
int list_compile_to(struct str path, const char *to, struct list_compiled *done, struct err *err);

#endif
