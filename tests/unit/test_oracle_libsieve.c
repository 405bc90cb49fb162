/*
 * Another implementation's word: libsieve must take the same actions as the builtin engine, for scripts and messages of
 * the kind that it gets right. SEED= and PAIRS= in the environment try others, PAIR= one of them.
 */
#include "tests/unit/table.h"

#include "filters/sieve/action.h"
#include "filters/sieve/engine.h"
#include "tests/lib/pairs.h"
#include "tests/lib/workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long from_environment(const char *name, unsigned long usual)
{
	const char *value = getenv(name);
	return value ? strtoul(value, NULL, 10) : usual;
}

/* ---- what an engine does, in lines ---- */

static bool is_repeated(const struct sv_result *r, size_t i)
{
	const struct sv_action *a = &r->actions[i];
	for (size_t k = 0; k < i; k++)
		if (r->actions[k].kind == a->kind && a->kind->same &&
			a->kind->same(&r->actions[k], a))
			return true;
	return false;
}

/* An engine that leaves it to its caller to see what excludes what is judged as its caller would. */
static bool has_conflict(const struct sv_result *r)
{
	for (size_t i = 1; i < r->count; i++)
		if (action_conflict(&r->actions[i], r->actions, i))
			return true;
	return false;
}

static void describe(const struct sv_result *r, struct buf *to)
{
	if (has_conflict(r)) {
		buf_text(to, "fails\n");
		return;
	}
	for (size_t i = 0; i < r->count; i++) {
		if (is_repeated(r, i))
			continue;
		buf_fmt(to, "%u: ", r->actions[i].line);
		action_describe(&r->actions[i], to);
		buf_byte(to, '\n');
	}
	if (r->implicit_keep)
		buf_text(to, "implicit keep\n");
}

static void judge(const char *engine, const struct pair *p, struct buf *to)
{
	struct arena *mem = arena_new();
	struct sv_errors errors = {0};
	struct sv_result result;
	struct err err;
	const struct sv_engine *e = sv_engine_find(str_of(engine));
	struct message *msg = message_borrow(buf_str(&p->message), &err);
	struct sv_input input = {.msg = msg, .env = &p->env};
	assert_non_null(e);
	assert_non_null(msg);
	struct sv_script *s = e->compile(STR_LIT("t"), buf_str(&p->script), NULL, mem, &errors);
	if (!s)
		buf_fmt(to, "error: " STR_FMT "\n", STR_ARGS(errors.items[0].text));
	else if (e->run(s, &input, mem, &result, &err) < 0)
		buf_text(to, "fails\n");
	else
		describe(&result, to);
	message_free(msg);
	arena_free(mem);
}

/* ---- pairs ---- */

struct work {
	unsigned long seed;
	size_t pairs, first;
	size_t *done, *implicit;
};

static bool agrees(const struct pair *p, struct work *w, size_t number)
{
	struct buf ours = {0}, theirs = {0};
	judge("builtin", p, &ours);
	judge("libsieve", p, &theirs);
	bool same = str_eq(buf_str(&ours), buf_str(&theirs));
	if (str_eq(buf_str(&ours), STR_LIT("implicit keep\n")))
		__atomic_add_fetch(w->implicit, 1, __ATOMIC_RELAXED);
	if (!same)
		fprintf(stderr,
			"PAIR=%zu SEED=%lu\nthe script:\n%sthe "
			"message:\n%sbuiltin:\n%slibsieve:\n%s\n",
			number, w->seed, buf_cstr((struct buf *)&p->script),
			buf_cstr((struct buf *)&p->message), buf_cstr(&ours), buf_cstr(&theirs));
	buf_free(&ours);
	buf_free(&theirs);
	return same;
}

static void work_share(void *context, size_t number, size_t count)
{
	struct work *w = context;
	struct pair p = {0};
	size_t bad = 0;
	for (size_t i = w->first + number; i < w->pairs; i += count) {
		pair_make(&p, PAIRS_PLAIN, w->seed, i);
		bad += !agrees(&p, w, i);
		__atomic_add_fetch(w->done, 1, __ATOMIC_RELAXED);
		if (bad > 3)
			break;
	}
	pair_free(&p);
	assert_int_equal(bad, 0);
}

static void test_pairs(void **state)
{
	size_t only = from_environment("PAIR", 0);
	struct work w = {.seed = from_environment("SEED", 1),
		.pairs = only ? only + 1 : from_environment("PAIRS", 20000) / workers_step(20, 400),
		.first = only,
		.done = workers_share(2 * sizeof *w.done)};
	(void)state;
	w.implicit = w.done + 1;
	size_t failed = workers_run(work_share, &w), done = *w.done, implicit = *w.implicit;
	workers_unshare(w.done, 2 * sizeof *w.done);
	print_message("# seed %lu: %zu pairs, of %zu nothing but the implicit keep came\n", w.seed,
		done, implicit);
	assert_int_equal(failed, 0);
	assert_int_equal(done, w.pairs - w.first);
	/* Scripts that do nothing would agree about nothing. */
	assert_true(only || implicit < done / 2);
}

int main(void)
{
	const struct table tables[] = {TABLE_OF_ONE(test_pairs, "libsieve takes the same actions")};
	return table_run("oracle_libsieve", tables, sizeof tables / sizeof *tables);
}
