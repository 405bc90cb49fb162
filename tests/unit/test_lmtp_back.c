/* The back of a worker when its front was taken over: the test is the front. */
#include "tests/unit/table.h"

#include "base/log.h"
#include "mda/lmtp/back.h"
#include "mda/lmtp/channel.h"
#include "tests/lib/tree.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many messages no socket has room for; how long a back may take that does not hang. */
enum { MANY = 4000, PATIENCE = 300 };

struct fixture {
	char root[64];
	struct server server;
	struct board_row *row;
	int channel, lifeline;
	pid_t pid;
};

static void configure(struct fixture *f)
{
	struct err err;
	char path[80], aliases[80];
	snprintf(path, sizeof path, "%s/conf", f->root);
	const struct invocation inv = {.conf = path};
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"aliases = \"%s/aliases\"\nusers = virtual\nvirtual_user = \"%s\"\ncreate_home = "
		"no\nvirtual_home = "
		"\"%s/%%n\"\nlog = none\nstamp_key = \"\"\n"
		"lmtp_connections = 2\nlmtp_recipients = %d\n",
		f->root, geteuid() == 0 ? "nobody" : "", f->root, MANY);
	fclose(file);
	snprintf(aliases, sizeof aliases, "%s/aliases", f->root);
	file = fopen(aliases, "w");
	assert_non_null(file);
	fprintf(file, "info@a.test ann@a.test\n");
	fclose(file);
	if (server_configure(&f->server, &inv, &err) < 0)
		fail_msg("%s", err.text);
}

/* Valgrind 3.19 has no such system call, without which a back starts no process. */
static bool has_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENOSYS;
}

static void begin(struct fixture *f)
{
	struct err err;
	int ends[2], life[2];
	if (!has_pidfd())
		skip();
	*f = (struct fixture){.root = "/tmp/mda-back.XXXXXX"};
	assert_non_null(mkdtemp(f->root));
	assert_int_equal(chmod(f->root, 0755), 0);
	configure(f);
	f->server.board = board_new(&err);
	assert_non_null(f->server.board);
	f->row = &f->server.board->rows[0];
	f->row->connections = 5;
	assert_int_equal(channel_open(ends, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, life), 0);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		close(ends[0]);
		close(life[0]);
		_exit(back_run(&f->server, f->row, ends[1], life[1]));
	}
	close(ends[1]);
	close(life[1]);
	f->channel = ends[0];
	f->lifeline = life[0];
	alarm(PATIENCE);
}

/* The back ends when it has no front, whatever it was told; then the master must start another. */
static void end(struct fixture *f, bool was_asked)
{
	int status;
	char byte = 0;
	close(f->channel);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), was_asked ? 0 : 1);
	if (!was_asked) {
		assert_int_equal(read(f->lifeline, &byte, 1), 1);
		assert_int_equal(byte, BACK_HAS_NO_FRONT);
	}
	assert_int_equal(f->row->connections, 0);
	alarm(0);
	close(f->lifeline);
	munmap(f->server.board, sizeof *f->server.board);
	server_free(&f->server);
	tree_remove(f->root);
}

static void say(const struct fixture *f, enum channel_kind kind, uint64_t id, uint32_t index,
	uint64_t number, int fd)
{
	const struct channel_message m = {.kind = kind,
		.id = id,
		.index = index,
		.number = number,
		.text = {kind == CHANNEL_MAIL ? STR_EMPTY : STR_LIT("nobody@a.test"), STR_EMPTY,
			STR_EMPTY, STR_EMPTY},
		.fd = fd};
	assert_int_equal(channel_send(f->channel, &m, false), 1);
}

static void say_mail(const struct fixture *f, uint64_t id, uint64_t number)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	assert_true(fd >= 0 && write(fd, "a: b\n\nc\n", 8) == 8 && lseek(fd, 0, SEEK_SET) == 0);
	say(f, CHANNEL_MAIL, id, 0, number, fd);
	close(fd);
}

