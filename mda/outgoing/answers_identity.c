#include "mda/outgoing/answers_identity.h"

#include "base/address.h"
#include "base/hash.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
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
