/*
 * Dovecot's users: the protocol, the fields of an answer, and a server that answers in every wrong
 * way.
 */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "base/io.h"
#include "mda/conf/user.h"
#include "mda/conf/user_dovecot.h"
#include "mda/conf/userdb_user.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_HELLO "VERSION\t1\t1\nSPID\t42\n"
#define NEW_HELLO "VERSION\t1\t3\nSPID\t42\n"

/* ---- the protocol ---- */

static const struct protocol {
	const char *name;
	struct str reply;
	const char *result; /* name and fields with | after each; or a part of the error */
} replies[] = {
	{"found", STR_LIT(OLD_HELLO "USER\t1\tann@a.test\tuid=5\thome=/h\n"),
		"ann@a.test|uid=5|home=/h|"},
	{"found, without fields", STR_LIT(OLD_HELLO "USER\t1\tann\n"), "ann|"},
	{"found, an empty field", STR_LIT(OLD_HELLO "USER\t1\tann\t\n"), "ann|"},
	{"found, by 2.4", STR_LIT(NEW_HELLO "USER\t1\tann\tnologin=\n"), "ann|nologin=|"},
	{"no SPID", STR_LIT("VERSION\t1\t1\nUSER\t1\tann\n"), "ann|"},
	{"escapes", STR_LIT(OLD_HELLO "USER\t1\tann\ta=\001t\001n\001r\0011\001x\n"),
		"ann|a=\t\n\r\001x|"},
	{"an escape at the end", STR_LIT(OLD_HELLO "USER\t1\tann\ta=\001\n"), "ann|a=\001|"},
	{"not found", STR_LIT(OLD_HELLO "NOTFOUND\t1\n"), "unknown"},
	{"failure", STR_LIT(OLD_HELLO "FAIL\t1\n"), "could not look up the user; its log"},
	{"failure, temporary", STR_LIT(OLD_HELLO "FAIL\t1\ttemp\n"), "could not look up"},
	{"failure with a reason", STR_LIT(OLD_HELLO "FAIL\t1\ttemp\treason=no\001tway\n"),
		"could not look up the user: no way"},
	{"nothing", STR_LIT(""), "ends too early"},
	{"no answer", STR_LIT(OLD_HELLO), "ends too early"},
	{"no line end", STR_LIT(OLD_HELLO "USER\t1\tann"), "ends too early"},
	{"half a greeting", STR_LIT("VERSION\t1\t1\nSPID"), "ends too early"},
	{"version 2", STR_LIT("VERSION\t2\t0\nUSER\t1\tann\n"), "version \"2\", not the known"},
	{"no version", STR_LIT("VERSION\nUSER\t1\tann\n"), "version \"\", not the known"},
	{"no minor version", STR_LIT("VERSION\t1\nUSER\t1\tann\n"), "is not Dovecot's"},
	{"no greeting", STR_LIT("USER\t1\tann\n"), "is not Dovecot's: \"USER 1 ann\""},
	{"another request's", STR_LIT(OLD_HELLO "USER\t2\tann\n"), "is not Dovecot's"},
	{"no number", STR_LIT(OLD_HELLO "NOTFOUND\n"), "is not Dovecot's"},
	{"no name", STR_LIT(OLD_HELLO "USER\t1\n"), "is not Dovecot's"},
	{"two answers", STR_LIT(OLD_HELLO "NOTFOUND\t1\nUSER\t1\tann\n"), "is not Dovecot's"},
	{"a list", STR_LIT(OLD_HELLO "DONE\t1\n"), "is not Dovecot's"},
	{"an entry of a list", STR_LIT(OLD_HELLO "LIST\t1\tann\n"), "is not Dovecot's"},
	{"another server", STR_LIT("220 a.test ESMTP\r\n"), "\"220 a.test ESMTP \""},
	{"control characters", STR_LIT("\033[2J\007\n"), "\" [2J \""},
	{"NUL", STR_LIT("\0\0\0\n"), "\"   \""},
	{"a socket for logins", STR_LIT("VERSION\t1\t2\nMECH\tPLAIN\nSPID\t1\nCUID\t1\nDONE\n"),
		"a socket for logins and not"},
	{"... of 2.3", STR_LIT("VERSION\t1\t2\nSPID\t1\nCUID\t1\nCOOKIE\t0\nDONE\n"),
		"a socket for logins and not"},
};

static void put_list(struct buf *b, const struct str_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_add(b, list->items[i]);
		buf_byte(b, '|');
	}
}

static void expect(struct buf *got, const char *result)
{
	if (!strstr(buf_cstr(got), result))
		fail_msg("\"%s\" instead of \"%s\"", buf_cstr(got), result);
	buf_free(got);
}

