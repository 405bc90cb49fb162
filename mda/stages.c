#include "mda/stages.h"

#include "filters/attachments.h"
#include "filters/firewall.h"
#include "mda/asks.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/conf/conf_personal.h"
#include "mda/conf/folders.h"
#include "mda/conf/user.h"
#include "mda/delivery/compose.h"
#include "mda/stage_conf.h"

#include <string.h>

/* What a stage says of its result, if that is all there is. */
static void say(struct verdict *v, const char *stage, enum findings_wanted level, struct str text)
{
	verdict_found(
		v, level, (struct finding){.stage = stage, .kind = FINDING_SAID, .why = text});
}

void stages_personal(struct delivery *d, struct verdict *v)
{
	struct conf_personal p;
	if (!d->file || !d->user || d->only_header ||
		conf_personal_read(d->file, d->conf, &d->user->names, d->mem, &p) == 0)
		return;
	const struct conf *own = conf_personal_apply(d->conf, &p, d->mem);
	if (d->origin.conf == d->conf)
		d->origin.conf = own;
	d->conf = own;
	if (p.error_count)
		verdict_note(v, "%s: %zu lines do not count; see %s.errors", p.path, p.error_count,
			p.path);
	verdict_report(v, arena_fmt(d->mem, "%s.errors", p.path), p.errors);
}

/*
 * The mailbox that redirected the message here is ours: the result of its filter counts. If no
 * filter judged the message, because of that mailbox's allow list or settings, it is judged here.
 */
int stages_stamp(const struct delivery *d, struct verdict *v, struct err *err)
{
	const struct stamp *s = d->origin.stamp;
	(void)err;
	if (d->origin.doubt)
		verdict_note(v, "the stamp of a redirect does not count: %s", d->origin.doubt);
	if (!s)
		say(v, "stamp", FINDINGS_ALL, STR_LIT("no redirect of ours brought it"));
	else if (s->judged == STAMP_NOT_JUDGED)
		say(v, "stamp", FINDINGS_KEPT,
			STR_LIT("a redirect of ours brought it, and no spam filter has judged it"));
	if (!s || s->judged == STAMP_NOT_JUDGED)
		return 0;
	struct str by = s->path.count ? s->path.items[s->path.count - 1] : s->original;
	v->spam.by = "redirect";
	v->spam.state = s->judged == STAMP_SPAM ? SPAM_YES : SPAM_NO;
	v->spam.reason.text = arena_fmt(d->mem, "judged for " STR_FMT ", redirected by " STR_FMT,
		STR_ARGS(s->original), STR_ARGS(by));
	say(v, "stamp", FINDINGS_KEPT, v->spam.reason.text);
	return 0;
}

/* The fields that are taken out, and what counts of the others. */
static void tell_removed(const struct delivery *d, struct verdict *v)
{
	size_t removed = 0;
	for (size_t i = 0; i < v->header.field_count; i++) {
		if (!v->header.removed[i])
			continue;
		const struct header *h = message_header(d->msg, i);
		removed++;
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){.stage = "firewall",
				.kind = FINDING_LOST,
				.field = arena_str(d->mem, h->name),
				.value = str_trim(h->value),
				.why = STR_LIT("a sender could have written it, so it is taken "
					       "out")});
	}
	if (!removed)
		say(v, "firewall", FINDINGS_ALL, STR_LIT("no field is taken out"));
	else
		say(v, "firewall", FINDINGS_KEPT,
			arena_fmt(
				d->mem, "%zu field%s taken out", removed, removed == 1 ? "" : "s"));
	if (v->auth.by.n)
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){.stage = "firewall",
				.kind = FINDING_LOOKED,
				.field = STR_LIT("Authentication-Results"),
				.value = v->auth.by});
}

int stages_firewall(const struct delivery *d, struct verdict *v, struct err *err)
{
	const struct authres_conf conf = stage_conf_authres(d);
	struct str_list names = stage_conf_untrusted(d);
	(void)err;
	firewall_apply(&names, d->msg, v);
	if (conf.ids->count)
		firewall_remove_disguised(d->msg, STR_LIT("Authentication-Results"), v);
	authres_judge(&conf, d->msg, d->env->sender, v);
	tell_removed(d, v);
	return 0;
}

