/*
 * A delivery that stores, redirects, answers, notifies and files a copy of its answer is killed at
 * its first system call, its second, and so on to the last, and then tried again, as the MTA would
 * do. Every other time, a reader copies what they see meanwhile to another folder and deletes it.
 * Whenever it is killed, there is one message in the mailbox, one redirect, one answer, one
 * notification, one copy, and one run of the program of a pipe. The same with a server that refuses
 * the redirect, or a program that fails: the message is kept once. And the same with a signal that
 * asks the program to end: it exits with 75, and the retry does the rest, or with 0, and everything
 * is done.
 */
#include "base/io.h"
#include "tests/lib/sent.h"
#include "tests/lib/tracer.h"
#include "tests/lib/tree.h"
#include "tests/lib/workers.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };
static char dir[64], program[4096];
static in_port_t port; /* of the server that refuses */

static const char message[] =
	"Received: from b.test; Tue, 24 Nov 2026 04:00:00 +0000\n"
	"From: bob@b.test\nTo: ann@a.test\nMessage-ID: <1@b.test>\nSubject: x\n\nx\n";

static const struct scene {
	const char *name, *rules;
	bool refuses;         /* a server in the program's place, which does */
	size_t sent;          /* redirects, answers and notifications, each */
	size_t copies, least; /* kills */
	bool asks;            /* it is not killed, but asked to end */
	bool has_no_trace;    /* the message: equal bytes are another one once it is delivered */
	size_t runs;          /* of the programs of pipes */
	bool is_nowhere;      /* the message: it was piped, and is not stored */
	bool is_wrong; /* the script, whose errors are reported by a message (report_errors) */
} scenes[] = {
	{"killed anywhere: stored, redirected, answered, notified once",
		"require [\"vacation\", \"enotify\", \"copy\", \"fcc\"];\n"
		"redirect :copy \"forward@c.test\";\n"
		"vacation :fcc \"Sent\" \"away\";\n"
		"notify \"mailto:phone@c.test\";\n",
		false, 1, 1, 1000, false, false, 0, false, false},
	{"killed anywhere: a redirect that is refused is kept once",
		"redirect \"forward@c.test\";\n", true, 0, 0, 500, false, false, 0, false, false},
	{"asked to end anywhere: stored, redirected, answered, notified once",
		"require [\"vacation\", \"enotify\", \"copy\", \"fcc\"];\n"
		"redirect :copy \"forward@c.test\";\n"
		"vacation :fcc \"Sent\" \"away\";\n"
		"notify \"mailto:phone@c.test\";\n",
		false, 1, 1, 500, true, false, 0, false, false},
	{"asked to end anywhere, without a trace: stored once", "keep;\n", false, 0, 0, 200, true,
		true, 0, false, false},
	{"killed anywhere: stored, piped, redirected, answered once",
		"require [\"vnd.dovecot.pipe\", \"vacation\", \"enotify\", \"copy\", \"fcc\"];\n"
		"pipe :copy \"take\" [\"a b\", \"c\"];\n"
		"redirect :copy \"forward@c.test\";\n"
		"vacation :fcc \"Sent\" \"away\";\n"
		"notify \"mailto:phone@c.test\";\n",
		false, 1, 1, 1000, false, false, 1, false, false},
	{"killed anywhere: piped once, and nowhere else",
		"require \"vnd.dovecot.pipe\"; pipe \"take\";\n", false, 0, 0, 500, false, false, 1,
		true, false},
	{"killed anywhere: a pipe that fails is run once, and kept once",
		"require \"vnd.dovecot.pipe\"; pipe \"refuse\";\n", false, 0, 0, 500, false, false,
		1, false, false},
	{"asked to end anywhere: piped once, and nowhere else",
		"require \"vnd.dovecot.pipe\"; pipe \"take\";\n", false, 0, 0, 300, true, false, 1,
		true, false},
	{"killed anywhere: filtered, and stored once",
		"require [\"vnd.dovecot.filter\", \"vnd.dovecot.execute\"];\n"
		"filter \"change\"; execute \"change\";\n",
		false, 0, 0, 500, false, false, 0, false, false},
	{"killed anywhere: an error of the rules is told once", "keep;\nfrobnicate;\n", false, 0, 0,
		500, false, false, 0, false, true},
	{"asked to end anywhere: an error of the rules is told once", "keep;\nfrobnicate;\n", false,
		0, 0, 200, true, false, 0, false, true},
};

