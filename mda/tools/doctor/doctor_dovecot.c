#include "mda/tools/doctor/doctor_dovecot.h"

#include "base/buf.h"
#include "base/str_list.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_doveconf.h"
#include "mda/tools/doctor/doctor_mailbox.h"

#include <string.h>

/* ---- what Dovecot is set to ---- */

/* NULL: it is not installed, or cannot be asked. */
static const struct doctor_dovecot *dovecot_of(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_DOVECONF);
	if (!o->exists || o->failed)
		return NULL;
	if (!d->dovecot_read)
		d->dovecot_read = doctor_doveconf_parse(o->text, d->mem);
	return d->dovecot_read;
}

/* The same if it reads Maildirs. */
static const struct doctor_dovecot *maildir_of(struct doctor *d)
{
	const struct doctor_dovecot *c = dovecot_of(d);
	return c && str_eq(c->driver, STR_LIT("maildir")) ? c : NULL;
}

/* ---- paths, for the user of -d or for an example ---- */

static struct template_values values_of(struct doctor *d)
{
	static const struct str address = STR_LIT("user@example.com");
	const char *home;
	if (d->has_user)
		return d->session.user.names;
	bool system = d->conf->users == USERS_SYSTEM;
	struct template_values v = {.user = system ? STR_LIT("user") : address,
		.local = STR_LIT("user"),
		.domain = STR_LIT("example.com"),
		.home = STR_LIT("/home/user")};
	if (!system && template_expand(d->conf->virtual_home, &v, d->mem, &home, NULL) == 0)
		v.home = str_of(home);
	return v;
}

/* The variables of 2.3 and of 2.4 that can be part of a path. */
static bool take_variable(struct str *rest, const struct template_values *v, struct buf *to)
{
	const struct {
		const char *name;
		struct str value;
	} variables[] = {{"%h", v->home}, {"%{home}", v->home}, {"%u", v->user},
		{"%{user}", v->user}, {"%n", v->local}, {"%{user | username}", v->local},
		{"%{user|username}", v->local}, {"%{username}", v->local}, {"%Ln", v->local},
		{"%Lu", v->user}, {"%Ld", v->domain}, {"%d", v->domain},
		{"%{user | domain}", v->domain}, {"%{user|domain}", v->domain},
		{"%{domain}", v->domain}};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		struct str name = str_of(variables[i].name);
		if (!str_starts(*rest, name))
			continue;
		buf_add(to, variables[i].value);
		*rest = str_slice(*rest, name.n, rest->n);
		return true;
	}
	return false;
}

/* Where Dovecot's PATH leads; NULL: that is not known. */
static const char *place_of(struct doctor *d, struct str path)
{
	struct template_values v = values_of(d);
	struct buf b = {0};
	bool known = path.n > 0;
	if (path.n && path.p[0] == '~' && (path.n == 1 || path.p[1] == '/')) {
		buf_add(&b, v.home);
		path = str_slice(path, 1, path.n);
	}
	while (path.n && known) {
		if (path.p[0] == '%') {
			known = take_variable(&path, &v, &b);
			continue;
		}
		buf_byte(&b, path.p[0]);
		path = str_slice(path, 1, path.n);
	}
	const char *place = known ? arena_cstr(d->mem, buf_str(&b)) : NULL;
	buf_free(&b);
	return place;
}

/* Without the slashes at its end. */
static struct str whole(const char *path)
{
	struct str s = str_of(path);
	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

static bool same_path(const char *a, const char *b)
{
	return str_eq(whole(a), whole(b));
}

static const char *our_path(struct doctor *d, struct str template)
{
	struct template_values v = values_of(d);
	const char *path;
	return template.n && template_expand(template, &v, d->mem, &path, NULL) == 0 ? path : NULL;
}

/* ---- the mailbox ---- */

void doctor_dovecot_read(struct doctor *d)
{
	if (!doctor_ask_failed(d, DOCTOR_DOVECONF, "doveconf -n"))
		doctor_found(
			d, DOCTOR_OK, STR_LIT("Dovecot's configuration can be read"), STR_EMPTY);
}

void doctor_dovecot_driver(struct doctor *d)
{
	const struct doctor_dovecot *c = dovecot_of(d);
	if (!c)
		return;
	struct str driver = c->driver.n ? c->driver : STR_LIT("not set");
	doctor_judge(d, !maildir_of(d), DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the format of Dovecot's mailboxes is " STR_FMT
			", so it does not show what mda stores",
			STR_ARGS(driver)),
		STR_LIT("set mail_location = maildir:~/Maildir (2.4: mail_driver = maildir, "
			"mail_path "
			"= ~/Maildir)"),
		STR_LIT("Dovecot reads Maildirs"));
}

