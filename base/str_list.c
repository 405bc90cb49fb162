#include "base/str_list.h"

#include <stdlib.h>

void str_list_add(struct str_list *list, struct str item, struct arena *mem)
{
	*(struct str *)ARENA_PUSH(mem, list->items, list->count) = item;
}

bool str_list_has(const struct str_list *list, struct str item)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->items[i], item))
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void str_list_sort(struct str_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof *list->items, by_bytes);
}

bool str_list_has_sorted(const struct str_list *list, struct str item)
{
	return list->count &&
	       bsearch(&item, list->items, list->count, sizeof *list->items, by_bytes);
}
