/*
 * The power fails while a message is delivered. No device mapper is at hand everywhere, which could
 * forget unsynced writes, so the order of a delivery's writes and syncs is recorded, and every
 * state of the disk is made that a crash after each of them may leave (disk.h): all that was not
 * synced is lost, or kept, or each single change is lost or kept alone, or torn, and some at
 * random. In each of them:
 *
 *   - what the store had acknowledged is there, whole, with its UID;
 *   - nothing that can be seen is torn, or without a UID, or has another one than it had;
 *   - the retry goes well and ends with one copy.
 *
 * By POSIX's own rules a new file's name needs a sync of its directory; then the marker of a
 * message that is not unique may be gone while the message is there, and its retry is a second one.
 * With Linux's file systems, where fsync() of the file brings its name, this must not be.
 */
#include "tests/lib/recorder.h"
#include "tests/lib/states.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store_audit.h"
#include "tests/unit/test_store_scenes.h"

/* ---- the delivery that is recorded ---- */

struct recording {
	struct box *box;
	struct job job;
	struct disk *disk;
	struct knowledge before, acknowledged;
};

static struct knowledge *told; /* shared with the process that delivers */

static void name_directory(struct known *k, const char *folder)
{
	bool has_dot = folder_layout() == FOLDER_FLAT && folder[0];
	snprintf(k->directory, sizeof k->directory, "%s%s", has_dot ? "." : "", folder);
}

/* The store has said that all is there. */
static void tell(struct job *j)
{
	for (size_t i = 0; i < job_folders(j); i++) {
		struct known *k = &told->items[told->count++];
		name_directory(k, j->folders[i]);
		snprintf(k->base, sizeof k->base, STR_FMT, STR_ARGS(j->receipts[i].file_name));
		k->uid = j->receipts[i].uid;
		k->uidvalidity = j->receipts[i].uidvalidity;
	}
	recorder_mark();
}

static int deliver(void *context)
{
	struct recording *r = context;
	return box_deliver(r->box, &r->job) == 0 ? 0 : 1;
}

/* An earlier attempt belongs to it: nothing says that it was synced. */
static void record(struct recording *r, const struct scene *scene)
{
	*r = (struct recording){.job = scene->job};
	r->box = scene_ready(scene, &r->before);
	struct scene_death death = {.box = r->box, .job = scene->job};
	told = workers_share(sizeof *told);
	r->job.stored = tell;
	r->disk = disk_new(r->box->dir);
	if (scene->died)
		assert_true(WIFSIGNALED(
			recorder_run(r->disk, "lock.mdb", scene_die, &death, scene_look, &death)));
	for (int i = 0; i < 1 + scene->ended; i++)
		assert_int_equal(recorder_run(r->disk, "lock.mdb", deliver, r, NULL, NULL), 0);
	if (r->disk->blind)
		fail_msg("the recorder is blind: %s", r->disk->blind);
	r->acknowledged = *told;
	assert_true(r->acknowledged.count >= job_folders(&scene->job));
	workers_unshare(told, sizeof *told);
}

static void forget(struct recording *r)
{
	disk_free(r->disk);
	box_free(r->box);
}

/* ---- one crash ---- */

struct tally {
	size_t bad;
	char first[2048]; /* what was bad */
};

struct trial {
	const struct scene *scene;
	const struct recording *recording;
	enum disk_rules rules;
	struct tally *tally;
	size_t count; /* of events before the crash */
	size_t mark;  /* the event at which the store told of its success */
};

static void complain(const struct trial *t, const char *what, const char *more)
{
	if (__atomic_add_fetch(&t->tally->bad, 1, __ATOMIC_RELAXED) == 1)
		snprintf(t->tally->first, sizeof t->tally->first, "after event %zu: %s %s",
			t->count, what, more);
}

