#include "mda/conf/user.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/conf/folders.h"
#include "mda/conf/owner.h"
#include "mda/conf/place.h"
#include "mda/conf/user_dovecot.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NGROUPS_KEPT = 1024, NOGROUP = 65534 };

/* 1 when the user exists, 0 when not, -1 on error. The strings of ENTRY are in MEM. */
static int look_up(const char *login, struct arena *mem, struct passwd *entry, struct err *err)
{
	struct passwd *found = NULL;
	const size_t largest = 1 << 20;
	size_t size = 4096;
	for (;;) {
		char *space = arena_alloc(mem, size);
		int e = getpwnam_r(login, entry, space, size, &found);
		if (e == ERANGE && size < largest) {
			size *= 2;
			continue;
		}
		/* With these errors, some name services report that the user does not exist. */
		if (e == 0 || e == ENOENT || e == ESRCH)
			return found ? 1 : 0;
		if (e != EINTR)
			return err_temp(err, "cannot look up the user %s: %s", login, strerror(e));
	}
}

static void take_entry(struct user *user, const struct passwd *entry)
{
	user->login = entry->pw_name;
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
}

static int find_system(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err)
{
	(void)conf;
	struct passwd entry;
	struct str login = str_slice(name, 0, str_find(name, '@'));
	if (login.n == 0 || login.n > 255 || str_find(login, '/') < login.n)
		return err_no_user(
			err, "there is no user \"" STR_FMT "\"", STR_ARGS(str_slice(login, 0, 80)));
	int r = look_up(arena_cstr(mem, login), mem, &entry, err);
	if (r == 0) /* addresses have any letter case, logins have lower case */
		r = look_up(arena_lower(mem, login).p, mem, &entry, err);
	if (r == 0)
		return err_no_user(err, "there is no user \"" STR_FMT "\"", STR_ARGS(login));
	if (r < 0)
		return -1;
	if (entry.pw_uid == 0)
		return err_temp(err, "mail is not delivered to root; make an alias to a person");
	take_entry(user, &entry);
	user->names.user = user->names.local = str_of(entry.pw_name);
	user->names.domain = str_slice(name, str_find(name, '@') + 1, name.n);
	user->names.home = str_of(entry.pw_dir);
	return 0;
}

/* ---- accounts ---- */

static int find_named(
	struct str who, const char *key, struct arena *mem, struct user *user, struct err *err)
{
	unsigned long long uid, gid;
	struct passwd entry;
	size_t colon = str_find(who, ':');
	if (str_number(str_slice(who, 0, colon), 0xfffffffe, &uid)) {
		struct str group = colon < who.n ? str_slice(who, colon + 1, who.n) : who;
		if (!str_number(group, 0xfffffffe, &gid))
			return err_temp(err, "%s: \"%s\" is not a uid:gid", key, who.p);
		user->uid = (uid_t)uid;
		user->gid = (gid_t)gid;
		return 0;
	}
	int r = look_up(who.p, mem, &entry, err);
	if (r == 0)
		return err_temp(err, "%s: there is no user \"%s\"", key, who.p);
	if (r < 0)
		return -1;
	take_entry(user, &entry);
	return 0;
}

int user_by_name(
	struct str who, const char *key, struct arena *mem, struct user *user, struct err *err)
{
	user->conf = NULL;
	if (find_named(who, key, mem, user, err) < 0)
		return -1;
	return user->uid == 0 ? err_temp(err, "%s must not be root", key) : 0;
}

