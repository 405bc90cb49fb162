#include "mda/tools/doctor/doctor_postfix.h"

#include "base/str_list.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_command.h"
#include "mda/tools/doctor/doctor_postconf.h"

/* ---- what Postfix is set to ---- */

/* NULL: it is not installed, or cannot be asked. */
static const struct doctor_postfix *postfix_of(struct doctor *d)
{
	const struct doctor_output *main = doctor_ask(d, DOCTOR_POSTCONF);
	const struct doctor_output *master = doctor_ask(d, DOCTOR_MASTER);
	if (!main->exists || main->failed || !master->exists || master->failed)
		return NULL;
	if (!d->postfix_read)
		d->postfix_read = doctor_postconf_parse(main->text, master->text, d->mem);
	return d->postfix_read;
}

static bool is_by_local(const struct doctor *d, const struct doctor_postfix *p)
{
	return p->mailbox.words.count &&
	       (p->pipe.words.count == 0 || d->conf->users == USERS_SYSTEM);
}

/* The transports that lead to mda-lmtpd. */
static bool hands_over(struct doctor *d, const struct doctor_postfix *p)
{
	static const char *const names[] = {"virtual_transport", "mailbox_transport",
		"local_transport", "relay_transport", "default_transport"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str v = doctor_postconf_value(p, names[i], "", d->mem);
		if (str_starts(v, STR_LIT("lmtp:")) && doctor_command_is_lmtp(d, v))
			return true;
	}
	return false;
}

bool doctor_postfix_hands_over(struct doctor *d)
{
	const struct doctor_postfix *p = postfix_of(d);
	return p && hands_over(d, p);
}

/* The same if it runs mda by pipe(8), by local(8), or at all. */
static const struct doctor_postfix *pipe_of(struct doctor *d)
{
	const struct doctor_postfix *p = postfix_of(d);
	return p && p->pipe.words.count && !is_by_local(d, p) && !hands_over(d, p) ? p : NULL;
}

static const struct doctor_postfix *local_of(struct doctor *d)
{
	const struct doctor_postfix *p = postfix_of(d);
	return p && is_by_local(d, p) && !hands_over(d, p) ? p : NULL;
}

static const struct doctor_postfix *mda_of(struct doctor *d)
{
	const struct doctor_postfix *p = postfix_of(d);
	return p && (p->pipe.words.count || p->mailbox.words.count) && !hands_over(d, p) ? p : NULL;
}

static const struct doctor_command *command_of(
	const struct doctor *d, const struct doctor_postfix *p)
{
	return is_by_local(d, p) ? &p->mailbox : &p->pipe;
}

static struct str value(
	struct doctor *d, const struct doctor_postfix *p, const char *name, const char *usual)
{
	return doctor_postconf_value(p, name, usual, d->mem);
}

/* ---- is mda run ---- */

void doctor_postfix_read(struct doctor *d)
{
	if (!doctor_ask_failed(d, DOCTOR_POSTCONF, "postconf -n") &&
		!doctor_ask_failed(d, DOCTOR_MASTER, "postconf -M"))
		doctor_found(
			d, DOCTOR_OK, STR_LIT("Postfix's configuration can be read"), STR_EMPTY);
}

void doctor_postfix_runs(struct doctor *d)
{
	const struct doctor_postfix *p = postfix_of(d);
	if (!p)
		return;
	bool by_lmtp = hands_over(d, p);
	struct str good = by_lmtp      ? STR_LIT("Postfix hands mail to mda-lmtpd")
			  : pipe_of(d) ? DOCTOR_TEXT(d, "the service " STR_FMT " runs mda",
						 STR_ARGS(p->service))
				       : STR_LIT("mailbox_command runs mda");
	doctor_judge(d, !by_lmtp && !mda_of(d), DOCTOR_ERROR,
		STR_LIT("Postfix does not run mda: no mailbox_command, no service of pipe(8) and "
			"no "
			"LMTP transport does"),
		STR_LIT("copy the lines of examples/postfix or of examples/lmtp"), good);
}

