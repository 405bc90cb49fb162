#include "mda/outgoing/answers.h"

#include "base/hash.h"
#include "base/str_list.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/delivery/compose.h"
#include "mda/outgoing/submit.h"

#include <string.h>

/* ---- whose address it is ---- */

bool answers_is_own(const struct delivery *d, struct str address)
{
	struct str own = aliases_mailbox(d->aliases, d->env->mailbox, d->mem);
	return str_eq(aliases_mailbox(d->aliases, address, d->mem), own);
}

/*
 * The original recipient of a stamp belongs to another mailbox, so only the one that the MTA named
 * counts.
 */
bool answers_is_original(const struct delivery *d, struct str address)
{
	struct address original = address_parse_envelope(d->told.original_recipient, d->mem);
	return !original.invalid && original.spec.n &&
	       str_eq(address_key(&original, d->mem), address);
}

struct str answers_sender(const struct delivery *d, const struct conf_sender *by)
{
	struct str original = d->told.original_recipient;
	if (by->by == SENDER_ADDRESS)
		return by->address;
	if (by->by == SENDER_ORIGINAL_RECIPIENT && original.n && submit_can_from(original))
		return original;
	return d->env->mailbox;
}

static bool may_answer(const struct delivery *d, struct str sender)
{
	struct address a = address_parse_envelope(sender, d->mem);
	struct str key = address_key(&a, d->mem);
	if (d->conf->vacation_sender == VACATION_FROM_NOBODY || a.invalid)
		return false;
	return answers_is_own(d, key) ||
	       (d->conf->vacation_original_recipient && answers_is_original(d, key));
}

bool answers_may_write(const struct delivery *d, const char *kind, struct str sender)
{
	if (sender.n == 0 || str_eq(sender, d->env->mailbox))
		return true;
	if (strcmp(kind, "notify") == 0)
		return str_eq(sender, answers_sender(d, &d->conf->notify_sender));
	if (strcmp(kind, "report") == 0)
		return str_eq(sender, answers_sender(d, &d->conf->report_sender));
	return strcmp(kind, "vacation") == 0 && may_answer(d, sender);
}

/* ---- ids ---- */

struct str answers_message_id(const struct delivery *d, const struct store_id *id, const char *kind)
{
	const struct str parts[] = {{(const char *)id->bytes, sizeof id->bytes}, str_of(kind)};
	struct hash hash = hash_of(parts, 2);
	char hex[HASH_HEX];
	struct str mailbox = d->env->mailbox;
	size_t at = str_rfind(mailbox, '@');
	struct str domain =
		at < mailbox.n ? str_slice(mailbox, at + 1, mailbox.n) : STR_LIT("localhost");
	hash_hex(&hash, hex);
	hex[32] = '\0';
	return arena_fmt(d->mem, "<%s.mda@" STR_FMT ">", hex, STR_ARGS(domain));
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	answer_prepare *prepare;
} kinds[] = {
	{"vacation", vacation_prepare},
	{"notify", notify_prepare},
	{"report", report_prepare},
};

static answer_prepare *kind_of(const struct answer *a)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, a->name) == 0)
			return kinds[i].prepare;
	return NULL;
}

/*
 * The message as the rules changed it: its bytes are in d->mem, and message_free() frees its index.
 */
static struct message *changed_message(const struct delivery *d, const struct answer *a)
{
	struct err err;
	struct message *m = NULL;
	if (a->changes)
		m = message_borrow(compose_header(d, a->changes), &err);
	return m;
}

static const char *prepare_one(
	const struct answers_world *w, const struct answer *a, struct outmail *out)
{
	answer_prepare *prepare = kind_of(a);
	if (!prepare)
		return "this version does not know it";
	struct message *changed = changed_message(w->delivery, a);
	const char *why = prepare(w, changed ? changed : w->delivery->msg, a, out);
	message_free(changed);
	return why;
}

struct outmails answers_prepare(const struct answers_world *world)
{
	const struct delivery *d = world->delivery;
	const struct verdict *v = d->verdict;
	struct outmails all = {0};
	for (size_t i = 0; i < v->rules.answer_count; i++) {
		const struct answer *a = &v->rules.answers[i];
		struct outmail out = {.kind = a->name,
			.reason = a->reason,
			.has_fcc = a->has_fcc,
			.fcc = a->fcc,
			.fcc_flags = a->fcc_flags};
		const char *why = prepare_one(world, a, &out);
		struct str where = verdict_reason_where(&a->reason, d->mem);
		if (why)
			str_list_add(&all.declined,
				arena_fmt(d->mem, "%s (" STR_FMT "): %s", a->name, STR_ARGS(where),
					why),
				d->mem);
		else
			*(struct outmail *)ARENA_PUSH(d->mem, all.items, all.count) = out;
	}
	return all;
}
