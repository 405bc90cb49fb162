#include "mda/asks.h"

#include "base/confined.h"
#include "base/hash.h"
#include "base/path.h"
#include "filters/label/screener.h"
#include "filters/sieve/libsieve/libsieve.h"
#include "mda/asks_serve.h"
#include "mda/asks_wire.h"
#include "mda/conf/aliases.h"
#include "mda/conf/mailboxes.h"
#include "mda/delivery/identity.h"
#include "mda/outgoing/programs.h"

#include <errno.h>

/*
 * Asks the parent. ANSWER, which must be zeroed, gets the reply. Slices of MESSAGE, the message of
 * the delivery, are not sent.
 */
static int ask_about(struct str message, enum asks_kind kind, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	struct buf out = {0};
	struct str reply;
	frame_write(&out, ASKS_VERSION, asks_wire[kind].question, question, message);
	int r = confined_ask(kind, buf_str(&out), mem, &reply, err);
	buf_free(&out);
	return r < 0 ? -1
		     : frame_read(reply, ASKS_VERSION, asks_wire[kind].answer, answer, STR_EMPTY,
			       mem, err);
}

static int ask(
	enum asks_kind kind, const void *question, void *answer, struct arena *mem, struct err *err)
{
	return ask_about(STR_EMPTY, kind, question, answer, mem, err);
}

bool asks_sealed(void *context, struct str id, const struct str_list *parts,
	const struct hash *seal, const char **why)
{
	const struct seal_question q = {
		.id = id, .seal = {(const char *)seal->bytes, sizeof seal->bytes}, .parts = *parts};
	struct arena *mem = context;
	struct yes_no answer = {0};
	struct err err;
	*why = "";
	if (ask(ASK_SEAL, &q, &answer, mem, &err) < 0)
		*why = arena_str(mem, str_of(err.text)).p;
	else if (!answer.yes)
		*why = arena_cstr(mem, answer.why);
	return answer.yes;
}

static int find_remembered(
	const struct delivery *d, const struct pair *question, bool *yes, struct err *err)
{
	const char *maildir, *state = NULL;
	if (mailboxes_paths(d->conf, &d->user->names, d->mem, &maildir, &state, err) < 0)
		return -1;
	const struct store_id id = identity_of(d, maildir);
	return asks_serve_find(&id, state ? state : store_state_dir(maildir, d->mem),
		question->handle, question->key, yes, err);
}

int asks_remembered(
	const struct delivery *d, struct str handle, struct str key, struct notes *notes)
{
	const struct pair question = {handle, key};
	struct yes_no answer = {0};
	struct err err;
	int r = confined_inside() ? ask(ASK_REMEMBERED, &question, &answer, d->mem, &err)
				  : find_remembered(d, &question, &answer.yes, &err);
	if (r < 0)
		notes_add(notes, "duplicate: %s", err.text);
	return r < 0 ? -1 : answer.yes;
}

int asks_known(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err)
{
	const struct pair question = {.key = key};
	struct known_answer answer = {0};
	if (!confined_inside())
		return contacts_known_find(dir, key, mem, found, err);
	/* A look costs less than a question. */
	if (path_exists(dir) < 0 && errno == ENOENT)
		return 0;
	if (ask(ASK_KNOWN, &question, &answer, mem, err) < 0)
		return -1;
	*found = answer.known;
	found->key = key;
	return answer.found;
}

int asks_screener(void *context, const struct screener_question *q, struct screener_answer *answer,
	struct err *err)
{
	const struct delivery *d = context;
	const char *maildir, *state = NULL;
	*answer = (struct screener_answer){SCREENER_NEW, 0};
	if (confined_inside())
		return ask(ASK_SCREENER, q, answer, d->mem, err);
	if (mailboxes_paths(d->conf, &d->user->names, d->mem, &maildir, &state, err) < 0)
		return -1;
	return asks_serve_screener(
		state ? state : store_state_dir(maildir, d->mem), q, answer, err);
}

int asks_spam(void *context, const struct spam_servers *servers, const struct message *msg,
	const struct envelope *env, struct arena *mem, struct spam_result *result, struct err *err)
{
	const struct delivery *d = context;
	/*
	 * A stamp names the original recipient, but that is not a reason to ask another mailbox's
	 * filter.
	 */
	struct str original = d->origin.stamp
				      ? STR_EMPTY
				      : aliases_mailbox(d->aliases, env->original_recipient, mem);
	const struct pair question = {.key = original};
	struct spam_answer answer = {{.failed = false}};
	if (d->recorded) {
		*result = *d->recorded;
		return 0;
	}
	if (!confined_inside())
		return spam_servers_ask(servers, msg, env, mem, result, err);
	if (ask(ASK_SPAM, &question, &answer, mem, err) < 0)
		return -1;
	*result = answer.result;
	return 0;
}

static int ask_table(
	enum asks_kind kind, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	const struct pair question = {.key = key};
	struct yes_no answer = {0};
	if (ask(kind, &question, &answer, mem, err) < 0)
		return -1;
	*value = answer.why;
	return answer.yes;
}

int asks_alias(void *context, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	(void)context;
	return ask_table(ASK_ALIAS, key, mem, value, err);
}

int asks_settings(
	void *context, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	(void)context;
	return ask_table(ASK_SETTINGS, key, mem, value, err);
}

struct str asks_folder(const struct rules_world *w, struct str id)
{
	const struct pair question = {.key = id};
	struct pair answer = {.key = STR_EMPTY};
	struct err err;
	if (!confined_inside())
		return asks_serve_folder(w->maildir, w->state_dir, id, w->mem);
	return ask(ASK_FOLDER, &question, &answer, w->mem, &err) == 0 ? answer.key : STR_EMPTY;
}

int asks_libsieve(
	void *context, struct str request, struct arena *mem, struct str *reply, struct err *err)
{
	const struct pair question = {.key = request};
	struct pair answer = {.key = STR_EMPTY};
	(void)context;
	if (!confined_inside())
		return libsieve_answer(request, mem, reply, err);
	if (ask(ASK_LIBSIEVE, &question, &answer, mem, err) < 0)
		return -1;
	*reply = answer.key;
	return 0;
}

enum sv_ran asks_program(const struct delivery *d, const struct sv_program *program,
	struct arena *mem, struct str *output, struct err *err)
{
	struct program_answer answer = {.output = STR_EMPTY};
	struct err why;
	*output = STR_EMPTY;
	if (!confined_inside())
		return programs_run(d, program, mem, output, err);
	if (ask_about(message_bytes(d->msg), ASK_PROGRAM, program, &answer, mem, &why) < 0) {
		err_refused(err, "the program \"" STR_FMT "\" is not run: %s",
			STR_ARGS(program->name), why.text);
		return SV_RAN_NOT;
	}
	*output = answer.output;
	err_refused(err, STR_FMT, STR_ARGS(answer.why));
	return (enum sv_ran)answer.ran;
}
