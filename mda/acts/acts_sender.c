#include "mda/acts/acts_sender.h"

#include "base/address.h"
#include "base/confined.h"
#include "base/limits.h"
#include "base/message.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "base/wild.h"
#include "filters/authres.h"
#include "filters/label/screener_sender.h"
#include "filters/lists/list_senders.h"

enum { WHY_MOST = 500, CLAIMS_MOST = 4096 };

/* ---- in the confined process ---- */

struct case_of {
	const struct acts *acts;
	const struct acts_folder *folder; /* NULL: the screener asks */
	struct str message;
};

/* What is known of the sender. */
struct facts {
	struct list_senders senders;
	struct authres_conf auth;
	struct verdict verdict;
};

/* The envelope sender, which we wrote on top when the message was delivered. */
static struct str return_path(const struct message *msg, struct arena *mem)
{
	const struct header *h = message_find(msg, STR_LIT("Return-Path"));
	struct str text = h ? str_trim(message_header_text(h, mem)) : STR_EMPTY;
	bool is_path = text.n > 1 && text.p[0] == '<' && text.p[text.n - 1] == '>';
	return is_path ? str_slice(text, 1, text.n - 1) : STR_EMPTY;
}

static struct str domain_of(struct str key)
{
	return str_slice(key, str_rfind(key, '@') + 1, key.n);
}

/* An address that a list would read as a pattern or a comment cannot be an entry. */
static bool is_plain(struct str key)
{
	static const char special[] = "*?#\"'\\<>(),;: \t";
	size_t at = str_rfind(key, '@');
	if (at == 0 || at + 1 >= key.n || key.n > LIMIT_PATTERN || !utf8_valid(key) ||
		printable_has_control(key))
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (str_find(str_of(special), key.p[i]) < sizeof special - 1)
			return false;
	return true;
}

static void set(struct acts_sender *s, const struct acts_folder *f, struct str key,
	struct arena *mem, const char *remark)
{
	if (!is_plain(key)) {
		s->why = STR_LIT("the sender's address cannot be an entry of a list");
		return;
	}
	s->entry = f->for_domain ? arena_fmt(mem, "*@" STR_FMT, STR_ARGS(domain_of(key))) : key;
	s->why = str_of(remark);
}

/* Only who has proven to be the sender is allowed: the author, or else the envelope sender. */
static void find_allowed(const struct facts *f, const struct acts_folder *folder, struct arena *mem,
	struct acts_sender *s)
{
	const char *doubt =
		f->senders.ambiguous ? f->senders.ambiguous : authres_doubt(&f->auth, &f->verdict);
	if (!doubt)
		set(s, folder, f->senders.from.items[0], mem, NULL);
	else if (!f->senders.ambiguous && f->senders.envelope.n &&
		 !authres_sender_doubt(&f->auth, &f->verdict))
		set(s, folder, f->senders.envelope, mem, "for the envelope sender");
	else
		s->why = arena_fmt(mem, "the sender is not proven: %s", doubt);
}

/* Whose address was forged is not blocked for it. */
static void find_blocked(const struct facts *f, const struct acts_folder *folder, struct str own,
	struct arena *mem, struct acts_sender *s)
{
	struct str from = f->senders.ambiguous ? STR_EMPTY : f->senders.from.items[0];
	struct str envelope = f->senders.envelope;
	bool forged = authres_failed(&f->verdict);
	struct str key = from.n && !forged && !str_eq(from, own) ? from : envelope;
	if (key.n == 0 || str_eq(key, own) || (forged && str_eq(key, from)))
		s->why = STR_LIT("the address of its sender is forged or unknown, so blocking it "
				 "would not stop its sender");
	else
		set(s, folder, key, mem, str_eq(key, from) ? NULL : "for the envelope sender");
}

static struct facts find_facts(
	const struct acts *a, const struct message *msg, enum authres_requires requires)
{
	struct envelope env = {.sender = return_path(msg, a->mem)};
	struct facts f = {.auth = {.ids = &a->conf->authserv_id,
				  .own_received = a->conf->own_received,
				  .allow_requires = requires,
				  .trust_arc = a->conf->trust_arc}};
	verdict_init(&f.verdict, a->mem, message_header_count(msg));
	authres_judge(&f.auth, msg, env.sender, &f.verdict);
	f.senders = list_senders_of(msg, &env, a->mem);
	return f;
}

static void find_screened(const struct facts *f, const struct message *msg, struct acts_sender *s)
{
	struct envelope env = {.sender = return_path(msg, f->verdict.mem)};
	struct screener_sender sender = screener_sender_of(&f->auth, msg, &env, &f->verdict);
	s->entry = sender.key;
	s->why = str_of(sender.why);
}

/* FOLDER is NULL if the screener asks. */
static void find_in(const struct acts *a, const struct acts_folder *folder,
	const struct message *msg, struct acts_sender *s)
{
	struct arena *mem = a->mem;
	struct address own = address_parse_envelope(a->mailbox, mem);
	struct facts f = find_facts(a, msg, ALLOW_PASS);
	if (!folder)
		find_screened(&f, msg, s);
	else if (folder->allows)
		find_allowed(&f, folder, mem, s);
	else
		find_blocked(&f, folder, address_key(&own, mem), mem, s);
}

