#include "mda/tools/doctor/doctor_conf.h"

#include "base/idn.h"
#include "base/path.h"
#include "base/process.h"
#include "base/str_list.h"
#include "mda/conf/apart.h"
#include "mda/conf/folders.h"
#include "mda/tools/doctor/doctor.h"
#include "store/folder.h"

#include <unistd.h>

enum { SECTIONS_TOLD = 20 };

static const char *file_of(const struct doctor *d)
{
	return d->session.inv.conf ? d->session.inv.conf : conf_default_path;
}

/* ---- the file ---- */

void doctor_conf_file(struct doctor *d)
{
	struct str mend = STR_LIT("correct it; until then all mail waits in the MTA's queue");
	doctor_judge(d, d->conf_failed, DOCTOR_ERROR, str_of(d->conf_error.text), mend,
		DOCTOR_TEXT(d, "%s can be read", file_of(d)));
	for (size_t i = 0; i < d->conf_errors.count; i++)
		doctor_found(d, DOCTOR_ERROR, d->conf_errors.items[i], mend);
}

/* Each section has an error of its own to report. Returns their number. */
static size_t check_titles(struct doctor *d, const struct str_list *titles)
{
	size_t wrong = 0;
	for (size_t i = 0; i < titles->count && wrong < SECTIONS_TOLD; i++) {
		struct err err;
		struct arena *mem = arena_new();
		struct str title = titles->items[i];
		struct str address = str_find(title, '@') < title.n
					     ? title
					     : arena_fmt(mem, "user@" STR_FMT, STR_ARGS(title));
		if (!conf_written(d->session.file, address, mem, &err) && ++wrong)
			doctor_found(d, DOCTOR_ERROR, DOCTOR_TEXT(d, "%s", err.text),
				STR_LIT("correct this line; until then mail for this section waits "
					"in the MTA's queue"));
		arena_free(mem);
	}
	return wrong;
}

void doctor_conf_sections(struct doctor *d)
{
	struct str_list domains = {0}, addresses = {0};
	struct err err;
	conf_titles(d->session.file, &domains, &addresses, d->mem);
	if (check_titles(d, &domains) + check_titles(d, &addresses))
		return;
	bool twice = conf_check(d->session.file, &err) < 0;
	doctor_judge(d, twice, DOCTOR_ERROR, twice ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
		STR_LIT("put the keys of both sections into one"),
		DOCTOR_TEXT(d, "%zu domain and %zu address sections have no errors", domains.count,
			addresses.count));
}

void doctor_conf_mode(struct doctor *d)
{
	const struct stat *st = &d->file.st;
	if (!d->file.exists)
		return;
	bool theirs = st->st_uid != 0 && st->st_uid != process_starter();
	doctor_judge(d, theirs || (st->st_mode & 022), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%s can be changed by others than root (owner %ld, mode %o)",
			file_of(d), (long)st->st_uid, (unsigned)st->st_mode & 07777),
		DOCTOR_TEXT(d, "chown root %s && chmod go-w %s", doctor_word(d, file_of(d)),
			doctor_word(d, file_of(d))),
		DOCTOR_TEXT(d, "only its owner can change %s", file_of(d)));
}

void doctor_conf_password(struct doctor *d)
{
	if (!d->file.exists || d->conf->learn_password.n == 0)
		return;
	doctor_judge(d, (d->file.st.st_mode & 044) != 0, DOCTOR_WARNING,
		DOCTOR_TEXT(d, "%s has learn_password, and others can read it", file_of(d)),
		DOCTOR_TEXT(d, "chmod go-r %s", doctor_word(d, file_of(d))),
		STR_LIT("nobody else can read learn_password"));
}

void doctor_conf_account(struct doctor *d)
{
	doctor_judge(d, d->account_failed, DOCTOR_ERROR, str_of(d->account_error.text),
		STR_LIT("make the account, or set virtual_user or unprivileged_user; nothing more "
			"was checked"),
		DOCTOR_TEXT(d, "these checks ran as uid %ld", (long)geteuid()));
}

/* ---- keys that contradict each other ---- */

void doctor_conf_apart(struct doctor *d)
{
	struct err err;
	bool bad = apart_check_all(d->session.file, d->mem, &err) < 0;
	doctor_judge(d, bad, DOCTOR_ERROR, bad ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
		STR_LIT("set maildir, or move the other path out of it"),
		STR_LIT("nothing but mail is in the Maildirs"));
}

