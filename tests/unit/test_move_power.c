/*
 * The power fails while mda-apply moves messages, or puts them back, or while a folder acts on one.
 * Every state of the disk that is possible then is made (tests/lib/states.h). In each of them:
 *
 *   - each message is there, whole, in its old or its new folder, and not in both; only a folder
 *     that acts, which copies, may have left it in both;
 *   - it has a UID, and no UID means another message than it ever did;
 *   - what had been reported as done is done;
 *   - the next run goes well, and then each message is where it belongs, once.
 */
#include "mda/acts/acts_move.h"
#include "mda/conf/conf.h"
#include "tests/lib/recorder.h"
#include "tests/lib/states.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_apply_box.h"

#include <signal.h>

struct recording {
	const struct scene *scene;
	struct box *box;
	struct disk *disk;
	struct history history; /* of all UIDs, with those of the run that is recorded */
	size_t mark;
};

/* ---- mda-apply ---- */

static int run_and_mark(void *context)
{
	int r = run_apply(context);
	if (r == 0)
		recorder_mark();
	return r;
}

static void record(struct recording *r, const struct scene *scene)
{
	struct run c = {.server = scene->server, .undoes = scene->undoes};
	*r = (struct recording){.scene = scene, .box = make_box(scene, &r->history)};
	c.box = r->box;
	if (scene->undoes)
		run_whole(r->box, scene, false, "before");
	remember(r->box, &r->history, "before");
	r->disk = disk_new(r->box->dir);
	assert_int_equal(recorder_run(r->disk, "lock.mdb", run_and_mark, &c, NULL, NULL), 0);
	if (r->disk->blind)
		fail_msg("the recorder is blind: %s", r->disk->blind);
	remember(r->box, &r->history, "afterwards");
	r->mark = states_mark(r->disk);
	assert_true(r->mark < r->disk->event_count);
}

/* What must be true before anybody repairs anything. */
static void check_crashed(const struct recording *r, struct box *b, size_t count, const char *when)
{
	struct history h = r->history;
	assert_once(b, when);
	remember(b, &h, when);
	if (uids_with_file(b) != MESSAGES)
		fail_msg("%s: %zu files have a UID", when, uids_with_file(b));
	if (count > r->mark)
		assert_all(b, r->scene, &h, !r->scene->undoes, when);
}

static void try_state(void *context, size_t count, const struct disk_image *image)
{
	const struct recording *r = context;
	struct box *b = box_new();
	struct history h = r->history;
	const char *when = arena_fmt(b->mem, "after event %zu", count).p;
	disk_image_write(image, b->dir);
	check_crashed(r, b, count, when);
	run_whole(b, r->scene, r->scene->undoes, when);
	assert_all(b, r->scene, &h, !r->scene->undoes, when);
	box_free(b);
}

static size_t try_all(const struct recording *r, enum disk_rules rules, size_t step)
{
	const struct states states = {
		r->disk, rules, step, r->mark, try_state, (struct recording *)(uintptr_t)r};
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
	assert_int_equal(try_all(&r, rules, workers_step(3, 1)), 0);
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

static const struct scene scenes[] = {
	{"moved", STORE_SERVER_NONE, false},
	{"moved, with Dovecot", STORE_SERVER_DOVECOT, false},
	{"moved, with Courier", STORE_SERVER_COURIER, false},
	{"put back", STORE_SERVER_NONE, true},
	{"put back, with Dovecot", STORE_SERVER_DOVECOT, true},
};

/* ---- a folder that acts ---- */

/* In the box, because a message that is moved is known by the path of its Maildir, too. */
static int act(void *context)
{
	struct box *b = context;
	struct place places[MESSAGES] = {0};
	struct notes notes = {.mem = b->mem};
	const struct conf conf = {.imap_server = STORE_SERVER_NONE};
	const struct acts_folder inbox = {.name = STR_EMPTY, .directory = STR_LIT("")};
	const struct acts a = {.conf = &conf,
		.maildir = "Maildir",
		.state = ".Maildir.mda",
		.notes = &notes,
		.mem = b->mem};
	int r = chdir(b->dir);
	look_into(b, 0, "new", places);
	look_into(b, 0, "cur", places);
	for (size_t i = 0; i < MOVED && r == 0; i++) {
		struct buf kept = {0};
		struct acts_message m = {.folder = &inbox,
			.part = places[i].in_cur ? "cur" : "new",
			.name = str_of(places[i].name)};
		if (places[i].copies && acts_move_read(&a, &m, &kept, &b->err) > 0)
			r = acts_move(&a, &m, STR_LIT("A"), &b->err);
		buf_free(&kept);
	}
	if (r < 0)
		fprintf(stderr, "# %s\n", b->err.text);
	return r < 0 ? 75 : 0;
}

static int act_and_mark(void *context)
{
	int r = act(context);
	if (r == 0)
		recorder_mark();
	return r;
}

static void act_again(struct box *b, const char *when)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(act(b));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: acting ends with status %d", when, status);
}

