/*
 * contain [-p PARENT] SECONDS COMMAND...: runs a test, and leaves no process and no directory of it
 * behind, whatever ends it: its own end, a signal, its time (0: no limit), or SIGKILL for this
 * program. With -p it ends when PARENT does, the process that started it. The test finds the name
 * of an empty directory in TEST_PLACE.
 *
 * Two processes do it. The caller sees the first, which only waits and passes signals on. The
 * second, the guard, starts the test and becomes the parent of every daemon whose own parent has
 * ended (PR_SET_CHILD_SUBREAPER), however often it forked and whatever session it is in. If the
 * first is killed, the guard is sent SIGTERM by the kernel (PR_SET_PDEATHSIG).
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As timeout(1) says it. */
enum { TIMED_OUT = 124, CANNOT = 125, NO_COMMAND = 127, SIGNALLED = 128 };
/* A test that is told to end has so many seconds to stop its servers. */
enum { GRACE = 20 };

static const int ending[] = {SIGHUP, SIGINT, SIGTERM};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "contain: %s: %s\n", what, strerror(errno));
	_exit(CANNOT);
}

static int status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status)
				      : SIGNALLED + WTERMSIG(wait_status);
}

/* SIGCHLD and what ends a test are waited for, never handled. */
static sigset_t block_signals(sigset_t *before)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		sigaddset(&set, ending[i]);
	if (sigprocmask(SIG_BLOCK, &set, before) < 0)
		die("sigprocmask");
	return set;
}

static void end_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		die("prctl");
	if (getppid() != parent)
		_exit(CANNOT);
}

/* ---- the guard ---- */

/* The parent of PID, and its name; 0: it has gone. */
static pid_t parent_of(pid_t pid, char name[static 32])
{
	char path[64], line[512];
	long parent = 0;
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	line[fread(line, 1, sizeof line - 1, f)] = '\0';
	fclose(f);
	/* The name may contain anything. */
	const char *start = strchr(line, '(');
	char *end = strrchr(line, ')');
	if (!start || !end || sscanf(end, ") %*c %ld", &parent) != 1)
		return 0;
	*end = '\0';
	snprintf(name, 32, "%s", start + 1);
	return (pid_t)parent;
}

/* Kills the guard's children; theirs are among them the next time. Returns how many there were. */
static size_t kill_children(bool aloud)
{
	size_t count = 0;
	DIR *d = opendir("/proc");
	const struct dirent *entry;
	char name[32];
	if (!d)
		die("/proc");
	while ((entry = readdir(d))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || parent_of(pid, name) != getpid() || kill(pid, SIGKILL) < 0)
			continue;
		count++;
		if (aloud)
			fprintf(stderr, "# left behind, and killed: %s (%ld)\n", name, (long)pid);
	}
	closedir(d);
	return count;
}

static void kill_all(void)
{
	/* What is dead already is not worth a word. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	/* It waits only for what it has killed: a process of another user may not let it. */
	for (bool aloud = true; kill_children(aloud) > 0; aloud = false)
		(void)waitpid(-1, NULL, 0);
}

/* A shell lets what it starts with "&" ignore SIGINT and SIGQUIT, but a test may send them. */
static bool reset_signals(const sigset_t *mask)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (signal(numbers[i], SIG_DFL) == SIG_ERR)
			return false;
	return sigprocmask(SIG_SETMASK, mask, NULL) == 0;
}

static pid_t start(char **command, const char *place, const sigset_t *mask)
{
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		if (setpgid(0, 0) < 0 || setenv("TEST_CONTAINED", "yes", 1) < 0 ||
			setenv("TEST_PLACE", place, 1) < 0 || !reset_signals(mask))
			die("a child");
		execvp(command[0], command);
		fprintf(stderr, "contain: %s: %s\n", command[0], strerror(errno));
		_exit(NO_COMMAND);
	}
	/* Here too: its group is needed before it may have run. */
	(void)setpgid(child, child);
	return child;
}

