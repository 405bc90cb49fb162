/*
 * The power fails while mda-purge removes messages. Every state of the disk that is possible then
 * is made (tests/lib/states.h). In each of them:
 *
 *   - what was to stay is there, and each message that is there has the UID that it always had;
 *   - what had been reported as removed is gone;
 *   - the next run removes the rest, and the next delivery gets a UID that no message ever had.
 *
 * The quota's file, which is not synced, is not looked at: it is counted anew when it matters.
 */
#include "tests/lib/recorder.h"
#include "tests/lib/states.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_purge_box.h"

struct recording {
	const struct scene *scene;
	struct box *box;
	struct disk *disk;
	uint32_t uids[MESSAGES];
	size_t mark;
};

static int run_and_mark(void *context)
{
	int r = run_purge(context);
	if (r == 0)
		recorder_mark();
	return r;
}

static void record(struct recording *r, const struct scene *scene)
{
	struct run c = {.scene = scene};
	*r = (struct recording){.scene = scene};
	r->box = make_box(scene, r->uids);
	c.box = r->box;
	r->disk = disk_new(r->box->dir);
	assert_int_equal(recorder_run(r->disk, "lock.mdb", run_and_mark, &c, NULL, NULL), 0);
	if (r->disk->blind)
		fail_msg("the recorder is blind: %s", r->disk->blind);
	r->mark = states_mark(r->disk);
	assert_true(r->mark < r->disk->event_count);
}

static void try_state(void *context, size_t count, const struct disk_image *image)
{
	const struct recording *r = context;
	struct box *b = box_new();
	const char *when = arena_fmt(b->mem, "after event %zu", count).p;
	disk_image_write(image, b->dir);
	assert_staying(b, r->scene, when);
	assert_uids(b, r->scene, r->uids, when);
	for (size_t i = 0; i < MESSAGES && count > r->mark; i++)
		if (messages[i].goes && find(b, r->scene, i))
			fail_msg("%s: message %zu is back", when, i + 1);
	assert_finishes(b, r->scene, r->uids, when);
	box_free(b);
}

static size_t try_all(const struct recording *r, enum disk_rules rules)
{
	const struct states states = {r->disk, rules, workers_step(3, 1), r->mark, try_state,
		(struct recording *)(uintptr_t)r};
	size_t tried, failed = states_run(&states, &tried);
	print_message("# %s: %zu events, %zu states of the disk\n", r->scene->name,
		r->disk->event_count, tried);
	return failed;
}

static void forget(const struct recording *r)
{
	disk_free(r->disk);
	box_free(r->box);
}

static void test_rules(const struct scene *scene, enum disk_rules rules)
{
	struct recording r;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	record(&r, scene);
	assert_int_equal(try_all(&r, rules), 0);
	forget(&r);
}

static void test_linux(void **state)
{
	test_rules(*state, DISK_LINUX);
}

static void test_posix(void **state)
{
	test_rules(*state, DISK_POSIX);
}

/* ---- the scenes ---- */

static const struct scene scenes[] = {
	{"the INBOX", "", STORE_SERVER_NONE, {0}},
	{"the INBOX, with Dovecot", "", STORE_SERVER_DOVECOT, {0}},
	{"a folder, with Courier", "A", STORE_SERVER_COURIER, {0}},
};

/* ---- would it be seen? ---- */

static void test_blunder(void **state)
{
	struct recording r;
	size_t n = 0;
	(void)state;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	record(&r, &scenes[0]);
	for (size_t i = 0; i < r.disk->event_count; i++) {
		struct disk_event *e = &r.disk->events[i];
		bool is_it = e->kind == DISK_SYNC && r.disk->nodes[e->node].is_directory;
		n += is_it;
		e->kind = is_it ? DISK_NOTHING : e->kind;
	}
	assert_true(n > 0);
	assert_int_not_equal(try_all(&r, DISK_LINUX), 0);
	forget(&r);
}

int main(void)
{
	const struct table on_linux[] = {TABLE(test_linux, scenes)};
	const struct table by_posix[] = {TABLE(test_posix, scenes)};
	const struct table blind[] = {
		TABLE_OF_ONE(test_blunder, "directories are not synced: found out")};
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("purge, power lost", on_linux, 1) +
	       table_run("purge, power lost, POSIX's rules", by_posix, 1) +
	       table_run("purge, syncs that are missing", blind, 1);
}
