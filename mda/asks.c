#include "mda/asks.h"

#include "base/confined.h"
#include "base/frame_rows.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/str_list.h"
#include "filters/sieve/libsieve/libsieve.h"
#include "mda/conf/aliases.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/user.h"
#include "mda/deliver.h"
#include "mda/delivery/stamp_key.h"
#include "mda/outgoing/programs.h"
#include "mda/readable.h"
#include "mda/stage_conf.h"
#include "store/object_id.h"
#include "store/seen.h"

#include <string.h>
#include <time.h>

enum kind {
	ASK_SEAL = 1,
	ASK_REMEMBERED,
	ASK_KNOWN,
	ASK_SPAM,
	ASK_FOLDER,
	ASK_LIBSIEVE,
	ASK_PROGRAM
};

enum { VERSION = 1, TEXT_MOST = 1 << 20, PARTS_MOST = 64, ARGUMENTS_MOST = 128, INPUT_MOST = 4 };

/* ---- questions and answers ---- */

struct seal_question {
	struct str id, seal;
	struct str_list parts;
};

struct yes_no {
	bool yes;
	struct str why; /* not */
};

struct pair {
	struct str handle, key;
};

struct known_answer {
	bool found;
	struct known known;
};

struct spam_answer {
	struct spam_result result;
};

struct program_answer {
	uint32_t ran; /* enum sv_ran */
	struct str output, why;
};

FRAME_TEXTS(part, TEXT_MOST, NULL);

FRAME_ROWS(seal_question, ROW_TEXT(1, struct seal_question, id, TEXT_MOST, NULL),
	ROW_TEXT(2, struct seal_question, seal, TEXT_MOST, NULL),
	ROW_LIST(3, struct seal_question, parts.items, parts.count, PARTS_MOST, part));
FRAME_ROWS(yes_no, ROW_NUMBER(1, struct yes_no, yes, 1),
	ROW_TEXT(2, struct yes_no, why, TEXT_MOST, NULL));
FRAME_ROWS(text, ROW_TEXT(1, struct pair, key, TEXT_MOST, NULL));
/* The request to libsieve: a script, and the header fields that the script looks at. */
FRAME_ROWS(bulk, ROW_TEXT(1, struct pair, key, LIBSIEVE_REQUEST_MOST, NULL));
FRAME_ROWS(pair, ROW_TEXT(1, struct pair, handle, TEXT_MOST, NULL),
	ROW_TEXT(2, struct pair, key, TEXT_MOST, NULL));
FRAME_ROWS(known_answer, ROW_NUMBER(1, struct known_answer, found, 1),
	ROW_TEXT(2, struct known_answer, known.name, TEXT_MOST, NULL),
	ROW_NUMBER(3, struct known_answer, known.count, UINT32_MAX),
	ROW_NUMBER(4, struct known_answer, known.flags, UINT32_MAX),
	ROW_NUMBER(5, struct known_answer, known.last, INT64_MAX));
FRAME_ROWS(spam_answer, ROW_TEXT(1, struct spam_answer, result.by, TEXT_MOST, NULL),
	ROW_NUMBER(2, struct spam_answer, result.is_spam, 1),
	ROW_NUMBER(3, struct spam_answer, result.has_score, 1),
	ROW_REAL(4, struct spam_answer, result.score),
	ROW_REAL(5, struct spam_answer, result.limit),
	ROW_TEXT(6, struct spam_answer, result.symbols, TEXT_MOST, NULL),
	ROW_TEXT(7, struct spam_answer, result.action, TEXT_MOST, NULL));

/* The body is most often the message's own; then it is not sent. */
FRAME_TEXTS(argument, TEXT_MOST, programs_bad_argument);
FRAME_PARTS(piece, 1ULL << 40);
FRAME_ROWS(sv_program, ROW_TEXT(1, struct sv_program, name, TEXT_MOST, programs_bad_name),
	ROW_LIST(2, struct sv_program, arguments.items, arguments.count, ARGUMENTS_MOST, argument),
	ROW_LIST(3, struct sv_program, input.items, input.count, INPUT_MOST, piece),
	ROW_NUMBER(4, struct sv_program, wants_output, 1),
	ROW_NUMBER(5, struct sv_program, is_test, 1));
FRAME_ROWS(program_answer, ROW_NUMBER(1, struct program_answer, ran, SV_RAN_NEVER),
	ROW_BYTES(2, struct program_answer, output, LIMIT_PROGRAM_OUTPUT),
	ROW_TEXT(3, struct program_answer, why, TEXT_MOST, NULL));

/* ---- seals ---- */