/* What must be true before anybody repairs anything. */
static bool check_crashed(const struct trial *t, struct box *b, struct knowledge *now)
{
	const struct known *lost;
	const char *unknown;
	/* Until it is brought back, the database says nothing. */
	if (t->scene->restores && t->count <= t->mark) {
		*now = (struct knowledge){0};
		return true;
	}
	if (!learn(b, now)) {
		complain(t, "the database cannot be read:", b->err.text);
		return false;
	}
	box_count(b, scene_text);
	if (box_tally.torn)
		complain(t, "torn", "");
	else if (box_tally.visible != now->count)
		complain(t, "a message without a UID", "");
	else if ((lost = unknown_of(&t->recording->before, now)))
		complain(t, "lost, or another UID:", lost->base);
	else if (now->count && (unknown = audit_run(b).unknown))
		complain(t, "the IMAP server does not know", unknown);
	else if (t->count > t->mark && (lost = unknown_of(&t->recording->acknowledged, now)))
		complain(t, "lost, and it was acknowledged:", lost->base);
	else
		return true;
	return false;
}

/*
 * How many messages there may be: once it is over, or its marker lost, the same bytes may be a new
 * message; and they must be one, whatever the loss of power brought back, once the MTA could hear
 * that it is over.
 */
static bool is_right(const struct trial *t, size_t visible)
{
	size_t folders = job_folders(&t->scene->job), once = t->scene->before + folders;
	if (t->count == t->recording->disk->event_count && !t->scene->job.unique)
		return visible == once + folders;
	if (visible == once || t->scene->job.unique)
		return visible == once;
	if (t->rules == DISK_POSIX)
		return visible > once && visible <= once + folders;
	return t->count > t->mark && visible == once + folders;
}

static void check_retried(const struct trial *t, struct box *b, const struct knowledge *crashed)
{
	struct knowledge now;
	const struct known *changed;
	char count[32];
	box_count(b, scene_text);
	snprintf(count, sizeof count, "%zu", box_tally.visible);
	if (!learn(b, &now))
		complain(t, "then the database cannot be read:", b->err.text);
	else if ((changed = unknown_of(crashed, &now)) ||
		 (changed = unknown_of(&t->recording->before, &now)))
		complain(t, "then lost, or another UID:", changed->base);
	else if (box_tally.torn)
		complain(t, "then torn", "");
	else if (!is_right(t, box_tally.visible))
		complain(t, "then messages:", count);
	else if (uids_with_file(b) != box_tally.visible)
		complain(t, "then a message without a UID", "");
	else if (box_tally.tmp > 2 * job_folders(&t->scene->job))
		complain(t, "then too much in tmp", "");
}

static void check(const struct trial *t, const struct disk_image *image)
{
	struct box *b = box_new();
	struct knowledge crashed;
	disk_image_write(image, b->dir);
	struct job again = t->scene->job;
	if (!check_crashed(t, b, &crashed))
		;
	else if (box_deliver(b, &again) < 0)
		complain(t, "the retry:", b->err.text);
	else
		check_retried(t, b, &crashed);
	box_free(b);
}

/* ---- every crash ---- */

static void try_state(void *context, size_t count, const struct disk_image *image)
{
	struct trial t = *(const struct trial *)context;
	t.count = count;
	check(&t, image);
}

/* Returns how many states were bad. */
static size_t try_all(
	const struct scene *scene, const struct recording *r, enum disk_rules rules, size_t step)
{
	struct trial t = {.scene = scene, .recording = r, .rules = rules};
	t.tally = workers_share(sizeof *t.tally);
	t.mark = states_mark(r->disk);
	assert_true(t.mark < r->disk->event_count);
	const struct states states = {r->disk, rules, step, t.mark, try_state, &t};
	size_t tried, failed = states_run(&states, &tried), bad = t.tally->bad;
	print_message("# %s: %zu events, %zu states of the disk, %zu bad\n", scene->name,
		r->disk->event_count, tried, bad);
	if (bad)
		print_message("#   %s\n", t.tally->first);
	workers_unshare(t.tally, sizeof *t.tally);
	return failed + bad;
}

