#include "mda/stage_conf.h"

#include "base/str_list.h"
#include "filters/engines.h"
#include "mda/conf/folders.h"
#include "mda/conf/mailboxes.h"
#include "mda/rules_host.h"

static void add_name(struct str_list *names, struct str name, struct arena *mem)
{
	str_list_add(names, name, mem);
}

static int expand(struct str template, const struct template_values *names, struct arena *mem,
	struct str *path, struct err *err)
{
	const char *text;
	if (template_expand(template, names, mem, &text, err) < 0)
		return -1;
	*path = str_of(text);
	return 0;
}

static int expand_all(const struct str_list *templates, const struct template_values *names,
	struct arena *mem, struct str_list *paths, struct err *err)
{
	for (size_t i = 0; i < templates->count; i++) {
		struct str path;
		if (expand(templates->items[i], names, mem, &path, err) < 0)
			return -1;
		add_name(paths, path, mem);
	}
	return 0;
}

/*
 * Fields that only we write: the spam filter's if we are who asks it, and those that the admin
 * names.
 */
struct str_list stage_conf_untrusted(const struct delivery *d)
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

struct authres_conf stage_conf_authres(const struct delivery *d)
{
	return (struct authres_conf){.ids = &d->conf->authserv_id,
		.own_received = d->conf->own_received,
		.allow_requires = d->conf->allow_requires,
		.trust_arc = d->conf->trust_arc};
}

int stage_conf_lists(const struct delivery *d, const struct verdict *v, struct lists_conf *lists,
	struct err *err)
{
	static const struct template_values nobody;
	const struct authres_conf auth = stage_conf_authres(d);
	const struct template_values *names = d->user ? &d->user->names : &nobody;
	*lists = (struct lists_conf){
		.doubt = authres_doubt(&auth, v), .sender_doubt = authres_sender_doubt(&auth, v)};
	if (expand(d->conf->global_allow, names, d->mem, &lists->global_allow, err) < 0 ||
		expand(d->conf->global_block, names, d->mem, &lists->global_block, err) < 0)
		return -1;
	if (!d->user)
		return 0;
	if (expand(d->conf->user_allow, names, d->mem, &lists->address_allow, err) < 0 ||
		expand(d->conf->user_block, names, d->mem, &lists->address_block, err) < 0)
		return -1;
	return 0;
}

struct spam_conf stage_conf_spam(const struct delivery *d)
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
		.max_size = d->conf->antispam_max_size,
		.failure = d->conf->antispam_failure,
		.has_limit = d->conf->spam_limit.is_set,
		.limit = d->conf->spam_limit.value};
}

static int rules_conf(struct rules_world *world, const struct user *user, struct rules_conf *rules,
	struct err *err)
{
	const struct conf *conf = world->conf;
	struct arena *mem = world->mem;
	world->names = &user->names;
	if (mailboxes_paths(conf, world->names, mem, &world->maildir, &world->state_dir, err) < 0)
		return -1;
	*rules = (struct rules_conf){
		.engine = engines_find(conf->sieve_engine),
		.host = rules_host(world),
		.max_script = conf->script_max,
		.max_redirects = conf->redirects_max,
	};
	if (!rules->engine)
		return err_temp(
			err, "sieve_engine: there is no engine \"%s\"", conf->sieve_engine.p);
	if (expand_all(&conf->scripts_before, world->names, mem, &rules->before, err) < 0 ||
		expand_all(&conf->scripts_user, world->names, mem, &rules->user, err) < 0 ||
		expand_all(&conf->scripts_after, world->names, mem, &rules->after, err) < 0)
		return -1;
	return 0;
}

int stage_conf_scripts(const struct conf *conf, const struct user *user, struct arena *mem,
	struct rules_conf *rules, struct err *err)
{
	struct rules_world world = {.conf = conf, .mem = mem};
	return rules_conf(&world, user, rules, err);
}

/* What is compiled for all messages must not depend on the one at hand. */
static const struct sv_host *lasting_host(
	const struct rules_kept *kept, const struct rules_world *world)
{
	const struct rules_world lasting = {.conf = world->conf,
		.names = world->names,
		.maildir = world->maildir ? arena_cstr(kept->mem, str_of(world->maildir)) : NULL,
		.state_dir =
			world->state_dir ? arena_cstr(kept->mem, str_of(world->state_dir)) : NULL,
		.mem = kept->mem};
	return rules_host(&lasting);
}

int stage_conf_rules(
	const struct delivery *d, struct verdict *v, struct rules_conf *rules, struct err *err)
{
	struct rules_world world = {
		.conf = d->conf, .delivery = d, .verdict = v, .trace = d->trace, .mem = d->mem};
	if (rules_conf(&world, d->user, rules, err) < 0)
		return -1;
	rules->kept = d->kept;
	if (d->kept && !d->kept->is_complete && !d->kept->host)
		d->kept->host = lasting_host(d->kept, &world);
	return 0;
}

int stage_conf_contacts(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct contacts *contacts, struct err *err)
{
	*contacts = (struct contacts){0};
	if (expand(conf->contacts, names, mem, &contacts->list, err) < 0 ||
		expand(conf->contacts_dir, names, mem, &contacts->dir, err) < 0)
		return -1;
	return expand_all(&conf->address_books, names, mem, &contacts->books, err);
}

int stage_conf_label(const struct delivery *d, struct tag_conf *tag, struct err *err)
{
	*tag = (struct tag_conf){
		.enabled = d->conf->label,
		.organizations = d->conf->organizations,
		.organization_count = d->conf->organization_count,
		.auth = stage_conf_authres(d),
	};
	tag->auth.allow_requires = d->conf->inside_requires;
	return stage_conf_contacts(d->conf, &d->user->names, d->mem, &tag->contacts, err);
}

/* Whoever claims to be known must have proven it, whatever a label requires. */
int stage_conf_screener(const struct delivery *d, struct screener_conf *screener, struct err *err)
{
	*screener = (struct screener_conf){
		.folder = folder_with_prefix(d->conf->screener, d->mem),
		.junk = folders_junk(d->conf, d->mem),
		.freemail = d->conf->freemail_domains,
		.own_contacts = d->origin.is_mailbox,
	};
	if (stage_conf_label(d, &screener->tag, err) < 0)
		return -1;
	screener->tag.auth.allow_requires = ALLOW_PASS;
	return 0;
}
