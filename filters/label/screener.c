#include "filters/label/screener.h"

#include "base/address.h"
#include "base/date.h"
#include "base/idn.h"
#include "base/mime.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "base/wild.h"

enum { ID_MOST = 1000, ABOUT_MOST = 200 };

struct decision {
	const struct screener_conf *conf;
	const struct message *msg;
	const struct envelope *env;
	struct screener_sender sender;
	struct verdict *v;
};

static void tell(
	const struct decision *d, uint32_t kind, struct str field, struct str value, struct str why)
{
	verdict_found(d->v, FINDINGS_KEPT,
		(struct finding){.stage = "screener",
			.kind = kind,
			.field = field,
			.value = value,
			.why = why});
}

static void passes(const struct decision *d, struct str why)
{
	tell(d, FINDING_SAID, STR_EMPTY, STR_EMPTY,
		arena_fmt(d->v->mem, "it passes: " STR_FMT, STR_ARGS(why)));
}

/* ---- whom the recipient knows ---- */

/* From themselves: what programs of theirs send, and what they send to themselves. */
static bool is_own(const struct decision *d)
{
	struct address own = address_parse_envelope(d->env->mailbox, d->v->mem);
	return d->sender.from.n && str_eq(d->sender.from, address_key(&own, d->v->mem)) &&
	       !authres_inside_doubt(&d->conf->tag.auth, true, d->v);
}

static bool is_familiar(const struct decision *d)
{
	struct tag_conf tag = d->conf->tag;
	struct reason reason;
	if (!d->conf->own_contacts)
		tag.contacts = (struct contacts){0};
	if (!tag_knows(&tag, d->msg, d->env, d->v, &reason))
		return false;
	struct str where = verdict_reason_where(&reason, d->v->mem);
	passes(d, reason.file.n ? arena_fmt(d->v->mem, STR_FMT " (" STR_FMT ")",
					  STR_ARGS(reason.text), STR_ARGS(where))
				: reason.text);
	return true;
}

/* ---- lists ---- */

/* The address in "<mailto:dev@lists.example>" (RFC 2369 section 3.4); empty if there is none. */
static struct str list_address(const struct message *msg, struct arena *mem)
{
	static const struct str scheme = STR_LIT("<mailto:");
	const struct header *h = message_find(msg, STR_LIT("List-Post"));
	struct str text = h ? message_header_text(h, mem) : STR_EMPTY;
	size_t at = str_ifind(text, scheme);
	if (at == text.n)
		return STR_EMPTY;
	text = str_slice(text, at + scheme.n, text.n);
	text = str_slice(text, 0, str_find(text, '>'));
	text = str_slice(text, 0, str_find(text, '?'));
	struct address a = address_parse_envelope(text, mem);
	return a.invalid || a.domain.n == 0 ? STR_EMPTY : address_key(&a, mem);
}

/*
 * Does LOCAL belong to the list's own addresses, to which bounces of its mail go? Other people of
 * the same domain must not pass for the list.
 */
static bool is_of_list(struct str local, struct str list)
{
	static const char *const after[] = {
		"-bounces", "-bounce", "-return", "-errors", "-owner", "-admin", "-request", "+"};
	static const char *const before[] = {"bounce-", "bounces-", "owner-"};
	if (str_eq(local, list))
		return true;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		struct str prefix = str_of(before[i]);
		if (!str_starts(local, prefix))
			continue;
		struct str rest = str_slice(local, prefix.n, local.n);
		if (str_starts(rest, list) && (rest.n == list.n || !ascii_isalnum(rest.p[list.n])))
			return true;
	}
	if (!str_starts(local, list))
		return false;
	struct str rest = str_slice(local, list.n, local.n);
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		struct str suffix = str_of(after[i]);
		if (str_starts(rest, suffix) &&
			(rest.n == suffix.n || suffix.n == 1 || !ascii_isalnum(rest.p[suffix.n])))
			return true;
	}
	return false;
}

static bool is_same_or_below(struct str domain, struct str above)
{
	return str_eq(domain, above) || (domain.n > above.n && str_iends(domain, above) &&
						domain.p[domain.n - above.n - 1] == '.');
}

/* The list has proven to be the envelope sender; anybody can write the field. */
static bool sends_list(const struct decision *d, struct str list)
{
	struct address sender = address_parse_envelope(d->env->sender, d->v->mem);
	struct str key = sender.invalid ? STR_EMPTY : address_key(&sender, d->v->mem);
	size_t at = str_rfind(key, '@'), list_at = str_rfind(list, '@');
	return at < key.n && !authres_sender_doubt(&d->conf->tag.auth, d->v) &&
	       is_same_or_below(
		       str_slice(key, at + 1, key.n), str_slice(list, list_at + 1, list.n)) &&
	       is_of_list(str_slice(key, 0, at), str_slice(list, 0, list_at));
}

/*
 * Why the mail may not be the list's, but that of somebody who has taken an address such as
 * bob-request@ for it, where bob@ is a person; NULL: it is the list's. Where anybody can have an
 * address, the provider has its users write from its own domain.
 */
static const char *list_doubt(const struct decision *d, struct str list)
{
	if (!sends_list(d, list))
		return "the list is not the proven envelope sender";
	if (d->sender.from.n == 0)
		return "the author is not certain";
	if (str_eq(d->sender.domain, str_slice(list, str_rfind(list, '@') + 1, list.n)))
		return "the author has an address in its domain, so it may be a person's";
	if (wild_any(&d->conf->freemail, list, d->v->mem))
		return "anybody can have an address in its domain (freemail_domains)";
	return NULL;
}

