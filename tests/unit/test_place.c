/* Where the admin's part of a path ends, and what is declared for a user. */
#include "tests/unit/table.h"

#include "base/path.h"
#include "mda/conf/conf.h"
#include "mda/conf/place.h"

#include <string.h>

struct root {
	const char *name, *template, *root; /* NULL: all of it is the admin's */
};

static const struct root roots[] = {
	{"the home", "%h", "HOME"},
	{"below the home", "%h/.mda/block", "HOME"},
	{"no letter", "/etc/mda/lists", NULL},
	{"a whole component", "/var/mail/%u", "/var/mail"},
	{"a part of a component", "/var/mail/x%u/y", "/var/mail"},
	{"two components", "/var/vmail/%d/%n/Maildir", "/var/vmail"},
	{"the home later in the path", "/mnt/%h", "/mnt"},
	{"a percent sign", "/srv/100%%/%u", "/srv"},
	{"at the top", "/%d/%n", "/"},
	{"relative", "%u", "."},
	{"empty", "", NULL},
};

static void test_root(void **state)
{
	const struct root *row = *state;
	struct arena *mem = arena_new();
	const char *root = place_root(str_of(row->template), "HOME", mem);
	if (row->root)
		assert_string_equal(root, row->root);
	else
		assert_null(root);
	arena_free(mem);
}

struct declared {
	const char *name, *settings[4];
	const char *home, *path;
	bool users;
};

static const struct declared declared[] = {
	{"a system user's home", {NULL}, "/home/anna", "/home/anna/Maildir", true},
	{"... is the admin's itself", {NULL}, "/home/anna", "/home/anna", false},
	{"... and not another's", {NULL}, "/home/anna", "/home/bob/Maildir", false},
	{"a virtual user's home", {"users=virtual", "virtual_home=/v/%d/%n"}, "/v/a.example/anna",
		"/v/a.example/anna/Maildir", true},
	{"... itself", {"users=virtual", "virtual_home=/v/%d/%n"}, "/v/a.example/anna",
		"/v/a.example", true},
	{"... from where it begins", {"users=virtual", "virtual_home=/v/%d/%n"},
		"/v/a.example/anna", "/v", false},
	{"another's", {"users=virtual", "virtual_home=/v/%d/%n"}, "/v/a.example/anna",
		"/v/a.example/bob/Maildir", true},
	{"one home for all", {"users=virtual", "virtual_home=/v"}, "/v", "/v/Maildir", true},
	{"homes at the top", {"users=virtual", "virtual_home=/%d/%n"}, "/a.example/anna",
		"/a.example/anna", true},
	{"... leave the rest alone", {"users=virtual", "virtual_home=/%d/%n"}, "/a.example/anna",
		"/etc/mda/block", false},
	{"a home that is the root directory", {NULL}, "/", "/etc/mda/block", false},
	{"Maildirs elsewhere", {"maildir=/var/mail/%u"}, "/home/anna", "/var/mail/anna", true},
	{"a state directory", {"state_dir=/var/lib/mda/%u"}, "/home/anna", "/var/lib/mda/anna",
		true},
	{"lists", {"user_block=/srv/lists/%u/block"}, "/home/anna", "/srv/lists/anna/block", true},
	{"one of several directories", {"list_dirs=/etc/mda/lists /srv/lists/%u"}, "/home/anna",
		"/srv/lists/anna/x", true},
	{"... and one without a letter", {"list_dirs=/etc/mda/lists /srv/lists/%u"}, "/home/anna",
		"/etc/mda/lists/x", false},
	{"the global list", {NULL}, "/home/anna", "/etc/mda/block", false},
};

static const struct conf *load(const char *const *settings, struct arena *mem)
{
	struct err err;
	struct conf_file *file = conf_load(NULL, mem, &err);
	for (size_t i = 0; i < 4 && settings[i]; i++)
		if (conf_override(file, settings[i], &err) < 0)
			fail_msg("%s", err.text);
	return conf_global(file, mem);
}

static void test_declared(void **state)
{
	const struct declared *row = *state;
	struct arena *mem = arena_new();
	struct user user = {
		.names = {str_of("anna"), str_of("anna"), str_of("a.example"), str_of(row->home)}};
	path_declare("/of/another/user");
	place_declare(load(row->settings, mem), &user);
	assert_int_equal(path_is_users(row->path), row->users);
	assert_false(path_is_users("/of/another/user/file"));
	assert_false(path_is_users("/proc/self/fd/3"));
	path_declare_none();
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_root, roots),
		TABLE(test_declared, declared),
	};
	return table_run("place", tables, sizeof tables / sizeof *tables);
}
