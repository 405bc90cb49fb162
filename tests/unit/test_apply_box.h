/*
 * A mailbox whose messages mda-apply moves, and puts back, for the tests that interrupt it: what is
 * where, and what must hold whenever it was stopped, and in the end.
 */
#ifndef TESTS_UNIT_TEST_APPLY_BOX_H
#define TESTS_UNIT_TEST_APPLY_BOX_H

#include "mda/tools/apply/apply_undo.h"

#include "base/verdict.h"
#include "store/courier_keywords.h"
#include "tests/lib/crash.h"
#include "tests/unit/test_uid_history.h"

/* The first three are to be moved from the INBOX to A; the fourth stays, and A has the fifth. */
static const char *const texts[] = {
	"Subject: one\n\n1\n",
	"Subject: two\n\n2\n",
	"Subject: three\n\n3\n",
	"Subject: four\n\n4\n",
	"Subject: five\n\n5\n",
};
enum { MESSAGES = 5, MOVED = 3 };

struct scene {
	const char *name;
	enum store_server server;
	bool undoes; /* what is tried puts back what a whole run has moved */
};

/* ---- what is where ---- */

static const char *const folders[] = {"Maildir", "Maildir/.A"};

struct place {
	int folder; /* its number; -1: nowhere */
	size_t copies;
	char name[KNOWN_NAME]; /* with its flags */
	bool in_cur;
};

static inline void look_into(struct box *b, int folder, const char *part, struct place *places)
{
	const char *dir = arena_fmt(b->mem, "%s/%s/%s", b->dir, folders[folder], part).p;
	const struct dirent *entry;
	DIR *d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		const char *path = arena_fmt(b->mem, "%s/%s", dir, entry->d_name).p;
		for (size_t i = 0; i < MESSAGES; i++) {
			if (!box_same(path, texts[i]))
				continue;
			places[i].copies++;
			places[i].folder = folder;
			places[i].in_cur = strcmp(part, "cur") == 0;
			snprintf(places[i].name, KNOWN_NAME, "%s", entry->d_name);
		}
	}
	if (d)
		closedir(d);
}

static inline void find_places(struct box *b, struct place *places)
{
	for (size_t i = 0; i < MESSAGES; i++)
		places[i] = (struct place){.folder = -1};
	for (int f = 0; f < 2; f++) {
		look_into(b, f, "new", places);
		look_into(b, f, "cur", places);
	}
}

static inline void assert_once(struct box *b, const char *when)
{
	struct place places[MESSAGES];
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++)
		if (places[i].copies != 1)
			fail_msg("%s: message %zu is there %zu times", when, i + 1,
				places[i].copies);
}

static inline void assert_places(struct box *b, int folder, const char *when)
{
	struct place places[MESSAGES];
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++) {
		int wanted = i < MOVED ? folder : i == MOVED ? 0 : 1;
		if (places[i].folder != wanted)
			fail_msg("%s: message %zu is in folder %d", when, i + 1, places[i].folder);
	}
}

/* ---- UIDs of all times ---- */

/* The message whose file has this base name; MESSAGES: none. */
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
		history_add(h, &now.items[i], text, when);
	}
}

/* ---- the mailbox ---- */

static inline void flag_first(struct box *b)
{
	struct place places[MESSAGES];
	find_places(b, places);
	/* For Courier it is in cur/ already. */
	size_t base = strcspn(places[0].name, ":");
	const char *part = places[0].in_cur ? "cur" : "new";
	const char *from = arena_fmt(b->mem, "Maildir/%s/%s", part, places[0].name).p;
	const char *to = arena_fmt(b->mem, "Maildir/cur/%.*s:2,Sa", (int)base, places[0].name).p;
	assert_int_equal(rename(box_path(b, from), box_path(b, to)), 0);
	box_write(b, "Maildir/dovecot-keywords", "0 work\n");
	box_write(b, "Maildir/.A/dovecot-keywords", "0 other\n");
	assert_int_equal(mkdir(box_path(b, "Maildir/courierimapkeywords"), 0700), 0);
	box_write(b, "Maildir/courierimapkeywords/:list",
		arena_fmt(b->mem, "work\n\n%.*s:0\n", (int)base, places[0].name).p);
}

static inline struct box *make_box(const struct scene *scene, struct history *h)
{
	struct box *b = box_new();
	for (size_t i = 0; i < MESSAGES; i++) {
		struct job job = {.text = texts[i],
			.folders = {i <= MOVED ? "" : "A"},
			.unique = true,
			.server = scene->server};
		if (box_deliver(b, &job) < 0)
			fail_msg("%s", b->err.text);
	}
	flag_first(b);
	h->count = 0;
	remember(b, h, "at first");
	return b;
}

