/*
 * Running one of the admin's programs: which files are programs, what they get, and what happens
 * when they misbehave. No test depends on how fast the machine is: what must be stopped would run
 * for ever.
 */
#include "mda/outgoing/extprogram.h"

#include "base/beneath.h"
#include "base/io.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT = 100000, SECONDS = 60, SOON = 1 };

static char dir[64];
static struct arena *mem;

static void make_program(const char *name, const char *text, mode_t mode)
{
	struct err err;
	const char *path = arena_fmt(mem, "%s/bin/%s", dir, name).p;
	assert_int_equal(io_replace_file(path, str_of(text), 0600, &err), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void set_up(void)
{
	mem = arena_new();
	strcpy(dir, "/tmp/test_extprogram.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(arena_fmt(mem, "%s/bin", dir).p, 0755), 0);
}

static void tear_down(void)
{
	assert_int_equal(tree_remove(dir), 0);
	arena_free(mem);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static struct extprogram program(const char *name, struct str *input)
{
	return (struct extprogram){.dir = arena_fmt(mem, "%s/bin", dir).p,
		.name = str_of(name),
		.start_in = dir,
		.spool_dir = dir,
		.input = {input, input->n > 0},
		.seconds = SECONDS,
		.memory = (size_t)512 << 20,
		.output = OUTPUT,
		.only_ours = true};
}

static size_t descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* ---- what comes of a run ---- */

#define SH "#!/bin/sh\n"

static const struct row {
	const char *name, *text, *input;
	bool crlf;
	const char *output, *complaint,
		*error; /* ERROR: a part of it; else it ends with STATUS. COMPLAINT NULL: any */
	int status;
	unsigned seconds;
} rows[] = {
	{"its input comes back", SH "cat\n", "a\nb\n", false, "a\nb\n", "", NULL, 0, 0},
	{"lines end with CR LF", SH "cat\n", "a\r\nb\n\nc", true, "a\r\nb\r\n\r\nc", "", NULL, 0,
		0},
	{"lines end with LF", SH "cat\n", "a\r\nb\n\r\r\nc\r", false, "a\nb\n\r\nc\r", "", NULL, 0,
		0},
	{"it writes nothing", SH "exit 0\n", "a\n", false, "", "", NULL, 0, 0},
	{"it ends with a status", SH "echo no >&2\nexit 7\n", "a\n", false, "", "no", NULL, 7, 0},
	{"a status of 126 is its own", SH "exit 126\n", "", false, "", "", NULL, 126, 0},
	{"it complains at length, in other letters",
		SH "printf '\\033[2Jbad\\377 \\t x\\nmore' >&2\nexit 1\n", "", false, "",
		"?[2Jbad?   x", NULL, 1, 0},
	{"it does not read", SH "exec 0<&-\necho x\n", "a\n", false, "x\n", "", NULL, 0, 0},
	{"it closes its output", SH "exec >&- 2>&-\nexit 3\n", "a\n", false, "", "", NULL, 3, 0},
	{"NULs and CRs are data", SH "printf 'a\\000b\\r\\nc'\n", "", false, "a\0b\r\nc", "", NULL,
		0, 0},
	{"it hangs", SH "while :; do sleep 1000; done\n", "a\n", false, NULL, NULL,
		"did not end within 1 s", 0, SOON},
	{"it hangs, and ignores signals",
		SH "trap '' TERM INT HUP ALRM XCPU\nwhile :; do sleep 1000; done\n", "a\n", false,
		NULL, NULL, "did not end within 1 s", 0, SOON},
	{"it turns in circles", SH "while :; do :; done\n", "", false, NULL, NULL, "within 1 s", 0,
		SOON},
	{"the kernel ends it, as its time is over", SH "kill -XCPU $$\n", "", false, NULL, NULL,
		"did not end within 60 s", 0, 0},
	{"it writes without an end", SH "exec yes\n", "", false, NULL, NULL,
		"wrote more than 100000 bytes", 0, 0},
	{"it complains without an end", SH "exec yes >&2\n", "", false, NULL, NULL, "within 1 s", 0,
		SOON},
	{"it is ended by a signal", SH "kill -SEGV $$\n", "a\n", false, NULL, NULL,
		"was ended by signal 11 (Segmentation fault)", 0, 0},
	{"a pipe that nobody reads ends it", SH "kill -PIPE $$\n", "a\n", false, NULL, NULL,
		"was ended by signal 13", 0, 0},
	{"it leaves a child that holds the pipe", SH "echo x\nsleep 1000 &\n", "a\n", false, "x\n",
		"", NULL, 0, 0},
	{"it leaves a child in another session that holds the pipe",
		SH "echo x\nsetsid sh -c 'echo $$ > stray; exec sleep 1000' &\n"
		   "while ! [ -s stray ]; do :; done\n",
		"a\n", false, "x\n", "", NULL, 0, 0},
	{"it leaves a child that writes without an end", SH "yes &\nexit 0\n", "", false, NULL,
		NULL, "", 0, 0},
	{"it takes too much memory", SH "exec dd if=/dev/zero of=/dev/null bs=900M count=1\n", "",
		false, "", NULL, NULL, 1, 0},
	{"nothing can run it", "no program\n", "", false, NULL, NULL,
		"cannot run the program \"p\": Exec format error", 0, 0},
	{"what is to interpret it is not there", "#!/nonexistent\n", "", false, NULL, NULL,
		"cannot run the program \"p\": No such file or directory", 0, 0},
};

static size_t size_of(const struct row *row)
{
	return strstr(row->name, "NULs") ? 6 : strlen(row->output);
}

static void end_stray(void)
{
	struct str text;
	unsigned long long pid;
	struct err err;
	if (io_read_file(arena_fmt(mem, "%s/stray", dir).p, 100, mem, &text, &err) == 1 &&
		str_number(str_trim(text), 1 << 30, &pid))
		kill((pid_t)pid, SIGKILL);
}

static void test_run(void **state)
{
	const struct row *row = *state;
	struct extprogram_result result;
	struct err err = {.text = ""};
	set_up();
	make_program("p", row->text, 0755);
	struct str input = str_of(row->input);
	struct extprogram p = program("p", &input);
	size_t before = descriptors();
	p.crlf = row->crlf;
	if (row->seconds)
		p.seconds = row->seconds;
	int r = extprogram_run(&p, mem, &result, &err);
	const char *error = row->error ? row->error : "nothing";
	assert_int_equal(descriptors(), before);
	if (r == 0 && !strstr(row->name, "writes without an end")) {
		assert_null(row->error);
		assert_int_equal(result.status, row->status);
		if (row->complaint)
			assert_string_equal(result.complaint.p, row->complaint);
		assert_int_equal(result.output.n, size_of(row));
		assert_memory_equal(result.output.p, row->output, result.output.n);
	} else if (r < 0) {
		assert_int_equal(err.fault, FAULT_REFUSED);
		if (!strstr(err.text, error))
			fail_msg("%s", err.text);
	}
	end_stray();
	tear_down();
}

/* ---- what it gets ---- */

static struct str output_of(struct extprogram *p)
{
	struct extprogram_result result;
	struct err err;
	if (extprogram_run(p, mem, &result, &err) < 0)
		fail_msg("%s", err.text);
	if (result.status != 0)
		fail_msg("status %d: " STR_FMT, result.status, STR_ARGS(result.complaint));
	return result.output;
}

static void test_arguments(void **state)
{
	struct str input = STR_LIT("");
	struct str words[] = {STR_LIT("a b"), STR_LIT(""), STR_LIT("$(id)"), STR_LIT("-x")};
	(void)state;
	set_up();
	make_program("p", SH "for a; do echo \"<$a>\"; done\n", 0755);
	struct extprogram p = program("p", &input);
	p.arguments = (struct str_list){words, 4};
	assert_string_equal(output_of(&p).p, "<a b>\n<>\n<$(id)>\n<-x>\n");
	tear_down();
}

static void test_environment(void **state)
{
	struct str input = STR_LIT(""), words[] = {STR_LIT("A=b c"), STR_LIT("HOME=/x")};
	(void)state;
	set_up();
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	make_program("e", SH "/usr/bin/env | grep -v '^PWD='\n", 0755);
	struct extprogram p = program("e", &input);
	p.environment = (struct str_list){words, 2};
	struct str all = output_of(&p);
	assert_true(str_ifind(all, STR_LIT("A=b c\n")) < all.n);
	assert_true(str_ifind(all, STR_LIT("HOME=/x\n")) < all.n);
	assert_int_equal(str_ifind(all, STR_LIT("SECRET")), all.n);
	tear_down();
}

/* Nothing of ours is open in it, no signal is ignored or blocked, and it gains no rights. */
static void test_surroundings(void **state)
{
	struct str input = STR_LIT("");
	const char *rights = "NoNewPrivs:\t1\n";
	(void)state;
	set_up();
	int left_open = open("/dev/null", O_RDONLY);
	signal(SIGPIPE, SIG_IGN);
	/*
	 * The C library keeps two signals for itself. No program can change them, so the caller may
	 * have them ignored.
	 */
	make_program("p",
		SH "ls /proc/self/fd | wc -l\npwd\nulimit -t; ulimit -c; umask\n"
		   "grep -E 'SigIgn|SigBlk|NoNewPrivs' /proc/self/status | sed "
		   "'s/0000000180000000/0000000000000000/'\n",
		0755);
	struct extprogram p = program("p", &input);
	/* Three, that of the script, and the one that ls reads; 512 MB. */
	const char *wanted = arena_fmt(mem,
		"5\n%s\n60\n0\n0077\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n%s", dir,
		rights)
				     .p;
	assert_string_equal(output_of(&p).p, wanted);
	p.only_ours = false;
	p.start_in = "/nonexistent";
	struct str freely = output_of(&p);
	assert_true(str_ifind(freely, STR_LIT("NoNewPrivs:\t0\n")) < freely.n);
	assert_true(str_ifind(freely, STR_LIT("\n/\n")) < freely.n);
	signal(SIGPIPE, SIG_DFL);
	close(left_open);
	tear_down();
}

/* A binary, which need not be readable. */
static void test_binary(void **state)
{
	struct str input = STR_LIT("x\n"), text;
	struct err err;
	(void)state;
	set_up();
	assert_int_equal(io_read_file("/bin/cat", 1 << 24, mem, &text, &err), 1);
	assert_int_equal(io_replace_file(arena_fmt(mem, "%s/bin/p", dir).p, text, 0755, &err), 0);
	struct extprogram p = program("p", &input);
	assert_string_equal(output_of(&p).p, "x\n");
	tear_down();
}

/* A large input, larger than any pipe, to one that answers as much. */
static void test_large(void **state)
{
	enum { LARGE = 5 << 20 };
	(void)state;
	set_up();
	make_program("p", SH "cat\n", 0755);
	struct str input = {arena_alloc(mem, LARGE), LARGE};
	for (size_t i = 0; i < LARGE; i++)
		((char *)input.p)[i] = i % 70 == 69 ? '\n' : 'x';
	struct extprogram p = program("p", &input);
	p.output = LARGE;
	assert_true(str_eq(output_of(&p), input));
	tear_down();
}

/* Where nobody reads what it writes, it is not held up. */
static void test_unread(void **state)
{
	struct str input = STR_LIT("");
	(void)state;
	set_up();
	make_program("p", SH "yes | head -c 1000000\n", 0755);
	struct extprogram p = program("p", &input);
	p.output = 0;
	assert_int_equal(output_of(&p).n, 0);
	tear_down();
}

/* ---- which files are programs ---- */

static const struct place {
	const char *name, *called;
	mode_t directory, file;
	const char *error; /* a part of it */
	bool link;
} places[] = {
	{"as it should be", "p", 0755, 0755, NULL, false},
	{"a directory that only its owner can read", "p", 0700, 0700, NULL, false},
	{"there is none", "q", 0755, 0755, "there is no program \"q\" in ", false},
	{"no name", "", 0755, 0755, "there is no program", false},
	{"another directory's", "../bin/p", 0755, 0755, "no program has such a name", false},
	{"the directory itself", ".", 0755, 0755, "it is not a regular file", false},
	{"the one above", "..", 0755, 0755, "it leads out of its directory", false},
	{"a link", "p", 0755, 0755, "symbolic link", true},
	{"the group can write to it", "p", 0755, 0775, "bin/p is not used: others than its owner",
		false},
	{"all can write to it", "p", 0755, 0757, "bin/p is not used: others than its owner", false},
	{"the group can write to the directory", "p", 0775, 0755, "bin is not used: others", false},
	{"all can write to the directory", "p", 01777, 0755, "bin is not used: others", false},
	{"set-uid", "p", 0755, 04755, "it is set-uid or set-gid", false},
	{"set-gid", "p", 0755, 02755, "it is set-uid or set-gid", false},
};

static void test_place(void **state)
{
	const struct place *row = *state;
	struct err err = {.text = ""};
	set_up();
	const char *bin = arena_fmt(mem, "%s/bin", dir).p;
	make_program(row->link ? "other" : "p", SH, row->file);
	if (row->link)
		assert_int_equal(symlink("other", arena_fmt(mem, "%s/p", bin).p), 0);
	assert_int_equal(chmod(bin, row->directory), 0);
	int fd = extprogram_open(bin, str_of(row->called), &err);
	if (row->error && (fd >= 0 || !strstr(err.text, row->error)))
		fail_msg("%d %s", fd, err.text);
	if (!row->error && fd < 0)
		fail_msg("%s", err.text);
	if (fd >= 0)
		close(fd);
	tear_down();
}

/* A program of the system's may be set-uid where the caller says so. */
static void test_set_uid(void **state)
{
	struct err err;
	struct extprogram_result result;
	struct str nothing = STR_EMPTY;
	(void)state;
	set_up();
	make_program("p", SH "echo x\n", 04755);
	struct extprogram p = program("p", &nothing);
	assert_int_equal(extprogram_run(&p, mem, &result, &err), -1);
	assert_non_null(strstr(err.text, "it is set-uid or set-gid"));
	p.may_be_set_uid = true;
	assert_int_equal(extprogram_run(&p, mem, &result, &err), 0);
	assert_true(str_eq(result.output, STR_LIT("x\n")));
	tear_down();
}

/* Only root can give a file away. */
static void test_others(void **state)
{
	struct err err;
	(void)state;
	if (geteuid() != 0)
		skip();
	set_up();
	const char *bin = arena_fmt(mem, "%s/bin", dir).p;
	make_program("p", SH, 0755);
	assert_int_equal(chown(arena_fmt(mem, "%s/p", bin).p, 65534, 65534), 0);
	assert_int_equal(extprogram_open(bin, STR_LIT("p"), &err), -1);
	assert_non_null(strstr(err.text, "bin/p is not used: it does not belong to root"));
	assert_int_equal(chown(bin, 65534, 65534), 0);
	assert_int_equal(extprogram_open(bin, STR_LIT("p"), &err), -1);
	assert_non_null(strstr(err.text, "bin is not used: it does not belong to root"));
	tear_down();
}

/* The path of the directory leads through another user's link, or is not absolute. */
static void test_directory(void **state)
{
	struct err err;
	(void)state;
	set_up();
	const char *link = arena_fmt(mem, "%s/link", dir).p;
	assert_int_equal(extprogram_open("bin", STR_LIT("p"), &err), -1);
	assert_non_null(strstr(err.text, "absolute"));
	if (geteuid() == 0) {
		assert_int_equal(symlink("bin", link), 0);
		assert_int_equal(lchown(link, 65534, 65534), 0);
		make_program("p", SH, 0755);
		assert_int_equal(extprogram_open(link, STR_LIT("p"), &err), -1);
		assert_non_null(strstr(err.text, "symbolic link"));
	}
	tear_down();
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_run, rows),
		TABLE_OF_ONE(test_arguments, "arguments are no shell's words"),
		TABLE_OF_ONE(test_environment, "the environment is its own"),
		TABLE_OF_ONE(test_surroundings, "descriptors, signals, limits, rights"),
		TABLE_OF_ONE(test_binary, "a binary"),
		TABLE_OF_ONE(test_large, "more than a pipe holds"),
		TABLE_OF_ONE(test_unread, "nobody reads its output"),
		TABLE(test_place, places),
		TABLE_OF_ONE(test_set_uid, "set-uid, as an exception"),
		TABLE_OF_ONE(test_others, "what others own"),
		TABLE_OF_ONE(test_directory, "the directory's path"),
	};
	return table_run("extprogram", tables, sizeof tables / sizeof *tables);
}
