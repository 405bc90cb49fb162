/*
 * The checks of mda-doctor for faults that a test cannot make outside: full and remote file
 * systems, the clock, the kernel. This program answers in the system's place.
 */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_command.h"
#include "mda/tools/doctor/doctor_doveconf.h"
#include "mda/tools/doctor/doctor_postconf.h"
#include "store/uiddb.h"
#include "tests/lib/tree.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* ---- a system of our own ---- */

static struct statfs disk;
static time_t clock_says;
static long missing_call = -1; /* a system call that this kernel does not have */

int fstatfs(int fd, struct statfs *to)
{
	(void)fd;
	*to = disk;
	return 0;
}

time_t time(time_t *to)
{
	if (to)
		*to = clock_says;
	return clock_says;
}

/* Like the C library's, it reads six arguments, whether they were given or not. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...)
{
	static long (*real)(long, ...);
	va_list args;
	long a[6];
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	if (number == missing_call) {
		errno = ENOSYS;
		return -1;
	}
	va_start(args, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static struct statfs good_disk(void)
{
	return (struct statfs){.f_type = EXT4_SUPER_MAGIC,
		.f_bsize = 4096,
		.f_blocks = 1 << 20,
		.f_bavail = 1 << 19,
		.f_files = 1 << 20,
		.f_ffree = 1 << 19};
}

/* ---- what is broken ---- */

static void few_bytes(void)
{
	disk.f_bavail = 5000;
}

static void no_bytes(void)
{
	disk.f_bavail = 100;
}

static void few_files(void)
{
	disk.f_ffree = 900;
}

static void no_files(void)
{
	disk.f_ffree = 3;
}

static void read_only(void)
{
	disk.f_flags |= ST_RDONLY;
}

static void remote(void)
{
	disk.f_type = NFS_SUPER_MAGIC;
}

static void is_1970(void)
{
	clock_says = 1000;
}

static void no_landlock(void)
{
	missing_call = SYS_landlock_create_ruleset;
}

static void no_seccomp(void)
{
	missing_call = SYS_seccomp;
}

static char root[] = "/tmp/mda-test-doctor.XXXXXX";

/* The UID database has one folder, the INBOX. */
static void set_inbox(uint32_t uidvalidity, uint32_t uidnext)
{
	struct err err;
	char state[sizeof root + 20];
	const struct uiddb_contents contents = {.uidvalidity = uidvalidity, .uidnext = uidnext};
	snprintf(state, sizeof state, "%s/.Maildir.mda", root);
	struct uiddb *db = uiddb_open(state, false, &err);
	assert_non_null(db);
	assert_int_equal(uiddb_replace_folder(db, STR_EMPTY, &contents, &err), 0);
	uiddb_close(db);
}

static void high_uid(void)
{
	set_inbox(1700000000, UINT32_MAX - 10);
}

static void future_validity(void)
{
	set_inbox(4000000000, 2);
}

static const struct row {
	const char *check;
	enum doctor_status status;
	const char *text;
	void (*break_it)(void);
} rows[] = {
	{"disk-space", DOCTOR_WARNING, "19 MB are left", few_bytes},
	{"disk-space", DOCTOR_ERROR, "0 MB are left", no_bytes},
	{"disk-files", DOCTOR_WARNING, "900 more files", few_files},
	{"disk-files", DOCTOR_ERROR, "3 more files", no_files},
	{"disk-writable", DOCTOR_ERROR, "mounted read-only", read_only},
	{"disk-network", DOCTOR_ERROR, "is on NFS", remote},
	{"clock-year", DOCTOR_ERROR, "before 2020", is_1970},
	{"state-high", DOCTOR_WARNING, "INBOX: the next UID is 4294967285", high_uid},
	{"clock-validity", DOCTOR_WARNING, "INBOX: UIDVALIDITY 4000000000", future_validity},
	{"sandbox-landlock", DOCTOR_WARNING, "no Landlock", no_landlock},
	{"sandbox-seccomp", DOCTOR_WARNING, "no filter of system calls", no_seccomp},
	{"sandbox-child", DOCTOR_WARNING, "no Landlock", no_landlock},
	{"sandbox-child", DOCTOR_WARNING, "no filter of system calls", no_seccomp},
};

