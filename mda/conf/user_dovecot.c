#include "mda/conf/user_dovecot.h"

#include "base/io.h"
#include "base/net.h"
#include "base/str_list.h"
#include "mda/conf/owner.h"
#include "mda/conf/userdb_place.h"

enum { MICROSECONDS = 1000000 };

struct user_mailbox {
	struct userdb_user said;
};

/* ---- asking ---- */

static int ask(const struct conf *conf, struct str request, size_t most, struct buf *reply,
	struct err *err)
{
	size_t seen = 0;
	const struct net_exchange x = {.server = conf->users_socket.p,
		.pieces = &request,
		.count = 1,
		.most = most,
		.deadline = io_microseconds() + (long long)conf->users_timeout * MICROSECONDS,
		.is_whole = userdb_is_whole,
		.context = &seen,
		.trusted = true};
	if (conf->users_socket.n == 0 || conf->users_socket.p[0] != '/')
		return err_temp(err, "users_socket \"%s\" is not the path of a socket",
			conf->users_socket.p);
	return net_exchange(&x, reply, err);
}

/* Puts the socket before the reason: the admin sees whose answer it is. */
static int at_socket(const struct conf *conf, const struct err *why, struct err *err)
{
	return err_temp(err, "%s: %s", conf->users_socket.p, why->text);
}

static int look_up(const struct conf *conf, struct str name, struct arena *mem,
	struct userdb_reply *reply, struct err *err)
{
	struct buf bytes = {0};
	struct err why;
	int r = ask(conf, userdb_ask(name, mem), USERDB_REPLY_MOST, &bytes, err);
	if (r == 0 && userdb_read(arena_str(mem, buf_str(&bytes)), mem, reply, &why) < 0)
		r = at_socket(conf, &why, err);
	buf_free(&bytes);
	return r;
}

int user_dovecot_list(
	const struct conf *conf, struct arena *mem, struct str_list *names, struct err *err)
{
	struct buf bytes = {0};
	struct err why;
	int r = ask(conf, userdb_ask_all(), USERDB_LIST_MOST, &bytes, err);
	if (r == 0 && userdb_read_all(arena_str(mem, buf_str(&bytes)), mem, names, &why) < 0)
		r = at_socket(conf, &why, err);
	buf_free(&bytes);
	return r;
}

/* ---- names ---- */

/* A user of Dovecot's may be a login. Then %d is the domain that was asked for. */
static void take_names(struct str asked, struct str name, struct arena *mem, struct user *user)
{
	struct str lower = arena_lower(mem, name);
	size_t at = str_rfind(lower, '@');
	if (at == lower.n)
		asked = arena_lower(mem, str_slice(asked, str_rfind(asked, '@') + 1, asked.n));
	user->names.user = lower;
	user->names.local = str_slice(lower, 0, at);
	user->names.domain = at < lower.n ? str_slice(lower, at + 1, lower.n) : asked;
}

/* ---- the answer ---- */

/* The directory of users_homes that PATH is below; empty: none. */
static struct str place_above(const struct conf *conf, struct str path, struct arena *mem)
{
	for (size_t i = 0; i < conf->users_homes.count; i++) {
		struct str above = userdb_place_path(conf->users_homes.items[i], mem);
		if (above.n && !str_eq(path, above) && userdb_place_is_below(path, above))
			return above;
	}
	return STR_EMPTY;
}

static int check_place(const struct conf *conf, const char *what, struct str path,
	struct arena *mem, struct err *err)
{
	if (path.n == 0 || conf->users_homes.count == 0 || place_above(conf, path, mem).n)
		return 0;
	return err_temp(err, "Dovecot's userdb gives the %s " STR_FMT ", which users_homes forbids",
		what, STR_ARGS(path));
}

static int take_account(const struct conf *conf, const struct userdb_user *said, struct arena *mem,
	struct user *user, struct err *err)
{
	if (!said->uid.is_set)
		return owner_shared(conf, user->names.home.p, mem, user, err);
	user->uid = (uid_t)said->uid.value;
	user->gid = (gid_t)said->gid.value;
	user->login = said->login.n ? arena_cstr(mem, said->login) : NULL;
	return 0;
}

static int take(const struct conf *conf, const struct userdb_user *said, struct arena *mem,
	struct user *user, struct err *err)
{
	if (said->home.n == 0)
		return err_temp(err,
			"Dovecot's userdb gives no home for " STR_FMT
			": it must be there, mail_home in dovecot.conf is not enough",
			STR_ARGS(user->names.user));
	user->names.home = arena_str(mem, said->home);
	if (check_place(conf, "home", said->home, mem, err) < 0 ||
		check_place(conf, "Maildir", said->maildir, mem, err) < 0)
		return -1;
	return take_account(conf, said, mem, user, err);
}