/* As the lists stage asks the allow lists (filters/lists/lists.c). */
static void find_claims(const struct acts *a, const struct message *msg, struct str_list *keys)
{
	struct facts f = find_facts(a, msg, a->conf->allow_requires);
	const struct list_senders *s = &f.senders;
	if (s->ambiguous)
		return;
	if (!authres_doubt(&f.auth, &f.verdict))
		for (size_t i = 0; i < s->from.count; i++)
			str_list_add(keys, s->from.items[i], a->mem);
	if (s->envelope.n && !authres_sender_doubt(&f.auth, &f.verdict) &&
		!str_list_has(keys, s->envelope))
		str_list_add(keys, s->envelope, a->mem);
}

void acts_sender_judge(const struct acts *a, const struct acts_folder *folder, struct str bytes,
	struct acts_sender *s)
{
	struct err err;
	*s = (struct acts_sender){STR_EMPTY, STR_EMPTY};
	struct message *msg = message_borrow(bytes, &err);
	if (msg)
		find_in(a, folder, msg, s);
	else
		s->why = arena_str(a->mem, str_of(err.text));
	message_free(msg);
}

void acts_sender_judge_claims(const struct acts *a, struct str bytes, struct str_list *keys)
{
	struct message *msg = message_borrow(bytes, NULL);
	*keys = (struct str_list){NULL, 0};
	if (msg)
		find_claims(a, msg, keys);
	message_free(msg);
}

static void work_on_claims(void *context, struct buf *out)
{
	const struct case_of *c = context;
	struct str_list keys;
	acts_sender_judge_claims(c->acts, c->message, &keys);
	for (size_t i = 0; i < keys.count; i++)
		if (keys.items[i].n <= LIMIT_PATTERN && out->n < CLAIMS_MOST) {
			buf_add(out, keys.items[i]);
			buf_byte(out, '\n');
		}
}

static void work(void *context, struct buf *out)
{
	const struct case_of *c = context;
	struct acts_sender s;
	acts_sender_judge(c->acts, c->folder, c->message, &s);
	buf_add(out, s.entry);
	buf_byte(out, '\n');
	buf_add(out, str_slice(s.why, 0, WHY_MOST));
}

/* ---- in its parent ---- */

/* Is ENTRY what the folder may add: one address, or one domain? */
static bool is_allowed_entry(const struct acts_folder *folder, struct str entry, struct arena *mem)
{
	struct wild w;
	const char *why;
	bool is_domain = str_starts(entry, STR_LIT("*@"));
	struct str rest = is_domain ? str_slice(entry, 2, entry.n) : entry;
	bool has_at = str_find(rest, '@') < rest.n;
	return is_domain == folder->for_domain && has_at == !folder->for_domain &&
	       is_plain(is_domain ? arena_fmt(mem, "x@" STR_FMT, STR_ARGS(rest)) : entry) &&
	       wild_parse(entry, mem, &w, &why) && !w.subdomains;
}

typedef void work_in_child(void *context, struct buf *out);

static struct confined_job job_of(struct case_of *c, work_in_child *run)
{
	return (struct confined_job){.what = "reading a message of this mailbox",
		.context = c,
		.work = run,
		.readable = c->acts->readable,
		.cpu_seconds = LIMIT_CHILD_CPU,
		.wall_milliseconds = LIMIT_CHILD_WALL * 1000,
		.memory = (size_t)LIMIT_CHILD_MEMORY + 4 * c->message.n,
		.largest = LIMIT_PATTERN + WHY_MOST + CLAIMS_MOST};
}

static bool is_allowed(const struct case_of *c, struct str entry)
{
	return c->folder ? is_allowed_entry(c->folder, entry, c->acts->mem)
			 : screener_sender_is_key(entry);
}

int acts_sender_find(const struct acts *a, const struct acts_folder *folder, struct str message,
	struct acts_sender *s, struct err *err)
{
	struct case_of c = {a, folder, message};
	struct str result;
	const struct confined_job job = job_of(&c, work);
	*s = (struct acts_sender){STR_EMPTY, STR_EMPTY};
	enum confined_end end = confined_run(&job, a->mem, &result, err);
	if (end == CONFINED_NOT_STARTED)
		return -1;
	if (end == CONFINED_FAILED) {
		s->why = arena_str(a->mem, str_of(err->text));
		return 0;
	}
	size_t line = str_find(result, '\n');
	struct str entry = str_slice(result, 0, line);
	s->why = printable_line(str_slice(result, line + 1, result.n), '?', a->mem);
	if (entry.n && is_allowed(&c, entry))
		s->entry = entry;
	else if (entry.n)
		s->why = STR_LIT("reading it returned an invalid entry");
	return 0;
}

int acts_sender_claims(
	const struct acts *a, struct str message, struct str_list *keys, struct err *err)
{
	struct case_of c = {a, NULL, message};
	struct str result, line;
	const struct confined_job job = job_of(&c, work_on_claims);
	*keys = (struct str_list){NULL, 0};
	if (confined_run(&job, a->mem, &result, err) != CONFINED_DONE)
		return -1;
	while (str_line(&result, &line))
		if (line.n && line.n <= LIMIT_PATTERN && !printable_has_control(line))
			str_list_add(keys, line, a->mem);
	return 0;
}
