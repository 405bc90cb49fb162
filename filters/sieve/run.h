/*
 * A run of a script: walks the compiled tree and collects actions. Functions that extensions call
 * at run time are here; they are in run.c and in the files whose names start with run_. A function
 * that fails has reported why with run_fail().
 */
#ifndef FILTERS_SIEVE_RUN_H
#define FILTERS_SIEVE_RUN_H

#include "filters/sieve/run_data.h"

struct match;
struct match_key;

/* Runs SCRIPT: 0, or -1 with *ERR filled. *RESULT is in MEM. */
int run_script(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
	struct sv_result *result, struct err *err);

/* ---- walking ---- */

enum sv_flow run_block(struct sv_run *run, const struct sv_block *block);
/*
 * Runs another script, compiled for the same host, within this run. Its SV_RETURN ends only that
 * script.
 */
enum sv_flow run_other(struct sv_run *run, const struct sv_script *script);
/* 1, 0 or -1. */
int run_test(struct sv_run *run, const struct sv_node *test);
/* Ends the run with an error at the place of NODE. Always -1. */
int run_fail(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Reports that something went wrong at NODE, and the run continues: for the log and for the
 * script's author.
 */
void run_fault(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* An evaluated `ihave` has found the extension. */
void run_allow(struct sv_run *run, const struct sv_ext *ext);
/* How many steps the run may still take. */
unsigned long long run_steps_left(const struct sv_run *run);
/* Call it before STEPS of work (a compared byte is one step). -1 when that exceeds a limit. */
int run_charge(struct sv_run *run, const struct sv_node *node, unsigned long long steps);
/* Call it before the host is asked, which takes as long as many steps. */
int run_ask(struct sv_run *run, const struct sv_node *node);
/* Call it before BYTES of memory are taken. -1 when that exceeds the limit. */
int run_room(struct sv_run *run, const struct sv_node *node, size_t bytes);
/* The same for bytes that are also written, which is work. */
int run_charge_memory(struct sv_run *run, const struct sv_node *node, size_t bytes);

/* ---- arguments ---- */

/* The text of a string; it lives as long as the result. 0 or -1. */
int run_text(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The same, but a text that is too long is cut. */
int run_text_cut(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The same, but the text lives only until the command or test ends. */
int run_text_now(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The tag with this name (colon included) if it was given, or NULL. */
const struct sv_tagged *run_tag(const struct sv_node *node, const char *name);
/* The extension's state for this run (run_size bytes). */
void *run_state(struct sv_run *run, const struct sv_ext *ext);
/* The fields with that name that the node's tags select; the list is in scratch memory. 0 or -1. */
int run_fields(struct sv_run *run, const struct sv_node *node, struct str name,
	struct value_fields *found);
/*
 * Matches every field with a name in NAMES against the keys. EACH passes the values of one field to
 * the match, unless a tag extracts something else. 1, 0 or -1.
 */
int run_match_fields(struct sv_run *run, const struct sv_node *node, const struct sv_given *names,
	int (*each)(struct sv_run *run, struct value_field *field, struct match *m));

/* ---- actions ---- */

/*
 * Takes an action with the command's tags applied. The same action is not taken twice. SV_NEXT, or
 * SV_FAIL when it conflicts with another one or there are too many.
 */
enum sv_flow run_action(struct sv_run *run, const struct sv_node *node, struct sv_action action);

/* ---- tracing ---- */

bool run_is_traced(const struct sv_run *run);
void run_note(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void run_tell_match(
	struct match *m, const struct sv_value *value, const struct match_key *key, bool result);

#endif
