/*
 * What a program takes over from its caller: descriptors and environment. Each row runs in a
 * process of its own.
 */
#include "base/process.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void in_child(int (*check)(const void *), const void *row)
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(check(row));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status))
		fail_msg("check %d", WEXITSTATUS(status));
}

/* ---- the environment ---- */

static const struct variable {
	const char *name, *value;
	bool kept;
} variables[] = {
	{"SENDER", "a@b.test", true},
	{"RECIPIENT", "", true},
	{"ORIGINAL_RECIPIENT", "c@d.test", true},
	{"SASL_SENDER", "ann", true},
	{"USER", "ann", true},
	{"HOME", "/home/ann", true},
	{"EXTENSION", "x", true},
	{"TERM", "xterm", true},
	{"TZ", "Europe/Berlin", true},
	{"TZ", "CET-1CEST,M3.5.0,M10.5.0/3", true},
	{"TZ", ":/etc/localtime", true},
	{"TZ", "/usr/share/zoneinfo/UTC", true},
	{"TZ", "/home/ann/zone", false},
	{"TZ", ":/home/ann/zone", false},
	{"TZ", "../../home/ann/zone", false},
	{"TZ", "/usr/share/zoneinfo/../../../home/ann/zone", false},
	{"GCONV_PATH", "/home/ann", false},
	{"LD_PRELOAD", "/home/ann/x.so", false},
	{"LD_LIBRARY_PATH", "/home/ann", false},
	{"LOCPATH", "/home/ann", false},
	{"LC_ALL", "de_DE", false},
	{"NLSPATH", "/home/ann/%N", false},
	{"MAGIC", "/home/ann/magic", false},
	{"ICU_DATA", "/home/ann", false},
	{"TMPDIR", "/home/ann", false},
	{"MALLOC_TRACE", "/home/ann/trace", false},
	{"GLIBC_TUNABLES", "x=y", false},
	{"RESOLV_HOST_CONF", "/etc/shadow", false},
	{"HOSTALIASES", "/home/ann/hosts", false},
	{"http_proxy", "http://evil.test", false},
	{"SSLKEYLOGFILE", "/home/ann/keys", false},
	{"SENDERX", "x", false},
	{"SENDE", "x", false},
};

static int check_variable(const void *row)
{
	const struct variable *v = row;
	char *argv[] = {(char *)"mda", NULL};
	struct err err;
	if (clearenv() != 0 || setenv(v->name, v->value, 1) != 0 ||
		setenv("PATH", "/home/ann/bin", 1) != 0)
		return 1;
	if (process_start(1, argv, &err) < 0)
		return 2;
	const char *now = getenv(v->name), *path = getenv("PATH");
	if (v->kept ? !now || strcmp(now, v->value) != 0 : now != NULL)
		return 3;
	if (!path || strcmp(path, "/usr/sbin:/usr/bin:/sbin:/bin") != 0)
		return 4;
	for (char **e = process_callers_environment(); *e; e++)
		if (strcmp(*e, "PATH=/home/ann/bin") == 0)
			return 0;
	return 5;
}

static void test_variable(void **state)
{
	in_child(check_variable, *state);
}

/* ---- descriptors ---- */

enum { NONE = -1 };

static const struct named {
	const char *name, *argument;
	int kept;   /* of 3 to 60 */
	int closed; /* a standard stream that the caller closed */
} descriptors[] = {
	{"none is kept", "x", NONE, NONE},
	{"one that is named", "/dev/fd/17", 17, NONE},
	{"by its other name", "/proc/self/fd/3", 3, NONE},
	{"the last one", "/dev/fd/60", 60, NONE},
	{"no number", "/dev/fd/17x", NONE, NONE},
	{"a large number", "/dev/fd/99999999999999999999", NONE, NONE},
	{"one that is not open", "/dev/fd/999", NONE, NONE},
	{"within another word", "--conf=/dev/fd/17", NONE, NONE},
	{"standard input is closed", "x", NONE, 0},
	{"standard output is closed", "x", NONE, 1},
	{"standard error is closed", "x", NONE, 2},
};