static void test_reply(void **state)
{
	const struct protocol *row = *state;
	struct arena *mem = arena_new();
	struct userdb_reply reply;
	struct buf b = {0};
	struct err err;
	if (userdb_read(row->reply, mem, &reply, &err) < 0) {
		assert_int_equal(err.fault, FAULT_TEMP);
		buf_fmt(&b, "error: %s", err.text);
		expect(&b, row->result);
	} else {
		buf_add(&b, reply.answer == USERDB_FOUND ? reply.name : STR_LIT("unknown"));
		buf_text(&b, reply.answer == USERDB_FOUND ? "|" : "");
		put_list(&b, &reply.fields);
		assert_string_equal(buf_cstr(&b), row->result);
		buf_free(&b);
	}
	arena_free(mem);
}

/* A reply that grows byte by byte is read to its end and no further. */
static void test_whole(void **state)
{
	const struct protocol *row = *state;
	size_t seen = 0, whole = 0;
	for (size_t n = 0; n <= row->reply.n && !whole; n++)
		if (userdb_is_whole(&seen, str_slice(row->reply, 0, n)))
			whole = n;
	if (strstr(row->result, "too early"))
		assert_int_equal(whole, 0);
	else if (strcmp(row->name, "an entry of a list") != 0 &&
		 strcmp(row->name, "no version") != 0)
		assert_true(whole > 0);
	if (strchr(row->result, '|'))
		assert_int_equal(whole, row->reply.n);
}

static const struct protocol lists[] = {
	{"two", STR_LIT(OLD_HELLO "LIST\t1\tann\nLIST\t1\tb\001tob\nDONE\t1\t\n"), "ann|b\tob|"},
	{"none", STR_LIT(NEW_HELLO "DONE\t1\n"), ""},
	{"not permitted", STR_LIT(OLD_HELLO "LIST\t1\tann\nDONE\t1\tfail\n"), "could not list"},
	{"cut off", STR_LIT(OLD_HELLO "LIST\t1\tann\n"), "too early"},
	{"cut off in a line", STR_LIT(OLD_HELLO "LIST\t1\tann"), "too early"},
	{"an empty name", STR_LIT(OLD_HELLO "LIST\t1\t\nDONE\t1\n"),
		"is not Dovecot's: \"LIST 1 \""},
	{"a user", STR_LIT(OLD_HELLO "USER\t1\tann\nDONE\t1\n"),
		"is not Dovecot's: \"USER 1 ann\""},
	{"more after it", STR_LIT(OLD_HELLO "DONE\t1\nx\n"), "is not Dovecot's"},
	{"another version", STR_LIT("VERSION\t0\t1\nDONE\t1\n"), "version \"0\""},
};

static void test_list(void **state)
{
	const struct protocol *row = *state;
	struct arena *mem = arena_new();
	struct str_list names;
	struct buf b = {0};
	struct err err;
	if (userdb_read_all(row->reply, mem, &names, &err) < 0)
		buf_fmt(&b, "error: %s", err.text);
	else
		put_list(&b, &names);
	expect(&b, row->result);
	arena_free(mem);
}

static void test_ask(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct str request = userdb_ask(STR_LIT("a\tb\nc\rd\001e"), mem);
	assert_true(str_eq(request,
		STR_LIT("VERSION\t1\t1\nUSER\t1\ta\001tb\001nc\001rd\0011e\tservice=mda\n")));
	assert_true(
		str_eq(userdb_ask_all(), STR_LIT("VERSION\t1\t1\nLIST\t1\tuser=*\tservice=mda\n")));
	arena_free(mem);
}

/* ---- the fields ---- */