static struct channel_message hear(const struct fixture *f)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	assert_int_equal(channel_receive(f->channel, buffer, &m), 1);
	return m;
}

static void assert_later(const struct channel_message *m, uint64_t id, const char *text)
{
	assert_int_equal(m->kind, CHANNEL_DONE);
	assert_int_equal(m->id, id);
	assert_int_equal(m->number, 451);
	if (!str_eq(m->text[1], str_of(text)))
		fail_msg(STR_FMT, STR_ARGS(m->text[1]));
}

static void assert_unknown(const struct channel_message *m, uint64_t id)
{
	assert_int_equal(m->kind, CHANNEL_DONE);
	assert_int_equal(m->id, id);
	if (m->number != 550)
		fail_msg("%u " STR_FMT, (unsigned)m->number, STR_ARGS(m->text[1]));
}

/* The mail ends with its one recipient; a second one must not refer to it. */
static void names_too_many_recipients(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	say_mail(&f, 7, 1);
	for (uint32_t i = 0; i < 3; i++)
		say(&f, CHANNEL_TO, 7, i, 0, -1);
	struct channel_message m = hear(&f);
	assert_int_equal(m.kind, CHANNEL_DONE);
	assert_int_equal(m.index, 0);
	say(&f, CHANNEL_PROBE, 8, 0, 0, -1);
	m = hear(&f);
	assert_int_equal(m.kind, CHANNEL_KNOWN);
	assert_int_equal(m.id, 8);
	end(&f, false);
}

static void names_no_recipients(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	for (uint64_t id = 1; id <= 3; id++)
		say_mail(&f, id, 1);
	struct channel_message m = hear(&f);
	assert_later(&m, 3, "too many messages wait");
	assert_int_equal(m.index, CHANNEL_ALL);
	/* What it says about that message is not answered again. */
	say(&f, CHANNEL_TO, 3, 0, 0, -1);
	say(&f, CHANNEL_TO, 2, 0, 0, -1);
	m = hear(&f);
	assert_int_equal(m.id, 2);
	end(&f, false);
}

static void names_a_huge_number(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	say_mail(&f, 1, UINT64_MAX);
	say(&f, CHANNEL_TO, 1, UINT32_MAX, UINT64_MAX, -1);
	struct channel_message m = hear(&f);
	assert_later(&m, 1, "too many messages wait");
	assert_int_equal(m.index, CHANNEL_ALL);
	end(&f, false);
}

/* All messages together have no more recipients than one may have, or ten for each connection. */
static void names_recipients_of_several(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	say_mail(&f, 1, MANY - 1);
	say_mail(&f, 2, 2);
	struct channel_message m = hear(&f);
	assert_later(&m, 2, "too many messages wait");
	say_mail(&f, 3, 1);
	say(&f, CHANNEL_TO, 3, 0, 0, -1);
	m = hear(&f);
	assert_unknown(&m, 3);
	end(&f, false);
}

/* Nothing is ever written to it, and its writer stays. */
static void sends_a_pipe(void **state)
{
	struct fixture f;
	int ends[2];
	(void)state;
	begin(&f);
	assert_int_equal(pipe(ends), 0);
	say(&f, CHANNEL_MAIL, 1, 0, 1, ends[0]);
	say(&f, CHANNEL_TO, 1, 0, 0, -1);
	struct channel_message m = hear(&f);
	assert_later(&m, 1, "too many messages wait");
	close(ends[0]);
	close(ends[1]);
	end(&f, false);
}

/* How many descriptors of the process lead to a file whose name starts with NAME? */
static size_t descriptors_to(pid_t pid, const char *name)
{
	char dir[64], path[400], target[256];
	size_t n = 0;
	snprintf(dir, sizeof dir, "/proc/%d/fd", (int)pid);
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		ssize_t length = readlink(path, target, sizeof target);
		n += length > (ssize_t)strlen(name) && strncmp(target, name, strlen(name)) == 0;
	}
	closedir(d);
	return n;
}