int stages_lists(const struct delivery *d, struct verdict *v, struct err *err)
{
	struct lists_conf conf;
	struct err why;
	const char *stale = aliases_stale(d->aliases);
	if (stale)
		verdict_note(v, "%s; the text is read instead (mda-lists compile)", stale);
	/* The mailbox is known before this, so that only an allow list counts less. */
	if (aliases_check(d->aliases, &why) < 0)
		verdict_note(v, "aliases: %s", why.text);
	if (d->origin.lacks)
		verdict_note(v, "address_settings: %s", d->origin.lacks);
	if (stage_conf_lists(d, v, &conf, err) < 0)
		return -1;
	/* A list that cannot be read must not delay mail: the other lists decide. */
	if (lists_judge(&conf, d->msg, d->env, d->origin.is_mailbox, v, err) < 0)
		verdict_trouble(v, "list", err);
	return 0;
}

/*
 * The sender and the allow lists do not matter here: such an attachment is not wanted from anybody.
 */
int stages_attachments(const struct delivery *d, struct verdict *v, struct err *err)
{
	(void)err;
	const struct str_list *refused = &d->conf->attachments_refuse;
	if (d->without_attachments)
		attachments_doubt(refused, "they cannot be looked at to the end", v);
	else
		attachments_judge(refused, d->msg, v);
	if (v->spam.by && str_eq(str_of(v->spam.by), STR_LIT("attachment")))
		say(v, "attachments", FINDINGS_KEPT, v->spam.reason.text);
	else
		say(v, "attachments", FINDINGS_ALL,
			STR_LIT("no attachment of a refused kind was found"));
	return 0;
}

/*
 * Does no filter decide, because the sender is a contact of this address? Only a From that has
 * passed is believed, and the contacts of an address count only for its own mail.
 */
static int skip_for_contact(
	const struct delivery *d, struct verdict *v, bool *skipped, struct err *err)
{
	struct tag_conf conf;
	struct contact contact;
	*skipped = false;
	if (!d->conf->contacts_skip_antispam || v->lists.listing != LISTED_NOT || v->spam.by ||
		!d->origin.is_mailbox)
		return 0;
	if (stage_conf_label(d, &conf, err) < 0)
		return -1;
	conf.auth.allow_requires = ALLOW_PASS;
	conf.contacts.find_known = asks_known;
	if (!tag_proven_contact(&conf, d->msg, v, &contact))
		return 0;
	v->spam.state = SPAM_SKIPPED;
	v->spam.reason = contact.reason;
	say(v, "antispam", FINDINGS_KEPT, STR_LIT("no filter is asked about a contact"));
	*skipped = true;
	return 0;
}

int stages_spam(const struct delivery *d, struct verdict *v, struct err *err)
{
	bool skipped;
	if (skip_for_contact(d, v, &skipped, err) < 0)
		return -1;
	if (skipped)
		return 0;
	struct spam_conf conf = stage_conf_spam(d);
	conf.ask = asks_spam;
	conf.context = (void *)d; /* asks_spam() only reads it */
	return spam_judge(&conf, d->msg, d->env, v, err);
}

/* ---- senders that are new ---- */

/*
 * Only what would be kept in the INBOX is screened: not spam, and not what -m keeps elsewhere. Nor
 * is a message that was delivered before: its user has seen it.
 */
int stages_screener(const struct delivery *d, struct verdict *v, struct err *err)
{
	struct screener_conf conf;
	if (d->conf->screener.n == 0 || d->keep_folder.n || d->recorded ||
		v->spam.state == SPAM_YES)
		return 0;
	if (stage_conf_screener(d, &conf, err) < 0)
		return -1;
	conf.ask = asks_screener;
	conf.context = (void *)d; /* asks_screener() only reads it */
	conf.tag.contacts.find_known = asks_known;
	screener_judge(&conf, d->msg, d->env, v);
	return 0;
}

/* ---- rules ---- */

/* Decides what is done with spam and blocked mail, before the rules run. */
enum fate { FATE_GO_ON, FATE_JUNK, FATE_REFUSE, FATE_DISCARD };