/* transport_maps and virtual_alias_maps are not known. */
void doctor_postfix_used(struct doctor *d)
{
	static const char *const names[] = {"virtual_transport", "local_transport",
		"mailbox_transport", "fallback_transport", "default_transport", "relay_transport"};
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	struct str service = DOCTOR_TEXT(d, STR_FMT ":", STR_ARGS(p->service));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str v = value(d, p, names[i], "");
		if (!str_eq(v, p->service) && !str_starts(v, service))
			continue;
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(d, "%s = " STR_FMT, names[i], STR_ARGS(p->service)), STR_EMPTY);
		return;
	}
	struct str virtual = value(d, p, "virtual_transport", "virtual");
	bool maps = value(d, p, "transport_maps", "").n > 0;
	doctor_judge(d, !maps, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"nothing leads to the service " STR_FMT ": virtual_transport is " STR_FMT
			", so mda sees no mail",
			STR_ARGS(p->service), STR_ARGS(virtual)),
		DOCTOR_TEXT(d, "postconf -e virtual_transport=" STR_FMT, STR_ARGS(p->service)),
		DOCTOR_TEXT(d, "perhaps transport_maps leads to the service " STR_FMT,
			STR_ARGS(p->service)));
}

/* local(8) runs mailbox_command only if this is not set. */
void doctor_postfix_local(struct doctor *d)
{
	const struct doctor_postfix *p = local_of(d);
	if (!p)
		return;
	struct str transport = value(d, p, "mailbox_transport", "");
	doctor_judge(d, transport.n > 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"mailbox_transport = " STR_FMT
			" is used before mailbox_command: mda sees no mail",
			STR_ARGS(transport)),
		STR_LIT("postconf -X mailbox_transport"),
		STR_LIT("nothing is used before mailbox_command"));
}

void doctor_postfix_program(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	if (p)
		doctor_command_program(d, command_of(d, p));
}

/* ---- what the service passes on ---- */

void doctor_postfix_recipients(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	struct str name =
		DOCTOR_TEXT(d, STR_FMT "_destination_recipient_limit", STR_ARGS(p->service));
	struct str most = value(d, p, name.p, "50");
	doctor_judge(d, !str_eq(most, STR_LIT("1")), DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			STR_FMT " is " STR_FMT
				": mda gets several recipients at once, and all are tried again "
				"if one fails",
			STR_ARGS(name), STR_ARGS(most)),
		DOCTOR_TEXT(d, "postconf -e " STR_FMT "=1", STR_ARGS(name)),
		DOCTOR_TEXT(d, STR_FMT " is 1", STR_ARGS(name)));
}

void doctor_postfix_null_sender(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	doctor_judge(d, !p->has_null_sender, DOCTOR_WARNING,
		STR_LIT("null_sender= is missing: the sender of bounces is MAILER-DAEMON, and "
			"vacation "
			"may answer it"),
		DOCTOR_TEXT(d, "add null_sender= to the service " STR_FMT " in master.cf",
			STR_ARGS(p->service)),
		STR_LIT("the empty sender of bounces is passed as it is"));
}

/* local(8) puts everything into the environment as well. */
static void judge_macro(struct doctor *d, const char *pipe_name, const char *local_name,
	enum doctor_status status, const char *bad, const char *mend)
{
	const struct doctor_postfix *p = mda_of(d);
	if (!p)
		return;
	bool by_local = is_by_local(d, p);
	doctor_judge(d,
		!by_local && !doctor_postconf_passes(command_of(d, p), pipe_name, local_name),
		status, str_of(bad), str_of(mend),
		DOCTOR_TEXT(d, "mda gets ${%s}", by_local ? local_name : pipe_name));
}

void doctor_postfix_sender(struct doctor *d)
{
	judge_macro(d, "sender", "SENDER", DOCTOR_ERROR,
		"${sender} is not passed: block lists see no envelope sender, and nothing is "
		"answered",
		"add -f ${sender} to argv in master.cf");
}

void doctor_postfix_recipient(struct doctor *d)
{
	judge_macro(d, "recipient", "RECIPIENT", DOCTOR_ERROR,
		"${recipient} is not passed: mda does not know whose mail it is",
		"add -r ${recipient} to argv in master.cf");
}

void doctor_postfix_original(struct doctor *d)
{
	judge_macro(d, "original_recipient", "ORIGINAL_RECIPIENT", DOCTOR_WARNING,
		"${original_recipient} is not passed: the allow list of an alias's target counts "
		"for "
		"mail to the alias",
		"add -a ${original_recipient} to argv in master.cf");
}

