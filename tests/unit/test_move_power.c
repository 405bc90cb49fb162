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
#include "tests/lib/power.h"
#include "tests/unit/test_apply_box.h"

struct recording {
	const struct scene *scene;
	struct box *box;
	struct power power;
	struct history history; /* of all UIDs, with those of the run that is recorded */
};

/* ---- mda-apply ---- */

static void record(struct recording *r, const struct scene *scene)
{
	struct run c = {.server = scene->server, .undoes = scene->undoes};
	power_or_skip();
	*r = (struct recording){.scene = scene, .power.name = scene->name};
	r->box = make_box(scene, &r->history);
	c.box = r->box;
	if (scene->undoes)
		run_whole(r->box, scene, false, "before");
	remember(r->box, &r->history, "before");
	power_record(&r->power, r->box->dir, run_apply, &c);
	remember(r->box, &r->history, "afterwards");
}

/* What must be true before anybody repairs anything. */
static void check_crashed(const struct recording *r, struct box *b, size_t count, const char *when)
{
	struct history h = r->history;
	assert_once(b, when);
	remember(b, &h, when);
	if (uids_with_file(b) != MESSAGES)
		fail_msg("%s: %zu files have a UID", when, uids_with_file(b));
	if (count > r->power.mark)
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

static void forget(struct recording *r)
{
	power_free(&r->power);
	box_free(r->box);
}

static void test_rules(const struct scene *scene, enum disk_rules rules)
{
	struct recording r;
	record(&r, scene);
	assert_int_equal(power_try(&r.power, rules, try_state, &r), 0);
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
	if (count <= r->power.mark)
		crash_run_whole(act, b, when);
	assert_once(b, when);
	assert_places(b, 1, when);
	remember(b, &h, when);
	box_free(b);
}

static void test_act(void **state)
{
	static const struct scene scene = {"acted on", STORE_SERVER_NONE, false};
	struct recording r = {.scene = &scene, .power.name = scene.name};
	(void)state;
	power_or_skip();
	r.box = make_box(&scene, &r.history);
	power_record(&r.power, r.box->dir, act, r.box);
	remember(r.box, &r.history, "afterwards");
	assert_int_equal(power_try(&r.power, DISK_LINUX, try_act, &r), 0);
	forget(&r);
}

/* ---- would it be seen? ---- */

static void test_blunder(void **state)
{
	struct recording r;
	(void)state;
	record(&r, &scenes[0]);
	power_forget_syncs(&r.power, DISK_SYNC);
	assert_int_not_equal(power_try(&r.power, DISK_LINUX, try_state, &r), 0);
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