/* Kilobytes of a process that are in memory. */
static long memory_of(pid_t pid)
{
	char path[64], line[256];
	long kilobytes = -1;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kilobytes = strtol(line + 6, NULL, 10);
	fclose(file);
	assert_true(kilobytes > 0);
	return kilobytes;
}

/*
 * Its questions are answered, but the answers fill the socket. The back must not wait for room, and
 * hears the master; it keeps as many answers as a front that works may leave unread, and then
 * leaves this one. The socket is full of questions when it has done so.
 */
static void never_listens(void **state)
{
	enum { MOST_SENT = 100000, MOST_KILOBYTES = 40000 };
	struct fixture f;
	const char byte = BACK_DRAIN;
	size_t sent = 0;
	const struct channel_message question = {.kind = CHANNEL_PROBE,
		.text = {STR_LIT("nobody@a.test"), STR_EMPTY, STR_EMPTY, STR_EMPTY},
		.fd = -1};
	(void)state;
	begin(&f);
	long before = memory_of(f.pid);
	while (sent < MOST_SENT && channel_send(f.channel, &question, false) > 0)
		if (++sent == 2000) {
			assert_true(send(f.lifeline, &byte, 1, 0) == 1);
			assert_true(memory_of(f.pid) < before + MOST_KILOBYTES);
		}
	assert_in_range(sent, 2000, MOST_SENT - 1);
	end(&f, true);
}

/*
 * Both messages are as large as all of them may be in memory, so the second one goes to a file. The
 * descriptors say what the back keeps: a memfd that it has not read yet, and none.
 */