/* ---- running a check ---- */

/* The first finding. */
static const struct doctor_finding *run_check(struct doctor *d, const char *name)
{
	struct err err;
	struct session *s = &d->session;
	d->mem = s->mem = arena_new();
	s->asks = true;
	s->file = conf_load(NULL, d->mem, &err);
	assert_non_null(s->file);
	d->conf = s->conf = conf_global(s->file, d->mem);
	s->user.names = (struct template_values){
		STR_LIT("ann"), STR_LIT("ann"), STR_LIT("a.test"), str_of(root)};
	s->user.uid = getuid();
	d->has_user = true;
	for (size_t i = 0; i < doctor_check_count; i++) {
		d->check = &doctor_checks[i];
		if (strcmp(d->check->name, name) == 0)
			d->check->run(d);
	}
	if (d->finding_count == 0)
		fail_msg("%s reports nothing", name);
	return d->findings;
}

static void be_healthy(void)
{
	disk = good_disk();
	clock_says = 1800000000;
	missing_call = -1;
	set_inbox(1700000000, 2);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct doctor well = {.json = false}, ill = {.json = false};
	be_healthy();
	const struct doctor_finding *f = run_check(&well, row->check);
	assert_int_equal(f->status, DOCTOR_OK);
	row->break_it();
	f = run_check(&ill, row->check);
	assert_int_equal(f->status, row->status);
	if (!strstr(f->text.p, row->text))
		fail_msg("\"%s\" does not say \"%s\"", f->text.p, row->text);
	assert_true(f->mend.n > 0);
	be_healthy();
	arena_free(well.mem);
	arena_free(ill.mem);
}

/* ---- what other programs print ---- */

static const struct command_row {
	const char *name, *line, *words, *recipient;
} command_rows[] = {
	{"a path", "/usr/bin/mda -r a@b.test", "/usr/bin/mda|-r|a@b.test", "a@b.test"},
	{"after other words", "exec nice mda -ra@b.test", "mda|-ra@b.test", "a@b.test"},
	{"in quotes", "/bin/sh -c \"mda -r 'a b@b.test'\"", "mda|-r|a b@b.test", "a b@b.test"},
	{"a long option", "mda --recipient=x", "mda|--recipient=x", "x"},
	{"without its value", "mda -r", "mda|-r", NULL},
	{"another program", "/usr/bin/mdadm -r a@b.test", "", NULL},
	{"a quote without an end", "'mda", "mda", NULL},
	{"nothing", "", "", NULL},
};

static void test_command(void **state)
{
	const struct command_row *row = *state;
	struct arena *mem = arena_new();
	struct buf words = {0};
	struct doctor_command c = doctor_command_find(str_of(row->line), mem);
	for (size_t i = 0; i < c.words.count; i++) {
		buf_text(&words, i ? "|" : "");
		buf_add(&words, c.words.items[i]);
	}
	assert_string_equal(buf_cstr(&words), row->words);
	const struct str *r = doctor_command_option(&c, 'r', "recipient", mem);
	assert_int_equal(r != NULL, row->recipient != NULL);
	if (r)
		assert_string_equal(arena_cstr(mem, *r), row->recipient);
	buf_free(&words);
	arena_free(mem);
}

static const struct number_row {
	const char *text;
	bool is_time, is_number;
	unsigned long long number;
} number_rows[] = {
	{"1000s", true, true, 1000},
	{"20", true, true, 20},
	{"1h30m", true, true, 5400},
	{"2w", true, true, 1209600},
	{"5y", true, false, 0},
	{"", true, false, 0},
	{"m", true, false, 0},
	{"10240000", false, true, 10240000},
	{"50M", false, true, 52428800},
	{"1k", false, true, 1024},
	{"1KB", false, false, 0},
	{"99999999999999999999", false, false, 0},
};

