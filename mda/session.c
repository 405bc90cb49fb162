#include "mda/session.h"

#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/apart.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/owner.h"
#include "mda/conf/place.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/user_become.h"
#include "mda/rules_warm.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <string.h>
#include <unistd.h>

int session_take_setting(void *session, const char *value, struct err *err)
{
	struct session *s = session;
	(void)err;
	invocation_override(&s->inv, value, s->mem);
	return 0;
}

int session_configure(struct session *s, struct err *err)
{
	s->file = conf_load(s->inv.conf ? s->inv.conf : conf_default_path, s->mem, err);
	if (!s->file)
		return -1;
	for (size_t i = 0; i < s->inv.override_count; i++)
		if (conf_override(s->file, s->inv.overrides[i], err) < 0)
			return -1;
	s->conf = conf_global(s->file, s->mem);
	return 0;
}

/*
 * A file where others own the directory is theirs. Mail does not wait until its log can be opened.
 */
int session_open_log(const struct session *s, struct err *err)
{
	struct err why;
	const char *target = s->conf->log.p;
	int r = target[0] == '/' ? owner_lend(target, s->mem, &why) : 0;
	if (r == 0)
		r = log_open(target, &why);
	if (owner_return(err) < 0)
		return -1;
	if (r < 0)
		log_to_syslog(&why);
	return 0;
}

int session_read_keys(struct session *s, struct err *err)
{
	struct str path = s->conf->stamp_key;
	if (geteuid() != 0 || path.n == 0)
		return 0;
	/* Without keys no stamp is valid, but mail is delivered. */
	if (owner_lend(path.p, s->mem, NULL) == 0)
		(void)stamp_key_read(path.p, !s->asks, &s->keys, NULL);
	return owner_return(err);
}

static struct str domain_of(const struct session *s)
{
	return invocation_default_domain(s->conf->default_domain, s->mem);
}

static bool is_mailbox(void *context, struct str address)
{
	struct session *s = context;
	struct err err;
	int r = s->unasked.text[0] ? -1 : mailboxes_has(s->file, address, s->mem, &err);
	if (r < 0 && !s->unasked.text[0])
		s->unasked = err;
	return r > 0;
}

/* From now on, no server is asked: the process has only a user's rights. */
static bool is_this_mailbox(void *context, struct str address)
{
	const struct session *s = context;
	return str_eq(address, s->mailbox);
}

/* Was a server not able to say whether an address is a mailbox, or what its aliases are? */
static int check_asked(const struct session *s, struct err *err)
{
	if (!s->unasked.text[0])
		return aliases_check(s->aliases, err);
	if (err)
		*err = s->unasked;
	return -1;
}

/* Where no mailbox is concerned, an account without rights is enough. */
static int drop_rights(void *context, struct err *err)
{
	const struct session *s = context;
	return owner_drop(s->conf, s->mem, err);
}

void session_prepare_table(struct session *s, struct table_map *table, size_t seconds)
{
	if (!table)
		return;
	table_wait(table, seconds);
	table_drop_by(table, drop_rights, s);
}

static int open_aliases(struct session *s, struct err *err)
{
	s->aliases = aliases_open(s->conf->aliases, s->conf->recipient_delimiter, s->mem, err);
	if (!s->aliases)
		return -1;
	aliases_ask(s->aliases, is_mailbox, s);
	session_prepare_table(s, aliases_table(s->aliases), s->conf->aliases_timeout);
	return 0;
}

int session_resolve(struct session *s, struct err *err)
{
	struct str delimiters = s->conf->recipient_delimiter, domain = domain_of(s);
	if (!s->aliases && open_aliases(s, err) < 0)
		return -1;
	s->inv.user_length = aliases_user_length(
		s->aliases, invocation_recipient(&s->inv, domain, s->mem), s->mem);
	s->mailbox = aliases_mailbox(
		s->aliases, invocation_mailbox(&s->inv, domain, delimiters, s->mem), s->mem);
	return check_asked(s, err);
}

