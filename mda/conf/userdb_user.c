#include "mda/conf/userdb_user.h"

#include "base/buf.h"
#include "base/printable.h"

#include <limits.h>

/* The next number means "no user" to the kernel. A quota above a petabyte is a mistake. */
#define ID_MOST    0xfffffffeULL
#define QUOTA_MOST (1ULL << 50)
enum { SHOWN = 100 };

struct reader {
	const struct userdb_reply *reply;
	struct userdb_user *user;
	struct str field, value;
	struct str mail;           /* as it was given */
	struct str inbox, control; /* paths; empty: not given */
	struct str other;          /* a field that this version of Dovecot ignores */
	struct arena *mem;
	struct err *err;
};

/* An error about the field that is being read. */
static int refuse(struct reader *r, const char *why)
{
	struct str value = printable_line(str_slice(r->value, 0, SHOWN), '?', r->mem);
	return err_temp(r->err, "Dovecot's userdb gives %s=" STR_FMT ": %s",
		arena_cstr(r->mem, printable_line(str_slice(r->field, 0, SHOWN), '?', r->mem)),
		STR_ARGS(value), why);
}

/* ---- paths ---- */

struct str userdb_user_path(struct str path, struct arena *mem)
{
	if (path.n == 0 || path.n >= PATH_MAX || path.p[0] != '/' || printable_has_control(path))
		return STR_EMPTY;
	struct buf b = {0};
	bool climbs = false;
	while (path.n) {
		size_t slash = str_find(path, '/');
		struct str part = str_slice(path, 0, slash);
		path = str_slice(path, slash + 1, path.n);
		climbs |= str_eq(part, STR_LIT(".")) || str_eq(part, STR_LIT(".."));
		if (part.n == 0)
			continue;
		buf_byte(&b, '/');
		buf_add(&b, part);
	}
	struct str clean = climbs ? STR_EMPTY : arena_str(mem, buf_str(&b));
	buf_free(&b);
	return clean;
}

bool userdb_user_is_below(struct str path, struct str above)
{
	return str_starts(path, above) && (path.n == above.n || path.p[above.n] == '/');
}

/* A path of the mailbox, in which "~" at the start is the home. */
static int take_path(struct reader *r, struct str path, struct str *to)
{
	if (path.n && path.p[0] == '~' && (path.n == 1 || path.p[1] == '/')) {
		if (r->user->home.n == 0)
			return refuse(r, "but no home");
		path = ARENA_JOIN(r->mem, r->user->home, str_slice(path, 1, path.n));
	}
	*to = userdb_user_path(path, r->mem);
	return to->n ? 0 : refuse(r, "this is not an absolute path without \"..\"");
}

/* ---- who ---- */

static bool is_name_part(struct str part)
{
	return part.n && part.p[0] != '.' && str_find(part, '/') == part.n &&
	       !printable_has_control(part);
}

bool userdb_user_is_name(struct str name)
{
	size_t at = str_rfind(name, '@');
	return name.n <= UINT8_MAX && is_name_part(str_slice(name, 0, at)) &&
	       (at == name.n || is_name_part(str_slice(name, at + 1, name.n)));
}

static int take_id(struct reader *r, struct userdb_number *to, const char *why)
{
	unsigned long long id;
	if (!str_number(r->value, ID_MOST, &id))
		return refuse(r, "this is not a number");
	*to = (struct userdb_number){true, id};
	return id == 0 ? refuse(r, why) : 0;
}

static int take_uid(struct reader *r)
{
	return take_id(r, &r->user->uid, "mail is not delivered to root");
}

static int take_gid(struct reader *r)
{
	return take_id(r, &r->user->gid, "mail is not delivered with root's group");
}

static int take_login(struct reader *r)
{
	r->user->login = r->value;
	if (str_eq(r->value, STR_LIT("root")))
		return refuse(r, "mail is not delivered with root's groups");
	return printable_has_control(r->value) ? refuse(r, "this is not a name") : 0;
}

static int take_home(struct reader *r)
{
	if (r->value.n == 0)
		return 0;
	r->user->home = userdb_user_path(r->value, r->mem);
	return r->user->home.n ? 0 : refuse(r, "this is not an absolute path without \"..\"");
}

/* ---- where the mail is: what is given as empty, Dovecot looks for by itself ---- */

static int take_driver(struct reader *r)
{
	return str_ieq(r->value, STR_LIT("maildir"))
		       ? 0
		       : refuse(r, "mda stores mail only in a Maildir");
}

