/*
 * mda-import may be interrupted at any time: it is killed at each of its system calls, or one of
 * them fails, and then it is run again. Each message is there once in the end, the UIDs are in the
 * order of arrival, and no UID ever means two messages.
 */
#include "mda/tools/import/import.h"

#include "base/io.h"
#include "mda/conf/conf.h"
#include "store/store_add.h"
#include "tests/lib/crash.h"
#include "tests/lib/tracer.h"
#include "tests/unit/test_store_audit.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The mbox file has them from the last to the first; the third was delivered before. */
static const char *const texts[] = {
	"Message-ID: <1@x>\nSubject: one\n\n1\n",
	"Message-ID: <2@x>\nSubject: two\n\n2\n",
	"Message-ID: <3@x>\nSubject: three\n\n3\n",
	"Message-ID: <4@x>\nSubject: four\n\n4\n",
	"Message-ID: <5@x>\nSubject: five\n\n5\n",
};
enum { MESSAGES = 5, DELIVERED = 2, STEP = 2, HISTORY = 200 };

struct scene {
	const char *name;
	enum store_server server;
	struct quota_conf quota;
	int error;      /* calls fail with it; 0: the process is killed */
	bool pretended; /* they are carried out, and seem to fail */
};

/* ---- what is where ---- */

struct place {
	size_t copies;
	char name[KNOWN_NAME];
};

static void look_into(struct box *b, const char *part, struct place *places)
{
	const char *dir = arena_fmt(b->mem, "%s/Maildir/%s", b->dir, part).p;
	const struct dirent *entry;
	DIR *d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		const char *path = arena_fmt(b->mem, "%s/%s", dir, entry->d_name).p;
		bool known = false;
		for (size_t i = 0; i < MESSAGES; i++) {
			if (!box_same(path, texts[i]))
				continue;
			known = true;
			places[i].copies++;
			snprintf(places[i].name, KNOWN_NAME, "%s", entry->d_name);
		}
		if (!known)
			fail_msg("%s is half a message", entry->d_name);
	}
	if (d)
		closedir(d);
}

static void find_places(struct box *b, struct place *places)
{
	for (size_t i = 0; i < MESSAGES; i++)
		places[i] = (struct place){.copies = 0};
	look_into(b, "new", places);
	look_into(b, "cur", places);
}

/* ---- UIDs of all times ---- */

struct history {
	struct {
		uint32_t validity, uid;
		size_t text;
	} items[HISTORY];
	size_t count;
	uint32_t last[MESSAGES]; /* the newest UID of each message */
};

static size_t text_of(const struct place *places, const struct known *k)
{
	size_t n = strlen(k->base), i = 0;
	while (i < MESSAGES && (strncmp(places[i].name, k->base, n) != 0 ||
				       (places[i].name[n] && places[i].name[n] != ':')))
		i++;
	return i;
}

static void remember(struct box *b, struct history *h, const char *when)
{
	struct place places[MESSAGES];
	struct knowledge now;
	find_places(b, places);
	if (!learn(b, &now))
		fail_msg("%s: %s", when, b->err.text);
	for (size_t i = 0; i < now.count; i++) {
		const struct known *k = &now.items[i];
		size_t text = text_of(places, k);
		assert_true(text < MESSAGES);
		for (size_t j = 0; j < h->count; j++) {
			bool same_uid =
				h->items[j].uid == k->uid && h->items[j].validity == k->uidvalidity;
			if (same_uid != (h->items[j].text == text))
				fail_msg("%s: UID %lu, message %zu: not what it was", when,
					(unsigned long)k->uid, text + 1);
		}
		assert_true(h->count < HISTORY);
		h->items[h->count].uid = k->uid;
		h->items[h->count].validity = k->uidvalidity;
		h->items[h->count++].text = text;
		h->last[text] = k->uid;
	}
}

/* ---- the mailbox ---- */

static struct box *make_box(const struct scene *scene, struct history *h)
{
	struct box *b = box_new();
	struct buf mbox = {0};
	struct job job = {.text = texts[DELIVERED], .folders = {""}, .server = scene->server};
	if (box_deliver(b, &job) < 0)
		fail_msg("%s", b->err.text);
	for (size_t i = MESSAGES; i-- > 0;) {
		buf_fmt(&mbox, "From a@b Thu Nov %zu 22:33:52 2001\n", 10 + i);
		/* One is read and has a keyword. */
		buf_text(&mbox, i == 1 ? "Status: RO\nX-Keywords: work\n" : "");
		buf_fmt(&mbox, "%s\n", texts[i]);
	}
	box_write(b, "mbox", buf_cstr(&mbox));
	buf_free(&mbox);
	h->count = 0;
	remember(b, h, "at first");
	return b;
}

/* ---- a run, in a process of its own ---- */

struct run {
	struct box *box;
	const struct scene *scene;
	struct crash_point point;
};

static int import_opened(struct import *i, const struct run *c, struct err *err)
{
	const struct conf conf = {.layout = FOLDER_FLAT};
	const struct import_wishes wishes = {
		.path = box_path(c->box, "mbox"), .folder = STR_EMPTY, .conf = &conf};
	const struct store_conf store = {.maildir = c->box->maildir,
		.state_dir = c->box->state,
		.server = c->scene->server,
		.quota = c->scene->quota};
	if (import_source_open(&i->source, &wishes, err) < 0)
		return -1;
	i->store = store_open(&store, err);
	return i->store ? import_run(i, err) : -1;
}

static int run_import(void *context)
{
	struct run *c = context;
	struct err err;
	struct arena *mem = arena_new();
	struct import i = {.maildir = c->box->maildir,
		.quiet = true,
		.source = {.fd = -1, .mem = mem},
		.mem = mem};
	int r = import_opened(&i, c, &err);
	if (r < 0)
		fprintf(stderr, "# %s\n", err.text);
	store_close(i.store);
	import_source_close(&i.source);
	arena_free(mem);
	return r < 0 ? 75 : 0;
}