static void fills_the_memory(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	size_t size = f.server.session.conf->message_in_memory;
	for (uint64_t id = 1; id <= 2; id++) {
		int fd = memfd_create("message", MFD_CLOEXEC);
		assert_true(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
		say(&f, CHANNEL_MAIL, id, 0, 1, fd);
		close(fd);
	}
	say(&f, CHANNEL_PROBE, 8, 0, 0, -1); /* its answer comes after both were taken */
	struct channel_message m = hear(&f);
	assert_int_equal(m.id, 8);
	assert_int_equal(descriptors_to(f.pid, "/memfd:message"), 1);
	for (uint64_t id = 1; id <= 2; id++) {
		say(&f, CHANNEL_TO, id, 0, 0, -1);
		m = hear(&f);
		assert_unknown(&m, id);
	}
	end(&f, false);
}

/* ---- the process that answers questions ---- */

static void make_home(const struct fixture *f, const char *name)
{
	char path[100];
	snprintf(path, sizeof path, "%s/%s", f->root, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void ask(const struct fixture *f, uint64_t id, const char *recipient)
{
	const struct channel_message m = {.kind = CHANNEL_PROBE,
		.id = id,
		.text = {str_of(recipient), STR_EMPTY, STR_EMPTY, STR_EMPTY},
		.fd = -1};
	assert_int_equal(channel_send(f->channel, &m, false), 1);
}

static void assert_known(const struct fixture *f, uint64_t id, unsigned code)
{
	struct channel_message m = hear(f);
	assert_int_equal(m.kind, CHANNEL_KNOWN);
	assert_int_equal(m.id, id);
	if (m.number != code)
		fail_msg("%u " STR_FMT, (unsigned)m.number, STR_ARGS(m.text[1]));
}

/* How many children it has; the last of those that are looked at in *CHILD. */
static int children_of(pid_t pid, pid_t *child)
{
	char path[64];
	int count = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fscanf(file, "%d", child) == 1)
		count++;
	fclose(file);
	return count;
}

/* The process that answers questions, once those that have told their result have ended. */
static pid_t asker_of(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	pid_t child = 0;
	while (children_of(pid, &child) != 1)
		nanosleep(&nap, NULL); /* the fixture's time limit ends this */
	return child;
}

/* One process answers them all, each by itself, whatever the one before was about. */
static void answers_questions(void **state)
{
	static const struct {
		const char *recipient;
		unsigned code;
	} questions[] = {{"ann@a.test", 250}, {"nobody@a.test", 550}, {"bob@a.test", 250},
		{"ann+detail@a.test", 250}, {"info@a.test", 250}, {"../ann@a.test", 550},
		{"no address", 550}, {"ANN@a.test", 250}, {"SRS0=x=y=z=a@a.test", 550},
		{"bob@a.test", 250}};
	enum { COUNT = sizeof questions / sizeof *questions, ROUNDS = 200 };
	struct fixture f;
	(void)state;
	begin(&f);
	make_home(&f, "ann");
	make_home(&f, "bob");
	ask(&f, 1, "ann@a.test");
	assert_known(&f, 1, 250);
	pid_t child = asker_of(f.pid);
	assert_true(child > 0);
	for (size_t i = 0; i < COUNT; i++) {
		ask(&f, i, questions[i].recipient);
		assert_known(&f, i, questions[i].code);
	}
	long before = memory_of(child);
	size_t open = descriptors_to(child, "");
	for (size_t i = 0; i < ROUNDS; i++) {
		ask(&f, i, i % 2 ? "info@a.test" : "bob@a.test");
		assert_known(&f, i, 250);
	}
	assert_int_equal(asker_of(f.pid), child);
	assert_int_equal(descriptors_to(child, ""), open);
#ifndef MDA_SANITIZED
	assert_in_range(memory_of(child), 0, before + 200);
#else
	(void)before;
#endif
	end(&f, false);
}

/* It is stopped while it has questions, which are then answered in another way; it is replaced. */
static void hangs(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	make_home(&f, "ann");
	ask(&f, 1, "ann@a.test");
	assert_known(&f, 1, 250);
	pid_t child = asker_of(f.pid);
	assert_int_equal(kill(child, SIGSTOP), 0);
	ask(&f, 2, "ann@a.test");
	ask(&f, 3, "ann@a.test");
	for (size_t i = 0; i < 2; i++) {
		struct channel_message m = hear(&f);
		assert_true(m.id == 2 || m.id == 3);
		assert_int_equal(m.number, 250);
	}
	ask(&f, 4, "ann@a.test");
	assert_known(&f, 4, 250);
	assert_true(asker_of(f.pid) != child);
	end(&f, false);
}

static void is_killed(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	make_home(&f, "ann");
	ask(&f, 1, "ann@a.test");
	assert_known(&f, 1, 250);
	pid_t child = asker_of(f.pid);
	assert_int_equal(kill(child, SIGSTOP), 0);
	ask(&f, 2, "ann@a.test");
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_known(&f, 2, 250);
	ask(&f, 3, "nobody@a.test");
	assert_known(&f, 3, 550);
	end(&f, false);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(names_too_many_recipients, "more recipients than it said"),
		TABLE_OF_ONE(names_no_recipients, "messages without recipients"),
		TABLE_OF_ONE(names_a_huge_number, "more recipients than there may be"),
		TABLE_OF_ONE(names_recipients_of_several, "recipients of several messages"),
		TABLE_OF_ONE(fills_the_memory, "more than may be in memory"),
		TABLE_OF_ONE(sends_a_pipe, "a pipe instead of a file"),
		TABLE_OF_ONE(answers_questions, "one process answers questions"),
		TABLE_OF_ONE(hangs, "it hangs"),
		TABLE_OF_ONE(is_killed, "it is killed"),
		TABLE_OF_ONE(never_listens, "answers that are never read"),
	};
	signal(SIGPIPE, SIG_IGN);
	(void)log_open("none", NULL); /* always there */
	return table_run("lmtp_back", tables, sizeof tables / sizeof *tables);
}
