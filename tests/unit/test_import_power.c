/*
 * The power fails while mda-import imports an mbox file. Every state of the disk that is possible
 * then is made (tests/lib/states.h). In each of them:
 *
 *   - no message is there in part or twice, and what was there before still is;
 *   - no UID means another message than it ever did;
 *   - what had been reported as done is done: all messages are there, once;
 *   - the next run goes well, and then all messages are there, once; those that the disk had lost
 *     have later UIDs than the others.
 *
 * The quota's file, which is not synced, is not looked at: it is counted anew when it matters.
 */
#include "tests/lib/power.h"
#include "tests/unit/test_import_box.h"

struct recording {
	const struct scene *scene;
	struct box *box;
	struct power power;
	struct history before; /* of all UIDs, until the run that is recorded */
	struct history all;    /* with those of that run, of which some may have been lost */
};

static void record(struct recording *r, const struct scene *scene)
{
	struct run c = {.scene = scene};
	power_or_skip();
	*r = (struct recording){.scene = scene, .power.name = scene->name};
	r->box = make_box(scene, &r->before);
	c.box = r->box;
	power_record(&r->power, r->box->dir, run_import, &c);
	r->all = r->before;
	remember(r->box, &r->all, "afterwards");
}

/* The letter of a keyword in a name means nothing without the server's file of keywords. */
static void assert_keyword(struct box *b, const struct place *places, const char *when)
{
	const char *flags = strchr(places[1].name, ':'),
		   *path = box_path(b, "Maildir/dovecot-keywords");
	char line[64] = "";
	if (!places[1].copies || !flags || strcmp(flags, ":2,Sa") != 0)
		return;
	FILE *f = fopen(path, "r");
	bool known = f && fgets(line, sizeof line, f) && strcmp(line, "0 work\n") == 0;
	if (f)
		fclose(f);
	if (!known)
		fail_msg("%s: the keyword has no name", when);
}

/* A UID that was lost may be given again, but not to another message. */
static void assert_no_other(const struct recording *r, const struct history *h, const char *when)
{
	struct history all = r->all;
	for (size_t i = 0; i < h->count; i++)
		history_add(&all, &h->items[i].known, h->items[i].text, when);
}

static void try_state(void *context, size_t count, const struct disk_image *image)
{
	const struct recording *r = context;
	struct box *b = box_new();
	struct history h = r->before;
	struct place places[MESSAGES];
	const char *when = arena_fmt(b->mem, "after event %zu", count).p;
	disk_image_write(image, b->dir);
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++)
		if (places[i].copies > 1 || (i == DELIVERED && places[i].copies == 0))
			fail_msg("%s: message %zu is there %zu times", when, i + 1,
				places[i].copies);
	assert_keyword(b, places, when);
	remember(b, &h, when);
	if (count > r->power.mark)
		assert_all(b, r->scene, &h, when);
	else if (count == 0)
		assert_int_equal(places[0].copies, 0); /* nothing was imported yet */
	run_whole(b, r->scene, when);
	assert_there(b, r->scene, &h, when);
	assert_no_other(r, &h, when);
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
	{"alone", STORE_SERVER_NONE, {0}, 0, false},
	{"with Dovecot", STORE_SERVER_DOVECOT, {0}, 0, false},
	{"with Courier", STORE_SERVER_COURIER, {0}, 0, false},
};

/* ---- would it be seen? ---- */

static const struct blunder {
	const char *name;
	enum disk_kind kind;
} blunders[] = {
	{"messages are not synced: found out", DISK_SYNC_ALL},
	{"directories are not synced: found out", DISK_SYNC},
};

static void test_blunder(void **state)
{
	const struct blunder *row = *state;
	struct recording r;
	record(&r, &scenes[0]);
	power_forget_syncs(&r.power, row->kind);
	assert_int_not_equal(power_try(&r.power, DISK_LINUX, try_state, &r), 0);
	forget(&r);
}

int main(void)
{
	const struct table on_linux[] = {TABLE(test_linux, scenes)};
	const struct table by_posix[] = {TABLE(test_posix, scenes)};
	const struct table blind[] = {TABLE(test_blunder, blunders)};
	setenv("TZ", "UTC", 1);
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("import, power lost", on_linux, 1) +
	       table_run("import, power lost, POSIX's rules", by_posix, 1) +
	       table_run("import, syncs that are missing", blind, 1);
}