static void test_number(void **state)
{
	const struct number_row *row = *state;
	unsigned long long n = 0;
	bool known = row->is_time ? doctor_command_seconds(str_of(row->text), 's', &n)
				  : doctor_command_bytes(str_of(row->text), &n);
	assert_int_equal(known, row->is_number);
	if (known)
		assert_int_equal(n, row->number);
}

static const struct parameter_row {
	const char *name, *main, *value;
} parameter_rows[] = {
	{"as it is", "x = a b\n", "a b"},
	{"not set", "y = 1\n", "usual"},
	{"another parameter", "x = $y/${z}$(y)\ny = 1\nz = 2\n", "1/21"},
	{"one that is not set", "x = $nothing ${nothing}\n", "$nothing ${nothing}"},
	{"itself", "x = a$x\n", "aaaaaaaaa$x"},
	{"a dollar at the end", "x = a$\n", "a$"},
	{"a brace without an end", "x = ${y\ny = 1\n", "1"},
	{"a line without a value", "x\n = 1\n", "usual"},
};

static void test_parameter(void **state)
{
	const struct parameter_row *row = *state;
	struct arena *mem = arena_new();
	struct doctor_postfix *p = doctor_postconf_parse(str_of(row->main), STR_EMPTY, mem);
	struct str value = doctor_postconf_value(p, "x", "usual", mem);
	assert_string_equal(arena_cstr(mem, value), row->value);
	arena_free(mem);
}

static const struct dovecot_row {
	const char *name, *text, *place, *setting, *value;
} dovecot_rows[] = {
	{"outside", "a = 1\n", "", "a", "1"},
	{"inside", "s t {\n  a = 2\n}\na = 1\n", "s t/", "a", "2"},
	{"after a section", "s {\n  a = 2\n}\na = 1\n", "", "a", "1"},
	{"two deep", "s {\n t \"x y\" {\n  a = 3\n }\n}\n", "s/t x y/", "a", "3"},
	{"quotes", "a = \" b c\"\n", "", "a", " b c"},
	{"a comment", "# a = 1\n", "", "a", ""},
	{"too many ends", "}\n}\na = 1\n", "", "a", "1"},
	{"too deep",
		"1 {\n2 {\n3 {\n4 {\n5 {\n6 {\n7 {\n8 {\n9 {\n10 {\n11 {\n12 {\n13 {\n14 {\n15 "
		"{\n16 {\n17 {\n18 {\na = 1\n",
		"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/", "a", "1"},
	{"a brace alone", "{\na = 1\n}\n", "/", "a", "1"},
};

static void test_dovecot(void **state)
{
	const struct dovecot_row *row = *state;
	struct arena *mem = arena_new();
	const struct doctor_dovecot *c = doctor_doveconf_parse(str_of(row->text), mem);
	assert_string_equal(
		arena_cstr(mem, doctor_doveconf_value(c, row->place, row->setting)), row->value);
	arena_free(mem);
}

static int make_dirs(void)
{
	char path[sizeof root + 20];
	snprintf(path, sizeof path, "%s/Maildir", root);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/.Maildir.mda", root);
	return mkdir(path, 0700);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_row, rows), TABLE(test_command, command_rows),
		TABLE(test_number, number_rows), TABLE(test_parameter, parameter_rows),
		TABLE(test_dovecot, dovecot_rows)};
	/* Root has no mailbox. */
	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 1;
	if (!mkdtemp(root) || make_dirs() < 0)
		return 1;
	int failed = table_run("doctor", tables, sizeof tables / sizeof *tables);
	tree_remove(root);
	return failed;
}
