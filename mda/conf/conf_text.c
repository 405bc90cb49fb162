#include "mda/conf/conf_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned conf_text_line(const struct conf_text *text, size_t at)
{
	unsigned line = 1;
	const char *p = text->p, *end = text->p + at;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return line;
}

int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err)
{
	struct str before = {text->p, at < text->n ? at : text->n};
	size_t line_end = str_rfind(before, '\n');
	size_t column = line_end < before.n ? before.n - line_end : before.n + 1;
	return err_temp(
		err, "%s:%u:%zu: %s", text->path, conf_text_line(text, before.n), column, message);
}

int conf_text_fail_twice(const struct conf_text *text, size_t at, struct str title, struct err *err)
{
	char message[200];
	snprintf(message, sizeof message, "there is a section \"" STR_FMT "\" above",
		STR_ARGS(str_slice(title, 0, 100)));
	return conf_text_fail(text, at, message, err);
}

/* Sections with the same title get together, the one that is read first before the others. */
static int compare_titled(const void *a, const void *b)
{
	const struct conf_apart *x = *(const struct conf_apart *const *)a;
	const struct conf_apart *y = *(const struct conf_apart *const *)b;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	if (x->title.n != y->title.n)
		return x->title.n < y->title.n ? -1 : 1;
	int r = memcmp(x->title.p, y->title.p, x->title.n);
	return r ? r : (x > y) - (x < y);
}

int conf_text_check_twice(const struct conf_aparts *all, struct arena *mem, struct err *err)
{
	const struct conf_apart **sorted = arena_alloc(mem, (all->count + 1) * sizeof *sorted);
	for (size_t i = 0; i < all->count; i++)
		sorted[i] = &all->items[i];
	qsort(sorted, all->count, sizeof *sorted, compare_titled);
	for (size_t i = 1; i < all->count; i++)
		if (sorted[i]->scope == sorted[i - 1]->scope &&
			str_eq(sorted[i]->title, sorted[i - 1]->title))
			return conf_text_fail_twice(
				sorted[i]->text, sorted[i]->at, sorted[i]->title, err);
	return 0;
}
