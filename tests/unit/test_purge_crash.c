/*
 * mda-purge may be interrupted at any time: it is killed at each of its system calls. What it was
 * not to remove is there with its UID, what it was to remove is there as it was or gone, a second
 * run removes the rest, and the next delivery gets a UID that no message ever had.
 */
#include "tests/unit/test_purge_box.h"

enum { STEP = 3 };

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .scene = scene};
	return crash_kill(run_purge, &c, n);
}

/* With N 0 it is not stopped. */
static bool crash_once(const void *context, size_t n)
{
	const struct scene *scene = context;
	uint32_t uids[MESSAGES];
	struct box *b = make_box(scene, uids);
	const char *when = arena_fmt(b->mem, "stop %zu", n).p;
	bool killed = n > 0 && kill_at(b, scene, n);
	assert_staying(b, scene, when);
	assert_uids(b, scene, uids, when);
	box_count(b, NULL);
	assert_counted(b, scene, box_tally.visible, when);
	assert_finishes(b, scene, uids, when);
	box_free(b);
	return killed;
}

/* ---- the scenes ---- */

#define QUOTA                                                                                      \
	{                                                                                          \
		.source = QUOTA_SET, .limits = { 100000, 100 }                                     \
	}
static const struct scene scenes[] = {
	{"the INBOX", "", STORE_SERVER_NONE, QUOTA},
	{"the INBOX, with Dovecot", "", STORE_SERVER_DOVECOT, QUOTA},
	{"the Trash, with Dovecot", "Trash", STORE_SERVER_DOVECOT, QUOTA},
	{"a folder, with Courier", "A", STORE_SERVER_COURIER, QUOTA},
};

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, crash_once, scene, STEP, 60};
	crash_everywhere(&sweep);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_killed, scenes)};
	return table_run("purge_crash", tables, sizeof tables / sizeof *tables);
}
