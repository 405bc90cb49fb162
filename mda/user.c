#include "mda/user.h"

#include "mda/base/io.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 1 found, 0 there is none, -1 error. The entry's strings live in MEM. */
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
		/* Some name services say "none" with one of these. */
		if (e == 0 || e == ENOENT || e == ESRCH)
			return found ? 1 : 0;
		if (e != EINTR)
			return err_temp(err, "cannot look up the user %s: %s", login, strerror(e));
	}
}

static int find_system(struct str name, struct arena *mem, struct user *user, struct err *err)
{
	struct passwd entry;
	struct str login = str_slice(name, 0, str_find(name, '@'));
	if (login.n == 0 || login.n > 255 || str_find(login, '/') < login.n)
		return err_no_user(
			err, "there is no user \"" STR_FMT "\"", STR_ARGS(str_slice(login, 0, 80)));
	int r = look_up(arena_cstr(mem, login), mem, &entry, err);
	if (r == 0) /* mail is addressed in any case, logins are lower case */
		r = look_up(arena_lower(mem, login).p, mem, &entry, err);
	if (r == 0)
		return err_no_user(err, "there is no user \"" STR_FMT "\"", STR_ARGS(login));
	if (r < 0)
		return -1;
	if (entry.pw_uid == 0)
		return err_temp(err, "mail is not delivered to root; make an alias for a person");
	user->login = entry.pw_name;
	user->uid = entry.pw_uid;
	user->gid = entry.pw_gid;
	user->names.user = user->names.local = str_of(entry.pw_name);
	user->names.domain = str_slice(name, str_find(name, '@') + 1, name.n);
	user->names.home = str_of(entry.pw_dir);
	return 0;
}

/* "vmail", "5000" or "5000:5000". */
static int find_shared_uid(struct str who, struct arena *mem, struct user *user, struct err *err)
{
	unsigned long long uid, gid;
	struct passwd entry;
	size_t colon = str_find(who, ':');
	if (who.n == 0) {
		user->uid = geteuid();
		user->gid = getegid();
		return 0;
	}
	if (str_number(str_slice(who, 0, colon), 0xfffffffe, &uid)) {
		struct str group = colon < who.n ? str_slice(who, colon + 1, who.n) : who;
		if (!str_number(group, 0xfffffffe, &gid))
			return err_temp(err, "virtual_user: \"%s\" is no uid:gid", who.p);
		user->uid = (uid_t)uid;
		user->gid = (gid_t)gid;
		return 0;
	}
	int r = look_up(who.p, mem, &entry, err);
	if (r == 0)
		return err_temp(err, "virtual_user: there is no user \"%s\"", who.p);
	if (r < 0)
		return -1;
	user->login = entry.pw_name;
	user->uid = entry.pw_uid;
	user->gid = entry.pw_gid;
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
	if (find_shared_uid(conf->virtual_user, mem, user, err) < 0)
		return -1;
	if (template_expand(conf->virtual_home, &user->names, mem, &home, err) < 0)
		return -1;
	user->names.home = str_of(home);
	return 0;
}

int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err)
{
	*user = (struct user){0};
	if (conf->users == USERS_VIRTUAL)
		return find_virtual(conf, name, mem, user, err);
	return find_system(name, mem, user, err);
}

int user_become(const struct user *user, struct err *err)
{
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
	if (user->uid != 0 && setuid(0) == 0)
		return err_temp(err, "root's rights did not go");
	return 0;
}

/* Where not even the directory above is, it may be the disk that is missing, not the user. */
static bool is_mounted(const char *home)
{
	struct stat st;
	char above[PATH_MAX];
	const char *slash = strrchr(home, '/');
	snprintf(
		above, sizeof above, "%.*s", slash && slash > home ? (int)(slash - home) : 1, home);
	return stat(above, &st) == 0;
}

int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err)
{
	struct stat st;
	const char *home = user->names.home.p;
	if (stat(home, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return err_temp(err, "the home %s is not a directory", home);
	}
	if (errno != ENOENT)
		return err_temp(err, "cannot look at the home %s: %s", home, strerror(errno));
	if (conf->users == USERS_SYSTEM)
		return err_temp(err, "the home %s does not exist", home);
	if (conf->create_home)
		return dry ? 0 : io_make_dirs(home, 0700, err);
	if (is_mounted(home))
		return err_no_user(
			err, "there is no mailbox for " STR_FMT, STR_ARGS(user->names.user));
	return err_temp(err, "the directory above the home %s does not exist", home);
}