void doctor_dovecot_server(struct doctor *d)
{
	if (!maildir_of(d))
		return;
	doctor_judge(d, d->conf->imap_server != STORE_SERVER_DOVECOT, DOCTOR_ERROR,
		STR_LIT("Dovecot reads Maildirs, but imap_server is not dovecot: clients see other "
			"UIDs "
			"than those that mda gives"),
		STR_LIT("set imap_server = dovecot"),
		STR_LIT("mda gives the UIDs that Dovecot shows"));
}

void doctor_dovecot_location(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	const char *theirs = c ? place_of(d, c->path) : NULL;
	const char *ours = our_path(d, d->conf->maildir);
	if (!theirs || !ours)
		return;
	doctor_judge(d, !same_path(theirs, ours), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "Dovecot reads %s, and mda writes %s", theirs, ours),
		DOCTOR_TEXT(d, "set maildir in mda.conf to what Dovecot has: " STR_FMT,
			STR_ARGS(c->path)),
		DOCTOR_TEXT(d, "Dovecot reads %s", ours));
}

void doctor_dovecot_home(struct doctor *d)
{
	const struct doctor_dovecot *c = dovecot_of(d);
	const char *theirs = c ? place_of(d, c->home) : NULL;
	struct template_values v = values_of(d);
	if (!theirs || d->conf->users != USERS_VIRTUAL)
		return;
	doctor_judge(d, !str_eq(whole(theirs), v.home), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "the home is %s in Dovecot, and " STR_FMT " in mda", theirs,
			STR_ARGS(v.home)),
		DOCTOR_TEXT(d, "set virtual_home to what Dovecot has: " STR_FMT, STR_ARGS(c->home)),
		DOCTOR_TEXT(d, "the home is %s in Dovecot, too", theirs));
}

void doctor_dovecot_inbox(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	const char *inbox = c ? place_of(d, c->inbox) : NULL;
	const char *ours = our_path(d, d->conf->maildir);
	if (!c || !ours)
		return;
	doctor_judge(d, inbox && !same_path(inbox, ours), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "Dovecot's INBOX is %s, and mda's is %s", inbox ? inbox : "", ours),
		STR_LIT("remove INBOX= from mail_location, or mail_inbox_path"),
		STR_LIT("Dovecot's INBOX is the Maildir itself"));
}

void doctor_dovecot_control(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	doctor_judge(d, c->control.n > 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"Dovecot keeps dovecot-uidlist in " STR_FMT
			", where mda does not find it: UIDs will differ",
			STR_ARGS(c->control)),
		STR_LIT("remove CONTROL= from mail_location, or mail_control_path"),
		STR_LIT("dovecot-uidlist is in the Maildir"));
}

/* ---- folders ---- */

void doctor_dovecot_layout(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	bool fs = str_eq(c->layout, STR_LIT("fs"));
	bool known = fs || c->layout.n == 0 || str_ieq(c->layout, STR_LIT("maildir++"));
	doctor_judge(d, !known || fs != (d->conf->layout == FOLDER_NESTED), DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"Dovecot's layout is " STR_FMT ", and mda's is %s: folders are not shown",
			STR_ARGS(c->layout.n ? c->layout : STR_LIT("maildir++")),
			d->conf->layout == FOLDER_NESTED ? "fs" : "maildir++"),
		known ? DOCTOR_TEXT(d, "set layout = %s", fs ? "fs" : "maildir++")
		      : STR_LIT("set Dovecot's layout to maildir++ or fs"),
		STR_LIT("the layout of folders is Dovecot's"));
}

