#include "filters/sieve/regex_writer.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

/*
 * How many operations may be written, including those that are dropped again: (x{255}){0} leaves
 * nothing. No operation has the number NOWHERE.
 */
enum { WORK_MOST = 16 * LIMIT_REGEX_SIZE, NOWHERE = LIMIT_REGEX_SIZE };

/* ---- operations ---- */

bool regex_writer_add(struct regex_writer *w, struct regex_op op)
{
	if (w->count >= LIMIT_REGEX_SIZE || ++w->work > WORK_MOST)
		return false;
	if (w->count == w->room) {
		w->room = 2 * w->room + 32;
		w->ops = mem_resize(w->ops, w->room * sizeof *w->ops);
	}
	w->ops[w->count++] = op;
	return true;
}

static bool add_offset(struct regex_writer *w, enum regex_kind kind, size_t forward)
{
	return regex_writer_add(w, (struct regex_op){.kind = kind, .offset = (int32_t)forward});
}

static bool add_back(struct regex_writer *w, enum regex_kind kind, size_t back)
{
	return regex_writer_add(w, (struct regex_op){.kind = kind, .offset = -(int32_t)back});
}

static bool add_all(struct regex_writer *w, const struct regex_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!regex_writer_add(w, ops[i]))
			return false;
	return true;
}

/* Inserts OP before the operations from AT on, which move by one. */
static bool insert(struct regex_writer *w, size_t at, struct regex_op op)
{
	if (!regex_writer_add(w, op))
		return false;
	w->work += w->count - at;
	memmove(&w->ops[at + 1], &w->ops[at], (w->count - 1 - at) * sizeof *w->ops);
	w->ops[at] = op;
	return true;
}

/* ---- repeated items ---- */

static bool add_endless(
	struct regex_writer *w, const struct regex_op *item, size_t n, unsigned least)
{
	if (least > 0)
		return add_back(w, REGEX_REPEAT, n);
	return add_offset(w, REGEX_SPLIT, n + 2) && add_all(w, item, n) &&
	       add_back(w, REGEX_JUMP, n + 1);
}

static bool add_times(
	struct regex_writer *w, const struct regex_op *item, size_t n, const struct regex_times *t)
{
	for (unsigned i = 0; i < t->least; i++)
		if (!add_all(w, item, n))
			return false;
	if (t->endless)
		return add_endless(w, item, n, t->least);
	/*
	 * Each optional copy needs the one before it, so where one is missing, the rest is skipped.
	 */
	for (unsigned left = t->most - t->least; left > 0; left--)
		if (!add_offset(w, REGEX_SPLIT, left * (n + 1)) || !add_all(w, item, n))
			return false;
	return true;
}

bool regex_writer_repeat(struct regex_writer *w, size_t at, const struct regex_times *times)
{
	size_t n = w->count - at;
	struct regex_op *item = mem_alloc(n * sizeof *item);
	if (n)
		memcpy(item, &w->ops[at], n * sizeof *item);
	w->count = at;
	bool good = add_times(w, item, n, times);
	free(item);
	return good;
}

/* ---- branches ---- */

struct regex_branches regex_writer_branches(const struct regex_writer *w)
{
	return (struct regex_branches){.begin = w->count, .jump = NOWHERE};
}

/*
 * A branch ends with a jump past all branches. How far that is becomes known only at the end; until
 * then the jump holds the place of the jump before it.
 */
bool regex_writer_branch(struct regex_writer *w, struct regex_branches *branches)
{
	int32_t length = (int32_t)(w->count - branches->begin);
	if (!insert(w, branches->begin,
		    (struct regex_op){.kind = REGEX_SPLIT, .offset = length + 2}) ||
		!add_offset(w, REGEX_JUMP, branches->jump))
		return false;
	branches->jump = w->count - 1;
	branches->begin = w->count;
	return true;
}

void regex_writer_join(struct regex_writer *w, const struct regex_branches *branches)
{
	for (size_t at = branches->jump; at != NOWHERE;) {
		size_t before = (size_t)w->ops[at].offset;
		w->ops[at].offset = (int32_t)(w->count - at);
		at = before;
	}
}