/* ---- the mailbox ---- */

static const char *in_dir(const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

/* Root keeps no mail: the program becomes the owner of the home. */
static void give_away(const char *name)
{
	if (geteuid() == 0)
		assert_int_equal(chown(in_dir(name), NOBODY, NOBODY), 0);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		abort();
	give_away(name);
}

/* Root's own, or ours. */
static void make_program(const char *name, const char *end)
{
	char text[256];
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	snprintf(text, sizeof text, "#!/bin/sh\n%s", end);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		abort();
}

static void make_programs(void)
{
	char take[256];
	mode_t before = umask(022);
	assert_int_equal(mkdir(in_dir("bin"), 0755), 0);
	snprintf(take, sizeof take, "cat > /dev/null\necho piped >> %s/sent\n", dir);
	make_program("bin/take", take);
	snprintf(take, sizeof take, "echo piped >> %s/sent\nexit 1\n", dir);
	make_program("bin/refuse", take);
	make_program("bin/change", "echo X-Changed: 1\nexec cat\n");
	umask(before);
}

static void set_up(const struct scene *scene)
{
	char text[1024];
	strcpy(dir, "/tmp/test_send.XXXXXX");
	assert_non_null(mkdtemp(dir));
	give_away("");
	assert_int_equal(mkdir(in_dir("home"), 0700), 0);
	give_away("home");
	snprintf(text, sizeof text,
		"users = virtual\nvirtual_user = \"\"\nvirtual_home = \"%s/home\"\nlog = "
		"none\naliases = \"\"\n"
		"stamp_key = \"\"\nspool_dir = \"%s\"\nscripts_user = { \"%s/rules.sieve\" "
		"}\nsendmail_path = \"%s/sendmail\"\n",
		dir, dir, dir, dir);
	if (scene->refuses)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			"submission = \"smtp://127.0.0.1:%u\"\n", ntohs(port));
	snprintf(text + strlen(text), sizeof text - strlen(text), "programs_dir = \"%s/bin\"\n",
		dir);
	if (scene->is_wrong)
		strcat(text, "report_errors = yes\n");
	write_file("mda.conf", text, 0600);
	make_programs();
	sent_make(dir, geteuid() == 0 ? NOBODY : 0);
	write_file("rules.sieve", scene->rules, 0600);
	const char *from = strstr(message, "From:");
	write_file("message", scene->has_no_trace ? from : message, 0600);
}

static void take_down(void)
{
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- the server ---- */

static void refuse(FILE *in, FILE *out)
{
	char line[1024];
	fputs("220 x\r\n", out);
	while (fflush(out) == 0 && fgets(line, sizeof line, in))
		fputs(strncmp(line, "RCPT", 4) == 0 ? "550 x\r\n" : "250 x\r\n", out);
}

/* One client after the other, for good. Some are killed. */
static void serve(int listener)
{
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
		if (!in || !out)
			_exit(1);
		refuse(in, out);
		fclose(in);
		fclose(out);
	}
}

static pid_t start_server(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	port = at.sin_port;
	pid_t pid = fork();
	if (pid == 0)
		serve(listener);
	close(listener);
	return pid;
}

/* ---- a delivery ---- */

static int deliver(void *context)
{
	int fd = open(in_dir("message"), O_RDONLY | O_CLOEXEC);
	(void)context;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return 99;
	char conf[256];
	snprintf(conf, sizeof conf, "%s", in_dir("mda.conf"));
	execl(program, "mda", "-c", conf, "-f", "bob@b.test", "-r", "ann@a.test", (char *)NULL);
	return 99;
}

