#include "tests/lib/power.h"

#include "tests/lib/recorder.h"
#include "tests/lib/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct marked {
	crash_work *work;
	void *context;
};

static int run_and_mark(void *context)
{
	const struct marked *m = context;
	int r = m->work(m->context);
	if (r == 0)
		recorder_mark();
	return r;
}

void power_or_skip(void)
{
	if (!tracer_works() || workers_in_valgrind())
		skip();
}

void power_record(struct power *p, const char *dir, crash_work *work, void *context)
{
	struct marked m = {work, context};
	p->disk = disk_new(dir);
	assert_int_equal(recorder_run(p->disk, "lock.mdb", run_and_mark, &m, NULL, NULL), 0);
	if (p->disk->blind)
		fail_msg("the recorder is blind: %s", p->disk->blind);
	p->mark = states_mark(p->disk);
	assert_true(p->mark < p->disk->event_count);
}

size_t power_try(const struct power *p, enum disk_rules rules, states_try *try, void *context)
{
	const struct states states = {p->disk, rules, workers_step(3, 1), p->mark, try, context};
	size_t tried, failed = states_run(&states, &tried);
	print_message(
		"# %s: %zu events, %zu states of the disk\n", p->name, p->disk->event_count, tried);
	return failed;
}

void power_forget_syncs(struct power *p, enum disk_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < p->disk->event_count; i++) {
		struct disk_event *e = &p->disk->events[i];
		if (e->kind != kind || (kind == DISK_SYNC && !p->disk->nodes[e->node].is_directory))
			continue;
		e->kind = DISK_NOTHING;
		n++;
	}
	assert_true(n > 0);
}

void power_free(struct power *p)
{
	disk_free(p->disk);
}