void doctor_postfix_flags(struct doctor *d)
{
	static const struct {
		char flag;
		const char *bad;
	} flags[] = {{'D', "adds Delivered-To, which mda adds itself"},
		{'O', "adds X-Original-To, which mda adds itself"},
		{'F', "adds a From line, which mda has to remove again"},
		{'B', "adds an empty line to every message"},
		{'.', "doubles dots at the start of lines"},
		{'>', "puts > before lines that start with From"}};
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (str_find(p->flags, flags[i].flag) == p->flags.n)
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d, "flags=" STR_FMT " of the service " STR_FMT ": %c %s",
				STR_ARGS(p->flags), STR_ARGS(p->service), flags[i].flag,
				flags[i].bad),
			STR_LIT("set flags=Rq in master.cf"));
		return;
	}
	doctor_found(d, DOCTOR_OK, STR_LIT("no flag of the service changes messages"), STR_EMPTY);
}

void doctor_postfix_quoted(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	doctor_judge(d, str_find(p->flags, 'q') == p->flags.n, DOCTOR_WARNING,
		STR_LIT("the flag q is missing: an address such as \"a b\"@example.com arrives "
			"without "
			"its quotes"),
		STR_LIT("set flags=Rq in master.cf"),
		STR_LIT("addresses arrive in quotes, if necessary"));
}

void doctor_postfix_user(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	const struct conf *c = d->conf;
	if (!p)
		return;
	struct str account = str_slice(p->user, 0, str_find(p->user, ':'));
	bool system = c->users == USERS_SYSTEM;
	bool differs = c->virtual_user.n && !str_eq(account, c->virtual_user) &&
		       !str_starts(c->virtual_user, account);
	struct str bad =
		system ? STR_LIT("users = system, but a service of pipe(8) cannot become each "
				 "user: all mail waits")
		       : DOCTOR_TEXT(d,
				 "Postfix starts mda as " STR_FMT ", which cannot become "
				 "virtual_user " STR_FMT ": all mail waits",
				 STR_ARGS(account), STR_ARGS(c->virtual_user));
	doctor_judge(d, system || differs, DOCTOR_ERROR, bad,
		system ? STR_LIT("set mailbox_command instead, or users = virtual")
		       : STR_LIT("set virtual_user = \"\""),
		DOCTOR_TEXT(d, "Postfix starts mda as " STR_FMT, STR_ARGS(account)));
}

void doctor_postfix_chroot(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	if (!p)
		return;
	doctor_judge(d, str_eq(p->chroot, STR_LIT("y")), DOCTOR_ERROR,
		STR_LIT("the service runs in a chroot, where there are no homes"),
		DOCTOR_TEXT(d, "set the chroot column of " STR_FMT " in master.cf to n",
			STR_ARGS(p->service)),
		STR_LIT("the service runs in no chroot"));
}

/* ---- limits ---- */

void doctor_postfix_time(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	unsigned long long seconds;
	if (!p)
		return;
	struct str general = value(d, p, "command_time_limit", "1000s");
	struct str name = pipe_of(d) ? DOCTOR_TEXT(d, STR_FMT "_time_limit", STR_ARGS(p->service))
				     : STR_LIT("command_time_limit");
	struct str limit = value(d, p, name.p, general.p);
	if (doctor_command_seconds(limit, 's', &seconds))
		doctor_command_time(d, seconds,
			DOCTOR_TEXT(d, "postconf -e " STR_FMT "=1000s, or set time_limit = 600",
				STR_ARGS(name)));
}

void doctor_postfix_died(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	if (!p)
		return;
	struct str own = DOCTOR_TEXT(d, STR_FMT "_delivery_status_filter",
		STR_ARGS(p->service.n ? p->service : STR_LIT("local")));
	bool has = value(d, p, "default_delivery_status_filter", "").n || value(d, p, own.p, "").n;
	doctor_judge(d, !has, DOCTOR_WARNING,
		STR_LIT("if the system cannot start mda (127) or kills it, Postfix bounces the "
			"mail"),
		STR_LIT("set default_delivery_status_filter as in examples/postfix/main.cf"),
		STR_LIT("mail is tried again if the system cannot start mda"));
}

