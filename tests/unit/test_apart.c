/* Paths that would be in a folder of the Maildir. */
#include "tests/unit/table.h"

#include "mda/conf/apart.h"

#include <string.h>

struct row {
	const char *name, *settings[9];
	const char *key; /* that is named; NULL: all is well */
};

/* All that is in ~/.mda by default */
#define ELSEWHERE                                                                                  \
	"user_allow=/s/%u/a", "user_block=/s/%u/b", "contacts=/s/%u/c", "contacts_dir=/s/%u/d",    \
		"metadata=/s/%u/m", "address_books=/s/%u/e", "list_dirs=/s/%u/l"

static const struct row rows[] = {
	{"by default", {NULL}, NULL},
	{"the home", {"maildir=%h"}, "user_allow"},
	{"the home, written otherwise", {"maildir=%h//."}, "user_allow"},
	{"with a way up", {"maildir=%h/x/.."}, ".."},
	{"beside the home by a way up", {"maildir=%h/../%u.d"}, ".."},
	{"dots in a name", {"maildir=%h/..x/y.."}, NULL},
	{"the home by its path", {"maildir=/home/%u/"}, "user_allow"},
	{"above the home", {"maildir=/home"}, NULL},
	{"beside the home", {"maildir=%h.d"}, NULL},
	{"elsewhere", {"maildir=/var/mail/%d/%n"}, NULL},
	{"scripts stay", {"maildir=%h", ELSEWHERE}, "scripts_user"},
	{"a list in a folder", {"user_block=%h/Maildir/.lists/block"}, "user_block"},
	{"a list in new", {"user_block=%h/Maildir/new/block"}, "user_block"},
	{"a file beside the folders", {"user_block=%h/Maildir/.block"}, NULL},
	{"a directory that is none", {"user_block=%h/Maildir/lists/block"}, NULL},
	{"the state", {"state_dir=%h/Maildir/.state"}, "state_dir"},
	{"with layout = fs any directory is a folder", {"layout=fs", "state_dir=%h/Maildir/state"},
		"state_dir"},
	{"with layout = fs a file is none", {"layout=fs", "user_block=%h/Maildir/block"}, NULL},
	{"the state, deeper", {"state_dir=%h/./Maildir//.state/x"}, "state_dir"},
	{"the state in no folder", {"state_dir=%h/Maildir/state"}, NULL},
	{"the state beside it", {"state_dir=%h/.state"}, NULL},
	{"the second of several", {"scripts_user=/x %h/Maildir/.x/y"}, "scripts_user"},
	{"a directory of scripts", {"scripts_personal=%h/Maildir/.x"}, "scripts_personal"},
};

static struct conf_file *load(const char *const *settings, struct arena *mem)
{
	struct err err;
	struct conf_file *file = conf_load(NULL, mem, &err);
	for (size_t i = 0; settings[i]; i++)
		if (conf_override(file, settings[i], &err) < 0)
			fail_msg("%s", err.text);
	return file;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	const struct template_values anna = {
		str_of("anna"), str_of("anna"), str_of("a.example"), str_of("/home/anna")};
	struct conf_file *file = load(row->settings, mem);
	assert_int_equal(apart_check(conf_global(file, mem), &anna, mem, &err), row->key ? -1 : 0);
	if (row->key) {
		assert_int_equal(err.fault, FAULT_TEMP);
		assert_non_null(strstr(err.text, row->key));
		if (strcmp(row->key, "..") != 0)
			assert_non_null(strstr(err.text, "folder for IMAP clients"));
	}
	assert_int_equal(apart_check_all(file, mem, &err), row->key ? -1 : 0);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_row, rows)};
	return table_run("apart", tables, sizeof tables / sizeof *tables);
}
