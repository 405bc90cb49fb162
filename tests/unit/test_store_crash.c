/*
 * Exactly once: a delivery is killed before and after its first system call, its second, and so on
 * to the last, and then the same message comes again, as the MTA would send it.
 */
#include "tests/lib/crash.h"
#include "tests/unit/test_store_audit.h"
#include "tests/unit/test_store_scenes.h"

#include <signal.h>

/* ---- the killer ---- */

struct retry {
	const struct scene *scene;
	bool twice; /* the retry is killed as well, at the same stop */
};

static void kill_again(const struct retry *r, struct box *b, size_t n, size_t whole, size_t *copies)
{
	if (r->twice && *copies == 1) {
		scene_kill_at(b, &r->scene->job, n);
		*copies += audit_ended(b, &r->scene->job, whole);
	}
	struct job again = r->scene->job;
	if (box_deliver(b, &again) < 0)
		fail_msg("stop %zu: %s", n, b->err.text);
}

static void check_crashed(const struct retry *r, struct box *b, size_t n, size_t visible)
{
	box_count(b, scene_text);
	if (box_tally.visible != visible || box_tally.torn)
		fail_msg("stop %zu: %zu messages, not %zu; %zu torn", n, box_tally.visible, visible,
			box_tally.torn);
	/*
	 * What was written and not yet recorded is all that may be left, and a maildirsize that was
	 * to be.
	 */
	size_t files = job_folders(&r->scene->job) + (r->scene->job.quota.source == QUOTA_SET);
	if (box_tally.tmp > files * (1 + r->twice))
		fail_msg("stop %zu: %zu files in tmp", n, box_tally.tmp);
	if (uids_with_file(b) != visible)
		fail_msg("stop %zu: %zu UIDs for %zu files", n, uids_with_file(b), visible);
}

/* It is never said that there is more room than there is. */
static void check_quota(const struct retry *r, struct box *b, size_t n, size_t visible)
{
	struct maildirsize m;
	if (r->scene->job.quota.source != QUOTA_SET)
		return;
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY);
	assert_true(root >= 0);
	maildirsize_read(root, &m);
	close(root);
	if (m.valid && m.used.messages < (int64_t)visible)
		fail_msg("stop %zu: %ld messages were counted, not %zu", n, (long)m.used.messages,
			visible);
}

static bool crash_once(const void *context, size_t n)
{
	const struct retry *r = context;
	const struct scene *scene = r->scene;
	struct knowledge before;
	if (n == 0) {
		scene_play(scene);
		return false;
	}
	struct box *b = scene_box(scene, &before);
	size_t copies = 1, folders = job_folders(&scene->job), whole = scene_whole(scene);
	bool killed = scene_kill_at(b, &scene->job, n);
	if (killed) {
		copies += audit_ended(b, &scene->job, whole);
		kill_again(r, b, n, whole, &copies);
	}
	assert_known(b, &before, arena_fmt(b->mem, "call %zu", n).p);
	check_crashed(r, b, n, whole + (copies - 1) * folders);
	check_quota(r, b, n, whole + (copies - 1) * folders);
	box_free(b);
	return killed;
}

static void test_killed(const struct scene *scene, bool twice)
{
	const struct retry retry = {scene, twice};
	/* The second time round some of the stops will do. */
	const struct crash_sweep sweep = {.name = scene->name,
		.try = crash_once,
		.scene = &retry,
		.step = twice ? 5 : 1,
		.least = 80};
	crash_everywhere(&sweep);
}

static void test_once(void **state)
{
	test_killed(*state, false);
}

static void test_twice(void **state)
{
	test_killed(*state, true);
}

/* ---- without a tracer ---- */

/* Killed anywhere, with no help of a tracer, while others deliver. */
static void test_killed_among_others(void **state)
{
	struct box *b = box_new();
	(void)state;
	srand(1);
	for (int i = 0; i < 100; i++) {
		const char *own = arena_fmt(b->mem, "message %d\n", i).p;
		struct job j = {.text = own, .folders = {""}, .unique = true};
		pid_t child = fork();
		if (child == 0)
			_exit(box_deliver(b, &j) == 0 ? 0 : 1);
		usleep((useconds_t)(rand() % 4000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		if (box_deliver(b, &j) < 0)
			fail_msg("%s", b->err.text);
		box_count(b, NULL);
		assert_int_equal(box_tally.visible, i + 1);
	}
	assert_int_equal(uids_with_file(b), 100);
	box_free(b);
}

int main(void)
{
	const struct table once[] = {TABLE(test_once, scenes)};
	const struct table twice[] = {TABLE(test_twice, scenes)};
	const struct table random[] = {
		TABLE_OF_ONE(test_killed_among_others, "killed at random times"),
	};
	/* Thousands of deliveries; what is synced plays no part here, so memory does. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store, killed", once, 1) + table_run("store, killed twice", twice, 1) +
	       table_run("store, killed with no tracer", random, 1);
}
