/* The deliveries that are killed, that fail and that lose power: one table for all of these tests. */
#ifndef TESTS_UNIT_TEST_STORE_SCENES_H
#define TESTS_UNIT_TEST_STORE_SCENES_H

#include "tests/lib/tracer.h"
#include "tests/unit/test_store.h"

#include <sys/syscall.h>
#include <sys/wait.h>

/* Of several sectors. */
#define SCENE_LINE                                                                                 \
	"Up to a hundred bytes stand in each of these lines, which are there to be torn in "       \
	"between.\n"
#define SCENE_LINES SCENE_LINE SCENE_LINE SCENE_LINE SCENE_LINE SCENE_LINE
static const char scene_text[] = "Subject: x\n\n" SCENE_LINES SCENE_LINES SCENE_LINES;

struct scene {
	const char *name;
	struct job job; /* of scene_text */
	size_t before;  /* messages that stand in the INBOX already, delivered in the same way */
	void (*prepare)(struct box *b); /* behind them; NULL: nothing else happened */
	bool ended; /* it has been done, but the MTA did not see that: this is the retry */
	bool died;  /* an attempt died when its first file was shown: this is the retry */
};

/* As after a time without a server. */
static inline void scene_lose_server(struct box *b)
{
	assert_int_equal(unlink(box_path(b, "Maildir/dovecot-uidlist")), 0);
}

static inline void scene_tear_server(struct box *b)
{
	FILE *f = fopen(box_path(b, "Maildir/dovecot-uidlist"), "a");
	assert_non_null(f);
	assert_true(fputs("77 :to", f) > 0);
	assert_int_equal(fclose(f), 0);
}

struct scene_death {
	struct box *box;
	struct job job;
	bool shown;
};

static inline int scene_die(void *context)
{
	struct scene_death *d = context;
	return box_deliver(d->box, &d->job);
}

static inline enum tracer_wish scene_look(void *context, const struct tracer_call *call)
{
	struct scene_death *d = context;
	char to[5] = "";
	if (call->entry && call->call == SYS_linkat)
		(void)tracer_string(call, call->arguments[3], to, sizeof to);
	if (call->entry)
		d->shown = memcmp(to, "new/", 4) == 0 || memcmp(to, "cur/", 4) == 0;
	return !call->entry && d->shown ? TRACER_KILL : TRACER_GO_ON;
}

static const struct scene scenes[] = {
	{.name = "the first message of a mailbox",
		.job = {.text = scene_text, .folders = {""}, .unique = true}},
	{.name = "three folders",
		.job = {.text = scene_text, .folders = {"", "A", "B"}, .unique = true},
		.before = 1},
	{.name = "with flags",
		.job = {.text = scene_text, .folders = {"A"}, .unique = true, .flags = 1},
		.before = 1},
	{.name = "not unique", .job = {.text = scene_text, .folders = {"", "A"}}, .before = 1},
	{.name = "with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2},
	{.name = "with Dovecot, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}, .server = STORE_SERVER_DOVECOT},
		.before = 1},
	{.name = "Dovecot's file lost",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_lose_server},
	{.name = "Dovecot's file torn",
		.job = {.text = scene_text,
			.folders = {""},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_tear_server},
	{.name = "with Courier",
		.job = {.text = scene_text,
			.folders = {"A"},
			.unique = true,
			.server = STORE_SERVER_COURIER},
		.before = 1},
	{.name = "a retry",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 1,
		.died = true},
	{.name = "a retry of what is done",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 1,
		.ended = true},
	{.name = "a retry of what is done, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 1,
		.ended = true},
	{.name = "a retry, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}},
		.before = 1,
		.died = true},
	{.name = "a retry with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 1,
		.died = true},
	{.name = "a retry with Courier, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}, .server = STORE_SERVER_COURIER},
		.before = 1,
		.died = true},
};

/* The mailbox as it stands before the delivery and its attempts. */
static inline struct box *scene_ready(const struct scene *scene)
{
	struct box *b = box_new();
	for (size_t i = 0; i < scene->before; i++) {
		struct job other = {.text = scene_text,
			.id = i ? "one before" : "another before",
			.folders = {""},
			.unique = true,
			.server = scene->job.server};
		assert_int_equal(box_deliver(b, &other), 0);
	}
	if (scene->prepare)
		scene->prepare(b);
	return b;
}

/* How many messages it has when all is done. */
static inline size_t scene_whole(const struct scene *scene)
{
	return scene->before + job_folders(&scene->job);
}

/* The mailbox as it stands before the attempt that counts. */
static inline struct box *scene_box(const struct scene *scene)
{
	struct box *b = scene_ready(scene);
	struct job job = scene->job;
	struct scene_death death = {.box = b, .job = scene->job};
	if (scene->ended)
		assert_int_equal(box_deliver(b, &job), 0);
	if (scene->died)
		assert_true(WIFSIGNALED(tracer_run(scene_die, &death, scene_look, &death)));
	return b;
}

#endif
