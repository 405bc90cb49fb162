/*
 * Every mailbox of a configuration: template x tree -> names; and the same work on many mailboxes.
 */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "base/io.h"
#include "mda/tools/each_mailbox.h"
#include "tests/lib/tree.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[] = "/tmp/mda-test-mailboxes.XXXXXX";

static const char *const tree[] = {"v/a.test/bob/Maildir", "v/a.test/ann/Maildir",
	"v/b.test/carl/Maildir", "v/b.test/none", "v/.hidden/x/Maildir", "flat/bob@a.test",
	"flat/nodomain", "split/a.test-bob/m", "split/x/m", "twice/a.test/bob@a.test/m",
	"twice/a.test/bob@b.test/m", "special/m", "deep/a.test/b/bob/x", "local/bob/m",
	"c.test/bob@c.test/m"};

static const struct row {
	const char *name, *settings, *names;
} rows[] = {
	{"home and Maildir", "virtual_home = \"ROOT/v/%d/%n\"\nmaildir = \"%h/Maildir\"\n",
		"ann@a.test bob@a.test carl@b.test"},
	{"no template for the home", "maildir = \"ROOT/v/%d/%n/Maildir\"\n",
		"ann@a.test bob@a.test carl@b.test"},
	{"the whole address", "maildir = \"ROOT/flat/%u\"\n", "bob@a.test"},
	{"two variables in a component", "maildir = \"ROOT/split/%d-%n/m\"\n", "bob@a.test"},
	{"a variable twice", "maildir = \"ROOT/twice/%d/%u/m\"\n", "bob@a.test"},
	{"text between", "maildir = \"ROOT/deep/%d/b/%n/x\"\n", "bob@a.test"},
	{"the default domain", "default_domain = \"d.test\"\nmaildir = \"ROOT/local/%n/m\"\n",
		"bob@d.test"},
	{"more slashes than needed", "maildir = \"ROOT//v///%d//%n/Maildir//\"\n",
		"ann@a.test bob@a.test carl@b.test"},
	{"a path from the current directory",
		"virtual_home = \"v/%d/%n\"\nmaildir = \"%h/Maildir\"\n",
		"ann@a.test bob@a.test carl@b.test"},
	{"a path from the current directory with a dot",
		"virtual_home = \"./v/%d/%n\"\nmaildir = \"%h/Maildir\"\n",
		"ann@a.test bob@a.test carl@b.test"},
	{"the first component is a variable", "maildir = \"%d/%u/m\"\n", "bob@c.test"},
	{"nothing there", "maildir = \"ROOT/none/%d/%n\"\n", ""},
	{"a domain of its own template",
		"maildir = \"ROOT/none/%d/%n\"\ndomain \"a.test\" {\n maildir = "
		"\"ROOT/v/a.test/%n/Maildir\"\n}\n",
		"ann@a.test bob@a.test"},
	{"an address of its own",
		"maildir = \"ROOT/flat/%u\"\naddress \"x@y.test\" {\n maildir = "
		"\"ROOT/special/m\"\n}\n",
		"bob@a.test x@y.test"},
	{"an address that is elsewhere is not there",
		"maildir = \"ROOT/flat/%u\"\naddress \"bob@a.test\" {\n maildir = "
		"\"ROOT/none\"\n}\n",
		""},
	{"an address by template and by section, once",
		"maildir = \"ROOT/flat/%u\"\naddress \"Bob@A.test\" {\n label = no\n}\n",
		"bob@a.test"},
};

static void make(const char *path)
{
	char whole[512];
	struct err err;
	snprintf(whole, sizeof whole, "%s/%s", root, path);
	if (io_make_dirs(whole, 0755, &err) < 0)
		fail_msg("%s", err.text);
}

static struct conf_file *configure(const char *settings, struct arena *mem)
{
	struct buf text = {0};
	struct err err;
	buf_text(&text, "users = virtual\nvirtual_user = \"65534\"\n");
	for (const char *at = settings; *at; at++) {
		bool is_root = strncmp(at, "ROOT", 4) == 0;
		if (is_root)
			buf_text(&text, root);
		else
			buf_byte(&text, *at);
		at += is_root ? 3 : 0;
	}
	const char *path = arena_fmt(mem, "%s/conf", root).p;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(buf_cstr(&text), f);
	fclose(f);
	buf_free(&text);
	struct conf_file *file = conf_load(path, mem, &err);
	if (!file)
		fail_msg("%s", err.text);
	return file;
}

