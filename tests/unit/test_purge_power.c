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
#include "tests/lib/power.h"
#include "tests/unit/test_purge_box.h"

struct recording {
	const struct scene *scene;
	struct box *box;
	struct power power;
	uint32_t uids[MESSAGES];
};

static void record(struct recording *r, const struct scene *scene)
{
	struct run c = {.scene = scene};
	power_or_skip();
	*r = (struct recording){.scene = scene, .power.name = scene->name};
	r->box = make_box(scene, r->uids);
	c.box = r->box;
	power_record(&r->power, r->box->dir, run_purge, &c);
}

static void try_state(void *context, size_t count, const struct disk_image *image)
{
	const struct recording *r = context;
	struct box *b = box_new();
	const char *when = arena_fmt(b->mem, "after event %zu", count).p;
	disk_image_write(image, b->dir);
	assert_staying(b, r->scene, when);
	assert_uids(b, r->scene, r->uids, when);
	for (size_t i = 0; i < MESSAGES && count > r->power.mark; i++)
		if (messages[i].goes && find(b, r->scene, i))
			fail_msg("%s: message %zu is back", when, i + 1);
	assert_finishes(b, r->scene, r->uids, when);
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
	(void)state;
	record(&r, &scenes[0]);
	power_forget_syncs(&r.power, DISK_SYNC);
	assert_int_not_equal(power_try(&r.power, DISK_LINUX, try_state, &r), 0);
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