void doctor_conf_folders(struct doctor *d)
{
	struct err err;
	bool bad = folders_declare(d->conf, &err) < 0;
	doctor_judge(d, bad, DOCTOR_ERROR, bad ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
		STR_LIT("set folder_prefix and folder_separator as in the IMAP server's namespace"),
		STR_LIT("layout, folder_prefix and folder_separator agree"));
}

void doctor_conf_junk(struct doctor *d)
{
	const struct conf *c = d->conf;
	struct str directory;
	struct err err;
	if (c->spam_action != SPAM_TO_JUNK && c->blocked_action != BLOCKED_TO_JUNK)
		return;
	bool is_name = folder_directory(folders_junk(c, d->mem), d->mem, &directory, &err) == 0;
	struct str bad = is_name ? STR_LIT("junk_folder is the INBOX: spam goes there")
				 : DOCTOR_TEXT(d, "junk_folder: %s", err.text);
	doctor_judge(d, !is_name || directory.n == 0, DOCTOR_ERROR, bad,
		STR_LIT("set junk_folder = \"Junk\""),
		DOCTOR_TEXT(d, "spam goes to " STR_FMT, STR_ARGS(c->junk_folder)));
}

void doctor_conf_discard(struct doctor *d)
{
	doctor_judge(d, d->conf->spam_action == SPAM_DISCARD, DOCTOR_WARNING,
		STR_LIT("spam_action = discard: what the filter takes for spam is gone for good"),
		STR_LIT("set spam_action = junk"), STR_LIT("no spam is discarded"));
}

static bool is_server_asked(const struct conf *c)
{
	return c->antispam == SPAM_BY_SPAMD || c->antispam == SPAM_BY_RSPAMD;
}

static bool uses_srs(const struct conf *c)
{
	return c->redirect_sender.by == SENDER_SRS;
}

/* A key that is set and has no effect, because of another one. */
void doctor_conf_idle(struct doctor *d)
{
	const struct conf *c = d->conf;
	const struct {
		bool is_idle;
		const char *text, *mend;
	} keys[] = {
		{c->antispam_servers.count && !is_server_asked(c),
			"antispam_servers has no effect: no server is asked",
			"set antispam = spamd or rspamd"},
		{c->srs_domain.n && !uses_srs(c),
			"srs_domain has no effect: redirects have another sender",
			"set redirect_sender = srs"},
		{c->trust_arc && c->authserv_id.count == 0,
			"trust_arc has no effect: no authentication results are read",
			"set authserv_id to the name that your MTA writes"},
		{c->spamtest.texts.count && c->spamtest.type != SCORE_TEXT,
			"spamtest_texts has no effect", "set spamtest_type = text"},
		{c->organization_count && !c->label,
			"the organizations have no effect: nothing is labelled", "set label = yes"},
		{c->quota_full == QUOTA_FULL_REFUSE && c->quota.source == QUOTA_NONE,
			"quota_full has no effect: there is no quota", "set quota, such as 2G"},
	};
	size_t idle = 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].is_idle && ++idle)
			doctor_found(d, DOCTOR_WARNING, str_of(keys[i].text), str_of(keys[i].mend));
	if (!idle)
		doctor_found(
			d, DOCTOR_OK, STR_LIT("every key that is set has an effect"), STR_EMPTY);
}

static bool has_allow_list(struct doctor *d)
{
	const char *global = doctor_path_of(d, d->conf->global_allow);
	const char *own = d->has_user ? doctor_path_of(d, d->conf->user_allow) : NULL;
	return (global && path_exists(global) == 0) || (own && path_exists(own) == 0);
}

void doctor_conf_authserv(struct doctor *d)
{
	bool none = d->conf->authserv_id.count == 0, pass = d->conf->allow_requires == ALLOW_PASS;
	if (pass)
		doctor_judge(d, none, DOCTOR_ERROR,
			STR_LIT("allow_requires = pass, but authserv_id is empty: no allow entry "
				"applies"),
			STR_LIT("set authserv_id to the name that your MTA writes"),
			STR_LIT("allow entries need a sender who passed authentication"));
	else
		doctor_judge(d,
			none && d->conf->allow_requires != ALLOW_NOTHING && has_allow_list(d),
			DOCTOR_WARNING,
			STR_LIT("authserv_id is empty: an allow entry applies to forged senders, "
				"too"),
			STR_LIT("set authserv_id to the name that your MTA writes"),
			none ? STR_LIT("there is no allow list")
			     : STR_LIT("the MTA's authentication results are read"));
}

