/*
 * What the oracles have in common: SEED=, PAIRS= and PAIR= of the environment, and the pairs shared
 * out among processors.
 */
#ifndef TESTS_UNIT_TEST_ORACLE_H
#define TESTS_UNIT_TEST_ORACLE_H

#include "tests/unit/table.h"

#include "tests/lib/pairs.h"
#include "tests/lib/workers.h"

#include <stdio.h>
#include <string.h>

/* A worker stops after this many differences. */
enum { ORACLE_SHOWN = 3 };

struct oracle {
	unsigned long seed;
	size_t first, end;   /* numbers of pairs */
	size_t *done, *kept; /* by all workers; of how many nothing but the implicit keep came */
};

static inline unsigned long oracle_number(const char *name, unsigned long usual)
{
	const char *value = getenv(name);
	return value ? strtoul(value, NULL, 10) : usual;
}

/*
 * Runs WORK on that many pairs; with sanitizers or valgrind, on one in SANITIZED or one in VALGRIND
 * of them.
 */
static inline void oracle_run(workers_work *work, size_t pairs, size_t sanitized, size_t valgrind)
{
	size_t only = oracle_number("PAIR", 0);
	size_t count = oracle_number("PAIRS", pairs) / workers_step(sanitized, valgrind);
	struct oracle o = {.seed = oracle_number("SEED", 1),
		.first = only,
		.end = only ? only + 1 : count,
		.done = workers_share(2 * sizeof *o.done)};
	o.kept = o.done + 1;
	size_t failed = workers_run(work, &o), done = *o.done, kept = *o.kept;
	workers_unshare(o.done, 2 * sizeof *o.done);
	print_message("# seed %lu: %zu pairs, of %zu nothing but the implicit keep came\n", o.seed,
		done, kept);
	assert_int_equal(failed, 0);
	assert_int_equal(done, o.end - o.first);
	/* Scripts that do nothing would agree about nothing. */
	assert_true(only || kept < done / 2);
}

/* What both said, and how to try it again. */
static inline void oracle_show(const struct oracle *o, const struct pair *p, size_t number,
	const char *other, struct buf *ours, struct buf *theirs)
{
	const struct buf *const others[] = {
		&p->before, &p->after, &p->included[0], &p->included[1]};
	static const char *const what[] = {"in front", "after", "included as one", "as two"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i]->n)
			fprintf(stderr, "the script %s:\n" STR_FMT, what[i],
				STR_ARGS(buf_str(others[i])));
	fprintf(stderr,
		"PAIR=%zu SEED=%lu from " STR_FMT " to " STR_FMT "\nthe script:\n" STR_FMT
		"the message:\n" STR_FMT "builtin:\n%s%s:\n%s\n",
		number, o->seed, STR_ARGS(p->env.sender), STR_ARGS(p->env.recipient),
		STR_ARGS(buf_str(&p->script)), STR_ARGS(buf_str(&p->message)), buf_cstr(ours),
		other, buf_cstr(theirs));
}

#endif
