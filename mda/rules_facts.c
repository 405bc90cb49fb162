/*
 * Facts about the delivery for rules: environment items (RFC 5183), the results of spam scanners,
 * and what was seen before.
 */
#include "filters/spam/spam.h"
#include "base/host.h"
#include "mda/asks.h"
#include "mda/conf/user.h"
#include "mda/rules_host.h"
#include "mda/stage_conf.h"
#include "mda/stages.h"

#include <unistd.h>

/* ---- items ---- */

typedef bool get_item(const struct rules_world *w, struct str *value);

static bool version(const struct rules_world *w, struct str *value)
{
	(void)w;
	*value = STR_LIT(MDA_VERSION);
	return true;
}

static bool host(const struct rules_world *w, struct str *value)
{
	(void)w;
	*value = str_of(host_name());
	return value->n > 0;
}

static bool domain(const struct rules_world *w, struct str *value)
{
	if (!w->names)
		return false;
	*value = w->names->domain.n ? w->names->domain : w->conf->default_domain;
	return value->n > 0;
}

static bool user(const struct rules_world *w, struct str *value)
{
	if (w->names)
		*value = w->names->user;
	return w->names != NULL;
}

static bool inbox(const struct rules_world *w, struct str *value)
{
	(void)w;
	*value = STR_LIT("INBOX");
	return true;
}

/* ---- what the MTA and the stages say ---- */

static bool recipient(const struct rules_world *w, struct str *value)
{
	if (w->delivery)
		*value = w->delivery->env->recipient;
	return w->delivery != NULL;
}

static bool original_recipient(const struct rules_world *w, struct str *value)
{
	if (w->delivery)
		*value = w->delivery->env->original_recipient;
	return w->delivery != NULL;
}

static bool sender(const struct rules_world *w, struct str *value)
{
	if (w->delivery)
		*value = w->delivery->env->sender;
	return w->delivery != NULL;
}

static bool label(const struct rules_world *w, struct str *value)
{
	struct err err;
	if (!w->delivery || stages_label(w->delivery, w->verdict, &err) < 0)
		return false;
	enum label l = w->verdict->label.kind;
	*value = l == LABEL_NONE ? STR_EMPTY : str_of(tag_label_names[l]);
	return true;
}

static struct str why(const struct rules_world *w, const struct reason *r)
{
	struct str where = verdict_reason_where(r, w->mem);
	if (r->file.n && r->text.n)
		return arena_fmt(w->mem, STR_FMT " " STR_FMT, STR_ARGS(where), STR_ARGS(r->text));
	return where;
}

static bool label_reason(const struct rules_world *w, struct str *value)
{
	struct str ignored;
	if (!label(w, &ignored))
		return false;
	*value = why(w, &w->verdict->label.reason);
	return true;
}

static bool list(const struct rules_world *w, struct str *value)
{
	static const char *const names[] = {
		[LISTED_NOT] = "", [LISTED_BLOCK] = "blocked", [LISTED_ALLOW] = "allowed"};
	if (w->delivery)
		*value = str_of(names[w->verdict->lists.listing]);
	return w->delivery != NULL;
}

static bool list_reason(const struct rules_world *w, struct str *value)
{
	if (!w->delivery)
		return false;
	*value = why(w, &w->verdict->lists.reason);
	return true;
}

static bool spam(const struct rules_world *w, struct str *value)
{
	if (w->delivery)
		*value = str_of(spam_state_names[w->verdict->spam.state]);
	return w->delivery != NULL;
}

static bool spam_reason(const struct rules_world *w, struct str *value)
{
	if (!w->delivery)
		return false;
	*value = why(w, &w->verdict->spam.reason);
	return true;
}

static const struct {
	const char *name;
	get_item *get;
} items[] = {
	{"version", version},
	{"host", host},
	{"domain", domain},
	{"vnd.mda.user", user},
	{"vnd.mda.recipient", recipient},
	{"vnd.mda.original-recipient", original_recipient},
	{"vnd.mda.sender", sender},
	{"vnd.mda.label", label},
	{"vnd.mda.label-reason", label_reason},
	{"vnd.mda.list", list},
	{"vnd.mda.list-reason", list_reason},
	{"vnd.mda.spam", spam},
	{"vnd.mda.spam-reason", spam_reason},
	{"vnd.dovecot.default-mailbox", inbox},
	{"vnd.dovecot.username", user},
};

/* Items that the admin sets: "name value". */
static int configured(const struct rules_world *w, struct str name, struct str *value)
{
	const struct str_list *all = &w->conf->script_environment;
	for (size_t i = 0; i < all->count; i++) {
		struct str rest = all->items[i], own;
		if (!str_word(&rest, &own) || !str_ieq(own, name))
			continue;
		*value = str_trim(rest);
		return 1;
	}
	return 0;
}

int rules_environment(void *context, struct str item, struct arena *mem, struct str *value)
{
	static const char *const prefixes[] = {"vnd.mda.config.", "vnd.dovecot.config."};
	const struct rules_world *w = context;
	(void)mem;
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		if (str_ieq(item, str_of(items[i].name)))
			return items[i].get(w, value);
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (str_istarts(item, str_of(prefixes[i])))
			return configured(w, str_slice(item, str_of(prefixes[i]).n, item.n), value);
	return 0;
}

/* ---- scanners ---- */

int rules_scored(void *context, enum sv_scan scan, bool percent, const struct message *header)
{
	const struct rules_world *w = context;
	bool is_virus = scan == SV_SCAN_VIRUS;
	if (!w->delivery)
		return -1;
	return score_value(is_virus ? &w->conf->virustest : &w->conf->spamtest,
		header ? header : w->delivery->msg, is_virus ? 5 : 10, percent, w->mem);
}

int rules_scanned(void *context, enum sv_scan scan)
{
	const struct rules_world *w = context;
	if (!w->delivery || scan != SV_SCAN_SPAM)
		return -1;
	const struct spam_conf conf = stage_conf_spam(w->delivery);
	return spam_percent(&conf, w->delivery->msg, w->verdict);
}

/* ---- what was seen before ---- */

int rules_duplicate(void *context, struct str handle, struct str id)
{
	const struct rules_world *w = context;
	return w->delivery && w->maildir
		       ? asks_remembered(w->delivery, handle, id, &w->verdict->notes)
		       : 0;
}