int session_find_mailbox(struct session *s, struct err *err)
{
	const struct conf *global = s->conf;
	invocation_drop_word(&s->inv, global->recipient_delimiter);
	s->mailbox = str_of(s->inv.recipient ? s->inv.recipient : s->inv.user);
	if (invocation_check(&s->inv, user_source(global)->are_addresses, s->mem, err) < 0 ||
		session_resolve(s, err) < 0)
		return -1;
	const struct conf *conf = conf_for_one(s->file, s->mailbox, global, s->mem, err);
	if (conf)
		s->conf = conf;
	return conf ? 0 : -1;
}

/*
 * The settings of the mailbox are those that its user's source has completed. If the source gives
 * the mailbox another name, the name that was asked for is an alias.
 */
static void take_user(struct session *s, const struct user *user)
{
	struct str name = user->names.user;
	s->user = *user;
	s->conf = user->conf;
	if (!user->renamed || str_find(name, '@') == name.n)
		return;
	aliases_add(s->aliases, s->mailbox, name);
	s->mailbox = name;
}

int session_named(struct session *s, struct mailbox *m, struct err *err)
{
	if (session_configure(s, err) < 0)
		return -1;
	struct str name =
		invocation_user(&s->inv, domain_of(s), s->conf->recipient_delimiter, s->mem);
	if (user_source(s->conf)->are_addresses) {
		if (open_aliases(s, err) < 0)
			return -1;
		name = aliases_mailbox(s->aliases, name, s->mem);
	}
	if (check_asked(s, err) < 0 || mailboxes_of(s->file, name, s->mem, m, err) < 0)
		return -1;
	s->mailbox = m->name;
	take_user(s, &m->user);
	m->name = s->mailbox;
	return 0;
}

/*
 * USER is what the MTA has found out. The address comes first; USER counts if the address is not a
 * login.
 */
static int find_user(struct session *s, struct str name, struct err *err)
{
	struct err why;
	if (user_find(s->conf, name, s->mem, &s->user, err) == 0)
		return 0;
	if (user_source(s->conf)->are_addresses || !s->inv.login)
		return -1;
	return user_find(s->conf, str_of(s->inv.login), s->mem, &s->user, &why);
}

/* HOME belongs to USER, or to a login session. */
static bool is_own_home(const struct session *s)
{
	return !user_source(s->conf)->are_addresses && s->inv.home &&
	       (!s->inv.login || strcmp(s->inv.login, s->user.login) == 0);
}

int session_become_user(struct session *s, struct err *err)
{
	struct str name =
		invocation_user(&s->inv, domain_of(s), s->conf->recipient_delimiter, s->mem);
	/* A login is nobody's alias; an address is, whoever says it. */
	if (user_source(s->conf)->are_addresses)
		name = aliases_mailbox(s->aliases, name, s->mem);
	if (check_asked(s, err) < 0 || find_user(s, name, err) < 0 ||
		user_follow(s->file, s->mem, &s->user, err) < 0)
		return -1;
	take_user(s, &s->user);
	if (user_source(s->conf)->asks_server)
		aliases_ask(s->aliases, is_this_mailbox, s);
	if (user_become(&s->user, err) < 0)
		return -1;
	/* Not earlier: what root opened must not be used by the user. */
	path_keep(true);
	if (is_own_home(s)) {
		s->user.names.home = str_of(s->inv.home);
		place_declare(s->conf, &s->user);
	}
	if (user_check_home(s->conf, &s->user, s->asks, err) < 0)
		return -1;
	s->is_user = apart_check(s->conf, &s->user.names, s->mem, err) == 0;
	return s->is_user ? 0 : -1;
}

/* ---- the folder of -m ---- */

struct alike {
	struct str name, found; /* FOUND is a directory */
	struct arena *mem;
};

static bool compare_alike(void *context, const char *directory)
{
	struct alike *a = context;
	if (directory[0] && str_ieq(folder_name(str_of(directory), a->mem), a->name) &&
		(a->found.n == 0 || strcmp(directory, a->found.p) < 0))
		a->found = arena_str(a->mem, str_of(directory));
	return true;
}