/* Reaps until CHILD has ended, then sets its status; false: it lives. */
static bool has_ended(pid_t child, int *status)
{
	int wait_status;
	pid_t pid;
	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		if (pid == child) {
			*status = status_of(wait_status);
			return true;
		}
	return false;
}

static time_t now(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die("clock_gettime");
	return t.tv_sec;
}

/* Waits until something ends or a signal comes. Returns the signal; -1: it is DEADLINE. */
static int await(const sigset_t *set, time_t deadline)
{
	for (;;) {
		struct timespec rest = {.tv_sec = deadline ? deadline - now() : 3600};
		if (rest.tv_sec <= 0)
			return -1;
		int signal = sigtimedwait(set, NULL, &rest);
		if (signal > 0)
			return signal;
	}
}

/* First the test is told to end; the second time it is not asked. */
static int wait_for_test(pid_t child, time_t deadline, const sigset_t *set)
{
	int status, why = 0;
	while (!has_ended(child, &status)) {
		int signal = await(set, deadline);
		if (signal == SIGCHLD)
			continue;
		if (why && signal < 0)
			return why;
		if (why)
			continue;
		why = signal < 0 ? TIMED_OUT : SIGNALLED + signal;
		deadline = now() + GRACE;
		(void)kill(-child, SIGTERM);
		(void)kill(-child, SIGCONT);
	}
	return why ? why : status;
}

static void make_place(char place[static PATH_MAX])
{
	const char *above = getenv("TMPDIR");
	int n = snprintf(place, PATH_MAX, "%s/mda-e2e.XXXXXX", above && *above ? above : "/tmp");
	if (n >= PATH_MAX || !mkdtemp(place))
		die("a directory for the test");
}

/* A test has usually removed it. What is mounted in it does not belong to the test. */
static void remove_place(const char *place)
{
	static const char commands[] =
		"chmod -R u+rwX \"$1\"; exec rm -rf --one-file-system \"$1\"";
	if (rmdir(place) == 0 || errno == ENOENT)
		return;
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", commands, "sh", place, NULL);
		die("/bin/sh");
	}
	if (child < 0 || waitpid(child, NULL, 0) < 0)
		die(place);
}

/* A process that could not be killed may still use the directory. */
static bool is_alone(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static int guard(long seconds, char **command, const sigset_t *set, const sigset_t *before)
{
	char place[PATH_MAX];
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("prctl");
	time_t deadline = seconds ? now() + seconds : 0;
	make_place(place);
	int status = wait_for_test(start(command, place, before), deadline, set);
	kill_all();
	if (is_alone())
		remove_place(place);
	return status;
}

/* ---- the process that the caller sees ---- */

/* -1: it is not a number. */
static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	return *text && !*end && n >= 0 ? n : -1;
}

int main(int argc, char **argv)
{
	long parent = argc > 2 && strcmp(argv[1], "-p") == 0 ? number(argv[2]) : 0;
	char **rest = argv + (parent ? 3 : 1);
	long seconds = argc > rest - argv + 1 ? number(rest[0]) : -1;
	int wait_status;
	if (parent < 0 || seconds < 0) {
		fprintf(stderr, "usage: contain [-p PARENT] SECONDS COMMAND...\n");
		return CANNOT;
	}
	if (parent)
		end_with_parent((pid_t)parent);
	/* If the caller ignored it, nobody would be told of an end. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		die("signal");
	sigset_t before, set = block_signals(&before);
	pid_t self = getpid(), child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		end_with_parent(self);
		_exit(guard(seconds, rest + 1, &set, &before));
	}
	for (;;) {
		int signal = await(&set, 0);
		if (signal != SIGCHLD)
			(void)kill(child, SIGTERM);
		else if (waitpid(child, &wait_status, WNOHANG) == child)
			return status_of(wait_status);
	}
}