static void finds(void **state)
{
	const struct row *r = *state;
	struct arena *mem = arena_new();
	struct mailboxes found;
	struct err err;
	struct buf names = {0};
	if (mailboxes_find(configure(r->settings, mem), mem, &found, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < found.count; i++)
		buf_fmt(&names, "%s" STR_FMT, i ? " " : "", STR_ARGS(found.items[i].name));
	assert_string_equal(buf_cstr(&names), r->names);
	buf_free(&names);
	arena_free(mem);
}

/* ---- work ---- */

static int talk(const struct mailbox *m, void *context)
{
	(void)context;
	char first = m->name.p[0];
	if (first == 'a')
		usleep(50000); /* the others are done before it; it comes first all the same */
	if (first == 'd')
		raise(SIGKILL);
	if (first == 'c')
		fprintf(stderr, "prog: it failed\nsecond line\n");
	else
		printf("one\ntwo");
	return first == 'c' ? 75 : first == 'b' ? 1 : 0;
}

static int talk_json(const struct mailbox *m, void *context)
{
	(void)context;
	printf("{\"a\":\n1}\n");
	return m->name.p[0] == 'b';
}

static const struct work_row {
	const char *name, *mailboxes;
	each_work *work;
	bool json;
	size_t jobs;
	int status;
	const char *output;
	bool quiet;
} work_rows[] = {
	{"work: none", "", talk, false, 1, 0, "0 mailboxes: 0 good, 0 with findings, 0 failed\n",
		false},
	{"work: one", "a", talk, false, 1, 0,
		"a: one\na: two\n1 mailbox: 1 good, 0 with findings, 0 failed\n", false},
	{"work: in their order", "abe", talk, false, 3, 1,
		"a: one\na: two\nb: one\nb: two\ne: one\ne: two\n"
		"3 mailboxes: 2 good, 1 with findings, 0 failed\n",
		false},
	{"work: one at a time", "abe", talk, false, 1, 1,
		"a: one\na: two\nb: one\nb: two\ne: one\ne: two\n"
		"3 mailboxes: 2 good, 1 with findings, 0 failed\n",
		false},
	{"work: one fails", "ec", talk, false, 2, 75,
		"e: one\ne: two\nprog: c: it failed\n2 mailboxes: 1 good, 0 with findings, 1 "
		"failed\n",
		false},
	{"work: one dies", "de", talk, false, 2, 75,
		"prog: d: ended by signal 9\ne: one\ne: two\n"
		"2 mailboxes: 1 good, 0 with findings, 1 failed\n",
		false},
	{"work: JSON", "ab", talk_json, true, 2, 1,
		"{\"mailbox\":\"a\",\"status\":0,\"result\":{\"a\": 1} }\n"
		"{\"mailbox\":\"b\",\"status\":1,\"result\":{\"a\": 1} }\n",
		false},
	{"work: JSON of one that fails", "c", talk, true, 2, 75,
		"{\"mailbox\":\"c\",\"status\":75,\"error\":\"it failed\"}\n", false},
	{"work: quiet, all are well", "ae", talk, false, 2, 0, "", true},
	{"work: quiet, one has findings", "abe", talk, false, 2, 1,
		"b: one\nb: two\n3 mailboxes: 2 good, 1 with findings, 0 failed\n", true},
	{"work: quiet, one fails", "ec", talk, false, 2, 75,
		"prog: c: it failed\n2 mailboxes: 1 good, 0 with findings, 1 failed\n", true},
};

static int run_work(const struct work_row *r, char *output, size_t room)
{
	struct mailbox items[8];
	const struct each each = {.work = r->work,
		.jobs = r->jobs,
		.json = r->json,
		.quiet = r->quiet,
		.program = "prog"};
	const struct mailboxes all = {items, strlen(r->mailboxes)};
	struct err err;
	FILE *f = tmpfile();
	assert_non_null(f);
	for (size_t i = 0; i < all.count; i++)
		items[i] = (struct mailbox){.name = {r->mailboxes + i, 1}};
	fflush(stdout);
	int out = dup(STDOUT_FILENO), errors = dup(STDERR_FILENO);
	dup2(fileno(f), STDOUT_FILENO);
	dup2(fileno(f), STDERR_FILENO);
	int status = each_mailbox(&each, &all, &err);
	dup2(out, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	close(out);
	close(errors);
	assert_int_equal(fseek(f, 0, SEEK_SET), 0);
	output[fread(output, 1, room - 1, f)] = '\0';
	fclose(f);
	return status;
}

static void works(void **state)
{
	const struct work_row *r = *state;
	char output[4096];
	int status = run_work(r, output, sizeof output);
	assert_string_equal(output, r->output);
	assert_int_equal(status, r->status);
}

static int wait_long(const struct mailbox *m, void *context)
{
	(void)m;
	(void)context;
	kill(getppid(), SIGTERM);
	sleep(600);
	return 0;
}

static void stops(void **state)
{
	static const struct work_row row = {"", "ab", wait_long, false, 1, 75,
		"prog: a: ended by signal 15\n2 mailboxes: 0 good, 0 with findings, 2 failed\n",
		false};
	char output[4096];
	(void)state;
	int status = run_work(&row, output, sizeof output);
	assert_string_equal(output, row.output);
	assert_int_equal(status, 75);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(finds, rows),
		TABLE(works, work_rows),
		TABLE_OF_ONE(stops, "work: a signal ends it"),
	};
	if (!mkdtemp(root) || chdir(root) < 0)
		return 1;
	for (size_t i = 0; i < sizeof tree / sizeof *tree; i++)
		make(tree[i]);
	int failed = table_run("mailboxes", tables, sizeof tables / sizeof *tables);
	return tree_remove(root) == 0 ? failed : 1;
}
