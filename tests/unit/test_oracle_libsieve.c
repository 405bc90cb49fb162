/*
 * A comparison with libsieve: it must take the same actions as the builtin engine, for scripts and
 * messages that it handles correctly.
 */
#include "tests/unit/test_oracle.h"

#include "filters/sieve/action.h"
#include "filters/engines.h"

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

/*
 * An engine that leaves it to its caller to see what excludes what is judged as its caller would.
 */
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
	const struct sv_engine *e = engines_find(str_of(engine));
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

static bool agrees(const struct pair *p, const struct oracle *o, size_t number)
{
	struct buf ours = {0}, theirs = {0};
	judge("builtin", p, &ours);
	judge("libsieve", p, &theirs);
	bool same = str_eq(buf_str(&ours), buf_str(&theirs));
	if (str_eq(buf_str(&ours), STR_LIT("implicit keep\n")))
		__atomic_add_fetch(o->kept, 1, __ATOMIC_RELAXED);
	if (!same)
		oracle_show(o, p, number, "libsieve", &ours, &theirs);
	buf_free(&ours);
	buf_free(&theirs);
	return same;
}

static void work_share(void *context, size_t number, size_t count)
{
	const struct oracle *o = context;
	struct pair p = {0};
	size_t bad = 0;
	for (size_t i = o->first + number; i < o->end && bad < ORACLE_SHOWN; i += count) {
		pair_make(&p, PAIRS_PLAIN, o->seed, i);
		bad += !agrees(&p, o, i);
		__atomic_add_fetch(o->done, 1, __ATOMIC_RELAXED);
	}
	pair_free(&p);
	assert_int_equal(bad, 0);
}

static void test_pairs(void **state)
{
	(void)state;
	oracle_run(work_share, 20000, 20, 400);
}

int main(void)
{
	const struct table tables[] = {TABLE_OF_ONE(test_pairs, "libsieve takes the same actions")};
	return table_run("oracle_libsieve", tables, sizeof tables / sizeof *tables);
}