void doctor_postfix_delimiter(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	if (!p)
		return;
	struct str theirs = value(d, p, "recipient_delimiter", ""),
		   ours = d->conf->recipient_delimiter;
	doctor_judge(d, !str_eq(theirs, ours), DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"recipient_delimiter is \"" STR_FMT "\" in Postfix and \"" STR_FMT
			"\" in mda.conf",
			STR_ARGS(theirs), STR_ARGS(ours)),
		DOCTOR_TEXT(d, "postconf -e recipient_delimiter=%s", doctor_word(d, ours.p)),
		STR_LIT("recipient_delimiter is the same in Postfix"));
}

void doctor_postfix_size(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	unsigned long long bytes;
	if (p && doctor_command_bytes(value(d, p, "message_size_limit", "10240000"), &bytes))
		doctor_command_size(d, bytes,
			DOCTOR_TEXT(d, "postconf -e message_size_limit=%zu, or set message_max = 0",
				d->conf->message_max));
}

/* local(8) lets the command make no larger file, and the UID database is one file. */
void doctor_postfix_file_size(struct doctor *d)
{
	enum { SMALL = 1 << 30 };
	const struct doctor_postfix *p = local_of(d);
	unsigned long long bytes;
	if (!p || !doctor_command_bytes(value(d, p, "mailbox_size_limit", "51200000"), &bytes))
		return;
	doctor_judge(d, bytes && bytes < SMALL, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"mailbox_size_limit is %llu: mda can write no file that is larger, also "
			"not the "
			"UIDs of a large mailbox",
			bytes),
		STR_LIT("postconf -e mailbox_size_limit=0, and set quota in mda.conf"),
		STR_LIT("mailbox_size_limit does not limit mda's files"));
}

/* ---- addresses ---- */

/* Only names that are written out: tables and what is not set are not known. */
static void add_domains(struct doctor *d, struct str_list *to, struct str list)
{
	struct str word;
	while (list.n) {
		size_t comma = str_find(list, ',');
		struct str part = str_slice(list, 0, comma);
		while (str_word(&part, &word))
			if (str_find(word, '/') == word.n && str_find(word, ':') == word.n &&
				str_find(word, '$') == word.n && str_find(word, '.') < word.n)
				str_list_add(to, word, d->mem);
		list = str_slice(list, comma + 1, list.n);
	}
}

void doctor_postfix_domains(struct doctor *d)
{
	const struct doctor_postfix *p = mda_of(d);
	const struct conf *c = d->conf;
	struct str_list domains = {0};
	if (!p || !c->label || c->organization_count == 0)
		return;
	add_domains(d, &domains, value(d, p, "virtual_mailbox_domains", ""));
	add_domains(d, &domains, value(d, p, "mydestination", ""));
	for (size_t i = 0; i < domains.count; i++) {
		struct str address = DOCTOR_TEXT(d, "a@" STR_FMT, STR_ARGS(domains.items[i]));
		if (str_istarts(domains.items[i], STR_LIT("localhost")) ||
			organization_of(c->organizations, c->organization_count, address, d->mem))
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d,
				"Postfix receives mail for " STR_FMT
				", which is in no organization: its mail counts as from outside",
				STR_ARGS(domains.items[i])),
			DOCTOR_TEXT(d, "add \"" STR_FMT "\" to domains of an organization",
				STR_ARGS(domains.items[i])));
		return;
	}
	doctor_found(d, DOCTOR_OK, STR_LIT("Postfix's domains are in organizations"), STR_EMPTY);
}

void doctor_postfix_unknown(struct doctor *d)
{
	const struct doctor_postfix *p = pipe_of(d);
	if (!p || d->conf->users != USERS_VIRTUAL)
		return;
	bool maps = value(d, p, "virtual_mailbox_maps", "").n > 0;
	doctor_judge(d, !maps && d->conf->create_home, DOCTOR_WARNING,
		STR_LIT("nobody knows which addresses exist: mail to any address makes a home"),
		STR_LIT("set create_home = no in mda.conf, or virtual_mailbox_maps in main.cf"),
		STR_LIT("mail to unknown addresses is refused"));
}