static int take_layout(struct reader *r)
{
	bool nested = str_ieq(r->value, STR_LIT("fs"));
	if (!nested && !str_ieq(r->value, STR_LIT("maildir++")))
		return refuse(r, "the known layouts are maildir++ and fs");
	r->user->has_layout = true;
	r->user->layout = nested ? FOLDER_NESTED : FOLDER_FLAT;
	return 0;
}

static int take_utf8(struct reader *r)
{
	r->user->has_utf8 = true;
	r->user->utf8 = str_ieq(r->value, STR_LIT("yes"));
	return r->user->utf8 || str_ieq(r->value, STR_LIT("no"))
		       ? 0
		       : refuse(r, "this is not yes or no");
}

static int take_utf8_flag(struct reader *r)
{
	r->user->has_utf8 = r->user->utf8 = true;
	return r->value.n ? refuse(r, "this takes no value") : 0;
}

static int take_mail_path(struct reader *r)
{
	r->mail = r->value;
	return take_path(r, r->value, &r->user->maildir);
}

/* This and the next one are checked when the path of the Maildir is known. */
static int take_inbox(struct reader *r)
{
	return r->value.n ? take_path(r, r->value, &r->inbox) : 0;
}

static int take_control(struct reader *r)
{
	return r->value.n ? take_path(r, r->value, &r->control) : 0;
}

static int take_subscriptions(struct reader *r)
{
	return r->value.n == 0 || str_eq(r->value, STR_LIT("subscriptions"))
		       ? 0
		       : refuse(r, "mda knows only the name \"subscriptions\"");
}

static int take_nothing(struct reader *r)
{
	(void)r;
	return 0;
}

static int take_unsupported(struct reader *r)
{
	return r->value.n ? refuse(r, "mda does not support it") : 0;
}

/* ---- the mail location of Dovecot 2.3 ---- */

/* What follows the path: "LAYOUT=fs:INDEX=/var/index". What is not here is refused. */
static const struct part {
	const char *name;
	int (*take)(struct reader *r);
} parts[] = {
	{"LAYOUT", take_layout},
	{"UTF-8", take_utf8_flag},
	{"INBOX", take_inbox},
	{"CONTROL", take_control},
	{"SUBSCRIPTIONS", take_subscriptions},
	{"INDEX", take_nothing},
	{"INDEXPVT", take_nothing},
	{"INDEXCACHE", take_nothing},
	{"LISTINDEX", take_nothing},
	{"ITERINDEX", take_nothing},
	{"VOLATILEDIR", take_nothing},
	{"NO-NOSELECT", take_nothing},
};

/* Takes what is before the next colon; a double colon is a colon of the text. */
static struct str take_part(struct str *rest, struct arena *mem)
{
	char *to = arena_alloc(mem, rest->n + 1);
	size_t n = 0, i = 0;
	for (; i < rest->n; i++) {
		bool colon = rest->p[i] == ':';
		if (colon && (i + 1 == rest->n || rest->p[i + 1] != ':'))
			break;
		i += colon;
		to[n++] = rest->p[i];
	}
	*rest = str_slice(*rest, i + 1, rest->n);
	return (struct str){to, n};
}

static int take_location_part(struct reader *r, struct str part)
{
	size_t equals = str_find(part, '=');
	r->field = ARENA_JOIN(r->mem, STR_LIT("mail: "), str_slice(part, 0, equals));
	r->value = str_slice(part, equals + 1, part.n);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (str_ieq(str_slice(part, 0, equals), str_of(parts[i].name)))
			return parts[i].take(r);
	return refuse(r, "mda does not support it");
}

static int take_location(struct reader *r)
{
	struct str rest = r->value;
	size_t colon = str_find(rest, ':');
	if (colon == rest.n)
		return refuse(r, "this does not begin with \"maildir:\"");
	struct str driver = str_slice(rest, 0, colon);
	if (!str_ieq(driver, STR_LIT("maildir")))
		return refuse(r, "mda stores mail only in a Maildir");
	rest = str_slice(rest, colon + 1, rest.n);
	r->mail = take_part(&rest, r->mem);
	if (r->mail.n == 0)
		return refuse(r, "this has no path");
	if (take_path(r, r->mail, &r->user->maildir) < 0)
		return -1;
	while (rest.n)
		if (take_location_part(r, take_part(&rest, r->mem)) < 0)
			return -1;
	return 0;
}

