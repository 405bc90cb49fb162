#include "mda/asks_serve.h"

#include "base/confined.h"
#include "base/hash.h"
#include "base/limits.h"
#include "filters/label/screener.h"
#include "filters/sieve/libsieve/libsieve.h"
#include "mda/asks_wire.h"
#include "mda/conf/aliases.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/user.h"
#include "mda/deliver.h"
#include "mda/delivery/identity.h"
#include "mda/delivery/stamp_key.h"
#include "mda/outgoing/programs.h"
#include "mda/readable.h"
#include "mda/stage_conf.h"
#include "store/object_id.h"
#include "store/screened.h"
#include "store/seen.h"

#include <string.h>
#include <time.h>

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

int asks_serve_find(const struct store_id *id, const char *state_dir, struct str handle,
	struct str key, bool *yes, struct err *err)
{
	struct seen_key tracked = seen_tracked_key(handle, key);
	return seen_find(state_dir, &tracked, id, (int64_t)time(NULL), yes, err);
}

static int serve_remembered(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)mem;
	struct arena *kept = a->delivery->mem;
	/* The digest of the whole message. It is made once, however many questions need it. */
	if (!a->id) {
		a->id = arena_alloc(kept, sizeof *a->id);
		*a->id = identity_of(a->delivery, a->maildir);
	}
	if (!a->state_dir)
		a->state_dir = store_state_dir(a->maildir, kept);
	const struct pair *p = question;
	return asks_serve_find(
		a->id, a->state_dir, p->handle, p->key, &((struct yes_no *)answer)->yes, err);
}

/* ---- contacts ---- */

static int serve_known(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	const struct delivery *d = a->delivery;
	struct str key = ((const struct pair *)question)->key;
	struct known_answer *n = answer;
	struct contacts contacts;
	if (key.n && str_eq(key, a->known_key)) {
		*n = a->known;
		return 0;
	}
	if (stage_conf_contacts(d->conf, &d->user->names, mem, &contacts, err) < 0)
		return -1;
	int r = contacts.dir.n ? contacts_known_find(contacts_known_dir(&contacts, mem), key, mem,
					 &n->known, err)
			       : 0;
	n->found = r > 0;
	if (r < 0)
		return -1;
	/* This memory is kept; the memory of an answer is freed. */
	a->known_key = arena_str(d->mem, key);
	a->known = *n;
	a->known.known.name = arena_str(d->mem, n->known.name);
	a->known.known.key = a->known_key;
	return 0;
}

/* ---- the screener ---- */

_Static_assert((int)SCREENER_APPROVED == (int)SCREENED_APPROVED &&
		       (int)SCREENER_BLOCKED == (int)SCREENED_BLOCKED &&
		       (int)SCREENER_REPLY == (int)SCREENED_REPLY,
	"the filter and the store count alike");

int asks_serve_screener(const char *state_dir, const struct screener_question *q,
	struct screener_answer *answer, struct err *err)
{
	const struct screened_question question = {q->sender, q->domain, q->ids};
	struct screened_answer found;
	if (screened_find(state_dir, &question, (int64_t)time(NULL), &found, err) < 0)
		return -1;
	*answer = (struct screener_answer){found.kind, found.when};
	return 0;
}

static int serve_screener(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)mem;
	if (!a->state_dir)
		a->state_dir = store_state_dir(a->maildir, a->delivery->mem);
	return asks_serve_screener(a->state_dir, question, answer, err);
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
		frame_write(out, ASKS_VERSION, asks_wire[ASK_SPAM].answer, &answer, STR_EMPTY);
	arena_free(mem);
}

/* Only the admin's servers are asked, those for the original recipient, whatever the child says. */
static int serve_spam(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	struct str original = ((const struct pair *)question)->key, reply;
	struct delivery d = *a->delivery;
	d.origin = (struct origin){
		.conf = original.n ? conf_known(a->file, original, mem, err) : d.conf};
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
	if (frame_read(reply, ASKS_VERSION, asks_wire[ASK_SPAM].answer, answer, STR_EMPTY, mem,
		    &why) < 0)
		return err_temp(err, STR_FMT, STR_ARGS(str_slice(reply, 0, 500)));
	return 0;
}

