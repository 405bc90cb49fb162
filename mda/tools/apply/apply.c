#include "mda/tools/apply/apply.h"

#include "mda/tools/progress.h"
#include "mda/tools/stopping.h"

#include <stdlib.h>

static int by_folders(const void *a, const void *b)
{
	const struct apply_move *x = a, *y = b;
	int r = str_compare(x->from, y->from);
	if (r == 0)
		r = str_compare(x->to, y->to);
	return r ? r : (x->number > y->number) - (x->number < y->number);
}

/* How many of the moves from AT on are between the same two folders, and are moved at once. */
static size_t batch_of(const struct apply_moves *m, size_t at)
{
	const struct apply_move *first = &m->items[at];
	size_t n = 1;
	while (at + n < m->count && n < STORE_MOVE_MOST &&
		str_eq(m->items[at + n].from, first->from) &&
		str_eq(m->items[at + n].to, first->to))
		n++;
	return n;
}

static int move_batch(struct apply *a, size_t at, size_t count, struct err *err)
{
	struct arena *mem = arena_new();
	struct store_move *moves = arena_alloc(mem, count * sizeof *moves);
	struct apply_move *items = &a->moves.items[at];
	for (size_t i = 0; i < count; i++)
		moves[i] = items[i].move;
	a->from = items[0].from;
	a->to = items[0].to;
	int r = store_move(a->store, a->from, a->to, moves, count, a->intend, a->context, mem, err);
	for (size_t i = 0; i < count; i++) {
		items[i].move.moved = moves[i].moved;
		items[i].move.uid = moves[i].uid;
		a->moves.done += moves[i].moved;
		a->moves.gone += r == 0 && !moves[i].moved;
	}
	arena_free(mem);
	return r;
}

int apply_run(struct apply *a, struct err *err)
{
	struct progress progress;
	struct stop_signals stopping;
	int r = 0;
	if (a->moves.count)
		qsort(a->moves.items, a->moves.count, sizeof *a->moves.items, by_folders);
	progress_start(&progress, "moving", a->moves.count, a->quiet);
	stopping_begin(&stopping);
	for (size_t at = 0, n = 0; at < a->moves.count && r == 0; at += n) {
		a->moves.interrupted = stopping_asked();
		if (a->moves.interrupted)
			break;
		n = batch_of(&a->moves, at);
		r = move_batch(a, at, n, err);
		progress_at(&progress, at + n);
	}
	stopping_end(&stopping);
	progress_end(&progress);
	return r;
}