/* ---- a run, in a process of its own ---- */

struct run {
	struct box *box;
	enum store_server server;
	bool undoes;
};

/* As the rules decide it: those that are not in A yet, and all are flagged there. */
static inline void plan(struct apply *a, struct box *b)
{
	struct place places[MESSAGES];
	find_places(b, places);
	for (size_t i = 0; i < MOVED; i++) {
		if (places[i].folder != 0)
			continue;
		struct apply_move *m = ARENA_PUSH(a->mem, a->moves.items, a->moves.count);
		*m = (struct apply_move){.from = STR_EMPTY, .to = STR_LIT(".A"), .number = i};
		m->move.file = arena_cstr(a->mem, str_of(places[i].name));
		m->move.in_cur = places[i].in_cur;
		m->move.base =
			str_slice(str_of(m->move.file), 0, str_find(str_of(m->move.file), ':'));
		m->move.add = FLAG_FLAGGED;
	}
}

static inline void hear_nothing(void *context, struct str folder, struct str base, const char *what)
{
	(void)context;
	(void)folder;
	(void)base;
	(void)what;
}

static inline int run_apply(void *context)
{
	const struct run *c = context;
	struct err err;
	struct apply_recorded recorded;
	struct apply a = {.quiet = true, .mem = arena_new()};
	const char *path = box_path(c->box, "undo");
	const struct store_conf conf = {
		.maildir = c->box->maildir, .state_dir = c->box->state, .server = c->server};
	int r = 0;
	a.store = store_open(&conf, &err);
	if (!a.store)
		r = -1;
	if (r == 0 && c->undoes)
		r = apply_undo_plan(&a, path, c->box->maildir, hear_nothing, NULL, &recorded, &err);
	else if (r == 0)
		plan(&a, c->box);
	struct apply_undo *u = r == 0 ? apply_undo_open(path, &a, &err) : NULL;
	if (u && c->undoes)
		apply_undo_backwards(u);
	a.intend = apply_undo_record;
	a.context = u;
	r = u ? apply_run(&a, &err) : -1;
	if (r < 0)
		fprintf(stderr, "# %s\n", err.text);
	apply_undo_close(u);
	store_close(a.store);
	arena_free(a.mem);
	return r < 0 ? 75 : 0;
}

static inline void run_whole(
	struct box *b, const struct scene *scene, bool undoes, const char *when)
{
	struct run c = {.box = b, .server = scene->server, .undoes = undoes};
	crash_run_whole(run_apply, &c, when);
}

/* ---- what must hold in the end ---- */

static inline void assert_flags(
	struct box *b, const struct scene *scene, bool moved, const char *when)
{
	struct place places[MESSAGES];
	const char *first = scene->server == STORE_SERVER_DOVECOT && moved ? ":2,FSb" : ":2,FSa";
	find_places(b, places);
	for (size_t i = 0; i < MOVED; i++) {
		const char *flags = strchr(places[i].name, ':');
		const char *wanted = i == 0 ? moved ? first : ":2,Sa" : moved ? ":2,F" : ":2,";
		if (!flags || strcmp(flags, wanted) != 0)
			fail_msg("%s: message %zu is %s, not %s", when, i + 1, places[i].name,
				wanted);
	}
}

static inline void assert_courier_keyword(struct box *b, bool moved, const char *when)
{
	struct place places[MESSAGES];
	struct str_list names = {0};
	find_places(b, places);
	int folder = open(box_path(b, folders[moved]), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	struct courier_keywords *k = courier_keywords_read(folder, b->mem, &b->err);
	struct str base = str_slice(str_of(places[0].name), 0, strcspn(places[0].name, ":"));
	assert_non_null(k);
	assert_int_equal(courier_keywords_of(k, base, &names, &b->err), 0);
	if (names.count != 1 || !str_eq(names.items[0], STR_LIT("work")))
		fail_msg("%s: it has %zu keywords of Courier", when, names.count);
	close(folder);
}

static inline void assert_all(
	struct box *b, const struct scene *scene, struct history *h, bool moved, const char *when)
{
	assert_once(b, when);
	assert_places(b, moved ? 1 : 0, when);
	assert_flags(b, scene, moved, when);
	if (scene->server == STORE_SERVER_COURIER)
		assert_courier_keyword(b, moved, when);
	remember(b, h, when);
	if (uids_with_file(b) != MESSAGES)
		fail_msg("%s: %zu files have a UID", when, uids_with_file(b));
}

#endif