/* It copies, and removes the old one when the new one is safe: never fewer than one. */
static void try_act(void *context, size_t count, const struct disk_image *image)
{
	const struct recording *r = context;
	struct box *b = box_new();
	struct history h = r->history;
	struct place places[MESSAGES];
	const char *when = arena_fmt(b->mem, "after event %zu", count).p;
	disk_image_write(image, b->dir);
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++)
		if (places[i].copies < 1 || places[i].copies > (i < MOVED ? 2 : 1))
			fail_msg("%s: message %zu is there %zu times", when, i + 1,
				places[i].copies);
	if (count <= r->mark)
		act_again(b, when);
	assert_once(b, when);
	assert_places(b, 1, when);
	remember(b, &h, when);
	box_free(b);
}

static void test_act(void **state)
{
	static const struct scene scene = {"acted on", STORE_SERVER_NONE, false};
	struct recording r = {.scene = &scene};
	size_t tried;
	(void)state;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	r.box = make_box(&scene, &r.history);
	r.disk = disk_new(r.box->dir);
	assert_int_equal(recorder_run(r.disk, "lock.mdb", act_and_mark, r.box, NULL, NULL), 0);
	if (r.disk->blind)
		fail_msg("the recorder is blind: %s", r.disk->blind);
	remember(r.box, &r.history, "afterwards");
	r.mark = states_mark(r.disk);
	const struct states states = {r.disk, DISK_LINUX, workers_step(3, 1), r.mark, try_act, &r};
	assert_int_equal(states_run(&states, &tried), 0);
	print_message(
		"# acted on: %zu events, %zu states of the disk\n", r.disk->event_count, tried);
	forget(&r);
}

/* ---- would it be seen? ---- */

static size_t forget_syncs(struct disk *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->event_count; i++) {
		struct disk_event *e = &d->events[i];
		if (e->kind != DISK_SYNC || !d->nodes[e->node].is_directory)
			continue;
		e->kind = DISK_NOTHING;
		n++;
	}
	return n;
}

static void test_blunder(void **state)
{
	struct recording r;
	(void)state;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	record(&r, &scenes[0]);
	assert_true(forget_syncs(r.disk) > 0);
	assert_int_not_equal(try_all(&r, DISK_LINUX, workers_step(3, 1)), 0);
	forget(&r);
}

int main(void)
{
	const struct table blind[] = {
		TABLE_OF_ONE(test_blunder, "directories are not synced: found out")};
	const struct table on_linux[] = {
		TABLE(test_linux, scenes), TABLE_OF_ONE(test_act, "acted on")};
	const struct table by_posix[] = {TABLE(test_posix, scenes)};
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("move, power lost", on_linux, 2) +
	       table_run("move, power lost, POSIX's rules", by_posix, 1) +
	       table_run("move, syncs that are missing", blind, 1);
}