static bool is_member(const struct passwd *entry, gid_t gid)
{
	gid_t groups[NGROUPS_KEPT];
	int n = NGROUPS_KEPT;
	/* If there are more groups, the first ones count. */
	if (getgrouplist(entry->pw_name, entry->pw_gid, groups, &n) < 0)
		n = NGROUPS_KEPT;
	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

int user_of_uid(uid_t uid, gid_t gid, struct arena *mem, struct user *user, struct err *err)
{
	struct passwd *found = NULL, entry;
	const size_t size = 1 << 16;
	int e = getpwuid_r(uid, &entry, arena_alloc(mem, size), size, &found);
	if (e != 0 && e != ENOENT && e != ESRCH)
		return err_temp(err, "cannot look up the user %ld: %s", (long)uid, strerror(e));
	user->login = NULL;
	user->conf = NULL;
	user->uid = uid;
	user->gid = gid == 0 ? NOGROUP : gid;
	if (!found)
		return 0;
	take_entry(user, &entry);
	if (gid != 0 && is_member(&entry, gid))
		user->gid = gid;
	return 0;
}

int user_shared(const struct conf *conf, const char *home, struct arena *mem, struct user *user,
	struct err *err)
{
	if (conf->virtual_user.n)
		return user_by_name(conf->virtual_user, "virtual_user", mem, user, err);
	if (geteuid() == 0)
		return owner_of_home(home, mem, user, err);
	user->uid = geteuid();
	user->gid = getegid();
	return 0;
}

static int find_virtual(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err)
{
	const char *home;
	size_t at = str_rfind(name, '@');
	user->names.user = arena_lower(mem, name);
	user->names.local = str_slice(user->names.user, 0, at);
	user->names.domain = str_slice(user->names.user, at + 1, name.n);
	if (at == name.n)
		return err_no_user(
			err, "\"" STR_FMT "\" has no domain", STR_ARGS(str_slice(name, 0, 80)));
	if (template_expand(conf->virtual_home, &user->names, mem, &home, err) < 0)
		return -1;
	user->names.home = str_of(home);
	return user_shared(conf, home, mem, user, err);
}

/* ---- where users come from ---- */

static const struct user_source sources[] = {
	[USERS_SYSTEM] = {.find = find_system},
	[USERS_VIRTUAL] = {.are_addresses = true, .have_virtual_home = true, .find = find_virtual},
	[USERS_DOVECOT] = {.are_addresses = true, .asks_server = true, .find = user_dovecot_find},
};

const struct user_source *user_source(const struct conf *conf)
{
	return &sources[conf->users];
}

static const struct conf *settings_of(
	const struct user *user, const struct conf *conf, struct arena *mem)
{
	return user->mailbox ? user_dovecot_settings(conf, user->mailbox, mem) : conf;
}

int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err)
{
	*user = (struct user){0};
	int r = user_source(conf)->find(conf, name, mem, user, err);
	user->conf = settings_of(user, conf, mem);
	return r;
}

int user_follow(const struct conf_file *file, struct arena *mem, struct user *user, struct err *err)
{
	struct str name = user->names.user;
	if (!user->renamed || str_find(name, '@') == name.n)
		return 0;
	const struct conf *conf = conf_for(file, name, mem, err);
	if (!conf)
		return -1;
	user->conf = settings_of(user, conf, mem);
	return 0;
}

/* ---- becoming them ---- */

int user_become(const struct user *user, struct err *err)
{
	if (user->conf)
		place_declare(user->conf, user);
	if (user->conf && folders_declare(user->conf, err) < 0)
		return -1;
	if (user->uid == 0)
		return err_temp(err, "no mailbox is used with root's rights: change its owner to "
				     "the user of the mailbox");
	if (geteuid() != 0) {
		if (geteuid() == user->uid)
			return 0;
		return err_temp(err, "running as uid %ld, cannot deliver for uid %ld",
			(long)geteuid(), (long)user->uid);
	}
	int r = user->login ? initgroups(user->login, user->gid) : setgroups(1, &user->gid);
	if (r < 0)
		return err_temp(err, "cannot set the groups: %s", strerror(errno));
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return err_temp(err, "cannot become gid %ld: %s", (long)user->gid, strerror(errno));
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return err_temp(err, "cannot become uid %ld: %s", (long)user->uid, strerror(errno));
	if (setuid(0) == 0)
		return err_temp(err, "cannot give up root's rights");
	return 0;
}

/* If even the directory above does not exist, a disk may be missing, and not the user. */
static bool is_mounted(const char *home)
{
	struct stat st;
	char above[PATH_MAX];
	const char *slash = strrchr(home, '/');
	/* It is cut only if HOME is longer than any path can be; then it is not found. */
	snprintf(
		above, sizeof above, "%.*s", slash && slash > home ? (int)(slash - home) : 1, home);
	return path_stat(above, &st) == 0;
}

int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err)
{
	struct stat st;
	const char *home = user->names.home.p;
	place_declare(conf, user); /* the command line may have named another home */
	if (path_stat(home, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return err_temp(err, "the home %s is not a directory", home);
	}
	if (errno != ENOENT)
		return err_temp(err, "cannot look at the home %s: %s", home, beneath_why(errno));
	/* Who has a virtual home is known by it; the others exist without their homes. */
	if (!user_source(conf)->are_addresses ||
		(!user_source(conf)->have_virtual_home && !conf->create_home))
		return err_temp(err, "the home %s does not exist", home);
	/* A home is made only for a Maildir, and none is made here. */
	if (conf->create_home)
		return dry || !conf->create_maildir ? 0 : io_make_dirs(home, 0700, err);
	if (is_mounted(home))
		return err_no_user(
			err, "there is no mailbox for " STR_FMT, STR_ARGS(user->names.user));
	return err_temp(err, "the directory above the home %s does not exist", home);
}
