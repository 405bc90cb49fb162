/* A list of slices that grows in an arena, as its bytes do: nothing of it is freed alone. */
#ifndef BASE_STR_LIST_H
#define BASE_STR_LIST_H

#include "base/arena.h"

/* Appends ITEM; its bytes are not copied. Items move when the list grows. */
void str_list_add(struct str_list *list, struct str item, struct arena *mem);
/* Is ITEM in the list, byte for byte? */
bool str_list_has(const struct str_list *list, struct str item);
/* In the order of str_compare(). */
void str_list_sort(struct str_list *list);
/* As str_list_has(), in a list that is in that order. */
bool str_list_has_sorted(const struct str_list *list, struct str item);

#endif