void doctor_dovecot_prefix(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	doctor_judge(d, !str_eq(c->prefix, d->conf->folder_prefix), DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the prefix of Dovecot's namespace is \"" STR_FMT
			"\", and folder_prefix is \"" STR_FMT "\"",
			STR_ARGS(c->prefix), STR_ARGS(d->conf->folder_prefix)),
		DOCTOR_TEXT(d, "set folder_prefix = \"" STR_FMT "\"", STR_ARGS(c->prefix)),
		STR_LIT("folder_prefix is that of Dovecot's namespace"));
}

void doctor_dovecot_separator(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	struct str theirs = c->separator, ours = d->conf->folder_separator;
	if (theirs.n == 0)
		theirs = d->conf->layout == FOLDER_NESTED ? STR_LIT("/") : STR_LIT(".");
	if (ours.n == 0 && d->conf->folder_prefix.n)
		ours = str_slice(d->conf->folder_prefix, d->conf->folder_prefix.n - 1,
			d->conf->folder_prefix.n);
	bool either = ours.n == 0 &&
		      (str_eq(theirs, STR_LIT("/")) ||
			      (str_eq(theirs, STR_LIT(".")) && d->conf->layout == FOLDER_FLAT));
	doctor_judge(d, !either && !str_eq(theirs, ours), DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the separator of Dovecot's namespace is \"" STR_FMT
			"\", which mda does not take",
			STR_ARGS(theirs)),
		DOCTOR_TEXT(d, "set folder_separator = \"" STR_FMT "\"", STR_ARGS(theirs)),
		STR_LIT("folder_separator is that of Dovecot's namespace"));
}

void doctor_dovecot_utf8(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	bool ours = d->conf->folder_utf8 == CONF_YES;
	doctor_judge(d, c->utf8 != ours, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "Dovecot names folders in %s, and mda in %s",
			c->utf8 ? "UTF-8" : "modified UTF-7", ours ? "UTF-8" : "modified UTF-7"),
		DOCTOR_TEXT(d, "set folder_utf8 = %s", c->utf8 ? "yes" : "no"),
		STR_LIT("folders are named as Dovecot names them"));
}

void doctor_dovecot_subscribe(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c || !d->conf->subscribe)
		return;
	doctor_judge(d, !c->subscriptions, DOCTOR_WARNING,
		STR_LIT("Dovecot keeps no subscriptions in this namespace: folders that mda makes "
			"are "
			"not shown"),
		STR_LIT("set subscribe = no, or subscriptions = yes in Dovecot's namespace"),
		STR_LIT("folders that mda makes are subscribed to"));
}

void doctor_dovecot_junk(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c || c->junk.n == 0)
		return;
	struct str ours = d->conf->junk_folder, prefix = d->conf->folder_prefix;
	struct str bare = str_starts(ours, prefix) ? str_slice(ours, prefix.n, ours.n) : ours;
	doctor_judge(d, !str_eq(bare, c->junk), DOCTOR_WARNING,
		DOCTOR_TEXT(d, "Dovecot's folder for junk is " STR_FMT ", and mda's is " STR_FMT,
			STR_ARGS(c->junk), STR_ARGS(ours)),
		DOCTOR_TEXT(d, "set junk_folder = \"" STR_FMT "\"", STR_ARGS(c->junk)),
		STR_LIT("junk_folder is Dovecot's folder for junk"));
}

/* ---- what Dovecot would do if it delivered ---- */

void doctor_dovecot_plugins(struct doctor *d)
{
	static const struct {
		const char *name;
		enum doctor_status status;
		const char *text, *mend;
	} plugins[] = {
		{"mail_crypt", DOCTOR_ERROR,
			"mail_crypt encrypts what Dovecot stores, and not what mda "
			"stores: new mail is readable on the disk",
			"deliver to Dovecot's LMTP instead, or remove mail_crypt"},
		{"push_notification", DOCTOR_WARNING,
			"push_notification does not see what mda stores: clients are not told of "
			"new mail",
			"use IMAP IDLE, which sees it"},
		{"notify_status", DOCTOR_WARNING, "notify_status does not see what mda stores",
			"use IMAP IDLE, which sees it"},
		{"fts", DOCTOR_WARNING,
			"fts does not index what mda stores until somebody searches",
			"doveadm index -A INBOX from cron"},
		{"listescape", DOCTOR_WARNING, "listescape gives some folders other names than mda",
			"remove listescape"},
	};
	const struct doctor_dovecot *c = maildir_of(d);
	size_t bad = 0;
	for (size_t i = 0; c && i < sizeof plugins / sizeof *plugins; i++)
		if (str_list_has(&c->plugins, str_of(plugins[i].name)) && ++bad)
			doctor_found(d, plugins[i].status, str_of(plugins[i].text),
				str_of(plugins[i].mend));
	if (c && !bad)
		doctor_found(d, DOCTOR_OK,
			STR_LIT("no plugin of Dovecot needs to see mail when it arrives"),
			STR_EMPTY);
}