/* A build that looks for leaks cannot do so in a process that is traced. */
static int deliver_traced(void *context)
{
	return setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=0", 1) == 0 ? deliver(context) : 99;
}

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM};

struct killer {
	size_t stop, stops;
	int signal;  /* 0: it is killed */
	bool caught; /* the program has said what is to happen then, before that stop */
};

static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	struct killer *k = context;
	bool is_stop = ++k->stops == k->stop;
	/* The struct begins with the handler; 0 and 1 are not functions. */
	unsigned long long handler = 0;
	if (k->stops < k->stop && !call->entry && call->call == SYS_rt_sigaction &&
		(int)call->arguments[0] == k->signal && call->arguments[1] &&
		tracer_memory(call, call->arguments[1], &handler, sizeof handler))
		k->caught = handler > 1;
	if (!is_stop || k->signal == 0)
		return is_stop ? TRACER_KILL : TRACER_GO_ON;
	assert_int_equal(kill(call->pid, k->signal), 0);
	return TRACER_GO_ON;
}

/* More than a program makes until it runs; the sanitizers' set up their memory. */
#ifdef MDA_SANITIZED
enum { LOADER_CALLS = 900 };
#else
enum { LOADER_CALLS = 300 };
#endif
static size_t uncaught; /* before the program's first words */

/*
 * Sends a signal at the stop number N. False when the delivery came to its end, with *OVER also
 * when that was before.
 */
static bool ask_at(size_t n, bool *over)
{
	struct killer k = {.stop = n, .signal = signals[n / 2 % 4]};
	int status = tracer_run(deliver_traced, NULL, look, &k);
	*over = k.stops < k.stop;
	if (WIFSIGNALED(status) && !k.caught) {
		uncaught++;
		return true;
	}
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 75))
		fail_msg("stop %zu, %s: status %x", n, strsignal(k.signal), (unsigned)status);
	return WEXITSTATUS(status) == 75;
}

/* False when it came to its end before. */
static bool kill_at(size_t n)
{
	struct killer k = {.stop = n};
	int status = tracer_run(deliver_traced, NULL, look, &k);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void deliver_again(size_t n)
{
	pid_t pid = fork();
	int status;
	if (pid == 0)
		_exit(deliver(NULL));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("stop %zu: the retry ends with %d", n, status);
}

/* ---- what came of it ---- */

static struct {
	size_t inbox, copies, other;
} stored;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type != FTW_F || (!strstr(path, "/new/") && !strstr(path, "/cur/")))
		return 0;
	*(strstr(path, "/.Sent/")           ? &stored.copies
		: strstr(path, "/Maildir/") ? &stored.inbox
					    : &stored.other) += 1;
	return 0;
}

/* ---- a reader ---- */

static bool is_visible(const char *path)
{
	return strstr(path, "/home/Maildir/") && (strstr(path, "/new/") || strstr(path, "/cur/"));
}

static struct {
	char paths[8][256];
	size_t count;
} seen;

static int see_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_F && is_visible(path) && seen.count < 8)
		snprintf(seen.paths[seen.count++], sizeof seen.paths[0], "%s", path);
	return 0;
}

/* Is its file in tmp/ still there? */
static bool has_marker(const char *path)
{
	const char *base = strrchr(path, '/') + 1, *parts = base - strlen("new/");
	struct arena *mem = arena_new();
	const char *marker = arena_fmt(
		mem, "%.*stmp/%.*s", (int)(parts - path), path, (int)strcspn(base, ":"), base)
				     .p;
	bool found = access(marker, F_OK) == 0;
	arena_free(mem);
	return found;
}

static void take(const char *path, size_t number)
{
	struct arena *mem = arena_new();
	struct str text;
	struct err err;
	const char *to = arena_fmt(
		mem, "%s/home/taken/%s/new", dir, strstr(path, "/.Sent/") ? ".Sent" : "Maildir")
				 .p;
	assert_int_equal(io_make_dirs(to, 0700, &err), 0);
	assert_int_equal(io_read_file(path, 1 << 20, mem, &text, &err), 1);
	assert_int_equal(
		io_replace_file(arena_fmt(mem, "%s/%zu", to, number).p, text, 0600, &err), 0);
	assert_int_equal(unlink(path), 0);
	arena_free(mem);
}

