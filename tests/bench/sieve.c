/*
 * sieve RULES ROUNDS: compiles a script with that many rules and runs it on a message of 10 KB,
 * with each engine in turn. Prints the medians in microseconds.
 */
#include "base/io.h"
#include "filters/engines.h"

#include <stdio.h>
#include <stdlib.h>

static void write_script(struct buf *to, unsigned rules)
{
	buf_text(to, "require \"fileinto\";\n");
	for (unsigned i = 0; i < rules; i++)
		buf_fmt(to,
			"if anyof (header :contains [\"subject\", \"list-id\"] \"list%u\",\n"
			"          address :is [\"from\", \"sender\"] \"user%u@example.org\",\n"
			"          header :matches \"x-spam\" \"*score=%u*\") {\n"
			"\tfileinto \"folder%u\";\n\tstop;\n}\n",
			i, i, 1000 + i, i);
}

static void write_message(struct buf *to)
{
	for (unsigned i = 0; i < 10; i++)
		buf_fmt(to,
			"Received: from a%u.example.com (a%u.example.com [10.0.0.%u])\n"
			"\tby mx.example.org with ESMTP id ABC%u; Mon, 1 Jan 2024 00:00:00 +0000\n",
			i, i, i, i);
	buf_text(to, "From: Joe <joe@example.org>\nTo: jane@example.net\nSubject: Re: hello\n"
		     "List-Id: <foo.example.org>\nX-Spam: No, score=5\n\n");
	while (to->n < 10240)
		buf_text(to, "A line of a body that goes on and on and says not much at all.\n");
}

/* 0, or -1 if the engine did not do it. */
static int round_of(const struct sv_engine *engine, struct str script, const struct sv_input *input)
{
	struct arena *mem = arena_new();
	struct sv_errors errors = {0};
	struct sv_result result;
	struct err err;
	struct sv_script *s = engine->compile(STR_LIT("bench"), script, input->host, mem, &errors);
	int r = s ? engine->run(s, input, mem, &result, &err) : -1;
	arena_free(mem);
	return r;
}

static int by_size(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;
	return (x > y) - (x < y);
}

static int measure(const struct sv_engine *engine, struct str script, const struct sv_input *input,
	unsigned rounds, unsigned rules)
{
	long long *spent = mem_alloc(rounds * sizeof *spent);
	int r = 0;
	for (unsigned i = 0; i < rounds && r == 0; i++) {
		long long start = io_microseconds();
		r = round_of(engine, script, input);
		spent[i] = io_microseconds() - start;
	}
	qsort(spent, rounds, sizeof *spent, by_size);
	if (r == 0)
		printf("%-10s %5u rules  %8lld us\n", engine->name, rules, spent[rounds / 2]);
	else
		printf("%-10s %5u rules    failed\n", engine->name, rules);
	free(spent);
	return r;
}

int main(int argc, char **argv)
{
	unsigned rules = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
	struct buf script = {0}, bytes = {0};
	struct err err;
	const char *name;
	int failed = 0;
	write_script(&script, rules);
	write_message(&bytes);
	struct message *msg = message_borrow(buf_str(&bytes), &err);
	struct envelope env = {
		.sender = STR_LIT("joe@example.org"), .recipient = STR_LIT("jane@example.net")};
	struct sv_input input = {.msg = msg, .env = &env};
	for (size_t i = 0; rounds && (name = engines_name(i)); i++)
		failed |= measure(
			engines_find(str_of(name)), buf_str(&script), &input, rounds, rules);
	message_free(msg);
	buf_free(&script);
	buf_free(&bytes);
	return failed ? 1 : 0;
}
