#include "mda/pipeline.h"

#include "base/io.h"
#include "filters/attachments.h"
#include "filters/engines.h"
#include "filters/firewall.h"
#include "filters/label/tag.h"
#include "filters/lists/lists.h"
#include "filters/rules.h"
#include "filters/spam/spam.h"
#include "mda/asks.h"
#include "mda/conf/folders.h"
#include "mda/delivery/compose.h"
#include "mda/judgement.h"
#include "mda/rules_host.h"
#include "mda/trace.h"

#include <string.h>

static int expand(const struct delivery *d, struct str template, struct str *path, struct err *err)
{
	const char *text;
	if (template_expand(template, &d->user->names, d->mem, &text, err) < 0)
		return -1;
	*path = str_of(text);
	return 0;
}

static struct authres_conf authres_conf(const struct delivery *d)
{
	return (struct authres_conf){.ids = &d->conf->authserv_id,
		.own_received = d->conf->own_received,
		.allow_requires = d->conf->allow_requires,
		.trust_arc = d->conf->trust_arc};
}

static void add_name(struct str_list *names, struct str name, struct arena *mem)
{
	*(struct str *)ARENA_PUSH(mem, names->items, names->count) = name;
}

/* What only we write; the spam filter's fields, when it is we who ask it; what the admin names. */
static struct str_list untrusted(const struct delivery *d)
{
	const struct conf *conf = d->conf;
	struct str_list names = {0};
	add_name(&names, STR_LIT("X-Mda-*"), d->mem);
	for (size_t i = 0; i < conf->remove_headers.count; i++)
		add_name(&names, conf->remove_headers.items[i], d->mem);
	if (conf->antispam == SPAM_BY_SPAMD || conf->antispam == SPAM_BY_RSPAMD)
		for (size_t i = 0; i < conf->spam_headers.count; i++)
			add_name(&names, conf->spam_headers.items[i].name, d->mem);
	return names;
}

static int run_firewall(struct delivery *d, struct err *err)
{
	const struct authres_conf conf = authres_conf(d);
	struct str_list names = untrusted(d);
	(void)err;
	firewall_apply(&names, d->msg, &d->verdict);
	if (conf.ids->count)
		firewall_remove_disguised(d->msg, STR_LIT("Authentication-Results"), &d->verdict);
	authres_judge(&conf, d->msg, d->env->sender, &d->verdict);
	return 0;
}

/*
 * Redirected to here by another of our mailboxes: what a filter said there counts. What no filter
 * has judged, because of that mailbox's allow list or settings, is judged here.
 */
static int run_stamp(struct delivery *d, struct err *err)
{
	const struct stamp *s = d->origin.stamp;
	struct verdict *v = &d->verdict;
	(void)err;
	if (d->origin.doubt)
		verdict_note(v, "the stamp of a redirect does not count: %s", d->origin.doubt);
	if (!s || s->judged == STAMP_NOT_JUDGED)
		return 0;
	struct str by = s->path.count ? s->path.items[s->path.count - 1] : s->original;
	v->spam_by = "redirect";
	v->spam = s->judged == STAMP_SPAM ? SPAM_YES : SPAM_NO;
	v->spam_reason.text = arena_fmt(d->mem, "judged for " STR_FMT ", redirected by " STR_FMT,
		STR_ARGS(s->original), STR_ARGS(by));
	return 0;
}

static int run_lists(struct delivery *d, struct err *err)
{
	const struct authres_conf auth = authres_conf(d);
	struct lists_conf conf = {.doubt = authres_doubt(&auth, &d->verdict),
		.sender_doubt = authres_sender_doubt(&auth, &d->verdict)};
	const char *stale = aliases_stale(d->aliases);
	if (stale)
		verdict_note(
			&d->verdict, "%s; the text is read instead (mda-lists compile)", stale);
	if (expand(d, d->conf->global_allow, &conf.global_allow, err) < 0 ||
		expand(d, d->conf->global_block, &conf.global_block, err) < 0 ||
		expand(d, d->conf->user_allow, &conf.address_allow, err) < 0 ||
		expand(d, d->conf->user_block, &conf.address_block, err) < 0)
		return -1;
	/* A list that cannot be read is no reason to hold mail up: the others have spoken. */
	if (lists_judge(&conf, d->msg, d->env, d->origin.is_mailbox, &d->verdict, err) < 0)
		verdict_trouble(&d->verdict, "list", err);
	return 0;
}