/* Until it is finished, as the files in tmp/ say; after that the same message is stored again. */
static size_t read_mail(void)
{
	memset(&seen, 0, sizeof seen);
	assert_int_equal(nftw(in_dir("home"), see_one, 16, FTW_PHYS), 0);
	size_t taken = 0;
	for (size_t i = 0; i < seen.count; i++) {
		if (!has_marker(seen.paths[i]))
			continue;
		take(seen.paths[i], i);
		taken++;
	}
	return taken;
}

static void check_one(size_t stop, const char *what, size_t count, size_t wanted)
{
	if (count != wanted)
		fail_msg("stop %zu: %zu %s", stop, count, what);
}

static void check(const struct scene *scene, size_t stop)
{
	memset(&stored, 0, sizeof stored);
	assert_int_equal(nftw(in_dir("home"), count_one, 16, FTW_PHYS), 0);
	check_one(stop, "messages in the INBOX", stored.inbox,
		scene->is_nowhere ? 0
		: scene->is_wrong ? 2
				  : 1);
	check_one(stop, "runs of a pipe", sent_to(dir, "piped"), scene->runs);
	check_one(stop, "redirects", sent_to(dir, "forward@c.test"), scene->sent);
	check_one(stop, "answers", sent_to(dir, "bob@b.test"), scene->sent);
	check_one(stop, "notifications", sent_to(dir, "phone@c.test"), scene->sent);
	check_one(stop, "copies of the answer", stored.copies, scene->copies);
	assert_int_equal(stored.other, 0);
}

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	size_t kills = 0, taken = 0, finished = 0;
	bool killed = true, over = false;
	/*
	 * Every eleventh, or as STEP says: what is stored has a test of its own, call by call. Odd:
	 * a call has two stops.
	 */
	const char *wanted = getenv("STEP");
	size_t thin = wanted ? 1 : workers_step(9, 1);
	size_t step =
		(wanted ? (size_t)atoi(wanted) : 11 * thin) * (scene->asks ? 2 : 1) - scene->asks;
	if (scene->runs && !scene->asks)
		step = 2 * step + 1; /* most of it is as without a program */
	pid_t server = scene->refuses ? start_server() : 0;
	for (size_t n = 1; !over; n += step) {
		set_up(scene);
		killed = scene->asks ? ask_at(n, &over) : kill_at(n);
		over = over || (!scene->asks && !killed);
		finished += !killed && !over;
		sent_settle(dir);
		if (killed && kills % 2)
			taken += read_mail();
		if (killed || !scene->asks)
			deliver_again(n);
		sent_settle(dir);
		check(scene, n);
		take_down();
		kills += killed;
	}
	if (server)
		kill(server, SIGKILL);
	printf("# %zu kills: nothing twice, nothing missing; %zu messages taken between\n", kills,
		taken);
	if (scene->asks)
		printf("# %zu were asked before they could listen, %zu had finished\n", uncaught,
			finished);
	/*
	 * With few instants none may be in the short time in which a message can be taken, or the
	 * delivery is done.
	 */
	assert_true(
		thin > 1 || scene->asks || scene->is_nowhere || taken > scene->least / step / 20);
	assert_true(thin > 1 || !scene->asks || finished > 0);
	assert_true(uncaught <= LOADER_CALLS / step + 1);
	uncaught = 0;
	assert_true(kills > scene->least / step);
}

int main(int argc, char **argv)
{
	const struct table tables[] = {
		TABLE(test_killed, scenes),
	};
	char *slash = strrchr(argv[0], '/');
	(void)argc;
	snprintf(program, sizeof program, "%.*s/../../mda", slash ? (int)(slash - argv[0]) : 1,
		slash ? argv[0] : ".");
	if (access(program, X_OK) < 0)
		return 1;
	return table_run("send_crash", tables, sizeof tables / sizeof *tables);
}