static const struct fields {
	const char *name, *hello, *fields, *result;
} fields[] = {
	{"who", OLD_HELLO, "uid=5\tgid=6\thome=/h/ann", "5:6 /h/ann"},
	{"groups", OLD_HELLO, "system_groups_user=ann\tuid=5\tgid=6\thome=/h",
		"5:6 /h groups of ann"},
	{"unknown fields", OLD_HELLO, "x\ty=z\thome=/h\tnologin\treason=no\tallow_nets=::1", "/h"},
	{"nobody", OLD_HELLO, "", ""},
	{"home with slashes", OLD_HELLO, "home=//h///ann//", "/h/ann"},
	{"home with a percent sign", OLD_HELLO, "home=/h/%d", "/h/%d"},

	{"root", OLD_HELLO, "uid=0\tgid=6\thome=/h", "error: mail is not delivered to root"},
	{"root's group", OLD_HELLO, "uid=5\tgid=0\thome=/h",
		"error: mail is not delivered with root's"},
	{"uid with zeros", OLD_HELLO, "uid=00\tgid=6\thome=/h",
		"error: mail is not delivered to root"},
	{"uid -1", OLD_HELLO, "uid=-1\tgid=6\thome=/h", "error: this is not a number"},
	{"uid 2^32-1", OLD_HELLO, "uid=4294967295\tgid=6", "error: this is not a number"},
	{"uid 2^32", OLD_HELLO, "uid=4294967296\tgid=6", "error: this is not a number"},
	{"uid as a name", OLD_HELLO, "uid=vmail\tgid=6", "error: this is not a number"},
	{"uid without a value", OLD_HELLO, "uid\tgid=6", "error: this is not a number"},
	{"uid alone", OLD_HELLO, "uid=5\thome=/h", "error: only one of uid and gid"},
	{"gid alone", OLD_HELLO, "gid=5\thome=/h", "error: only one of uid and gid"},
	{"uid twice", OLD_HELLO, "uid=5\tgid=5\tuid=6", "error: this is given twice"},
	{"home, relative", OLD_HELLO, "home=h", "error: home=h: this is not an absolute path"},
	{"home /", OLD_HELLO, "home=/", "error: this is not an absolute path"},
	{"home //", OLD_HELLO, "home=//", "error: this is not an absolute path"},
	{"home with ..", OLD_HELLO, "home=/h/../etc", "error: this is not an absolute path"},
	{"home with .. at the end", OLD_HELLO, "home=/h/..", "error: this is not an absolute path"},
	{"home with a chroot", OLD_HELLO, "home=/h/./ann", "error: this is not an absolute path"},
	{"home with dots", OLD_HELLO, "home=/h/..a/.b", "/h/..a/.b"},
	{"home with a line end", OLD_HELLO, "home=/h\001nx", "error: home=/h?x: this is not an"},
	{"home with NUL", OLD_HELLO, "home=/h\0010x", "error: this is not an absolute path"},
	{"home of a user", OLD_HELLO, "home=~ann", "error: this is not an absolute path"},
	{"groups, control character", OLD_HELLO, "system_groups_user=a\001nb", "error: not a name"},
	{"groups of root", OLD_HELLO, "system_groups_user=root\tuid=5\tgid=6\thome=/h",
		"error: with root's groups"},
	{"chroot", OLD_HELLO, "chroot=/c\thome=/h", "error: does not support"},
	{"chroot, empty", OLD_HELLO, "chroot=\thome=/h", "/h"},

	{"2.3: a Maildir", OLD_HELLO, "home=/h\tmail=maildir:~/M", "/h maildir=/h/M"},
	{"2.3: the home", OLD_HELLO, "home=/h\tmail=maildir:~", "/h maildir=/h"},
	{"2.3: before the home", OLD_HELLO, "mail=maildir:~/M\thome=/h", "/h maildir=/h/M"},
	{"2.3: elsewhere", OLD_HELLO, "home=/h\tmail=maildir:/m//ann/", "/h maildir=/m/ann"},
	{"2.3: layout", OLD_HELLO, "mail=Maildir:/m:LAYOUT=fs:UTF-8", "maildir=/m fs utf8"},
	{"2.3: layout maildir++", OLD_HELLO, "mail=maildir:/m:LAYOUT=maildir++", "maildir=/m flat"},
	{"2.3: where Dovecot's own files are", OLD_HELLO,
		"home=/h\tmail=maildir:~/M:INDEX=/i/%u:VOLATILEDIR=/tmp/v", "/h maildir=/h/M"},
	{"2.3: INBOX and CONTROL at the usual place", OLD_HELLO,
		"home=/h\tmail=maildir:~/M:INBOX=~/M/:CONTROL=/h/M", "/h maildir=/h/M"},
	{"2.3: a colon", OLD_HELLO, "mail=maildir:/m::n:LAYOUT=fs", "maildir=/m:n fs"},
	{"2.3: mail_location", OLD_HELLO, "mail_location=maildir:/m", "maildir=/m"},
	{"2.3: empty", OLD_HELLO, "mail=", "error: does not begin with \"maildir:\""},
	{"2.3: mbox", OLD_HELLO, "home=/h\tmail=mbox:~/m", "error: only in a Maildir"},
	{"2.3: mdbox", OLD_HELLO, "home=/h\tmail=mdbox:~/m:ALT=/a", "error: only in a Maildir"},
	{"2.3: no driver", OLD_HELLO, "mail=/m", "error: does not begin with \"maildir:\""},
	{"2.3: no path", OLD_HELLO, "mail=maildir:", "error: this has no path"},
	{"2.3: no path, but a layout", OLD_HELLO, "mail=maildir::LAYOUT=fs",
		"error: this has no path"},
	{"2.3: relative", OLD_HELLO, "home=/h\tmail=maildir:M", "error: this is not an absolute"},
	{"2.3: with ..", OLD_HELLO, "home=/h\tmail=maildir:~/../x",
		"error: this is not an absolute"},
	{"2.3: no home for ~", OLD_HELLO, "mail=maildir:~/M", "error: but no home"},
	{"2.3: another's home", OLD_HELLO, "home=/h\tmail=maildir:~bob/M",
		"error: this is not an abs"},
	{"2.3: another layout", OLD_HELLO, "mail=maildir:/m:LAYOUT=index",
		"error: the known layouts"},
	{"2.3: control files elsewhere", OLD_HELLO, "mail=maildir:/m:CONTROL=/c",
		"error: only the Maildir itself"},
	{"2.3: INBOX elsewhere", OLD_HELLO, "mail=maildir:/m:INBOX=/m/inbox",
		"error: only the Maildir itself"},
	{"2.3: other subscriptions", OLD_HELLO, "mail=maildir:/m:SUBSCRIPTIONS=subs",
		"error: only the name"},
	{"2.3: directories with a name", OLD_HELLO, "mail=maildir:/m:LAYOUT=fs:DIRNAME=x",
		"error: does not support"},
	{"2.3: two places", OLD_HELLO, "mail=maildir:/m\tmail=maildir:/n",
		"error: this is given twice"},
	{"2.3: what only 2.4 knows", OLD_HELLO, "mail_path=/m",
		"error: mail_path, which Dovecot 2.3 ignores"},
	{"2.3: both", OLD_HELLO, "mail_path=/n\tmail=maildir:/m", "maildir=/m"},
	{"2.3: a namespace", OLD_HELLO, "namespace/inbox/location=maildir:/x",
		"error: does not support"},
	{"2.3: a prefix", OLD_HELLO, "namespace/inbox/prefix=INBOX/", "error: does not support"},
	{"2.3: a harmless setting of a namespace", OLD_HELLO, "namespace/inbox/list=no", ""},

	{"2.4: a Maildir", NEW_HELLO, "home=/h\tmail_driver=maildir\tmail_path=~/M",
		"/h maildir=/h/M"},
	{"2.4: only the path", NEW_HELLO, "home=/h\tmail_path=/m/ann", "/h maildir=/m/ann"},
	{"2.4: a percent sign", NEW_HELLO, "mail_path=/m/%n", "maildir=/m/%n"},
	{"2.4: layout", NEW_HELLO, "mail_path=/m\tmailbox_list_layout=fs\tmailbox_list_utf8=yes",
		"maildir=/m fs utf8"},
	{"2.4: UTF-8 no", NEW_HELLO, "mail_path=/m\tmailbox_list_utf8=no", "maildir=/m utf7"},
	{"2.4: UTF-8 odd", NEW_HELLO, "mailbox_list_utf8=maybe", "error: this is not yes or no"},
	{"2.4: index", NEW_HELLO, "mail_path=/m\tmail_index_path=/i", "maildir=/m"},
	{"2.4: INBOX and control files at the usual place", NEW_HELLO,
		"mail_path=/m\tmail_inbox_path=/m\tmail_control_path=/m/", "maildir=/m"},
	{"2.4: empty, which is the default", NEW_HELLO,
		"mail_inbox_path=\tmail_control_path=\tmailbox_directory_name=", ""},
	{"2.4: an empty path", NEW_HELLO, "home=/h\tmail_path=", "error: this is not an absolute"},
	{"2.4: an empty driver", NEW_HELLO, "mail_driver=", "error: only in a Maildir"},
	{"2.4: an empty layout", NEW_HELLO, "mailbox_list_layout=", "error: the known layouts"},
	{"2.4: an empty switch", NEW_HELLO, "mailbox_list_utf8=", "error: this is not yes or no"},
	{"2.3: UTF-8 with a value", OLD_HELLO, "mail=maildir:/m:UTF-8=no", "error: takes no value"},
	{"2.4: mbox", NEW_HELLO, "mail_driver=mbox\tmail_path=/m", "error: only in a Maildir"},
	{"2.4: sdbox", NEW_HELLO, "mail_driver=sdbox", "error: only in a Maildir"},
	{"2.4: relative", NEW_HELLO, "mail_path=m", "error: this is not an absolute path"},
	{"2.4: INBOX elsewhere", NEW_HELLO, "mail_path=/m\tmail_inbox_path=/m/.INBOX",
		"error: only the Maildir itself"},
	{"2.4: INBOX without a path", NEW_HELLO, "mail_inbox_path=/m",
		"error: only the Maildir itself"},
	{"2.4: control files elsewhere", NEW_HELLO, "mail_path=/m\tmail_control_path=/c",
		"error: only the Maildir itself"},
	{"2.4: another layout", NEW_HELLO, "mailbox_list_layout=index", "error: the known layouts"},
	{"2.4: other subscriptions", NEW_HELLO, "mailbox_subscriptions_filename=s",
		"error: only the name"},
	{"2.4: directories with a name", NEW_HELLO, "mailbox_directory_name=x",
		"error: does not support"},
	{"2.4: what only 2.3 knows", NEW_HELLO, "home=/h\tmail=maildir:~/M",
		"error: mail, which Dovecot 2.4 ignores"},
	{"2.4: both", NEW_HELLO, "mail=mbox:/x\tmail_path=/m", "maildir=/m"},
	{"2.4: a namespace", NEW_HELLO, "namespace/inbox/mail_path=/x", "error: does not support"},

	{"2.3: quota", OLD_HELLO, "quota_rule=*:storage=10M:messages=5", "quota=10485760/5"},
	{"2.3: kilobytes", OLD_HELLO, "quota_rule=*:storage=10", "quota=10240/-"},
	{"2.3: bytes", OLD_HELLO, "quota_rule=*:bytes=10", "quota=10/-"},
	{"2.3: a folder's rule", OLD_HELLO,
		"quota_rule=*:storage=1G\tquota_rule2=Trash:storage=+10%", "quota=1073741824/-"},
	{"2.3: the plugin's name", OLD_HELLO, "plugin/quota_rule=*:storage=1k", "quota=1024/-"},
	{"2.3: no limit", OLD_HELLO, "quota_rule=*:storage=0", "quota=0/-"},
	{"2.3: ignored", OLD_HELLO, "quota_rule=*:ignore", "quota=0/0"},
	{"2.3: empty quota", OLD_HELLO, "quota_rule=", ""},
	{"2.3: a part of nothing", OLD_HELLO, "quota_rule=*:storage=10%",
		"error: this is not a quota"},
	{"2.3: too much", OLD_HELLO, "quota_rule=*:storage=9999999T", "error: this is not a quota"},
	{"2.3: nothing", OLD_HELLO, "quota_rule=*", "error: this is not a quota"},
	{"2.3: an unknown limit", OLD_HELLO, "quota_rule=*:files=3", "error: this is not a quota"},
	{"2.3: 2.4's quota", OLD_HELLO, "quota_storage_size=x", ""},
	{"2.4: quota", NEW_HELLO, "quota_storage_size=10M\tquota_message_count=5",
		"quota=10485760/5"},
	{"2.4: bytes", NEW_HELLO, "quota_storage_size=10", "quota=10/-"},
	{"2.4: unlimited", NEW_HELLO, "quota_storage_size=unlimited", "quota=0/-"},
	{"2.4: negative", NEW_HELLO, "quota_storage_size=-1", "error: this is not a quota"},
	{"2.4: 2.3's quota", NEW_HELLO, "quota_rule=x", ""},
};