static int serve_seal(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	(void)mem;
	const struct seal_question *q = question;
	struct yes_no *n = answer;
	struct stamp_keys *keys = a->delivery->keys;
	const char *why = "";
	struct hash seal;
	if (q->seal.n != sizeof seal.bytes || q->parts.count == 0)
		return err_temp(err, "it is malformed");
	memcpy(seal.bytes, q->seal.p, sizeof seal.bytes);
	if (!keys->count && stamp_key_read(a->delivery->conf->stamp_key.p, false, keys, err) < 0)
		return -1;
	n->yes = stamp_key_sealed(keys, q->id, &q->parts, &seal, &why);
	n->why = str_of(why);
	/* This memory is kept; the memory of an answer is freed. */
	struct arena *kept = a->delivery->mem;
	if (n->yes)
		str_list_add(&a->sealed, arena_str(kept, q->parts.items[0]), kept);
	return 0;
}

/* ---- what is remembered ---- */

static int remembered(const struct store_id *id, const char *state_dir, const struct pair *p,
	bool *yes, struct err *err)
{
	struct seen_key key = seen_tracked_key(p->handle, p->key);
	return seen_find(state_dir, &key, id, (int64_t)time(NULL), yes, err);
}

static int serve_remembered(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)mem;
	struct arena *kept = a->delivery->mem;
	/* The digest of the whole message. It is made once, however many questions need it. */
	if (!a->id) {
		a->id = arena_alloc(kept, sizeof *a->id);
		*a->id = deliver_id(a->delivery, a->maildir);
	}
	if (!a->state_dir)
		a->state_dir = store_state_dir(a->maildir, kept);
	return remembered(a->id, a->state_dir, question, &((struct yes_no *)answer)->yes, err);
}

/* ---- contacts ---- */

static int serve_known(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	const struct delivery *d = a->delivery;
	struct known_answer *n = answer;
	struct contacts contacts;
	if (stage_conf_contacts(d->conf, &d->user->names, mem, &contacts, err) < 0)
		return -1;
	int r = contacts.dir.n ? contacts_known_find(contacts_known_dir(&contacts, mem),
					 ((const struct pair *)question)->key, mem, &n->known, err)
			       : 0;
	n->found = r > 0;
	return r < 0 ? -1 : 0;
}

/* ---- spam filters ---- */

/* For a child that has the network but not the mailbox. */
struct scan {
	const struct delivery *delivery;
	struct spam_conf conf;
};

static void scan(void *context, struct buf *out)
{
	const struct scan *s = context;
	struct spam_answer answer = {{.failed = false}};
	struct err err;
	struct arena *mem = arena_new();
	if (spam_servers_ask(&s->conf.servers, s->delivery->msg, s->delivery->env, mem,
		    &answer.result, &err) < 0)
		buf_text(out, err.text);
	else
		frame_write(out, VERSION, &spam_answer, &answer, STR_EMPTY);
	arena_free(mem);
}

/* Only the admin's servers are asked, those for the original recipient, whatever the child says. */
static int serve_spam(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	struct str original = ((const struct pair *)question)->key, reply;
	struct delivery d = *a->delivery;
	d.origin = (struct origin){
		.conf = original.n ? conf_for(a->file, original, mem, err) : d.conf};
	if (!d.origin.conf)
		return -1;
	struct scan s = {.delivery = &d, .conf = stage_conf_spam(&d)};
	if (!s.conf.servers.protocol)
		return err_temp(err, "no spam filter is set");
	struct str_list libraries = readable_libraries(mem);
	const struct confined_job job = {.what = "asking the spam filter",
		.context = &s,
		.work = scan,
		.readable = &libraries,
		.network = true,
		.cpu_seconds = LIMIT_CHILD_CPU,
		.wall_milliseconds = (unsigned)s.conf.servers.seconds * 1000 + 5000,
		.memory = (size_t)LIMIT_CHILD_MEMORY + 4 * message_bytes(d.msg).n,
		.largest = (size_t)2 * SPAM_ANSWER_MOST};
	if (confined_run(&job, mem, &reply, err) != CONFINED_DONE)
		return -1;
	struct err why;
	if (frame_read(reply, VERSION, &spam_answer, answer, STR_EMPTY, mem, &why) < 0)
		return err_temp(err, STR_FMT, STR_ARGS(str_slice(reply, 0, 500)));
	return 0;
}

/* ---- folders ---- */

static struct str folder_of(
	const char *maildir, const char *state_dir, struct str id, struct arena *mem)
{
	struct str folder;
	struct err err;
	if (!maildir)
		return STR_EMPTY;
	const char *state = state_dir ? state_dir : store_state_dir(maildir, mem);
	return object_id_find(maildir, state, id, mem, &folder, &err) == 1 ? folder : STR_EMPTY;
}

static int serve_folder(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)err;
	deliver_release(a->delivery); /* it has the same database open */
	((struct pair *)answer)->key =
		folder_of(a->maildir, a->state_dir, ((const struct pair *)question)->key, mem);
	return 0;
}

/* ---- the other engine ---- */

static int serve_libsieve(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)a;
	return libsieve_answer(
		((const struct pair *)question)->key, mem, &((struct pair *)answer)->key, err);
}

/* ---- programs ---- */

/*
 * The message and the request, each counted once, because a question may name their parts many
 * times.
 */