/* The driver: "maildir:User quota" in 2.3, a setting in 2.4. */
static bool counts_elsewhere(const struct doctor_dovecot *c, struct str *driver)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct doctor_dovecot_setting *s = &c->settings[i];
		bool old =
			str_eq(s->place, STR_LIT("plugin/")) && str_eq(s->name, STR_LIT("quota"));
		bool new = str_starts(s->place, STR_LIT("quota ")) &&
			   (str_eq(s->name, STR_LIT("driver")) ||
				   str_eq(s->name, STR_LIT("quota_driver")));
		*driver = str_slice(s->value, 0, str_find(s->value, ':'));
		if ((old || new) && !str_eq(*driver, STR_LIT("maildir")))
			return true;
	}
	return false;
}

void doctor_dovecot_quota(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	struct str driver = STR_EMPTY;
	if (!c || !str_list_has(&c->plugins, STR_LIT("quota")))
		return;
	bool elsewhere = counts_elsewhere(c, &driver);
	doctor_judge(d, elsewhere, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"Dovecot counts quota with the driver " STR_FMT
			", and mda in maildirsize: both must allow the mail",
			STR_ARGS(driver)),
		STR_LIT("set Dovecot's quota driver to maildir, or quota in mda.conf to the same "
			"limit"),
		STR_LIT("Dovecot and mda count quota in maildirsize"));
}

void doctor_dovecot_sieve(struct doctor *d)
{
	const struct doctor_dovecot *c = dovecot_of(d);
	const char *theirs = c ? place_of(d, c->sieve) : NULL;
	bool found = false;
	if (!theirs)
		return;
	for (size_t i = 0; i < d->conf->scripts_user.count && !found; i++) {
		const char *ours = our_path(d, d->conf->scripts_user.items[i]);
		found = ours && same_path(ours, theirs);
	}
	doctor_judge(d, !found, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"the active script of Dovecot, %s, is not in scripts_user: rules that "
			"clients upload do not run",
			theirs),
		DOCTOR_TEXT(d, "add " STR_FMT " to scripts_user, with %%h for the home",
			STR_ARGS(c->sieve)),
		DOCTOR_TEXT(d, "mda runs the active script of Dovecot, %s", theirs));
}

void doctor_dovecot_uid(struct doctor *d)
{
	enum { USUAL_FIRST = 500 };
	const struct doctor_dovecot *c = dovecot_of(d);
	unsigned long long first = USUAL_FIRST;
	if (!c || !d->has_user)
		return;
	struct str value = doctor_doveconf_value(c, "", "first_valid_uid");
	if (value.n && !str_number(value, UINT32_MAX, &first))
		return;
	doctor_judge(d, d->session.user.uid < first, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"Dovecot lets no user below uid %llu log in, and the mailbox belongs to "
			"uid %ld",
			first, (long)d->session.user.uid),
		DOCTOR_TEXT(d, "set first_valid_uid = %ld in Dovecot", (long)d->session.user.uid),
		STR_LIT("Dovecot lets the mailbox's owner log in"));
}

void doctor_dovecot_fsync(struct doctor *d)
{
	const struct doctor_dovecot *c = maildir_of(d);
	if (!c)
		return;
	doctor_judge(d, str_eq(doctor_doveconf_value(c, "", "mail_fsync"), STR_LIT("never")),
		DOCTOR_WARNING,
		STR_LIT("mail_fsync = never: after a loss of power Dovecot's UIDs may be older "
			"than its "
			"messages"),
		STR_LIT("set mail_fsync = optimized in Dovecot"),
		STR_LIT("Dovecot syncs its files"));
}
