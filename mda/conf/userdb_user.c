#include "mda/conf/userdb_user.h"

#include "base/printable.h"
#include "mda/conf/userdb_place.h"
#include "mda/conf/userdb_quota.h"

/* The next number means "no user" to the kernel. */
#define ID_MOST 0xfffffffeULL

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

static int take_id(struct userdb_reader *r, struct userdb_number *to, const char *why)
{
	unsigned long long id;
	if (!str_number(r->value, ID_MOST, &id))
		return userdb_reader_refuse(r, "this is not a number");
	*to = (struct userdb_number){true, id};
	return id == 0 ? userdb_reader_refuse(r, why) : 0;
}

static int take_uid(struct userdb_reader *r)
{
	return take_id(r, &r->user->uid, "mail is not delivered to root");
}

static int take_gid(struct userdb_reader *r)
{
	return take_id(r, &r->user->gid, "mail is not delivered with root's group");
}

static int take_login(struct userdb_reader *r)
{
	r->user->login = r->value;
	if (str_eq(r->value, STR_LIT("root")))
		return userdb_reader_refuse(r, "mail is not delivered with root's groups");
	return printable_has_control(r->value) ? userdb_reader_refuse(r, "this is not a name") : 0;
}

static int take_home(struct userdb_reader *r)
{
	if (r->value.n == 0)
		return 0;
	r->user->home = userdb_place_path(r->value, r->mem);
	return r->user->home.n
		       ? 0
		       : userdb_reader_refuse(r, "this is not an absolute path without \"..\"");
}

/* ---- the fields ---- */

/* The versions of Dovecot that know a field, and what the other one does with it. */
enum versions { OLD = 1, NEW = 2, BOTH = OLD | NEW };

static const struct known {
	const char *name;
	enum versions versions;
	bool is_place; /* where mail is: it must not be ignored */
	int (*take)(struct userdb_reader *r);
} known[] = {
	/* The home is first: the other paths may begin with it. */
	{"home", BOTH, false, take_home},
	{"uid", BOTH, false, take_uid},
	{"gid", BOTH, false, take_gid},
	{"system_groups_user", BOTH, false, take_login},
	{"chroot", BOTH, false, userdb_place_unsupported},
	{"mail_chroot", BOTH, false, userdb_place_unsupported},
	{"mail", OLD, true, userdb_place_location},
	{"mail_location", OLD, true, userdb_place_location},
	{"mail_driver", NEW, true, userdb_place_driver},
	{"mail_path", NEW, true, userdb_place_mail},
	{"mail_inbox_path", NEW, true, userdb_place_inbox},
	{"mail_control_path", NEW, true, userdb_place_control},
	{"mailbox_list_layout", NEW, true, userdb_place_layout},
	{"mailbox_list_utf8", NEW, true, userdb_place_utf8},
	{"mailbox_directory_name", NEW, true, userdb_place_unsupported},
	{"mailbox_root_directory_name", NEW, true, userdb_place_unsupported},
	{"mailbox_subscriptions_filename", NEW, true, userdb_place_subscriptions},
	{"quota_rule", OLD, false, userdb_quota_rule},
	{"quota_rule2", OLD, false, userdb_quota_rule},
	{"quota_rule3", OLD, false, userdb_quota_rule},
	{"quota_rule4", OLD, false, userdb_quota_rule},
	{"quota_storage_size", NEW, false, userdb_quota_size},
	{"quota_message_count", NEW, false, userdb_quota_count},
};
enum { KNOWN = sizeof known / sizeof *known };

static struct str name_of(struct str field)
{
	struct str name = str_slice(field, 0, str_find(field, '='));
	const struct str plugin = STR_LIT("plugin/");
	return str_starts(name, plugin) ? str_slice(name, plugin.n, name.n) : name;
}

/* Finds NAME among the fields, and its value. A field that is given twice is an error. */
static int find(struct userdb_reader *r, const char *name, bool *there)
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
			return userdb_reader_refuse(r, "this is given twice");
		*there = true;
	}
	return 0;
}

static int take_known(struct userdb_reader *r, const struct known *k)
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

static int check_namespaces(struct userdb_reader *r)
{
	for (size_t i = 0; i < r->reply->fields.count; i++) {
		struct str f = r->reply->fields.items[i];
		if (!is_of_namespace(f))
			continue;
		r->field = str_slice(f, 0, str_find(f, '='));
		r->value = str_slice(f, r->field.n + 1, f.n);
		return userdb_reader_refuse(r, "mda does not support it");
	}
	return 0;
}

/* What must be in the Maildir itself. */
static int check_place(struct userdb_reader *r, const char *name, struct str path)
{
	r->field = str_of(name);
	r->value = path;
	if (path.n && !str_eq(path, r->user->maildir))
		return userdb_reader_refuse(r, "mda supports only the Maildir itself");
	return 0;
}

static int check(struct userdb_reader *r)
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
	struct userdb_reader r = {.reply = reply, .user = user, .mem = mem, .err = err};
	*user = (struct userdb_user){.name = reply->name};
	r.field = STR_LIT("user");
	r.value = reply->name;
	if (!userdb_user_is_name(reply->name))
		return userdb_reader_refuse(&r, "this cannot be the name of a mailbox");
	for (size_t i = 0; i < KNOWN; i++)
		if (take_known(&r, &known[i]) < 0)
			return -1;
	return check(&r);
}