static bool is_own_list(const struct decision *d)
{
	struct arena *mem = d->v->mem;
	struct str list = list_address(d->msg, mem);
	struct contact contact;
	if (list.n == 0 || !d->conf->own_contacts)
		return false;
	const char *doubt = list_doubt(d, list);
	tell(d, FINDING_LOOKED, STR_LIT("List-Post"), list, str_of(doubt));
	if (doubt)
		return false;
	contacts_find(&d->conf->tag.contacts, list, d->v, &contact);
	if (contact.kind == CONTACT_NONE)
		return false;
	passes(d, arena_fmt(mem, "the list is a " STR_FMT, STR_ARGS(contact.reason.text)));
	return true;
}

/* ---- what the mailbox remembers ---- */

/* Adds the ids "<...>" in the field NAME, the last ones first. */
static void add_ids(const struct decision *d, const char *name, struct str_list *ids)
{
	struct arena *mem = d->v->mem;
	const struct header *h = message_find(d->msg, str_of(name));
	struct str text = h ? message_header_text(h, mem) : STR_EMPTY;
	while (ids->count < SCREENER_IDS_MOST) {
		size_t open = str_rfind(text, '<');
		if (open == text.n)
			return;
		struct str rest = str_slice(text, open, text.n);
		size_t close = str_find(rest, '>');
		struct str id = str_slice(rest, 0, close + 1);
		if (close < rest.n && id.n > 2 && id.n <= ID_MOST && !str_list_has(ids, id))
			str_list_add(ids, id, mem);
		text = str_slice(text, 0, open);
	}
}

/* Without authserv-ids nothing is ever proven; then the domain that the From claims counts. */
static bool may_reply(const struct decision *d)
{
	const struct str_list *ours = d->conf->tag.auth.ids;
	return d->sender.is_proven || !ours || ours->count == 0;
}

static struct str day_of(int64_t seconds, struct arena *mem)
{
	enum { SECONDS_OF_A_DAY = 24 * 3600 };
	int64_t year;
	int month, day;
	date_from_days(seconds / SECONDS_OF_A_DAY, &year, &month, &day);
	return arena_fmt(mem, "%04lld-%02d-%02d", (long long)year, month, day);
}

/* What it remembers; SCREENER_NEW with *FAILED if it cannot be asked. */
static struct screener_answer ask(const struct decision *d, bool *failed)
{
	struct screener_answer answer = {SCREENER_NEW, 0};
	struct screener_question q = {.sender = d->sender.key};
	struct err err;
	if (may_reply(d)) {
		q.domain = d->sender.domain;
		add_ids(d, "In-Reply-To", &q.ids);
		add_ids(d, "References", &q.ids);
	}
	tell(d, FINDING_LOOKED, STR_LIT("sender"), d->sender.key, str_of(d->sender.why));
	if (q.ids.count)
		tell(d, FINDING_LOOKED, STR_LIT("References"), q.ids.items[0],
			arena_fmt(d->v->mem, "%zu ids", q.ids.count));
	*failed = false;
	if (q.sender.n == 0 && q.ids.count == 0)
		return answer;
	*failed = d->conf->ask(d->conf->context, &q, &answer, &err) < 0;
	if (*failed)
		verdict_note(d->v, "screener: %s; the message is not screened", err.text);
	return answer;
}

/* ---- the decision ---- */

/* One line of what it is, for a notice. */
static struct str about(const struct decision *d)
{
	struct arena *mem = d->v->mem;
	const struct header *from = message_find(d->msg, STR_LIT("From"));
	const struct header *subject = message_find(d->msg, STR_LIT("Subject"));
	struct str who = from ? mime_decode(message_header_text(from, mem), mem) : STR_EMPTY;
	struct str what = subject ? mime_decode(message_header_text(subject, mem), mem) : STR_EMPTY;
	struct str line =
		arena_fmt(mem, STR_FMT ": " STR_FMT, STR_ARGS(str_slice(who, 0, ABOUT_MOST / 2)),
			STR_ARGS(str_slice(what, 0, ABOUT_MOST / 2)));
	return printable_line(line, '?', mem);
}

static void hold(const struct decision *d, struct str folder, struct str why)
{
	d->v->screener.folder = folder;
	d->v->screener.reason = (struct reason){.text = why};
	d->v->screener.about = about(d);
	tell(d, FINDING_SAID, STR_EMPTY, STR_EMPTY, why);
}

static void decide(const struct decision *d)
{
	struct arena *mem = d->v->mem;
	bool failed;
	struct screener_answer a = ask(d, &failed);
	struct str day = day_of(a.when, mem);
	if (a.kind == SCREENER_BLOCKED)
		hold(d, d->conf->junk,
			arena_fmt(mem, "screener: blocked on " STR_FMT, STR_ARGS(day)));
	else if (a.kind == SCREENER_APPROVED)
		passes(d, arena_fmt(mem, "approved on " STR_FMT, STR_ARGS(day)));
	else if (a.kind == SCREENER_REPLY)
		passes(d, arena_fmt(mem, "it answers a message sent on " STR_FMT, STR_ARGS(day)));
	else if (!failed && !is_own_list(d))
		hold(d, d->conf->folder,
			d->sender.why ? arena_fmt(mem, "screener: the sender is not certain: %s",
						d->sender.why)
				      : STR_LIT("screener: the sender is new"));
}

void screener_judge(const struct screener_conf *conf, const struct message *msg,
	const struct envelope *env, struct verdict *v)
{
	struct decision d = {.conf = conf, .msg = msg, .env = env, .v = v};
	if (v->lists.listing == LISTED_ALLOW) {
		passes(&d, STR_LIT("an allow list has the sender"));
		return;
	}
	d.sender = screener_sender_of(&conf->tag.auth, msg, env, v);
	if (is_own(&d))
		passes(&d, STR_LIT("it is from the recipient"));
	else if (!is_familiar(&d))
		decide(&d);
}