static int check_descriptors(const void *row)
{
	const struct named *n = row;
	char *argv[] = {(char *)"mda", (char *)n->argument, NULL};
	struct err err;
	struct stat st, null;
	int fd = open("/dev/zero", O_RDONLY);
	for (int i = 3; i <= 60; i++)
		if (fd < 0 || (i != fd && dup2(fd, i) != i))
			return 1;
	if ((n->closed >= 0 && close(n->closed) < 0) || process_start(2, argv, &err) < 0)
		return 2;
	for (int i = 3; i <= 60; i++)
		if ((fcntl(i, F_GETFD) >= 0) != (i == n->kept))
			return 3;
	for (int i = 0; i <= 2; i++)
		if (fcntl(i, F_GETFD) < 0)
			return 4;
	if (n->closed >= 0 && (fstat(n->closed, &st) < 0 || stat("/dev/null", &null) < 0 ||
				      st.st_rdev != null.st_rdev))
		return 5;
	return process_had_input() == (n->closed != 0) ? 0 : 6;
}

static void test_descriptors(void **state)
{
	in_child(check_descriptors, *state);
}

/* ---- signals ---- */

/*
 * A caller that ignores its children's ends and blocks all signals; one that ignores a hangup means
 * it.
 */
static int check_signals(const void *row)
{
	char *argv[] = {(char *)"mda", NULL};
	sigset_t all, now;
	struct sigaction child, hangup;
	struct err err;
	(void)row;
	if (sigfillset(&all) < 0 || sigprocmask(SIG_BLOCK, &all, NULL) < 0 ||
		signal(SIGCHLD, SIG_IGN) == SIG_ERR || signal(SIGHUP, SIG_IGN) == SIG_ERR)
		return 1;
	if (process_start(1, argv, &err) < 0)
		return 2;
	if (sigprocmask(SIG_BLOCK, NULL, &now) < 0 || sigaction(SIGCHLD, NULL, &child) < 0 ||
		sigaction(SIGHUP, NULL, &hangup) < 0)
		return 3;
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&now, i) > 0)
			return 4;
	return child.sa_handler == SIG_DFL && hangup.sa_handler == SIG_IGN ? 0 : 5;
}

static void test_signals(void **state)
{
	(void)state;
	in_child(check_signals, NULL);
}

/* ---- set-uid ---- */

static const struct ids {
	const char *name;
	uid_t uid, euid;
	gid_t gid, egid;
	bool refused;
} ids[] = {
	{"root", 0, 0, 0, 0, false},
	{"a user", 54321, 54321, 54321, 54321, false},
	{"set-uid root", 54321, 0, 54321, 54321, true},
	{"set-uid a user", 54321, 54322, 54321, 54321, true},
	{"set-gid", 54321, 54321, 54321, 54322, true},
};

static int check_ids(const void *row)
{
	const struct ids *i = row;
	char *argv[] = {(char *)"mda", NULL};
	struct err err;
	if (setresgid(i->gid, i->egid, i->egid) < 0 || setresuid(i->uid, i->euid, i->euid) < 0)
		return 1;
	int r = process_start(1, argv, &err);
	if (i->refused)
		return r < 0 && strstr(err.text, "set-uid") ? 0 : 2;
	return r < 0 ? 3 : 0;
}

static void test_ids(void **state)
{
	if (geteuid() != 0)
		skip();
	in_child(check_ids, *state);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_variable, variables),
		TABLE(test_descriptors, descriptors),
		TABLE(test_ids, ids),
		TABLE_OF_ONE(test_signals, "signals that the caller ignores and blocks"),
	};
	return table_run("process", tables, sizeof tables / sizeof *tables);
}