int user_dovecot_find(const struct conf *conf, struct str name, struct arena *mem,
	struct user *user, struct err *err)
{
	struct userdb_reply reply = {.answer = USERDB_UNKNOWN};
	struct err why;
	/*
	 * A sender chooses this name. Some of Dovecot's databases, like "static", have every user
	 * and make the name a part of the home.
	 */
	if (!userdb_user_is_name(name))
		return err_no_user(err, "such a name is not that of a user");
	if (look_up(conf, name, mem, &reply, err) < 0)
		return -1;
	if (reply.answer == USERDB_UNKNOWN)
		return err_no_user(err, "Dovecot has no user \"" STR_FMT "\"", STR_ARGS(name));
	struct user_mailbox *mailbox = arena_alloc(mem, sizeof *mailbox);
	if (userdb_user_read(&reply, mem, &mailbox->said, &why) < 0)
		return at_socket(conf, &why, err);
	take_names(name, mailbox->said.name, mem, user);
	if (take(conf, &mailbox->said, mem, user, &why) < 0)
		return at_socket(conf, &why, err);
	user->mailbox = mailbox;
	user->renamed = !str_ieq(mailbox->said.name, name);
	return 0;
}

/* ---- the mailbox ---- */

static bool is_in_home(const struct userdb_user *said)
{
	return userdb_place_is_below(said->maildir, said->home);
}

/* The path as a template. One in the home begins with %h, so that the user's part begins there. */
static struct str as_template(const struct userdb_user *said, struct arena *mem)
{
	struct buf b = {0};
	size_t from = is_in_home(said) ? said->home.n : 0;
	buf_text(&b, from ? "%h" : "");
	for (size_t i = from; i < said->maildir.n; i++) {
		buf_byte(&b, said->maildir.p[i]);
		if (said->maildir.p[i] == '%')
			buf_byte(&b, '%');
	}
	struct str template = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return template;
}

const struct conf *user_dovecot_settings(
	const struct conf *conf, const struct user_mailbox *mailbox, struct arena *mem)
{
	const struct userdb_user *said = &mailbox->said;
	struct conf *own = arena_alloc(mem, sizeof *own);
	*own = *conf;
	if (said->maildir.n)
		own->maildir = as_template(said, mem);
	if (said->has_layout)
		own->layout = said->layout;
	if (said->has_utf8)
		own->folder_utf8 = said->utf8 ? CONF_YES : CONF_NO;
	if (said->quota_bytes.is_set || said->quota_messages.is_set) {
		size_t bytes = (size_t)said->quota_bytes.value;
		own->quota = (struct conf_quota){bytes ? QUOTA_SET : QUOTA_NONE, bytes};
		own->quota_messages = (size_t)said->quota_messages.value;
	}
	return own;
}

static void add_given(
	struct conf_source *source, const char *key, struct str value, struct arena *mem)
{
	struct conf_given *g = ARENA_PUSH(mem, source->items, source->count);
	g->key = conf_key_find(str_of(key), SCOPE_ADDRESS);
	str_list_add(&g->values, value, mem);
}

static void add_quota(struct conf_source *source, const struct userdb_user *said, struct arena *mem)
{
	if (!said->quota_bytes.is_set && !said->quota_messages.is_set)
		return;
	unsigned long long bytes = said->quota_bytes.value, messages = said->quota_messages.value;
	add_given(source, "quota", bytes ? arena_fmt(mem, "%llu", bytes) : STR_LIT("none"), mem);
	add_given(source, "quota_messages", arena_fmt(mem, "%llu", messages), mem);
}

struct conf_source user_dovecot_source(
	const struct conf *conf, const struct user_mailbox *mailbox, struct arena *mem)
{
	const struct userdb_user *said = &mailbox->said;
	struct conf_source source = {
		.where = arena_fmt(mem, "Dovecot's userdb, %s", conf->users_socket.p).p};
	if (said->maildir.n)
		add_given(&source, "maildir", as_template(said, mem), mem);
	if (said->has_layout)
		add_given(&source, "layout",
			said->layout == FOLDER_NESTED ? STR_LIT("fs") : STR_LIT("maildir++"), mem);
	if (said->has_utf8)
		add_given(&source, "folder_utf8", said->utf8 ? STR_LIT("yes") : STR_LIT("no"), mem);
	add_quota(&source, said, mem);
	return source;
}

/* The directory of users_homes that contains PATH, or PATH itself. */
static const char *root_of(const struct conf *conf, struct str path, struct arena *mem)
{
	struct str above = place_above(conf, path, mem);
	return above.n ? above.p : path.p;
}

const char *user_dovecot_home_root(
	const struct conf *conf, const struct user *user, struct arena *mem)
{
	return root_of(conf, user->names.home, mem);
}

const char *user_dovecot_mail_root(
	const struct conf *conf, const struct user *user, struct arena *mem)
{
	const struct userdb_user *said = user->mailbox ? &user->mailbox->said : NULL;
	return said && said->maildir.n && !is_in_home(said) ? root_of(conf, said->maildir, mem)
							    : NULL;
}
