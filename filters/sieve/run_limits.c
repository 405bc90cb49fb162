#include "filters/sieve/run_limits.h"

#include "base/io.h"
#include "filters/sieve/run.h"

void run_limits_start(struct sv_run *run)
{
	run->limits = script_limits(run->host);
	run->held = arena_bytes(run->mem);
	run->started = io_cpu_milliseconds();
}

/* Reading the clock costs more than most steps. */
enum { STEPS_BETWEEN_LOOKS = 1 << 20 };

static bool is_late(struct sv_run *run)
{
	if (!run->limits->cpu_milliseconds || run->steps < run->next_look)
		return false;
	run->next_look = run->steps + STEPS_BETWEEN_LOOKS;
	return io_cpu_milliseconds() > run->started + run->limits->cpu_milliseconds;
}

unsigned long long run_steps_left(const struct sv_run *run)
{
	return run->limits->steps - run->steps;
}

/* False when the run, with MORE bytes, takes more memory than it may. */
static bool has_room(struct sv_run *run, size_t more)
{
	size_t most = run->limits->run_memory;
	size_t held = arena_bytes(run->mem) - run->held + arena_bytes(run->scratch) +
		      arena_bytes(run->captures) + run->outside;
	if (held > run->most_held)
		run->most_held = held;
	return most == 0 || (held <= most && more <= most - held);
}

int run_room(struct sv_run *run, const struct sv_node *node, size_t more)
{
	enum { MB = 1 << 20 };
	if (has_room(run, more))
		return 0;
	return run_fail(run, node, "the script takes more than %zu MB of memory",
		run->limits->run_memory / MB);
}

int run_charge(struct sv_run *run, const struct sv_node *node, unsigned long long steps)
{
	bool over = steps > run->limits->steps || run->steps > run->limits->steps - steps;
	if (over)
		return run_fail(
			run, node, "the script takes more than %llu steps", run->limits->steps);
	run->steps += steps;
	if (is_late(run))
		return run_fail(run, node, "the script takes more than %u ms of CPU time",
			run->limits->cpu_milliseconds);
	return run_room(run, node, 0);
}

/* Roughly the time in nanoseconds. */
enum { STEPS_A_QUESTION = 2000 };

int run_ask(struct sv_run *run, const struct sv_node *node)
{
	return run_charge(run, node, STEPS_A_QUESTION);
}

int run_charge_memory(struct sv_run *run, const struct sv_node *node, size_t bytes)
{
	enum { STEPS_A_BYTE = 4 };
	if (run_room(run, node, bytes) < 0)
		return -1;
	return run_charge(run, node, (unsigned long long)bytes * STEPS_A_BYTE);
}
