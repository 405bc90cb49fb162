/*
 * Runs test scripts in the dialect `vnd.dovecot.testsuite`: Sieve with commands that set a message, compile and run
 * other scripts, and look at what they did. Its folders and its mail queue are in memory.
 */
#ifndef TESTS_SIEVE_SVTEST_H
#define TESTS_SIEVE_SVTEST_H

#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

struct svtest_mail {
	struct str bytes;
	struct str_list flags;
};

/* A folder of the runner, or with an empty name its queue of sent mail. */
struct svtest_box {
	struct str name;
	struct svtest_mail *messages;
	size_t count;
	bool deleted;
};

struct svtest_setting {
	struct str name, value;
};

struct svtest_annotation {
	struct str folder, name, value;
};

/* An id that `duplicate` knows until then. */
struct svtest_seen {
	struct str handle, id;
	long long until;
};

struct svtest_saved {
	struct str name;
	struct sv_script *script;
};

/* All that one file sets, which persists to its end. */
struct svtest {
	struct arena *mem;
	struct str path, directory;
	unsigned number; /* tests so far, over all files */
	unsigned failed;
	struct str reason; /* why the current test failed */
	/* under test */
	struct message *msg;
	struct envelope env;
	struct sv_limits limits;
	struct sv_host test_host, host; /* of the test file, and of the scripts that it tests */
	struct sv_input test_input, input;
	struct sv_script *script; /* compiled last */
	struct sv_result result;  /* collected */
	struct str_list errors;   /* of the last compile, run or execute */
	/* the outside world */
	struct svtest_box *boxes;
	size_t box_count;
	struct svtest_box queue;
	struct svtest_setting *settings;
	size_t setting_count;
	struct svtest_annotation *annotations;
	size_t annotation_count;
	struct svtest_seen *seen;
	size_t seen_count;
	struct svtest_saved *saved;
	size_t saved_count;
};

extern const struct sv_ext svtest_ext;

/* The runner of a run of a test script. */
struct svtest *svtest_of(struct sv_run *run);

/* ---- svtest_world.c: what is outside of the engine ---- */

void svtest_world(struct svtest *t);
/* True when the message under test is BYTES now. */
bool svtest_set_message(struct svtest *t, struct str bytes);
void svtest_set(struct svtest *t, struct str name, struct str value);
struct str svtest_get(const struct svtest *t, const char *name);
/* NULL when it does not exist. */
struct svtest_box *svtest_find_box(struct svtest *t, struct str name);
struct svtest_box *svtest_make_box(struct svtest *t, struct str name);
void svtest_annotate(struct svtest *t, struct str folder, struct str name, struct str value);
/* Carries out the collected actions. */
bool svtest_execute(struct svtest *t);

/* ---- svtest_host.c: what the engine asks ---- */

void svtest_host(struct sv_host *host);
/* The ids of the result are seen from now on. */
void svtest_remember(struct svtest *t);

/* ---- svtest_changes.c: the message as an action stores or sends it ---- */

struct str svtest_compose(const struct svtest *t, const struct changes *changes);

/* ---- svtest_script.c: scripts under test ---- */

/* Compiles a file, which is named relative to the test file. False with t->errors. */
bool svtest_compile(struct svtest *t, struct str name);
/* APPEND: to the actions that are collected already. */
bool svtest_run(struct svtest *t, bool append);
/* One after the other, as one delivery does. */
bool svtest_run_all(struct svtest *t, const struct str_list *names);
void svtest_reset(struct svtest *t);
struct str svtest_action_name(const struct sv_action *a);

#endif