/* ---- folders ---- */

struct str asks_serve_folder(
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
	((struct pair *)answer)->key = asks_serve_folder(
		a->maildir, a->state_dir, ((const struct pair *)question)->key, mem);
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

/* ---- tables ---- */

static int serve_table(struct table_map *table, const void *question, void *answer, struct err *err)
{
	struct yes_no *n = answer;
	struct str value = STR_EMPTY;
	int r = table ? table_find(table, ((const struct pair *)question)->key, &value, err)
		      : err_temp(err, "there is no such table");
	n->yes = r > 0;
	n->why = value;
	return r < 0 ? -1 : 0;
}

static int serve_alias(struct asks_server *a, const void *question, void *answer, struct arena *mem,
	struct err *err)
{
	(void)mem;
	return serve_table(aliases_table(a->delivery->aliases), question, answer, err);
}

static int serve_settings(struct asks_server *a, const void *question, void *answer,
	struct arena *mem, struct err *err)
{
	(void)mem;
	return serve_table(conf_settings_table(a->file), question, answer, err);
}

/* ---- all of them ---- */

/*
 * At most MOST questions of a kind are answered, so that a child cannot use up the parent's time or
 * memory.
 */
static const struct serve_row {
	const char *what;
	unsigned most;
	/* -1 with a reason that the child gets to see. */
	int (*serve)(struct asks_server *a, const void *question, void *answer, struct arena *mem,
		struct err *err);
} rows[ASKS_KINDS] = {
	[ASK_SEAL] = {"the seal of a stamp", 100, serve_seal},
	[ASK_REMEMBERED] = {"what is remembered", 10000, serve_remembered},
	[ASK_KNOWN] = {"a contact", 10000, serve_known},
	[ASK_SPAM] = {"the spam filter", 1, serve_spam},
	[ASK_FOLDER] = {"a folder", 1000, serve_folder},
	[ASK_LIBSIEVE] = {"libsieve", 100, serve_libsieve},
	[ASK_PROGRAM] = {"a program", LIMIT_RUN_PROGRAMS, serve_program},
	[ASK_ALIAS] = {"an alias", 64, serve_alias},
	[ASK_SETTINGS] = {"the settings of an address", 4, serve_settings},
	[ASK_SCREENER] = {"the screener", 4, serve_screener},
};

/* Holds any question or answer. */
union either {
	struct seal_question seal;
	struct yes_no yes_no;
	struct pair pair;
	struct known_answer known;
	struct spam_answer spam;
	struct sv_program program;
	struct program_answer ran;
	struct screener_question screener;
	struct screener_answer screened;
};

int asks_serve(void *server, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	unsigned *asked = ((struct asks_server *)server)->asked;
	union either question, answer;
	struct buf out = {0};
	memset(&question, 0, sizeof question);
	memset(&answer, 0, sizeof answer);
	const struct serve_row *row = &rows[kind < ASKS_KINDS ? kind : 0];
	if (!row->serve)
		return err_temp(err, "this question is unknown");
	if (asked[kind]++ >= row->most)
		return err_temp(err, "%s was asked for too often", row->what);
	const struct message *msg = ((struct asks_server *)server)->delivery->msg;
	if (frame_read(request, ASKS_VERSION, asks_wire[kind].question, &question,
		    message_bytes(msg), mem, err) < 0 ||
		row->serve(server, &question, &answer, mem, err) < 0)
		return -1;
	frame_write(&out, ASKS_VERSION, asks_wire[kind].answer, &answer, STR_EMPTY);
	*reply = arena_str(mem, buf_str(&out));
	buf_free(&out);
	return 0;
}