/* ---- quota ---- */

/* "10M"; without a unit, it is SHIFT bits wide. */
static bool read_size(struct str text, unsigned shift, uint64_t *to)
{
	static const char units[] = "bkmgt";
	unsigned long long n;
	text = str_trim(text);
	if (text.n && !ascii_isdigit(text.p[text.n - 1])) {
		size_t unit = str_find(STR_LIT("bkmgt"), ascii_lower(text.p[text.n - 1]));
		if (!units[unit])
			return false;
		shift = (unsigned)unit * 10;
		text = str_trim(str_slice(text, 0, text.n - 1));
	}
	if (!str_number(text, QUOTA_MOST >> shift, &n))
		return false;
	*to = n << shift;
	return true;
}

static int take_size(struct reader *r, struct str text, unsigned shift, struct userdb_number *to)
{
	to->is_set = true;
	return read_size(text, shift, &to->value) ? 0 : refuse(r, "this is not a quota");
}

static int take_limit(struct reader *r, struct str limit)
{
	size_t equals = str_find(limit, '=');
	struct str name = str_slice(limit, 0, equals),
		   value = str_slice(limit, equals + 1, limit.n);
	if (str_eq(name, STR_LIT("storage")))
		return take_size(r, value, 10, &r->user->quota_bytes);
	if (str_eq(name, STR_LIT("bytes")))
		return take_size(r, value, 0, &r->user->quota_bytes);
	if (str_eq(name, STR_LIT("messages")))
		return take_size(r, value, 0, &r->user->quota_messages);
	if (!str_eq(name, STR_LIT("ignore")) && !str_eq(name, STR_LIT("noenforcing")))
		return refuse(r, "this is not a quota");
	r->user->quota_bytes = r->user->quota_messages = (struct userdb_number){true, 0};
	return 0;
}

/* Dovecot 2.3: "*:storage=10M:messages=100". A rule for a folder does not limit the mailbox. */
static int take_quota_rule(struct reader *r)
{
	struct str rest = r->value;
	if (rest.n == 0)
		return 0;
	size_t colon = str_find(rest, ':');
	if (!str_eq(str_slice(rest, 0, colon), STR_LIT("*")))
		return 0;
	rest = str_slice(rest, colon + 1, rest.n);
	if (rest.n == 0)
		return refuse(r, "this is not a quota");
	while (rest.n) {
		size_t end = str_find(rest, ':');
		if (take_limit(r, str_slice(rest, 0, end)) < 0)
			return -1;
		rest = str_slice(rest, end + 1, rest.n);
	}
	return 0;
}

static int take_quota(struct reader *r, unsigned shift, struct userdb_number *to)
{
	if (r->value.n == 0)
		return 0;
	if (!str_eq(r->value, STR_LIT("unlimited")))
		return take_size(r, r->value, shift, to);
	*to = (struct userdb_number){true, 0};
	return 0;
}

static int take_quota_size(struct reader *r)
{
	return take_quota(r, 0, &r->user->quota_bytes);
}

static int take_quota_count(struct reader *r)
{
	return take_quota(r, 0, &r->user->quota_messages);
}

/* ---- the fields ---- */

/* The versions of Dovecot that know a field, and what the other one does with it. */
enum versions { OLD = 1, NEW = 2, BOTH = OLD | NEW };

static const struct known {
	const char *name;
	enum versions versions;
	bool is_place; /* where mail is: it must not be ignored */
	int (*take)(struct reader *r);
} known[] = {
	/* The home is first: the other paths may begin with it. */
	{"home", BOTH, false, take_home},
	{"uid", BOTH, false, take_uid},
	{"gid", BOTH, false, take_gid},
	{"system_groups_user", BOTH, false, take_login},
	{"chroot", BOTH, false, take_unsupported},
	{"mail_chroot", BOTH, false, take_unsupported},
	{"mail", OLD, true, take_location},
	{"mail_location", OLD, true, take_location},
	{"mail_driver", NEW, true, take_driver},
	{"mail_path", NEW, true, take_mail_path},
	{"mail_inbox_path", NEW, true, take_inbox},
	{"mail_control_path", NEW, true, take_control},
	{"mailbox_list_layout", NEW, true, take_layout},
	{"mailbox_list_utf8", NEW, true, take_utf8},
	{"mailbox_directory_name", NEW, true, take_unsupported},
	{"mailbox_root_directory_name", NEW, true, take_unsupported},
	{"mailbox_subscriptions_filename", NEW, true, take_subscriptions},
	{"quota_rule", OLD, false, take_quota_rule},
	{"quota_rule2", OLD, false, take_quota_rule},
	{"quota_rule3", OLD, false, take_quota_rule},
	{"quota_rule4", OLD, false, take_quota_rule},
	{"quota_storage_size", NEW, false, take_quota_size},
	{"quota_message_count", NEW, false, take_quota_count},
};
enum { KNOWN = sizeof known / sizeof *known };

