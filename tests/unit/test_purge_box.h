/*
 * A mailbox from which mda-purge removes messages, for the tests that interrupt it: what is where,
 * and what must hold whenever it was stopped.
 */
#ifndef TESTS_UNIT_TEST_PURGE_BOX_H
#define TESTS_UNIT_TEST_PURGE_BOX_H

#include "mda/tools/purge/purge.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/path.h"
#include "tests/lib/crash.h"
#include "tests/unit/test_uid_history.h"

/* Those that were read are removed, but for the flagged one. */
static const struct {
	const char *text, *flags;
	bool goes;
} messages[] = {
	{"Subject: one\n\n1\n", "S", true},
	{"Subject: two\n\n2\n", "", false},
	{"Subject: three\n\n3\n", "FS", false},
	{"Subject: four\n\n4\n", "RS", true},
	{"Subject: five\n\n5\n", "S", true},
};
enum { MESSAGES = 5, STAYING = 2 };

struct scene {
	const char *name, *folder;
	enum store_server server;
	struct quota_conf quota;
};

/* ---- the mailbox ---- */

static inline void deliver(
	struct box *b, const struct scene *scene, const char *text, uint32_t *uid)
{
	struct job job = {.text = text,
		.folders = {scene->folder},
		.server = scene->server,
		.quota = scene->quota};
	if (box_deliver(b, &job) < 0)
		fail_msg("%s", b->err.text);
	*uid = job.receipts[0].uid;
}

static const char *directory_of(struct box *b, const struct scene *scene)
{
	return arena_fmt(
		b->mem, "%s/Maildir/%s%s", b->dir, scene->folder[0] ? "." : "", scene->folder)
		.p;
}

/* The path of the message; NULL: it is gone. */
static const char *find(struct box *b, const struct scene *scene, size_t message)
{
	const char *found = NULL;
	for (int i = 0; i < 2; i++) {
		const char *dir =
			arena_fmt(b->mem, "%s/%s", directory_of(b, scene), i ? "cur" : "new").p;
		const struct dirent *entry;
		DIR *d = opendir(dir);
		while (d && (entry = readdir(d))) {
			const char *path = arena_fmt(b->mem, "%s/%s", dir, entry->d_name).p;
			if (entry->d_name[0] == '.' || !box_same(path, messages[message].text))
				continue;
			assert_null(found);
			found = path;
		}
		if (d)
			closedir(d);
	}
	return found;
}

static inline struct box *make_box(const struct scene *scene, uint32_t *uids)
{
	struct box *b = box_new();
	for (size_t i = 0; i < MESSAGES; i++) {
		deliver(b, scene, messages[i].text, &uids[i]);
		const char *from = find(b, scene, i), *name = strrchr(from, '/') + 1;
		if (!messages[i].flags[0])
			continue;
		const char *to = arena_fmt(b->mem, "%s/cur/%.*s:2,%s", directory_of(b, scene),
			(int)strcspn(name, ":"), name, messages[i].flags)
					 .p;
		assert_int_equal(rename(from, to), 0);
	}
	return b;
}

/* ---- a run, in a process of its own ---- */

struct run {
	struct box *box;
	const struct scene *scene;
};

static inline int run_purge(void *context)
{
	const struct run *c = context;
	const struct purge_rules rules = {.seen = true};
	struct err err;
	struct purge p = {
		.maildir = c->box->maildir, .quiet = true, .now = time(NULL), .mem = arena_new()};
	const struct store_conf store = {.maildir = c->box->maildir,
		.state_dir = c->box->state,
		.server = c->scene->server,
		.quota = c->scene->quota};
	p.root = path_open_dir_itself(c->box->maildir);
	p.store = store_open(&store, &err);
	int r = p.store ? purge_add(&p, str_of(c->scene->folder), false, true, &rules, &err) : -1;
	if (r == 0)
		r = purge_run(&p, &err);
	if (r < 0)
		fprintf(stderr, "# %s\n", err.text);
	store_close(p.store);
	close(p.root);
	arena_free(p.mem);
	return r < 0 ? 75 : 0;
}

static inline void run_whole(struct box *b, const struct scene *scene, const char *when)
{
	struct run c = {.box = b, .scene = scene};
	crash_run_whole(run_purge, &c, when);
}

/* ---- what must hold ---- */

/* Each message that is there has the UID that it always had. */
static inline void assert_uids(
	struct box *b, const struct scene *scene, const uint32_t *uids, const char *when)
{
	struct knowledge now;
	if (!learn(b, &now))
		fail_msg("%s: %s", when, b->err.text);
	for (size_t i = 0; i < MESSAGES; i++) {
		const char *path = find(b, scene, i);
		if (!path)
			continue;
		size_t k = 0;
		while (k < now.count && !known_is_file(&now.items[k], strrchr(path, '/') + 1))
			k++;
		if (k == now.count || now.items[k].uid != uids[i])
			fail_msg("%s: message %zu has another UID", when, i + 1);
	}
}

static inline void assert_staying(struct box *b, const struct scene *scene, const char *when)
{
	for (size_t i = 0; i < MESSAGES; i++)
		if (!messages[i].goes && !find(b, scene, i))
			fail_msg("%s: message %zu is gone", when, i + 1);
}

/* Not less than what is there; in a folder that does not count, nothing. */
static inline void assert_counted(
	struct box *b, const struct scene *scene, size_t there, const char *when)
{
	struct maildirsize m;
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY);
	if (scene->quota.source == QUOTA_SET) {
		maildirsize_read(root, &m);
		size_t least = strcmp(scene->folder, "Trash") == 0 ? 0 : there;
		if (m.is_there && (!m.valid || m.used.messages < (int64_t)least))
			fail_msg("%s: %lld messages are counted, of %zu", when,
				(long long)m.used.messages, least);
	}
	close(root);
}

/* It is run again, and mail comes: nothing is left to do, and no UID is given twice. */
static inline void assert_finishes(
	struct box *b, const struct scene *scene, const uint32_t *uids, const char *when)
{
	uint32_t next, last = 0;
	run_whole(b, scene, when);
	assert_staying(b, scene, when);
	assert_uids(b, scene, uids, when);
	box_count(b, NULL);
	if (box_tally.visible != STAYING)
		fail_msg("%s: %zu messages are there", when, box_tally.visible);
	assert_counted(b, scene, STAYING, when);
	for (size_t i = 0; i < MESSAGES; i++)
		last = uids[i] > last ? uids[i] : last;
	deliver(b, scene, "Subject: next\n\nx\n", &next);
	if (next <= last)
		fail_msg("%s: the UID %lu is given again", when, (unsigned long)next);
}

#endif
