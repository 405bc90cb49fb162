#include "mda/tools/doctor/doctor_path.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/path.h"
#include "base/process.h"
#include "mda/conf/place.h"
#include "mda/conf/tables/table.h"
#include "mda/tools/doctor/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- the log and the key, as the user saw them who started the program ---- */

/* Whether mda can write is known for certain only for the account that it delivers as. */
static bool acts_as_mda(const struct doctor *d)
{
	return d->has_user || d->conf->users == USERS_VIRTUAL;
}

static bool can_append(const char *path)
{
	int fd = path_open(path, O_WRONLY | O_APPEND | O_NONBLOCK, 0);
	if (fd >= 0)
		close(fd); /* nothing was written */
	return fd >= 0;
}

void doctor_path_log(struct doctor *d)
{
	struct str log = d->conf->log;
	if (log.n == 0 || log.p[0] != '/')
		return;
	bool lost = d->log.exists && acts_as_mda(d) && !can_append(log.p);
	struct str bad = lost ? DOCTOR_TEXT(d,
					"uid %ld cannot write to %s: the log of its deliveries "
					"goes to syslog, unless root starts mda",
					(long)geteuid(), log.p)
			      : DOCTOR_TEXT(d, "the directory of the log %s does not exist", log.p);
	doctor_judge(d, lost || !d->log.has_parent, DOCTOR_WARNING, bad,
		DOCTOR_TEXT(d, "install -D -o %ld -m 640 /dev/null %s", (long)geteuid(),
			doctor_word(d, log.p)),
		DOCTOR_TEXT(d, "the log %s can be written", log.p));
}

void doctor_path_key(struct doctor *d)
{
	struct str key = d->conf->stamp_key;
	const struct stat *st = &d->key.st;
	if (key.n == 0)
		return;
	if (!d->key.exists)
		doctor_judge(d, !d->key.has_parent, DOCTOR_WARNING,
			DOCTOR_TEXT(d,
				"the directory of stamp_key %s does not exist: redirected mail "
				"gets no "
				"stamp",
				key.p),
			DOCTOR_TEXT(d, "mkdir the directory, for the account that mda runs as"),
			DOCTOR_TEXT(d, "stamp_key %s is made when it is needed", key.p));
	else
		doctor_judge(d, (st->st_mode & 077) != 0 || !S_ISREG(st->st_mode), DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				"others can read stamp_key %s (mode %o): they can forge stamps",
				key.p, (unsigned)st->st_mode & 07777),
			DOCTOR_TEXT(d, "chmod 600 %s", doctor_word(d, key.p)),
			DOCTOR_TEXT(d, "only its owner can read stamp_key %s", key.p));
}

void doctor_path_users_socket(struct doctor *d)
{
	if (d->conf->users != USERS_DOVECOT)
		return;
	doctor_judge(d, !d->users_socket.exists || !S_ISSOCK(d->users_socket.st.st_mode),
		DOCTOR_ERROR,
		DOCTOR_TEXT(d, "users = dovecot, but there is no socket %s: nobody is known",
			d->conf->users_socket.p),
		STR_LIT("start Dovecot, and give it unix_listener auth-userdb, or set "
			"users_socket"),
		DOCTOR_TEXT(d, "the socket %s is there", d->conf->users_socket.p));
}

/* ---- directories and programs ---- */

void doctor_path_spool(struct doctor *d)
{
	struct err err;
	int fd = io_spool(d->conf->spool_dir.p, &err);
	if (fd >= 0)
		close(fd); /* nothing was written */
	doctor_judge(d, fd < 0, DOCTOR_ERROR, fd < 0 ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
		DOCTOR_TEXT(
			d, "chmod 1777 %s, or set spool_dir", doctor_word(d, d->conf->spool_dir.p)),
		DOCTOR_TEXT(d, "large messages can be kept in %s", d->conf->spool_dir.p));
}

void doctor_path_sendmail(struct doctor *d)
{
	const char *path = d->conf->sendmail_path.p;
	struct stat st;
	if (d->conf->submission.n)
		return;
	bool runs = path_stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
	doctor_judge(d, !runs, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"sendmail_path %s is not a program: redirects, answers and notices wait in "
			"the queue",
			path),
		STR_LIT("install the MTA's sendmail, or set sendmail_path or submission"),
		DOCTOR_TEXT(d, "%s sends redirects and answers", path));
}

/* Others than root, and than the user who started us, can change it. */
static bool is_changeable(const struct stat *st)
{
	return (st->st_uid != 0 && st->st_uid != process_starter()) || (st->st_mode & 022);
}

