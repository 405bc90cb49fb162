/*
 * A mailbox into which mda-import puts the messages of an mbox file, for the tests that interrupt
 * it: what is where, and what must hold in the end.
 */
#ifndef TESTS_UNIT_TEST_IMPORT_BOX_H
#define TESTS_UNIT_TEST_IMPORT_BOX_H

#include "mda/tools/import/import.h"

#include "base/io.h"
#include "mda/conf/conf.h"
#include "store/store_add.h"
#include "tests/lib/crash.h"
#include "tests/unit/test_uid_history.h"

/* The mbox file has them from the last to the first; the third was delivered before. */
static const char *const texts[] = {
	"Message-ID: <1@x>\nSubject: one\n\n1\n",
	"Message-ID: <2@x>\nSubject: two\n\n2\n",
	"Message-ID: <3@x>\nSubject: three\n\n3\n",
	"Message-ID: <4@x>\nSubject: four\n\n4\n",
	"Message-ID: <5@x>\nSubject: five\n\n5\n",
};
enum { MESSAGES = 5, DELIVERED = 2 };

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

static inline void look_into(struct box *b, const char *part, struct place *places)
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

static inline void find_places(struct box *b, struct place *places)
{
	for (size_t i = 0; i < MESSAGES; i++)
		places[i] = (struct place){.copies = 0};
	look_into(b, "new", places);
	look_into(b, "cur", places);
}

/* ---- UIDs of all times ---- */

static inline size_t text_of(const struct place *places, const struct known *k)
{
	size_t i = 0;
	while (i < MESSAGES && !known_is_file(k, places[i].name))
		i++;
	return i;
}

static inline void remember(struct box *b, struct history *h, const char *when)
{
	struct place places[MESSAGES];
	struct knowledge now;
	find_places(b, places);
	if (!learn(b, &now))
		fail_msg("%s: %s", when, b->err.text);
	for (size_t i = 0; i < now.count; i++) {
		size_t text = text_of(places, &now.items[i]);
		assert_true(text < MESSAGES);
		assert_uid_kept(h, &now.items[i], text, when);
		history_add(h, &now.items[i], text, when);
	}
}

/* ---- the mailbox ---- */

static inline struct box *make_box(const struct scene *scene, struct history *h)
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
	struct crash_point point; /* for what is interrupted */
};

static inline int import_opened(struct import *i, const struct run *c, struct err *err)
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

static inline int run_import(void *context)
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

static inline void run_whole(struct box *b, const struct scene *scene, const char *when)
{
	struct run c = {.box = b, .scene = scene};
	crash_run_whole(run_import, &c, when);
}

/* ---- what must hold in the end ---- */

/* Each message once, with a UID, its flags and its keyword. */
static inline void assert_there(
	struct box *b, const struct scene *scene, struct history *h, const char *when)
{
	struct place places[MESSAGES];
	find_places(b, places);
	remember(b, h, when);
	for (size_t i = 0; i < MESSAGES; i++)
		if (places[i].copies != 1)
			fail_msg("%s: message %zu is there %zu times", when, i + 1,
				places[i].copies);
	const char *flags = strchr(places[1].name, ':');
	const char *wanted = scene->server == STORE_SERVER_DOVECOT ? ":2,Sa" : ":2,S";
	/* A message is stored even if its keyword cannot be. */
	bool without = scene->error && flags && strcmp(flags, ":2,S") == 0;
	if (!without && (!flags || strcmp(flags, wanted) != 0))
		fail_msg("%s: the flags are %s", when, places[1].name);
	if (uids_with_file(b) != MESSAGES)
		fail_msg("%s: %zu files have a UID", when, uids_with_file(b));
}

/* The newest UID of the message. */
static inline uint32_t last_uid(const struct history *h, size_t text)
{
	size_t i = h->count;
	while (i > 0 && h->items[i - 1].text != text)
		i--;
	return i > 0 ? h->items[i - 1].known.uid : 0;
}

/* The same, with UIDs in the order of arrival; only the one that was delivered has another. */
static inline void assert_all(
	struct box *b, const struct scene *scene, struct history *h, const char *when)
{
	uint32_t before = 0;
	assert_there(b, scene, h, when);
	for (size_t i = 0; i < MESSAGES; i++) {
		if (i == DELIVERED)
			continue;
		if (last_uid(h, i) <= before)
			fail_msg("%s: message %zu has no UID in its order", when, i + 1);
		before = last_uid(h, i);
	}
}

/* What the quota's file says is never less than what is there. */
static inline void assert_counted(struct box *b, const struct scene *scene, const char *when)
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

#endif
