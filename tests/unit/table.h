/*
 * One cmocka test for each row of a table, so that a failure names its row and the count says
 * something.
 */
#ifndef TESTS_UNIT_TABLE_H
#define TESTS_UNIT_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The first member of a row is its name, a const char *. The row is RUN's *state. */
struct table {
	CMUnitTestFunction run;
	const void *rows;
	size_t size, count;
};

#define TABLE(run, rows)                                                                           \
	{                                                                                          \
		(run), (rows), sizeof *(rows), sizeof(rows) / sizeof *(rows)                       \
	}

/* A test that needs no row, as a table of one. */
#define TABLE_OF_ONE(run, name)                                                                    \
	{                                                                                          \
		(run), &(const char *const){name}, sizeof(const char *), 1                         \
	}

/* Returns the number of failures, for main(). */
static inline int table_run(const char *group, const struct table *tables, size_t count)
{
	struct CMUnitTest *tests;
	size_t total = 0, n = 0;
	for (size_t i = 0; i < count; i++)
		total += tables[i].count;
	tests = calloc(total, sizeof *tests);
	if (!tests)
		abort();
	for (size_t i = 0; i < count; i++) {
		const char *row = tables[i].rows;
		for (size_t k = 0; k < tables[i].count; k++, row += tables[i].size) {
			tests[n].name = *(const char *const *)(const void *)row;
			tests[n].test_func = tables[i].run;
			tests[n++].initial_state = (void *)(uintptr_t)row;
		}
	}
	int failed = _cmocka_run_group_tests(group, tests, total, NULL, NULL);
	free(tests);
	return failed;
}

#endif