static void put_number(struct buf *b, const struct userdb_number *n)
{
	if (n->is_set)
		buf_fmt(b, "%llu", (unsigned long long)n->value);
	else
		buf_byte(b, '-');
}

static void put_user(struct buf *b, const struct userdb_user *u)
{
	if (u->uid.is_set)
		buf_fmt(b, " %llu:%llu", (unsigned long long)u->uid.value,
			(unsigned long long)u->gid.value);
	if (u->home.n)
		buf_fmt(b, " " STR_FMT, STR_ARGS(u->home));
	if (u->login.n)
		buf_fmt(b, " groups of " STR_FMT, STR_ARGS(u->login));
	if (u->maildir.n)
		buf_fmt(b, " maildir=" STR_FMT, STR_ARGS(u->maildir));
	if (u->has_layout)
		buf_text(b, u->layout == FOLDER_NESTED ? " fs" : " flat");
	if (u->has_utf8)
		buf_text(b, u->utf8 ? " utf8" : " utf7");
	if (!u->quota_bytes.is_set && !u->quota_messages.is_set)
		return;
	buf_text(b, " quota=");
	put_number(b, &u->quota_bytes);
	buf_byte(b, '/');
	put_number(b, &u->quota_messages);
}

/* "error: TEXT" in a row: the error has TEXT in it. */
static void test_fields(void **state)
{
	const struct fields *row = *state;
	struct arena *mem = arena_new();
	struct userdb_reply reply;
	struct userdb_user user;
	struct buf b = {0};
	struct err err;
	struct str bytes = arena_fmt(mem, "%sUSER\t1\tann@a.test\t%s\n", row->hello, row->fields);
	assert_int_equal(userdb_read(bytes, mem, &reply, &err), 0);
	bool is_error = strncmp(row->result, "error: ", 7) == 0;
	if (userdb_user_read(&reply, mem, &user, &err) < 0) {
		assert_int_equal(err.fault, FAULT_TEMP);
		buf_text(&b, err.text);
		if (!is_error)
			fail_msg("%s", err.text);
		expect(&b, row->result + 7);
	} else {
		put_user(&b, &user);
		assert_string_equal(buf_cstr(&b) + (b.n > 0), row->result);
		buf_free(&b);
	}
	arena_free(mem);
}

