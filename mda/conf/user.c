#include "mda/conf/user.h"

#include "mda/conf/owner.h"
#include "mda/conf/user_dovecot.h"

static int find_system(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err)
{
	(void)conf;
	struct passwd entry;
	struct str login = str_slice(name, 0, str_find(name, '@'));
	if (login.n == 0 || login.n > 255 || str_find(login, '/') < login.n)
		return err_no_user(
			err, "there is no user \"" STR_FMT "\"", STR_ARGS(str_slice(login, 0, 80)));
	int r = user_account_look_up(arena_cstr(mem, login), mem, &entry, err);
	if (r == 0) /* addresses have any letter case, logins have lower case */
		r = user_account_look_up(arena_lower(mem, login).p, mem, &entry, err);
	if (r == 0)
		return err_no_user(err, "there is no user \"" STR_FMT "\"", STR_ARGS(login));
	if (r < 0)
		return -1;
	if (entry.pw_uid == 0)
		return err_temp(err, "mail is not delivered to root; make an alias to a person");
	user_account_take(user, &entry);
	user->names.user = user->names.local = str_of(entry.pw_name);
	user->names.domain = str_slice(name, str_find(name, '@') + 1, name.n);
	user->names.home = str_of(entry.pw_dir);
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
	return owner_shared(conf, home, mem, user, err);
}

typedef int find_user(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err);

static find_user *const finders[] = {
	[USERS_SYSTEM] = find_system,
	[USERS_VIRTUAL] = find_virtual,
	[USERS_DOVECOT] = user_dovecot_find,
};

static const struct conf *settings_of(
	const struct user *user, const struct conf *conf, struct arena *mem)
{
	return user->mailbox ? user_dovecot_settings(conf, user->mailbox, mem) : conf;
}

int user_find(const struct conf *conf, struct str name, struct arena *mem, struct user *user,
	struct err *err)
{
	*user = (struct user){0};
	int r = finders[conf->users](conf, name, mem, user, err);
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

struct conf_source user_said(const struct user *user, const struct conf *conf, struct arena *mem)
{
	return user->mailbox ? user_dovecot_source(conf, user->mailbox, mem)
			     : (struct conf_source){.count = 0};
}