/* Reports a program that is not run; counts it in *BAD. */
static void check_program(struct doctor *d, const char *path, size_t *bad)
{
	struct stat st;
	if (path_lstat(path, &st) == 0 && S_ISREG(st.st_mode) && !is_changeable(&st) &&
		(st.st_mode & 0111) && !(st.st_mode & 06000))
		return;
	(*bad)++;
	doctor_found(d, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"%s is not run: it must be a program, not a link, that only root can "
			"change",
			path),
		DOCTOR_TEXT(d, "chown root %s && chmod 755 %s", doctor_word(d, path),
			doctor_word(d, path)));
}

static size_t check_programs(struct doctor *d, const char *dir)
{
	DIR *all = path_opendir(dir);
	const struct dirent *entry;
	size_t bad = 0;
	while (all && (entry = readdir(all)))
		if (entry->d_name[0] != '.')
			check_program(d, DOCTOR_TEXT(d, "%s/%s", dir, entry->d_name).p, &bad);
	if (all)
		closedir(all);
	return bad;
}

/* The same program often serves several entries. */
static bool is_first(const struct conf_warnings *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(w->items[i].program, w->items[n].program))
			return false;
	return true;
}

void doctor_path_warnings(struct doctor *d)
{
	const struct conf_warnings *w = &d->conf->quota_warnings;
	size_t bad = 0;
	for (size_t i = 0; i < w->count; i++) {
		struct stat st;
		const char *path = arena_cstr(d->mem, w->items[i].program);
		if (!is_first(w, i))
			continue;
		if (path_lstat(path, &st) == 0) {
			check_program(d, path, &bad);
			continue;
		}
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "the program %s of quota_warnings cannot be found", path),
			STR_LIT("install it, or change quota_warnings"));
	}
	if (w->count && bad == 0)
		doctor_judge(d, false, DOCTOR_ERROR, STR_EMPTY, STR_EMPTY,
			STR_LIT("the programs of quota_warnings can be run"));
}

void doctor_path_programs(struct doctor *d)
{
	const char *dir = d->conf->programs_dir.p;
	struct stat st;
	if (d->conf->programs_dir.n == 0)
		return;
	bool is_dir = path_stat(dir, &st) == 0 && S_ISDIR(st.st_mode);
	if (is_dir && !is_changeable(&st) && check_programs(d, dir))
		return;
	doctor_judge(d, !is_dir || is_changeable(&st), DOCTOR_ERROR,
		is_dir ? DOCTOR_TEXT(
				 d, "no program of %s is run: others than root can change it", dir)
		       : DOCTOR_TEXT(d, "programs_dir %s is not a directory", dir),
		DOCTOR_TEXT(d, "install -d -o root -m 755 %s", doctor_word(d, dir)),
		DOCTOR_TEXT(d, "the programs of %s can be run", dir));
}

/* ---- files for everybody ---- */

struct named_path {
	const char *key;
	struct str path;
};

/* Returns 1 if it can be read, 0 if it does not exist, -1 with errno. */
static int is_readable(const char *path)
{
	int fd = path_open(path, O_RDONLY | O_NONBLOCK, 0);
	if (fd >= 0)
		close(fd); /* nothing was written */
	return fd >= 0 ? 1 : errno == ENOENT ? 0 : -1;
}

static size_t list_paths(struct doctor *d, struct named_path paths[3])
{
	const struct named_path all[] = {{"global_allow", d->conf->global_allow},
		{"global_block", d->conf->global_block}, {"aliases", d->conf->aliases}};
	size_t n = 0;
	for (size_t i = 0; i < 3; i++) {
		const char *path = table_is(all[i].path) ? NULL : doctor_path_of(d, all[i].path);
		if (path)
			paths[n++] = (struct named_path){all[i].key, str_of(path)};
	}
	return n;
}

void doctor_path_lists(struct doctor *d)
{
	struct named_path paths[3];
	size_t n = list_paths(d, paths), bad = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_readable(paths[i].path.p) >= 0)
			continue;
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "uid %ld cannot read %s %s: %s", (long)geteuid(),
				paths[i].key, paths[i].path.p, strerror(errno)),
			DOCTOR_TEXT(d, "chmod a+r %s, and a+x for the directories above it",
				doctor_word(d, paths[i].path.p)));
	}
	if (!bad)
		doctor_found(d, DOCTOR_OK, STR_LIT("the global lists can be read"), STR_EMPTY);
}

void doctor_path_lists_mode(struct doctor *d)
{
	struct named_path paths[3];
	size_t n = list_paths(d, paths), bad = 0;
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		if (path_stat(paths[i].path.p, &st) < 0 || (st.st_mode & 002) == 0)
			continue;
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "everybody can change %s %s", paths[i].key, paths[i].path.p),
			DOCTOR_TEXT(d, "chmod o-w %s", doctor_word(d, paths[i].path.p)));
	}
	if (!bad)
		doctor_found(d, DOCTOR_OK,
			STR_LIT("the global lists cannot be changed by everybody"), STR_EMPTY);
}