static const struct name {
	const char *name, *reply;
	bool is_good;
} names[] = {
	{"an address", "ann@a.test", true},
	{"a login", "ann", true},
	{"a detail", "ann+x@a.test", true},
	{"a dot within", "a.b@a.test", true},
	{"two @", "a@b@a.test", true},
	{"empty", "", false},
	{"no local part", "@a.test", false},
	{"no domain", "ann@", false},
	{"a dot first", ".ann@a.test", false},
	{"..", "..@a.test", false},
	{"a dot first in the domain", "ann@.test", false},
	{"a slash", "../../etc@a.test", false},
	{"a slash in the domain", "ann@a/b", false},
	{"a line end", "ann\001n@a.test", false},
	{"NUL", "ann\0010@a.test", false},
};

static void test_name(void **state)
{
	const struct name *row = *state;
	struct arena *mem = arena_new();
	struct userdb_reply reply;
	struct userdb_user user;
	struct err err;
	struct str bytes = arena_fmt(mem, OLD_HELLO "USER\t1\t%s\thome=/h\n", row->reply);
	int r = userdb_read(bytes, mem, &reply, &err);
	if (r == 0)
		r = userdb_user_read(&reply, mem, &user, &err);
	assert_int_equal(r == 0, row->is_good);
	arena_free(mem);
}

