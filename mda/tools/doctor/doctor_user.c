#include "mda/tools/doctor/doctor_user.h"

#include "base/beneath.h"
#include "base/path.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"
#include "store/maildir.h"
#include "store/maildirsize.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- who it is ---- */

void doctor_user_known(struct doctor *d)
{
	const struct invocation *inv = &d->session.inv;
	if (!inv->user && !inv->recipient)
		return;
	doctor_judge(d, d->user_failed, DOCTOR_ERROR,
		d->user_failed ? str_of(d->user_error.text) : STR_EMPTY,
		STR_LIT("make the account or the home, or correct the address"),
		DOCTOR_TEXT(d, STR_FMT " is uid %ld with the home " STR_FMT,
			STR_ARGS(d->session.user.names.user), (long)d->session.user.uid,
			STR_ARGS(d->session.user.names.home)));
}

/* ---- the home ---- */

void doctor_user_home(struct doctor *d)
{
	const char *home = d->session.user.names.home.p;
	struct stat st;
	if (path_stat(home, &st) < 0) {
		bool made = d->conf->users == USERS_VIRTUAL && d->conf->create_home;
		doctor_judge(d, !made, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "the home %s cannot be found: %s", home, beneath_why(errno)),
			DOCTOR_TEXT(d, "install -d -o %ld -g %ld -m 700 %s",
				(long)d->session.user.uid, (long)d->session.user.gid,
				doctor_word(d, home)),
			DOCTOR_TEXT(d, "the first message makes the home %s", home));
		return;
	}
	doctor_judge(d, st.st_uid != d->session.user.uid, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the home %s belongs to uid %ld, not to the mailbox's owner, uid %ld", home,
			(long)st.st_uid, (long)d->session.user.uid),
		DOCTOR_TEXT(d, "chown -R %ld:%ld %s", (long)d->session.user.uid,
			(long)d->session.user.gid, doctor_word(d, home)),
		DOCTOR_TEXT(d, "the home %s belongs to the mailbox's owner", home));
}

void doctor_user_home_mode(struct doctor *d)
{
	const char *home = d->session.user.names.home.p;
	struct stat st;
	if (path_stat(home, &st) < 0)
		return;
	doctor_judge(d, (st.st_mode & 022) != 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "others can write to the home %s (mode %o), where the rules are",
			home, (unsigned)st.st_mode & 07777),
		DOCTOR_TEXT(d, "chmod go-w %s", doctor_word(d, home)),
		DOCTOR_TEXT(d, "nobody else can write to %s", home));
}

/* ---- the Maildir ---- */

void doctor_user_maildir(struct doctor *d)
{
	const char *maildir = doctor_mailbox_of(d).maildir;
	struct stat st;
	const struct user *u = &d->session.user;
	if (!maildir)
		return;
	bool there = path_lstat(maildir, &st) == 0;
	if (!there && errno == ENOENT)
		doctor_judge(d, !d->conf->create_maildir, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				"the Maildir %s does not exist, and create_maildir = no: mail "
				"waits in "
				"the MTA's queue",
				maildir),
			DOCTOR_TEXT(d, "set maildir, or: install -d -o %ld -g %ld -m 700 %s",
				(long)u->uid, (long)u->gid, doctor_word(d, maildir)),
			DOCTOR_TEXT(d, "the first message makes the Maildir %s", maildir));
	else if (!there)
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "the Maildir %s cannot be found: %s", maildir,
				beneath_why(errno)),
			STR_LIT("let its owner enter the directories above it"));
	else
		doctor_judge(d, !S_ISDIR(st.st_mode) || st.st_uid != u->uid, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "the Maildir %s is not a directory of uid %ld", maildir,
				(long)u->uid),
			DOCTOR_TEXT(d, "chown -R %ld:%ld %s", (long)u->uid, (long)u->gid,
				doctor_word(d, maildir)),
			DOCTOR_TEXT(d, "the Maildir %s belongs to the mailbox's owner", maildir));
}