static void test_rules(const struct scene *scene, enum disk_rules rules)
{
	struct recording r;
	if (!tracer_works())
		skip();
	if (workers_in_valgrind()) {
		scene_play(scene);
		return;
	}
	record(&r, scene);
	assert_int_equal(try_all(scene, &r, rules, workers_step(3, 1)), 0);
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

/* ---- would it be seen? ---- */

static bool has_name(const struct disk *d, uint32_t node, const char *name)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].node == node && strcmp(d->slots[i].name, name) == 0)
			return true;
	return false;
}

static bool is_message(const struct disk *d, const struct disk_event *e)
{
	for (size_t i = 0; i < d->event_count; i++)
		if (d->events[i].kind == DISK_WRITE && d->events[i].node == e->node)
			return str_eq(d->events[i].bytes, str_of(scene_text));
	return false;
}

static bool is_directory(const struct disk *d, const struct disk_event *e)
{
	return d->nodes[e->node].is_directory;
}

/* A directory that got another one. */
static bool is_parent(const struct disk *d, const struct disk_event *e)
{
	for (size_t i = 0; i < d->event_count; i++) {
		const struct disk_event *named = &d->events[i];
		bool is_named = named->kind == DISK_NAME || named->kind == DISK_MOVE;
		if (is_named && named->dir == e->node && d->nodes[named->node].is_directory)
			return true;
	}
	return false;
}

static bool is_database(const struct disk *d, const struct disk_event *e)
{
	return e->kind == DISK_SYNC && has_name(d, e->node, "data.mdb");
}

static bool is_meta_page(const struct disk *d, const struct disk_event *e)
{
	(void)d;
	return e->kind == DISK_SYNC_ONE;
}

static bool is_server_file(const struct disk *d, const struct disk_event *e)
{
	return has_name(d, e->node, "dovecot-uidlist");
}

/* A store that forgot one of its syncs must be found out. */
struct blunder {
	const char *name;
	enum store_server server;
	bool (*is_forgotten)(const struct disk *d, const struct disk_event *e);
	const char *folder;
	enum folder_layout layout;
};

static const struct blunder blunders[] = {
	{"a message is not synced", STORE_SERVER_NONE, is_message, "", FOLDER_FLAT},
	{"its folder is not synced", STORE_SERVER_NONE, is_directory, "", FOLDER_FLAT},
	{"the folders above it are not synced", STORE_SERVER_NONE, is_parent, "A/B/C",
		FOLDER_NESTED},
	{"the database is not synced", STORE_SERVER_NONE, is_database, "", FOLDER_FLAT},
	{"the database's first page is not synced", STORE_SERVER_NONE, is_meta_page, "",
		FOLDER_FLAT},
	{"the IMAP server's file is not synced", STORE_SERVER_DOVECOT, is_server_file, "",
		FOLDER_FLAT},
};

static size_t forget_syncs(struct disk *d, const struct blunder *row)
{
	size_t n = 0;
	for (size_t i = 0; i < d->event_count; i++) {
		struct disk_event *e = &d->events[i];
		if ((e->kind != DISK_SYNC && e->kind != DISK_SYNC_ONE) || !row->is_forgotten(d, e))
			continue;
		e->kind = DISK_NOTHING;
		n++;
	}
	return n;
}

static void test_blunder(void **state)
{
	const struct blunder *row = *state;
	const struct scene scene = {.name = row->name,
		.job = {.text = scene_text,
			.folders = {row->folder},
			.unique = true,
			.server = row->server},
		.layout = row->layout,
		.before = 1};
	struct recording r;
	if (!tracer_works())
		skip();
	if (workers_in_valgrind())
		return;
	record(&r, &scene);
	assert_true(forget_syncs(r.disk, row) > 0);
	assert_int_not_equal(try_all(&scene, &r, DISK_LINUX, 1), 0);
	forget(&r);
}

int main(void)
{
	const struct table blind[] = {TABLE(test_blunder, blunders)};
	const struct table on_linux[] = {TABLE(test_linux, scenes)};
	const struct table by_posix[] = {TABLE(test_posix, scenes)};
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store, power lost", on_linux, 1) +
	       table_run("store, power lost, POSIX's rules", by_posix, 1) +
	       table_run("store, syncs that are missing", blind, 1);
}