/* ---- a server ---- */

enum { ENDS = 1, STAYS = 2, SLOWLY = 4, FOREIGN = 8, ABSENT = 16, DEAD = 32 };
enum { FOREIGNER = 54321, UID = 4711 };

static const struct served {
	const char *name;
	const char *settings, *asked, *reply;
	unsigned how;
	enum fault fault;   /* of an error */
	const char *result; /* the settings in force; or a part of the error */
} served[] = {
	{"found", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h/ann\n", STAYS, 0,
		"4711 ann@a.test /h/ann %h/Maildir"},
	{"found, byte by byte", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\n", STAYS | SLOWLY, 0,
		"4711 ann@a.test /h %h/Maildir"},
	{"found, and the server ends", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\n", ENDS, 0,
		"4711 ann@a.test /h %h/Maildir"},
	{"another name", "", "bob@b.test",
		OLD_HELLO "USER\t1\tAnn@A.test\tuid=4711\tgid=4711\thome=/h\n", STAYS, 0,
		"4711 ann@a.test renamed /h %h/Maildir"},
	{"a login", "", "Ann@A.test", OLD_HELLO "USER\t1\tann\tuid=4711\tgid=4711\thome=/h\n",
		STAYS, 0, "4711 ann renamed /h %h/Maildir domain a.test"},
	{"a Maildir in the home", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h/%a\tmail=maildir:~/"
			  "%M:LAYOUT=fs\n",
		STAYS, 0, "4711 ann@a.test /h/%a %h/%%M fs"},
	{"a Maildir elsewhere", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\tmail=maildir:/m/50%\n",
		STAYS, 0, "4711 ann@a.test /h /m/50%%"},
	{"a Maildir that only begins like the home", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\tmail=maildir:/hh\n",
		STAYS, 0, "4711 ann@a.test /h /hh"},
	{"a quota", "quota = 5M\nquota_messages = 7\n", "ann@a.test",
		OLD_HELLO
		"USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\tquota_rule=*:bytes=9\n",
		STAYS, 0, "4711 ann@a.test /h %h/Maildir quota 9/0"},
	{"mda.conf's quota", "quota = 5M\nquota_messages = 7\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\n", STAYS, 0,
		"4711 ann@a.test /h %h/Maildir quota 5242880/7"},
	{"no uid", "virtual_user = \"4712:4712\"\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\thome=/h\n", STAYS, 0,
		"4712 ann@a.test /h %h/Maildir"},
	{"a home that is allowed", "users_homes = { \"/x\", \"/h/\" }\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h/ann\n", STAYS, 0,
		"4711 ann@a.test /h/ann %h/Maildir"},

	{"unknown", "", "ann@a.test", OLD_HELLO "NOTFOUND\t1\n", STAYS, FAULT_NO_USER,
		"Dovecot has no user \"ann@a.test\""},
	{"a name that is a path", "", "../../etc@a.test", OLD_HELLO "FAIL\t1\n", STAYS,
		FAULT_NO_USER, "not that of a user"},
	{"a name with a dot first", "", ".ann@a.test", OLD_HELLO "FAIL\t1\n", STAYS, FAULT_NO_USER,
		"not that of a user"},
	{"failure", "", "ann@a.test", OLD_HELLO "FAIL\t1\n", STAYS, FAULT_TEMP,
		"/socket: Dovecot could not look up the user"},
	{"no socket", "", "ann@a.test", "", ABSENT, FAULT_TEMP,
		"/socket: cannot connect: No such file or directory"},
	{"nobody listens", "", "ann@a.test", "", DEAD, FAULT_TEMP,
		"/socket: cannot connect: Connection refused"},
	{"another user's socket", "", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\n", STAYS | FOREIGN,
		FAULT_TEMP, "/socket: uid 54321 listens there, not root"},
	{"silence", "users_timeout = 1\n", "ann@a.test", "", STAYS, FAULT_TEMP,
		"/socket: the answer takes too long"},
	{"silence after the greeting", "users_timeout = 1\n", "ann@a.test", OLD_HELLO, STAYS,
		FAULT_TEMP, "/socket: the answer takes too long"},
	{"an answer without an end", "users_timeout = 1\n", "ann@a.test", OLD_HELLO "USER\t1\tann",
		STAYS, FAULT_TEMP, "/socket: the answer takes too long"},
	{"no time at all", "users_timeout = 0\n", "ann@a.test", "", STAYS, FAULT_TEMP,
		"takes too long"},
	{"closed at once", "", "ann@a.test", "", ENDS, FAULT_TEMP,
		"/socket: the answer ends too early"},
	{"closed after the greeting", "", "ann@a.test", OLD_HELLO, ENDS, FAULT_TEMP,
		"/socket: the answer ends too early"},
	{"closed in the middle", "", "ann@a.test", OLD_HELLO "USER\t1\tann@a.test\tuid=47", ENDS,
		FAULT_TEMP, "/socket: the answer ends too early"},
	{"garbage", "", "ann@a.test", "\377\376\375\n", STAYS, FAULT_TEMP,
		"/socket: the answer is not"},
	{"another version", "", "ann@a.test", "VERSION\t9\t1\nNOTFOUND\t1\n", STAYS, FAULT_TEMP,
		"/socket: Dovecot's protocol has version \"9\""},
	{"too long", "", "ann@a.test", NULL, STAYS, FAULT_TEMP,
		"the answer has more than 65536 bytes"},
	{"root", "", "ann@a.test", OLD_HELLO "USER\t1\tann@a.test\tuid=0\tgid=0\thome=/h\n", STAYS,
		FAULT_TEMP, "/socket: Dovecot's userdb gives uid=0: mail is not delivered to root"},
	{"no home", "", "ann@a.test", OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\n", STAYS,
		FAULT_TEMP, "gives no home for ann@a.test"},
	{"a home outside", "users_homes = { \"/h\" }\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/hh/ann\n", STAYS,
		FAULT_TEMP, "the home /hh/ann, which users_homes forbids"},
	{"everybody's home", "users_homes = { \"/h\" }\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\n", STAYS, FAULT_TEMP,
		"the home /h, which users_homes forbids"},
	{"a Maildir outside", "users_homes = { \"/h\" }\n", "ann@a.test",
		OLD_HELLO "USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h/a\tmail=maildir:/etc\n",
		STAYS, FAULT_TEMP, "the Maildir /etc, which users_homes forbids"},
	{"no path of a socket", "users_socket = \"localhost:1\"\n", "ann@a.test", "", ABSENT,
		FAULT_TEMP, "users_socket \"localhost:1\" is not the path of a socket"},
};

