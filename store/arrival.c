#include "store/arrival.h"

#include "base/str_list.h"
#include "store/base_name.h"
#include "store/maildir.h"

#include <stdlib.h>
#include <string.h>

/* The list is not grown in an arena, because an arena would keep every smaller copy. */
struct collector {
	struct arena *mem;
	struct str_list names;
};

static struct str *add_place(struct str_list *list)
{
	if ((list->count & (list->count - 1)) == 0)
		list->items = mem_resize(
			list->items, (list->count ? list->count * 2 : 1) * sizeof *list->items);
	return &list->items[list->count++];
}

static struct str_list move_to(struct str_list list, struct arena *mem)
{
	struct str_list moved = {
		arena_alloc(mem, (list.count + 1) * sizeof *list.items), list.count};
	if (list.count)
		memcpy(moved.items, list.items, list.count * sizeof *list.items);
	free(list.items);
	return moved;
}

/* A line of the server's file cannot hold a name with a line end. */
static bool gather(void *context, const char *name)
{
	struct collector *c = context;
	struct str base = base_name_of(str_of(name));
	if (base.n && str_find(base, '\n') == base.n)
		*add_place(&c->names) = arena_str(c->mem, base);
	return true;
}

/* The number at the start of S. At most 18 digits are read, so that it fits. */
static unsigned long long leading_number(struct str s)
{
	unsigned long long n = 0;
	for (size_t i = 0; i < s.n && i < 18 && ascii_isdigit(s.p[i]); i++)
		n = n * 10 + (unsigned long long)(s.p[i] - '0');
	return n;
}

/*
 * The microseconds in a base name: after the ".", both "M123456P42" and "V801I12M123456" have them
 * after an M.
 */
static unsigned long long microseconds(struct str base)
{
	struct str rest = str_slice(base, str_find(base, '.') + 1, base.n);
	rest = str_slice(rest, 0, str_find(rest, '.'));
	return leading_number(str_slice(rest, str_find(rest, 'M') + 1, rest.n));
}

/* A base name starts with the time at which its file was made. */
static int by_arrival(const void *a, const void *b)
{
	struct str x = *(const struct str *)a, y = *(const struct str *)b;
	unsigned long long s = leading_number(x), t = leading_number(y);
	if (s == t) {
		s = microseconds(x);
		t = microseconds(y);
	}
	return s != t ? (s > t) - (s < t) : str_compare(x, y);
}

int arrival_list(int folder, struct arena *mem, struct str_list *names, struct err *err)
{
	struct collector c = {.mem = mem};
	if (maildir_walk(folder, "new", gather, &c, err) < 0 ||
		maildir_walk(folder, "cur", gather, &c, err) < 0) {
		free(c.names.items);
		return -1;
	}
	str_list_sort(&c.names);
	size_t kept = 0;
	for (size_t i = 0; i < c.names.count; i++)
		if (i == 0 || !str_eq(c.names.items[i], c.names.items[kept - 1]))
			c.names.items[kept++] = c.names.items[i];
	c.names.count = kept;
	*names = move_to(c.names, mem);
	return 0;
}

bool arrival_has(const struct str_list *names, struct str base)
{
	return str_list_has_sorted(names, base);
}

void arrival_sort(struct str_list *names)
{
	if (names->count)
		qsort(names->items, names->count, sizeof *names->items, by_arrival);
}