/* The calls that write, and of these those that move a name. */
static const long failing[] = {SYS_renameat2, SYS_unlinkat, SYS_linkat, SYS_rename, SYS_write,
	SYS_pwrite64, SYS_writev, SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_utimensat, SYS_openat2,
	SYS_mkdirat};
enum { MOVING = 4 };

static bool may_fail(const struct scene *scene, const struct tracer_call *call)
{
	size_t n = scene->pretended ? MOVING : sizeof failing / sizeof *failing;
	for (size_t i = 0; i < n; i++)
		if (failing[i] == call->call)
			return true;
	return scene->error == 0;
}

static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	struct run *c = context;
	if (!call->entry || !may_fail(c->scene, call) || !crash_is_here(&c->point))
		return TRACER_GO_ON;
	if (c->scene->error == 0)
		return TRACER_KILL;
	(c->scene->pretended ? tracer_pretend : tracer_fail)(call, c->scene->error);
	return TRACER_GO_ON;
}

static void run_whole(struct box *b, const struct scene *scene, const char *when)
{
	struct run c = {.box = b, .scene = scene};
	crash_run_whole(run_import, &c, when);
}

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .scene = scene, .point = {.at = n}};
	int status = tracer_run(run_import, &c, look, &c);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	bool failed = WEXITSTATUS(status) == 75 && scene->error;
	assert_true(WEXITSTATUS(status) == 0 || failed);
	return c.point.seen >= n;
}

/* ---- what must hold in the end ---- */

static void assert_all(
	struct box *b, const struct scene *scene, struct history *h, const char *when)
{
	struct place places[MESSAGES];
	uint32_t before = 0;
	find_places(b, places);
	remember(b, h, when);
	for (size_t i = 0; i < MESSAGES; i++) {
		if (places[i].copies != 1)
			fail_msg("%s: message %zu is there %zu times", when, i + 1,
				places[i].copies);
		if (i == DELIVERED)
			continue;
		if (h->last[i] <= before)
			fail_msg("%s: message %zu has no UID in its order", when, i + 1);
		before = h->last[i];
	}
	const char *flags = strchr(places[1].name, ':');
	const char *wanted = scene->server == STORE_SERVER_DOVECOT ? ":2,Sa" : ":2,S";
	/* A message is stored even if its keyword cannot be. */
	bool without = scene->error && flags && strcmp(flags, ":2,S") == 0;
	if (!without && (!flags || strcmp(flags, wanted) != 0))
		fail_msg("%s: the flags are %s", when, places[1].name);
	if (uids_with_file(b) != MESSAGES)
		fail_msg("%s: %zu files have a UID", when, uids_with_file(b));
}

/* What the quota's file says is never less than what is there. */
static void assert_counted(struct box *b, const struct scene *scene, const char *when)
{
	struct maildirsize m;
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY);
	if (scene->quota.source == QUOTA_SET) {
		maildirsize_read(root, &m);
		if (!m.valid || m.used.messages < MESSAGES)
			fail_msg("%s: %lld messages are counted", when, (long long)m.used.messages);
	}
	close(root);
}

/* With N 0 it is not stopped. */
static bool crash_once(const void *context, size_t n)
{
	const struct scene *scene = context;
	struct history h;
	struct box *b = make_box(scene, &h);
	const char *when = arena_fmt(b->mem, "stop %zu", n).p;
	bool killed = n > 0 && kill_at(b, scene, n);
	remember(b, &h, when);
	run_whole(b, scene, when);
	assert_all(b, scene, &h, when);
	assert_counted(b, scene, when);
	/* And once more: then nothing is left to do. */
	run_whole(b, scene, when);
	assert_all(b, scene, &h, when);
	box_free(b);
	return killed;
}

/* ---- the scenes ---- */

static const struct scene scenes[] = {
	{"alone", STORE_SERVER_NONE, {0}, 0, false},
	{"with Dovecot", STORE_SERVER_DOVECOT, {0}, 0, false},
	{"with Courier", STORE_SERVER_COURIER, {0}, 0, false},
	{"calls fail", STORE_SERVER_DOVECOT, {0}, EIO, false},
	{"the disk is full", STORE_SERVER_NONE, {0}, ENOSPC, false},
	{"calls seem to fail", STORE_SERVER_DOVECOT, {0}, EIO, true},
	{"with a quota", STORE_SERVER_DOVECOT, {.source = QUOTA_SET, .limits = {100000, 100}}, 0,
		false},
};

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, crash_once, scene, STEP,
		scene->pretended ? 4
		: scene->error   ? 30
				 : 100};
	crash_everywhere(&sweep);
}

/* ---- a quota that has room for some of them ---- */

static void test_full(void **state)
{
	const struct scene scene = {
		"", STORE_SERVER_NONE, {.source = QUOTA_SET, .limits = {.messages = 4}}, 0, false};
	struct history h;
	struct box *b = make_box(&scene, &h);
	struct run c = {.box = b, .scene = &scene};
	struct place places[MESSAGES];
	(void)state;
	assert_int_equal(crash_run(run_import, &c), 75);
	/* One was there, so three more have room: those that arrived first. */
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++)
		assert_int_equal(places[i].copies, i < MESSAGES - 1);
	assert_int_equal(uids_with_file(b), MESSAGES - 1);
	box_count(b, NULL);
	assert_int_equal(box_tally.tmp, 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_killed, scenes), TABLE_OF_ONE(test_full, "a quota")};
	setenv("TZ", "UTC", 1);
	return table_run("import_crash", tables, sizeof tables / sizeof *tables);
}