static struct str name_of(struct str field)
{
	struct str name = str_slice(field, 0, str_find(field, '='));
	const struct str plugin = STR_LIT("plugin/");
	return str_starts(name, plugin) ? str_slice(name, plugin.n, name.n) : name;
}

/* Finds NAME among the fields, and its value. A field that is given twice is an error. */
static int find(struct reader *r, const char *name, bool *there)
{
	const struct str_list *fields = &r->reply->fields;
	*there = false;
	for (size_t i = 0; i < fields->count; i++) {
		struct str f = fields->items[i];
		if (!str_eq(name_of(f), str_of(name)))
			continue;
		r->field = str_of(name);
		r->value = str_slice(f, str_find(f, '=') + 1, f.n);
		if (*there)
			return refuse(r, "this is given twice");
		*there = true;
	}
	return 0;
}

static int take_known(struct reader *r, const struct known *k)
{
	enum versions version = r->reply->is_old ? OLD : NEW;
	bool there;
	if (find(r, k->name, &there) < 0)
		return -1;
	if (!there)
		return 0;
	if (k->versions & version)
		return k->take(r);
	if (k->is_place && r->value.n && r->other.n == 0)
		r->other = r->field;
	return 0;
}

/* Is it a setting of a namespace that moves its mail or renames its folders? */
static bool is_of_namespace(struct str field)
{
	static const char *const settings[] = {"location", "prefix", "separator", "inbox"};
	struct str name = name_of(field);
	if (!str_starts(name, STR_LIT("namespace")))
		return false;
	size_t slash = str_rfind(name, '/');
	struct str last = str_slice(name, slash + 1, name.n);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (str_eq(last, str_of(settings[i])))
			return true;
	return str_starts(last, STR_LIT("mail_")) || str_starts(last, STR_LIT("mailbox_"));
}

static int check_namespaces(struct reader *r)
{
	for (size_t i = 0; i < r->reply->fields.count; i++) {
		struct str f = r->reply->fields.items[i];
		if (!is_of_namespace(f))
			continue;
		r->field = str_slice(f, 0, str_find(f, '='));
		r->value = str_slice(f, r->field.n + 1, f.n);
		return refuse(r, "mda does not support it");
	}
	return 0;
}

/* What must be in the Maildir itself. */
static int check_place(struct reader *r, const char *name, struct str path)
{
	r->field = str_of(name);
	r->value = path;
	if (path.n && !str_eq(path, r->user->maildir))
		return refuse(r, "mda supports only the Maildir itself");
	return 0;
}

static int check(struct reader *r)
{
	if (r->other.n && r->mail.n == 0) {
		r->field = r->other;
		return err_temp(r->err,
			"Dovecot's userdb gives " STR_FMT ", which Dovecot %s ignores",
			STR_ARGS(r->other), r->reply->is_old ? "2.3" : "2.4");
	}
	if (check_place(r, "the path of INBOX", r->inbox) < 0 ||
		check_place(r, "the path of control files", r->control) < 0)
		return -1;
	if (r->user->uid.is_set != r->user->gid.is_set)
		return err_temp(r->err, "Dovecot's userdb gives only one of uid and gid");
	return check_namespaces(r);
}

int userdb_user_read(const struct userdb_reply *reply, struct arena *mem, struct userdb_user *user,
	struct err *err)
{
	struct reader r = {.reply = reply, .user = user, .mem = mem, .err = err};
	*user = (struct userdb_user){.name = reply->name};
	r.field = STR_LIT("user");
	r.value = reply->name;
	if (!userdb_user_is_name(reply->name))
		return refuse(&r, "this cannot be the name of a mailbox");
	for (size_t i = 0; i < KNOWN; i++)
		if (take_known(&r, &known[i]) < 0)
			return -1;
	return check(&r);
}