static char directory[] = "/tmp/mda-test-userdb.XXXXXX";

static void put(int fd, struct str bytes, bool slowly)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, slowly ? 1 : bytes.n, MSG_NOSIGNAL);
		if (n < 0)
			return;
		bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
}

/* Reads the request and answers it; never returns. */
static void serve(int listener, const struct served *row)
{
	char request[4096] = "";
	size_t n = 0;
	int fd = accept(listener, NULL, NULL);
	while (n < sizeof request && memchr(request, 'U', n) == NULL) {
		ssize_t got = recv(fd, request + n, sizeof request - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (row->reply)
		put(fd, str_of(row->reply), row->how & SLOWLY);
	else
		for (size_t i = 0; i < 1 << 18; i++)
			put(fd, STR_LIT("x"), false);
	while (row->how & STAYS)
		pause();
	_exit(0);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(chmod(path, 0777), 0);
	return fd;
}

/* The listening process says "ready" through a pipe. */
static pid_t start(const char *path, const struct served *row)
{
	int ready[2];
	char byte;
	int fd = listen_at(path);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if ((row->how & FOREIGN) && setuid(FOREIGNER) < 0)
			_exit(1);
		if (listen(fd, 5) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		serve(fd, row);
	}
	close(fd);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void stop(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static struct conf_file *configure(const char *socket_path, const char *settings, struct arena *mem)
{
	struct err err;
	const char *path = arena_fmt(mem, "%s/conf", directory).p;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "users = dovecot\nusers_socket = \"%s\"\n%s", socket_path, settings);
	fclose(f);
	struct conf_file *file = conf_load(path, mem, &err);
	if (!file)
		fail_msg("%s", err.text);
	return file;
}

static void put_found(struct buf *b, const struct user *u)
{
	const struct conf *c = u->conf;
	buf_fmt(b, "%ld " STR_FMT "%s " STR_FMT " " STR_FMT "%s", (long)u->uid,
		STR_ARGS(u->names.user), u->renamed ? " renamed" : "", STR_ARGS(u->names.home),
		STR_ARGS(c->maildir), c->layout == FOLDER_NESTED ? " fs" : "");
	if (c->quota.bytes || c->quota_messages)
		buf_fmt(b, " quota %zu/%zu", c->quota.bytes, c->quota_messages);
	if (str_find(u->names.user, '@') == u->names.user.n)
		buf_fmt(b, " domain " STR_FMT, STR_ARGS(u->names.domain));
}

static void test_served(void **state)
{
	const struct served *row = *state;
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct user user;
	struct err err;
	const char *path = arena_fmt(mem, "%s/socket", directory).p;
	pid_t child = 0;
	if ((row->how & FOREIGN) && geteuid() != 0)
		skip();
	if (row->how & (STAYS | ENDS))
		child = start(path, row);
	if (row->how & DEAD)
		close(listen_at(path));
	const struct conf_file *file = configure(path, row->settings, mem);
	const struct conf *conf = conf_global(file, mem);
	if (user_find(conf, str_of(row->asked), mem, &user, &err) < 0) {
		buf_text(&b, err.text);
		assert_int_equal(err.fault, row->fault);
		expect(&b, row->result);
	} else {
		put_found(&b, &user);
		assert_string_equal(buf_cstr(&b), row->result);
		buf_free(&b);
	}
	if (child)
		stop(child);
	(void)unlink(path);
	arena_free(mem);
}

/* The settings of a mailbox are those of its own name, whatever name it was asked by. */
static void test_follow(void **state)
{
	(void)state;
	const struct served row = {.name = "",
		.settings = "address \"ann@a.test\" {\n\tjunk_folder = \"Spam\"\n}\n",
		.reply = OLD_HELLO
		"USER\t1\tann@a.test\tuid=4711\tgid=4711\thome=/h\tmail=maildir:~/M\n",
		.how = STAYS};
	struct arena *mem = arena_new();
	struct user user;
	struct err err;
	const char *path = arena_fmt(mem, "%s/socket", directory).p;
	pid_t child = start(path, &row);
	const struct conf_file *file = configure(path, row.settings, mem);
	const struct conf *conf = conf_for(file, STR_LIT("other@b.test"), mem, &err);
	assert_int_equal(user_find(conf, STR_LIT("other@b.test"), mem, &user, &err), 0);
	assert_true(str_eq(user.conf->junk_folder, STR_LIT("Junk")));
	assert_int_equal(user_follow(file, mem, &user, &err), 0);
	assert_true(str_eq(user.conf->junk_folder, STR_LIT("Spam")));
	assert_true(str_eq(user.conf->maildir, STR_LIT("%h/M")));
	stop(child);
	(void)unlink(path);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_reply, replies), TABLE(test_whole, replies),
		TABLE(test_list, lists), TABLE_OF_ONE(test_ask, "the requests"),
		TABLE(test_fields, fields), TABLE(test_name, names), TABLE(test_served, served),
		TABLE_OF_ONE(test_follow, "the settings of a renamed user")};
	if (!mkdtemp(directory))
		return 1;
	chmod(directory, 0755);
	int failed = table_run("userdb", tables, sizeof tables / sizeof *tables);
	char path[64];
	snprintf(path, sizeof path, "%s/conf", directory);
	(void)unlink(path);
	(void)rmdir(directory);
	return failed;
}