struct spam_conf pipeline_spam_conf(const struct delivery *d)
{
	static const struct spam_protocol *const protocols[] = {
		[SPAM_BY_SPAMD] = &spam_protocol_spamd,
		[SPAM_BY_RSPAMD] = &spam_protocol_rspamd,
		[SPAM_BY_NOBODY] = NULL,
	};
	const struct conf *whose = delivery_checked_by(d);
	return (struct spam_conf){.kind = whose->antispam,
		.rules = d->conf->spam_headers,
		.servers = {.protocol = protocols[whose->antispam],
			.servers = &whose->antispam_servers,
			.seconds = whose->antispam_timeout},
		.ask = asks_spam,
		.context = (void *)d,
		.max_size = d->conf->antispam_max_size,
		.failure = d->conf->antispam_failure,
		.has_limit = d->conf->spam_limit.is_set,
		.limit = d->conf->spam_limit.value};
}

/* Whoever sent it, whom he is allowed by: it is what is attached that is not wanted. */
static int run_attachments(struct delivery *d, struct err *err)
{
	(void)err;
	attachments_judge(&d->conf->attachments_refuse, d->msg, &d->verdict);
	return 0;
}

static int run_spam(struct delivery *d, struct err *err)
{
	const struct spam_conf conf = pipeline_spam_conf(d);
	return spam_judge(&conf, d->msg, d->env, &d->verdict, err);
}

/* ---- what is done with spam and blocked mail, before the rules are asked ---- */

enum fate { FATE_GO_ON, FATE_JUNK, FATE_REFUSE, FATE_DISCARD };

static enum fate fate_of(const struct delivery *d)
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
	if (d->verdict.spam != SPAM_YES)
		return FATE_GO_ON;
	return d->verdict.listing == LISTED_BLOCK ? of_blocked[d->conf->blocked_action]
						  : of_spam[d->conf->spam_action];
}

int pipeline_mailbox(const struct conf *conf, const struct template_values *names,
	struct arena *mem, const char **maildir, const char **state_dir, struct err *err)
{
	if (template_expand(conf->maildir, names, mem, maildir, err) < 0)
		return -1;
	return conf->state_dir.n ? template_expand(conf->state_dir, names, mem, state_dir, err) : 0;
}