/*
 * The folder of MAILDIR with that name, regardless of case; of several, the first in order. Empty
 * if there is none.
 */
static struct str find_alike(const char *maildir, struct str name, struct arena *mem)
{
	struct alike a = {.name = name, .found = STR_EMPTY, .mem = mem};
	int root = path_open_dir_itself(maildir);
	if (root < 0)
		return a.found;
	/* A directory that cannot be read has no folder to be found. */
	(void)maildir_walk_folders(root, compare_alike, &a, NULL);
	close(root); /* nothing was written */
	return a.found.n ? folder_name(a.found, mem) : a.found;
}

int session_find_folder(struct session *s, struct err *err)
{
	const char *maildir;
	struct str asked = str_of(s->inv.folder), directory;
	s->keep_folder = STR_EMPTY;
	if (asked.n == 0 || str_ieq(asked, STR_LIT("INBOX")))
		return 0;
	if (template_expand(s->conf->maildir, &s->user.names, s->mem, &maildir, err) < 0)
		return -1;
	s->folder_is_missing = true;
	if (folder_directory(asked, s->mem, &directory, NULL) < 0)
		return 0;
	const char *cur = arena_fmt(s->mem, "%s/" STR_FMT "/cur", maildir, STR_ARGS(directory)).p;
	int exists = directory.n == 0 ? 1 : path_there(cur, err);
	struct str alike = STR_EMPTY;
	if (exists < 0)
		return -1;
	if (!exists)
		alike = find_alike(maildir, folder_name(directory, s->mem), s->mem);
	s->folder_is_missing = !exists && alike.n == 0 && !s->conf->create_keep_folder;
	if (!s->folder_is_missing)
		s->keep_folder = alike.n ? alike : asked;
	return 0;
}

/* Options that do not mean here what they seem to mean. */
static struct str_list remarks(const struct session *s)
{
	struct str_list list = {0};
	/* Letters that other programs have, and that used to mean a dry run. */
	if (s->inv.ignored)
		str_list_add(&list,
			arena_fmt(s->mem,
				"the option -%c is ignored; \"mda explain\" and \"mda config\" ask "
				"without delivering",
				s->inv.ignored),
			s->mem);
	if (s->folder_is_missing)
		str_list_add(&list,
			arena_fmt(s->mem,
				"the folder \"%.80s\" of -m does not exist (see "
				"create_keep_folder)",
				s->inv.folder),
			s->mem);
	return list;
}

struct message *session_read_message(const struct session *s, int fd, struct err *err)
{
	const struct message_limits limits = conf_message_limits(s->conf);
	return message_read_bytes(fd, &limits, err);
}

struct message *session_receive(
	struct session *s, session_source *read, void *context, struct err *err)
{
	if (session_find_mailbox(s, err) < 0 || session_become_user(s, err) < 0 ||
		session_find_folder(s, err) < 0)
		return NULL;
	return read(context, s, err);
}

struct envelope session_envelope(const struct session *s, const struct message *msg)
{
	struct envelope env = invocation_envelope(
		&s->inv, msg, domain_of(s), s->conf->recipient_delimiter, s->mem);
	if (s->mailbox.n)
		env.mailbox = s->mailbox;
	return env;
}

struct delivery session_delivery(
	struct session *s, const struct envelope *env, const struct message *msg)
{
	return (struct delivery){.conf = s->conf,
		.file = s->file,
		.aliases = s->aliases,
		.user = &s->user,
		.env = env,
		.told = *env,
		.keys = &s->keys,
		.msg = msg,
		.again = s->inv.again ? (uint64_t)io_microseconds() << 20 | (uint64_t)getpid() : 0,
		.may_overlap = s->may_overlap,
		.asks = s->asks,
		.kept = s->warm && s->warm->conf == s->conf ? &s->warm->kept : NULL,
		.keep_folder = s->keep_folder,
		.remarks = remarks(s),
		.mem = s->mem};
}