void doctor_user_maildir_mode(struct doctor *d)
{
	const char *maildir = doctor_mailbox_of(d).maildir;
	struct stat st;
	if (!maildir || path_stat(maildir, &st) < 0)
		return;
	bool unusable = (st.st_mode & 0700) != 0700;
	doctor_judge(d, unusable || (st.st_mode & 007), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%s the Maildir %s (mode %o)",
			unusable ? "its owner cannot use" : "everybody can enter", maildir,
			(unsigned)st.st_mode & 07777),
		DOCTOR_TEXT(d, "chmod u+rwx,o-rwx %s", doctor_word(d, maildir)),
		DOCTOR_TEXT(d, "nobody else can read the Maildir %s", maildir));
}

struct folders {
	struct doctor *d;
	const char *maildir;
	int root;
	size_t count, bad;
};

static bool check_folder(void *context, const char *directory)
{
	static const char *const parts[] = {"new", "cur", "tmp"};
	struct folders *f = context;
	f->count++;
	for (size_t i = 0; i < 3; i++) {
		struct stat st;
		const char *path =
			DOCTOR_TEXT(f->d, "%s%s%s", directory, *directory ? "/" : "", parts[i]).p;
		if (beneath_lstat(f->root, path, &st) == 0 && S_ISDIR(st.st_mode) &&
			(st.st_mode & 0700) == 0700 && st.st_uid == f->d->session.user.uid)
			continue;
		f->bad++;
		doctor_found(f->d, DOCTOR_ERROR,
			DOCTOR_TEXT(f->d, "%s/%s is not a directory that its owner can use",
				f->maildir, path),
			DOCTOR_TEXT(f->d, "install -d -o %ld -g %ld -m 700 %s",
				(long)f->d->session.user.uid, (long)f->d->session.user.gid,
				doctor_word(f->d, DOCTOR_TEXT(f->d, "%s/%s", f->maildir, path).p)));
	}
	return f->bad < 20;
}

void doctor_user_folders(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct folders f = {.d = d, .maildir = m.maildir, .root = m.root};
	struct err err;
	if (m.root < 0)
		return;
	if (maildir_walk_folders(m.root, check_folder, &f, &err) < 0)
		doctor_found(d, DOCTOR_ERROR, DOCTOR_TEXT(d, "%s", err.text),
			DOCTOR_TEXT(
				d, "chmod u+rwx the directories in %s", doctor_word(d, m.maildir)));
	else if (!f.bad)
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(
				d, "%zu folder%s can be written", f.count, f.count == 1 ? "" : "s"),
			STR_EMPTY);
}

/* ---- who owns the messages ---- */

void doctor_user_mail_owner(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	if (m.root < 0)
		return;
	doctor_judge(d, m.of_others > 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%zu of %zu messages belong to others, such as %s", m.of_others,
			m.messages, m.of_others ? m.of_another : ""),
		DOCTOR_TEXT(d, "chown -R %ld:%ld %s", (long)d->session.user.uid,
			(long)d->session.user.gid, doctor_word(d, m.maildir)),
		DOCTOR_TEXT(d, "%zu messages belong to the mailbox's owner", m.messages));
}

/* ---- the state ---- */

void doctor_user_state(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct stat st;
	if (!m.state)
		return;
	if (path_lstat(m.state, &st) < 0) {
		doctor_judge(d, errno != ENOENT, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "the state directory %s cannot be found: %s", m.state,
				beneath_why(errno)),
			STR_LIT("let its owner enter the directories above it"),
			DOCTOR_TEXT(d, "the first message makes the state directory %s", m.state));
		return;
	}
	doctor_judge(d,
		!S_ISDIR(st.st_mode) || st.st_uid != d->session.user.uid ||
			(st.st_mode & 0700) != 0700,
		DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the state %s is not a directory that its owner can use: all mail waits",
			m.state),
		DOCTOR_TEXT(d, "chown -R %ld:%ld %s && chmod u+rwx %s", (long)d->session.user.uid,
			(long)d->session.user.gid, doctor_word(d, m.state),
			doctor_word(d, m.state)),
		DOCTOR_TEXT(d, "the state %s belongs to the mailbox's owner", m.state));
}