static bool is_input(const struct sv_program *asked, struct str message)
{
	size_t most = message.n + CONFINED_QUESTION_MOST;
	for (size_t i = 0; i < asked->input.count; i++) {
		if (asked->input.items[i].n > most)
			return false;
		most -= asked->input.items[i].n;
	}
	return true;
}

static int serve_program(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	const struct sv_program *asked = question;
	struct program_answer *n = answer;
	struct err why = {.text = ""};
	if (!programs_allowed(a->delivery->conf) || programs_bad_name(asked->name))
		return err_temp(err, "no such program is allowed");
	if (!is_input(asked, message_bytes(a->delivery->msg)))
		return err_temp(err, "its input is larger than it can be");
	n->ran = programs_run(a->delivery, asked, mem, &n->output, &why);
	n->why = arena_str(mem, str_of(why.text));
	return 0;
}

/* ---- all of them ---- */

/*
 * At most MOST questions of a kind are answered, so that a child cannot use up the parent's time or
 * memory.
 */
static const struct ask_row {
	const char *what;
	unsigned most;
	const struct frame_type *question, *answer;
	/* -1 with a reason that the child gets to see. */
	int (*serve)(struct asks_server *a, const void *question, void *answer, struct arena *mem,
		struct err *err);
} rows[] = {
	[ASK_SEAL] = {"the seal of a stamp", 100, &seal_question, &yes_no, serve_seal},
	[ASK_REMEMBERED] = {"what is remembered", 10000, &pair, &yes_no, serve_remembered},
	[ASK_KNOWN] = {"a contact", 10000, &text, &known_answer, serve_known},
	[ASK_SPAM] = {"the spam filter", 1, &text, &spam_answer, serve_spam},
	[ASK_FOLDER] = {"a folder", 1000, &text, &text, serve_folder},
	[ASK_LIBSIEVE] = {"libsieve", 100, &bulk, &bulk, serve_libsieve},
	[ASK_PROGRAM] = {"a program", LIMIT_RUN_PROGRAMS, &sv_program, &program_answer,
		serve_program},
};

/* Holds any question or answer. */
_Static_assert(sizeof rows / sizeof *rows == ASKS_KINDS, "asks.h counts them");

union either {
	struct seal_question seal;
	struct yes_no yes_no;
	struct pair pair;
	struct known_answer known;
	struct spam_answer spam;
	struct sv_program program;
	struct program_answer ran;
};

int asks_serve(void *server, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	unsigned *asked = ((struct asks_server *)server)->asked;
	union either question, answer;
	struct buf out = {0};
	memset(&question, 0, sizeof question);
	memset(&answer, 0, sizeof answer);
	const struct ask_row *row = kind < sizeof rows / sizeof *rows ? &rows[kind] : &rows[0];
	if (!row->serve)
		return err_temp(err, "this question is unknown");
	if (asked[kind]++ >= row->most)
		return err_temp(err, "%s was asked for too often", row->what);
	const struct message *msg = ((struct asks_server *)server)->delivery->msg;
	if (frame_read(request, VERSION, row->question, &question, message_bytes(msg), mem, err) <
			0 ||
		row->serve(server, &question, &answer, mem, err) < 0)
		return -1;
	frame_write(&out, VERSION, row->answer, &answer, STR_EMPTY);
	*reply = arena_str(mem, buf_str(&out));
	buf_free(&out);
	return 0;
}

/*
 * Asks the parent. ANSWER, which must be zeroed, gets the reply. Slices of MESSAGE, the message of
 * the delivery, are not sent.
 */
static int ask_about(struct str message, enum kind kind, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	struct buf out = {0};
	struct str reply;
	frame_write(&out, VERSION, rows[kind].question, question, message);
	int r = confined_ask(kind, buf_str(&out), mem, &reply, err);
	buf_free(&out);
	return r < 0 ? -1
		     : frame_read(reply, VERSION, rows[kind].answer, answer, STR_EMPTY, mem, err);
}

static int ask(
	enum kind kind, const void *question, void *answer, struct arena *mem, struct err *err)
{
	return ask_about(STR_EMPTY, kind, question, answer, mem, err);
}

/* ---- for the stages ---- */

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
	const struct store_id id = deliver_id(d, maildir);
	return remembered(
		&id, state ? state : store_state_dir(maildir, d->mem), question, yes, err);
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
	if (ask(ASK_KNOWN, &question, &answer, mem, err) < 0)
		return -1;
	*found = answer.known;
	found->key = key;
	return answer.found;
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
	if (!confined_inside())
		return spam_servers_ask(servers, msg, env, mem, result, err);
	if (ask(ASK_SPAM, &question, &answer, mem, err) < 0)
		return -1;
	*result = answer.result;
	return 0;
}

struct str asks_folder(const struct rules_world *w, struct str id)
{
	const struct pair question = {.key = id};
	struct pair answer = {.key = STR_EMPTY};
	struct err err;
	if (!confined_inside())
		return folder_of(w->maildir, w->state_dir, id, w->mem);
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
