/*
 * Runs test scripts in the dialect `vnd.dovecot.testsuite`: Sieve with commands that set a message,
 * compile and run other scripts, and look at what they did. Its folders and its mail queue are in
 * memory.
 */
#ifndef TESTS_SIEVE_SVTEST_H
#define TESTS_SIEVE_SVTEST_H

#include "filters/sieve/check.h"
#include "filters/sieve/run.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"

struct svtest_mail {
	struct str bytes;
	struct str_list flags;
	struct str sender, recipient; /* of the envelope, of what was sent */
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
	/*
	 * What is collected: by scripts that were run, and by the test file itself, whose result it
	 * is.
	 */
	struct sv_result result;
	bool is_scripts;             /* the keep of the result is that of a script that was run */
	const struct changes *given; /* of the message, which that script started with */
	size_t executed;             /* actions that were carried out already */
	bool keep_executed;          /* ... and the implicit keep */
	struct str_list errors;      /* of the last compile, run or execute */
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
/*
 * True when the message under test is BYTES now; the envelope is that of its header, as far as it
 * has one.
 */
bool svtest_set_message(struct svtest *t, struct str bytes);
/* The envelope of what was sent. */
void svtest_set_envelope(struct svtest *t, struct str sender, struct str recipient);
void svtest_set(struct svtest *t, struct str name, struct str value);
struct str svtest_get(const struct svtest *t, const char *name);
bool svtest_same_folder(struct str a, struct str b);
/* NULL when it does not exist. */
struct svtest_box *svtest_find_box(struct svtest *t, struct str name);
struct svtest_box *svtest_make_box(struct svtest *t, struct str name);
void svtest_annotate(struct svtest *t, struct str folder, struct str name, struct str value);
void svtest_put(struct svtest *t, struct svtest_box *b, struct svtest_mail mail);

/* ---- svtest_deliver.c: carries out what was collected ---- */

/* What was not carried out yet, as a delivery does. KEEP is the implicit keep. */
bool svtest_execute(struct svtest *t, const struct sv_action *keep);

/* ---- svtest_conf.c: settings in Dovecot's names, for a delivery ---- */

/* NULL with what is wrong with one. */
const struct conf *svtest_conf(struct svtest *t, struct err *err);
/* With the mailbox that it is for. */
struct envelope svtest_envelope(const struct svtest *t);
/* NULL: they cannot be read. */
struct aliases *svtest_aliases(struct svtest *t, struct str mailbox);

/* ---- svtest_host.c: what the engine asks ---- */

void svtest_host(struct sv_host *host);
/* The ids of the result are seen from now on. */
void svtest_remember(struct svtest *t);

/* ---- svtest_programs.c: programs that scripts run ---- */

/* As run_program() of host.h. */
enum sv_ran svtest_run_program(void *context, const struct sv_program *program, struct arena *mem,
	struct str *output, struct err *err);
/* Carries the pipe A out. */
bool svtest_pipe(struct svtest *t, const struct sv_action *a, struct err *err);

/* ---- svtest_changes.c: the message as an action stores or sends it ---- */

struct str svtest_compose(const struct svtest *t, const struct changes *changes);

/* ---- svtest_script.c: scripts under test ---- */

/* Compiles a file, which is named relative to the test file. False with t->errors. */
bool svtest_compile(struct svtest *t, struct str name);
/*
 * APPEND: to the actions that are collected already. CHANGES: what the test file has made of the
 * message.
 */
bool svtest_run(struct svtest *t, bool append, const struct changes *changes);
/* One after the other, as one delivery does. */
bool svtest_run_all(struct svtest *t, const struct str_list *names);
void svtest_reset(struct svtest *t);
struct str svtest_action_name(const struct sv_action *a);

#endif