void doctor_user_state_mode(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct stat st;
	if (!m.state || path_lstat(m.state, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	doctor_judge(d, (st.st_mode & 007) != 0, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "everybody can enter the state %s (mode %o)", m.state,
			(unsigned)st.st_mode & 07777),
		DOCTOR_TEXT(d, "chmod o-rwx %s", doctor_word(d, m.state)),
		DOCTOR_TEXT(d, "nobody else can use the state %s", m.state));
}

/* ---- scripts, lists, contacts ---- */

struct reader {
	struct doctor *d;
	bool links; /* only what a link hides is looked for; else only what cannot be read */
	size_t found;
};

static void try_file(struct reader *r, const char *key, struct str template)
{
	const char *path = doctor_path_of(r->d, template);
	int fd = path ? path_open(path, O_RDONLY | O_NONBLOCK, 0) : -1;
	if (fd >= 0)
		close(fd); /* nothing was written */
	if (!path || fd >= 0 || errno == ENOENT || errno == ENOTDIR)
		return;
	bool link = errno == ELOOP;
	if (link != r->links)
		return;
	r->found++;
	doctor_found(r->d, DOCTOR_ERROR,
		DOCTOR_TEXT(r->d, "%s %s is not read: %s", key, path, beneath_why(errno)),
		link ? STR_LIT("replace the link by the file; links that root owns are followed "
			       "with follow_links = admin")
		     : DOCTOR_TEXT(r->d, "chown %ld %s && chmod u+r %s",
			       (long)r->d->session.user.uid, doctor_word(r->d, path),
			       doctor_word(r->d, path)));
}

/* Returns how many were reported. */
static size_t try_files(struct doctor *d, bool links)
{
	const struct conf *c = d->conf;
	struct reader r = {.d = d, .links = links};
	try_file(&r, "user_allow", c->user_allow);
	try_file(&r, "user_block", c->user_block);
	try_file(&r, "contacts", c->contacts);
	try_file(&r, "contacts_dir", c->contacts_dir);
	try_file(&r, "metadata", c->metadata);
	if (c->user_settings.count)
		try_file(&r, "settings", c->settings);
	for (size_t i = 0; i < c->address_books.count; i++)
		try_file(&r, "address_books", c->address_books.items[i]);
	for (size_t i = 0; i < c->scripts_user.count; i++) {
		const char *path = doctor_path_of(d, c->scripts_user.items[i]);
		if (path)
			try_file(&r, "scripts_user", path_active(path, d->mem));
	}
	return r.found;
}

void doctor_user_files(struct doctor *d)
{
	if (try_files(d, false) == 0)
		doctor_found(d, DOCTOR_OK,
			STR_LIT("the user's rules, lists and contacts can be read"), STR_EMPTY);
}

void doctor_user_links(struct doctor *d)
{
	if (try_files(d, true) == 0)
		doctor_found(d, DOCTOR_OK,
			STR_LIT("no link hides the user's rules, lists and contacts"), STR_EMPTY);
}

/* ---- quota ---- */

void doctor_user_quota(struct doctor *d)
{
	const struct conf_quota *q = &d->conf->quota;
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct maildirsize size;
	if (m.root < 0 || q->source == QUOTA_NONE)
		return;
	maildirsize_read(m.root, &size);
	int64_t most = q->source == QUOTA_SET ? (int64_t)q->bytes : size.limits.bytes;
	if (!size.valid || most <= 0)
		return;
	bool full = size.used.bytes >= most;
	doctor_judge(d, size.used.bytes >= most / 10 * 9, full ? DOCTOR_ERROR : DOCTOR_WARNING,
		DOCTOR_TEXT(d, "the mailbox holds %lld of %lld bytes%s", (long long)size.used.bytes,
			(long long)most, full ? ": it takes no mail" : ""),
		STR_LIT("let its owner delete mail, or raise quota"),
		DOCTOR_TEXT(d, "the mailbox holds %lld of %lld bytes", (long long)size.used.bytes,
			(long long)most));
}