static size_t check_scripts(struct doctor *d, const char *key, const struct str_list *paths)
{
	size_t bad = 0;
	for (size_t i = 0; i < paths->count; i++) {
		const char *path = doctor_path_of(d, paths->items[i]);
		int r = path ? is_readable(path) : 1;
		if (r > 0)
			continue;
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "%s: %s %s", key, path,
				r == 0 ? "does not exist, so it does not run"
				       : "cannot be read, so it does not run"),
			r == 0 ? DOCTOR_TEXT(d, "write it, or remove it from %s", key)
			       : DOCTOR_TEXT(d, "chmod a+rX %s", doctor_word(d, path)));
	}
	return bad;
}

void doctor_path_scripts(struct doctor *d)
{
	const struct conf *c = d->conf;
	if (c->scripts_before.count + c->scripts_after.count == 0)
		return;
	if (check_scripts(d, "scripts_before", &c->scripts_before) +
			check_scripts(d, "scripts_after", &c->scripts_after) ==
		0)
		doctor_found(
			d, DOCTOR_OK, STR_LIT("the scripts for everybody can be read"), STR_EMPTY);
}

static size_t check_dirs(struct doctor *d, const char *key, const struct str_list *dirs)
{
	size_t bad = 0;
	for (size_t i = 0; i < dirs->count; i++) {
		const char *dir = doctor_path_of(d, dirs->items[i]);
		if (!dir || is_readable(dir) >= 0)
			continue;
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d, "uid %ld cannot read the directory %s of %s: %s",
				(long)geteuid(), dir, key, beneath_why(errno)),
			DOCTOR_TEXT(d, "chmod a+rx %s, and the directories above it",
				doctor_word(d, dir)));
	}
	return bad;
}

/* Without a user, the templates of users' directories lead nowhere. */
void doctor_path_dirs(struct doctor *d)
{
	const struct conf *c = d->conf;
	size_t bad = check_dirs(d, "scripts_global", &c->scripts_global) +
		     check_dirs(d, "list_dirs", &c->list_dirs);
	if (d->has_user)
		bad += check_dirs(d, "scripts_personal", &c->scripts_personal);
	if (!bad)
		doctor_found(d, DOCTOR_OK,
			STR_LIT("the directories of scripts and lists can be read"), STR_EMPTY);
}

void doctor_path_people(struct doctor *d)
{
	size_t bad = 0, files = 0;
	for (size_t i = 0; i < d->conf->organization_count; i++) {
		const struct organization *o = &d->conf->organizations[i];
		if (o->people.n == 0)
			continue;
		files++;
		if (is_readable(o->people.p) > 0)
			continue;
		bad++;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				"the file of people %s cannot be read: imitated names are not "
				"found",
				o->people.p),
			DOCTOR_TEXT(d, "write %s, one Name <address> a line, and chmod a+r it",
				o->people.p));
	}
	if (files && !bad)
		doctor_found(d, DOCTOR_OK, STR_LIT("the files of people can be read"), STR_EMPTY);
}

/* ---- the directories above the homes ---- */

/* Where the admin's part of a path ends, or the directory of the lists. */
static const char *top_of(struct doctor *d)
{
	const struct conf *c = d->conf;
	const char *top = NULL;
	if (c->users == USERS_VIRTUAL)
		top = place_root(c->virtual_home, "", d->mem);
	return top && top[0] == '/' ? top : NULL;
}

/* A directory that everybody can write to, unless each can only remove their own names. */
static bool is_open(const struct stat *st)
{
	return (st->st_mode & 002) && !(st->st_mode & S_ISVTX);
}

void doctor_path_above(struct doctor *d)
{
	const char *top = top_of(d);
	struct stat st;
	if (!top)
		return;
	struct str dir = str_of(top);
	while (dir.n > 1) {
		const char *path = arena_cstr(d->mem, dir);
		if (path_stat(path, &st) == 0 && is_open(&st)) {
			doctor_found(d, DOCTOR_ERROR,
				DOCTOR_TEXT(d,
					"everybody can rename what is in %s, above the homes",
					path),
				DOCTOR_TEXT(d, "chmod o-w %s", doctor_word(d, path)));
			return;
		}
		dir = str_slice(dir, 0, str_rfind(dir, '/'));
	}
	doctor_found(d, DOCTOR_OK,
		DOCTOR_TEXT(d, "no directory above the homes, %s, is open to everybody", top),
		STR_EMPTY);
}