static enum fate fate_of(const struct delivery *d, const struct verdict *v)
{
	static const enum fate of_blocked[] = {
		[BLOCKED_TO_JUNK] = FATE_JUNK,
		[BLOCKED_MARK] = FATE_GO_ON,
		[BLOCKED_REFUSE] = FATE_REFUSE,
	};
	static const enum fate of_spam[] = {
		[SPAM_TO_JUNK] = FATE_JUNK,
		[SPAM_MARK] = FATE_GO_ON,
		[SPAM_REJECT] = FATE_REFUSE,
		[SPAM_DISCARD] = FATE_DISCARD,
	};
	if (v->spam.state != SPAM_YES)
		return FATE_GO_ON;
	if (v->lists.listing == LISTED_BLOCK)
		return of_blocked[d->conf->blocked_action];
	enum fate fate = of_spam[d->conf->spam_action];
	/* Perhaps the machine had too much to do: that loses no mail. */
	return fate == FATE_DISCARD && d->without_attachments ? FATE_JUNK : fate;
}

static void mark_script(void *context, struct str script)
{
	struct mark *mark = context;
	size_t n = script.n < sizeof mark->script ? script.n : 0;
	if (!mark)
		return;
	memcpy(mark->script, script.p, n);
	mark->script[n] = '\0';
}

static int run_scripts(
	const struct delivery *d, struct verdict *v, struct str keep, struct err *err)
{
	struct rules_conf conf;
	struct sv_input input = {.msg = d->msg,
		.env = d->env,
		.hidden = v->header.removed,
		.trace = compose_trace(d)};
	if (stage_conf_rules(d, v, &conf, err) < 0)
		return -1;
	input.host = conf.host;
	conf.keep_folder = keep;
	conf.keep_reason = v->screener.reason;
	conf.begins = mark_script;
	conf.context = d->mark;
	rules_run(&conf, &input, v);
	return 0;
}

static int run_user_rules(
	const struct delivery *d, struct verdict *v, bool to_junk, struct err *err)
{
	struct str keep = to_junk ? folders_junk(d->conf, d->mem) : d->keep_folder;
	if (v->screener.folder.n)
		keep = v->screener.folder;
	if (!d->without_rules)
		return run_scripts(d, v, keep, err);
	verdict_add(v, ACTION_STORE, keep,
		verdict_reason_text(d->only_header ? "it could not be judged"
						   : "the rules could not be run to their end"));
	return 0;
}

int stages_rules(const struct delivery *d, struct verdict *v, struct err *err)
{
	enum fate fate = fate_of(d, v);
	if (fate == FATE_REFUSE)
		verdict_add(v, ACTION_REJECT, d->conf->refuse_text, v->spam.reason);
	else if (fate == FATE_DISCARD)
		verdict_add(v, ACTION_DISCARD, STR_EMPTY, v->spam.reason);
	else if (fate == FATE_JUNK && !d->conf->spam_rules)
		verdict_add(v, ACTION_STORE, folders_junk(d->conf, d->mem), v->spam.reason);
	else
		return run_user_rules(d, v, fate == FATE_JUNK, err);
	say(v, "rules", FINDINGS_KEPT,
		arena_fmt(d->mem, "no script is run: %s decides",
			v->lists.listing == LISTED_BLOCK ? "blocked_action" : "spam_action"));
	return 0;
}

/* ---- the label ---- */

/* The mailbox that is asked whether the sender is new. */
struct label_world {
	const struct delivery *delivery;
	struct verdict *verdict;
};

/* Was mail delivered from this sender before? */
static int was_seen(void *context, struct str key)
{
	const struct label_world *w = context;
	return asks_remembered(w->delivery, tag_seen_handle, key, &w->verdict->notes);
}

int stages_label(const struct delivery *d, struct verdict *v, struct err *err)
{
	struct tag_conf conf;
	struct label_world world = {d, v};
	if (stage_conf_label(d, &conf, err) < 0)
		return -1;
	conf.seen = was_seen;
	conf.context = &world;
	conf.contacts.find_known = asks_known;
	tag_decide(&conf, d->msg, d->env, v);
	return 0;
}

int stages_tag(const struct delivery *d, struct verdict *v, struct err *err)
{
	if (stages_label(d, v, err) < 0)
		return -1;
	spam_write(v);
	tag_write(d->conf->label_shows, v);
	return 0;
}
