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
	snprintf(message, sizeof message, "there is already a section \"" STR_FMT "\" above",
		STR_ARGS(str_slice(title, 0, 100)));
	return conf_text_fail(text, at, message, err);
}

void conf_text_add(struct conf_aparts *all, const struct conf_apart *apart, struct arena *mem)
{
	struct conf_apart *copy = arena_alloc(mem, sizeof *copy);
	*copy = *apart;
	if (all->last)
		all->last->next = copy;
	else
		all->first = copy;
	all->last = copy;
	all->count++;
}

/* A section, and how many are read before it. */
struct numbered {
	const struct conf_apart *apart;
	size_t number;
};

/* Sections with the same title get together, the one that is read first before the others. */
static int compare_titled(const void *a, const void *b)
{
	const struct numbered *first = a, *second = b;
	const struct conf_apart *x = first->apart, *y = second->apart;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	if (x->title.n != y->title.n)
		return x->title.n < y->title.n ? -1 : 1;
	int r = memcmp(x->title.p, y->title.p, x->title.n);
	return r ? r : (first->number > second->number) - (first->number < second->number);
}

int conf_text_check_twice(const struct conf_aparts *all, struct arena *mem, struct err *err)
{
	struct numbered *sorted = arena_alloc(mem, (all->count + 1) * sizeof *sorted);
	size_t count = 0;
	for (const struct conf_apart *a = all->first; a; a = a->next, count++)
		sorted[count] = (struct numbered){a, count};
	qsort(sorted, count, sizeof *sorted, compare_titled);
	for (size_t i = 1; i < count; i++) {
		const struct conf_apart *a = sorted[i].apart, *before = sorted[i - 1].apart;
		if (a->scope == before->scope && str_eq(a->title, before->title))
			return conf_text_fail_twice(a->text, a->at, a->title, err);
	}
	return 0;
}
