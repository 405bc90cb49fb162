/*
 * The checks of mda-doctor that a test cannot break outside: full and remote file systems, the
 * clock, the kernel. What the system says is said by this program instead.
 */
#include "tests/unit/table.h"

#include "mda/tools/doctor/doctor.h"
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

long syscall(long number, ...)
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

static void run_check(struct doctor *d, const char *name)
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
	assert_true(d->finding_count > 0);
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
	run_check(&well, row->check);
	assert_int_equal(well.findings[0].status, DOCTOR_OK);
	row->break_it();
	run_check(&ill, row->check);
	assert_int_equal(ill.findings[0].status, row->status);
	if (!strstr(ill.findings[0].text.p, row->text))
		fail_msg("\"%s\" does not say \"%s\"", ill.findings[0].text.p, row->text);
	assert_true(ill.findings[0].mend.n > 0);
	be_healthy();
	arena_free(well.mem);
	arena_free(ill.mem);
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
	const struct table tables[] = {TABLE(test_row, rows)};
	/* Root has no mailbox. */
	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 1;
	if (!mkdtemp(root) || make_dirs() < 0)
		return 1;
	int failed = table_run("doctor", tables, sizeof tables / sizeof *tables);
	tree_remove(root);
	return failed;
}
