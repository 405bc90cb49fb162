#include "mda/conf/user_account.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

enum { NGROUPS_KEPT = 1024, NOGROUP = 65534 };

int user_account_look_up(
	const char *login, struct arena *mem, struct passwd *entry, struct err *err)
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

void user_account_take(struct user *user, const struct passwd *entry)
{
	user->login = entry->pw_name;
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
}

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
	int r = user_account_look_up(who.p, mem, &entry, err);
	if (r == 0)
		return err_temp(err, "%s: there is no user \"%s\"", key, who.p);
	if (r < 0)
		return -1;
	user_account_take(user, &entry);
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
	user_account_take(user, &entry);
	if (gid != 0 && is_member(&entry, gid))
		user->gid = gid;
	return 0;
}

int user_account_become(const struct user *user, struct err *err)
{
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