void doctor_conf_inside(struct doctor *d)
{
	const struct conf *c = d->conf;
	if (!c->label || c->organization_count == 0)
		return;
	doctor_judge(d, c->inside_requires != ALLOW_NOTHING && c->authserv_id.count == 0,
		DOCTOR_WARNING,
		STR_LIT("authserv_id is empty: whoever writes a colleague's address into the From "
			"counts as inside"),
		STR_LIT("set authserv_id to the name that your MTA writes"),
		STR_LIT("senders inside can be told from those outside"));
}

/* The domains of mailboxes that the configuration names. */
static void add_domain(struct doctor *d, struct str_list *list, struct str address)
{
	size_t at = str_rfind(address, '@');
	struct str domain = at < address.n ? str_slice(address, at + 1, address.n) : address;
	if (domain.n && !str_list_has(list, domain))
		str_list_add(list, domain, d->mem);
}

void doctor_conf_organization(struct doctor *d)
{
	const struct conf *c = d->conf;
	struct str_list own = {0}, addresses = {0};
	size_t bad = 0;
	if (!c->label || c->organization_count == 0)
		return;
	conf_titles(d->session.file, &own, &addresses, d->mem);
	add_domain(d, &own, c->default_domain);
	add_domain(d, &own, d->session.mailbox);
	for (size_t i = 0; i < own.count; i++) {
		struct str domain = idn_domain(own.items[i], d->mem);
		struct str address = DOCTOR_TEXT(d, "a@" STR_FMT, STR_ARGS(domain));
		if (organization_of(c->organizations, c->organization_count, address, d->mem))
			continue;
		bad++;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d,
				"the domain " STR_FMT
				" is in no organization: its mail counts as from outside",
				STR_ARGS(domain)),
			DOCTOR_TEXT(d, "add \"" STR_FMT "\" to domains of an organization",
				STR_ARGS(domain)));
	}
	if (!bad)
		doctor_found(d, DOCTOR_OK, STR_LIT("the domains are in organizations"), STR_EMPTY);
}

void doctor_conf_time(struct doctor *d)
{
	const struct conf *c = d->conf;
	if (c->time_limit == 0)
		return;
	bool spam = is_server_asked(c) && c->antispam_timeout >= c->time_limit;
	bool programs = c->programs_dir.n && c->programs_seconds >= c->time_limit;
	doctor_judge(d, spam || programs, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%s is not below time_limit (%zu s): mail would wait for ever",
			spam ? "antispam_timeout" : "programs_seconds", c->time_limit),
		STR_LIT("set time_limit = 600"),
		STR_LIT("servers and programs have less time than time_limit"));
}

void doctor_conf_time_limit(struct doctor *d)
{
	doctor_judge(d, d->conf->time_limit == 0, DOCTOR_WARNING,
		STR_LIT("time_limit = 0: a delivery that hangs ends at the MTA's limit, where "
			"Postfix bounces it"),
		STR_LIT("set time_limit = 600"),
		DOCTOR_TEXT(d, "a delivery ends after %zu s", d->conf->time_limit));
}

void doctor_conf_srs(struct doctor *d)
{
	if (!uses_srs(d->conf))
		return;
	doctor_judge(d, d->conf->stamp_key.n == 0, DOCTOR_ERROR,
		STR_LIT("redirect_sender = srs, but stamp_key is empty: redirects keep their "
			"sender, "
			"and SPF fails"),
		STR_LIT("set stamp_key = \"/var/lib/mda/stamp.key\""),
		STR_LIT("SRS addresses can be made"));
}

void doctor_conf_log(struct doctor *d)
{
	bool to_stderr = str_eq(d->conf->log, STR_LIT("stderr"));
	bool none = str_eq(d->conf->log, STR_LIT("none"));
	doctor_judge(d, to_stderr || none, DOCTOR_WARNING,
		to_stderr ? STR_LIT("log = stderr: Postfix puts the log into its bounces")
			  : STR_LIT("log = none: nobody can find out where a message went"),
		STR_LIT("set log = syslog, or the path of a file"),
		DOCTOR_TEXT(d, "the log goes to " STR_FMT, STR_ARGS(d->conf->log)));
}