int pipeline_rules_conf(const struct conf *conf, const struct user *user, struct delivery *d,
	struct arena *mem, struct rules_conf *rules, struct err *err)
{
	const struct str_list *from[] = {
		&conf->scripts_before, &conf->scripts_user, &conf->scripts_after};
	struct str_list *to[] = {&rules->before, &rules->user, &rules->after};
	struct rules_world world = {.conf = conf,
		.names = &user->names,
		.delivery = d,
		.trace = d ? d->trace : NULL,
		.mem = mem};
	if (pipeline_mailbox(conf, world.names, mem, &world.maildir, &world.state_dir, err) < 0)
		return -1;
	*rules = (struct rules_conf){
		.engine = engines_find(conf->sieve_engine),
		.host = rules_host(&world),
		.max_script = conf->script_max,
		.max_redirects = conf->redirects_max,
	};
	if (!rules->engine)
		return err_temp(
			err, "sieve_engine: there is no engine \"%s\"", conf->sieve_engine.p);
	for (size_t k = 0; k < 3; k++) {
		for (size_t i = 0; i < from[k]->count; i++) {
			const char *path;
			if (template_expand(from[k]->items[i], &user->names, mem, &path, err) < 0)
				return -1;
			*(struct str *)ARENA_PUSH(mem, to[k]->items, to[k]->count) = str_of(path);
		}
	}
	return 0;
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

static int run_user_rules(struct delivery *d, bool to_junk, struct err *err)
{
	if (d->without_rules) {
		verdict_add(&d->verdict, ACTION_STORE,
			to_junk ? folders_junk(d->conf, d->mem) : d->keep_folder,
			reason_text(d->only_header ? "it could not be judged"
						   : "the rules could not be run to their end"));
		return 0;
	}
	struct rules_conf conf;
	struct sv_input input = {.msg = d->msg,
		.env = d->env,
		.hidden = d->verdict.removed,
		.trace = compose_trace(d)};
	if (pipeline_rules_conf(d->conf, d->user, d, d->mem, &conf, err) < 0)
		return -1;
	input.host = conf.host;
	conf.keep_folder = to_junk ? folders_junk(d->conf, d->mem) : d->keep_folder;
	conf.begins = mark_script;
	conf.context = d->mark;
	rules_run(&conf, &input, &d->verdict);
	return 0;
}

static int run_rules(struct delivery *d, struct err *err)
{
	struct verdict *v = &d->verdict;
	enum fate fate = fate_of(d);
	if (fate == FATE_REFUSE)
		verdict_add(v, ACTION_REJECT, d->conf->refuse_text, v->spam_reason);
	else if (fate == FATE_DISCARD)
		verdict_add(v, ACTION_DISCARD, (struct str){"", 0}, v->spam_reason);
	else if (fate == FATE_JUNK && !d->conf->spam_rules)
		verdict_add(v, ACTION_STORE, folders_junk(d->conf, d->mem), v->spam_reason);
	else
		return run_user_rules(d, fate == FATE_JUNK, err);
	return 0;
}

int pipeline_contacts(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct contacts *contacts, struct err *err)
{
	const char *path;
	*contacts = (struct contacts){0};
	if (template_expand(conf->contacts, names, mem, &path, err) < 0)
		return -1;
	contacts->list = str_of(path);
	if (template_expand(conf->contacts_dir, names, mem, &path, err) < 0)
		return -1;
	contacts->dir = str_of(path);
	for (size_t i = 0; i < conf->address_books.count; i++) {
		if (template_expand(conf->address_books.items[i], names, mem, &path, err) < 0)
			return -1;
		add_name(&contacts->books, str_of(path), mem);
	}
	return 0;
}

/* Was anything delivered from there before? */
static int was_seen(void *context, struct str key)
{
	return asks_remembered(context, tag_seen_handle, key);
}

int pipeline_label(struct delivery *d, struct err *err)
{
	struct tag_conf conf = {
		.enabled = d->conf->label,
		.organizations = d->conf->organizations,
		.organization_count = d->conf->organization_count,
		.auth = authres_conf(d),
		.seen = was_seen,
		.context = d,
	};
	conf.auth.allow_requires = d->conf->inside_requires;
	if (pipeline_contacts(d->conf, &d->user->names, d->mem, &conf.contacts, err) < 0)
		return -1;
	conf.contacts.find_known = asks_known;
	conf.contacts.context = d;
	tag_decide(&conf, d->msg, d->env, &d->verdict);
	return 0;
}

static int run_tag(struct delivery *d, struct err *err)
{
	if (pipeline_label(d, err) < 0)
		return -1;
	spam_write(&d->verdict);
	tag_write(d->conf->label_shows, &d->verdict);
	return 0;
}

const struct stage pipeline_stages[] = {
	{"stamp", false, run_stamp},
	{"firewall", true, run_firewall},
	{"lists", false, run_lists},
	{"attachments", false, run_attachments},
	{"antispam", false, run_spam},
	{"rules", true, run_rules},
	{"tag", false, run_tag},
};

const size_t pipeline_stage_count = sizeof pipeline_stages / sizeof *pipeline_stages;

int pipeline_run(struct delivery *d, struct spent *spent, struct err *err)
{
	verdict_init(&d->verdict, d->mem, message_header_count(d->msg));
	for (size_t i = 0; i < pipeline_stage_count; i++) {
		long long start = io_microseconds();
		if (d->only_header && !pipeline_stages[i].plain)
			continue;
		if (d->mark)
			d->mark->stage = (uint32_t)i + 1;
		if (pipeline_stages[i].run(d, err) < 0)
			return -1;
		if (d->verdict.passing.text[0]) {
			*err = d->verdict.passing;
			return -1;
		}
		spent[i].microseconds = (uint64_t)(io_microseconds() - start);
	}
	return 0;
}
