#include "base/confined.h"

#include "base/confined_child.h"
#include "base/io.h"
#include "base/landlock.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, EXIT_NO_MEMORY = 75 /* the same status as in arena.c */ };

/* A running child. */
struct child {
	const struct confined_job *job;
	pid_t pid;
	int socket;
	long long deadline;  /* milliseconds */
	long long answering; /* how long the answers have taken, in milliseconds */
	struct buf got;      /* bytes of the message that is arriving */
	struct confined_message message;
	struct arena *mem;
	struct err *err;
};

static long long now(void)
{
	return io_microseconds() / 1000;
}

/* ---- reading ---- */

enum arrival { WHOLE, CLOSED, LATE, TOO_MUCH };

/*
 * 1 when there is something to read (POLLIN) or room to write (POLLOUT), 0 when the time is up, -1
 * on error.
 */
static int wait_for(const struct child *c, short events)
{
	for (;;) {
		long long left = c->deadline - now();
		struct pollfd p = {.fd = c->socket, .events = events};
		int n = poll(&p, 1, left > 0 ? (int)left : 0);
		if (n >= 0 || errno != EINTR)
			return n;
	}
}

static enum arrival read_message(struct child *c)
{
	size_t most =
		c->job->largest > CONFINED_QUESTION_MOST ? c->job->largest : CONFINED_QUESTION_MOST;
	buf_clear(&c->got);
	while (!confined_whole(&c->got, &c->message)) {
		if (c->got.n > sizeof c->message + most)
			return TOO_MUCH;
		int ready = wait_for(c, POLLIN);
		if (ready == 0)
			return LATE;
		size_t room;
		char *p = buf_space(&c->got, CHUNK, &room);
		ssize_t n = ready < 0 ? ready : io_read(c->socket, p, room);
		if (n <= 0)
			return CLOSED;
		c->got.n += (size_t)n;
	}
	return c->message.type == CONFINED_RESULT && c->message.size > c->job->largest ? TOO_MUCH
										       : WHOLE;
}

/* ---- the end of the child ---- */

/* A child that has handed back its result. It was killed, and is dead when it is next looked at. */
static pid_t dying;

/* Its exit status, or -1 when there is none (SIGCHLD may be ignored). */
static int reap(pid_t pid, int options, bool *gone)
{
	int status = -1;
	pid_t r;
	do
		r = waitpid(pid, &status, options);
	while (r < 0 && errno == EINTR);
	*gone = r != 0;
	return r == pid ? status : -1;
}

void confined_reap(void)
{
	bool gone;
	if (dying > 0)
		(void)reap(dying, 0, &gone); /* its status is that it was killed, or ended */
	dying = 0;
}

/* It has done its work. How it ends does not matter, so nobody waits for that. */
static void dismiss(pid_t pid)
{
	kill(pid, SIGKILL); /* the child is not reaped yet, so this hits no other process */
	dying = pid;
}

/*
 * Ends the child in any case. If it closed the socket without a result, it is probably dying, so it
 * gets a moment, and its exit status is not lost. -1 when it had to be killed.
 */
static int finish(pid_t pid, bool wait)
{
	enum { MOMENTS = 100 };
	const struct timespec moment = {.tv_nsec = 1000000};
	bool gone = false;
	for (int i = 0; wait && i < MOMENTS; i++) {
		int status = reap(pid, WNOHANG, &gone);
		if (gone)
			return status;
		nanosleep(&moment, NULL);
	}
	kill(pid, SIGKILL);        /* the child is not reaped yet, so this hits no other process */
	(void)reap(pid, 0, &gone); /* its status is that it was killed */
	return -1;
}

static int died(const struct child *c, enum arrival arrival, int status)
{
	const struct confined_job *job = c->job;
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (arrival == LATE)
		return err_temp(
			c->err, "%s did not end within %u ms", job->what, job->wall_milliseconds);
	if (arrival == TOO_MUCH)
		return err_temp(c->err, "%s handed back too much", job->what);
	if (number == SIGXCPU)
		return err_temp(
			c->err, "%s used more than %u s of CPU time", job->what, job->cpu_seconds);
	if (number)
		return err_temp(c->err, "%s was ended by signal %d (%s)", job->what, number,
			strsignal(number));
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_MEMORY)
		return err_temp(
			c->err, "%s used more than %zu MB of memory", job->what, job->memory >> 20);
	return err_temp(c->err, "%s ended without a result", job->what);
}

/* ---- answering ---- */

/*
 * If the child is gone, SIGPIPE must not kill us. If it does not read, we must not wait for ever.
 */
static enum arrival send_all(const struct child *c, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = send(c->socket, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return CLOSED;
		int ready = n < 0 ? wait_for(c, POLLOUT) : 1;
		if (ready <= 0)
			return ready == 0 ? LATE : CLOSED;
		bytes = str_slice(bytes, n > 0 ? (size_t)n : 0, bytes.n);
	}
	return WHOLE;
}

/*
 * The child does not lose the time that an answer takes, but all answers together may take no
 * longer than its own work.
 */
static int serve(
	struct child *c, struct str request, struct arena *mem, struct str *reply, struct err *why)
{
	const struct confined_job *job = c->job;
	if (!job->serve)
		return err_temp(why, "the parent does not answer this question");
	if (c->answering > job->wall_milliseconds)
		return err_temp(why, "earlier questions took too long");
	return job->serve(job->context, c->message.kind, request, mem, reply, why);
}

static enum arrival answer(struct child *c)
{
	struct str request = str_slice(buf_str(&c->got), sizeof c->message, c->got.n),
		   reply = STR_EMPTY;
	struct err why;
	struct arena *mem = arena_new();
	long long start = now();
	int served = serve(c, request, mem, &reply, &why);
	long long took = now() - start;
	if (served < 0)
		reply = str_of(why.text);
	const struct confined_message m = {.magic = CONFINED_MAGIC,
		.type = served < 0 ? CONFINED_NO_ANSWER : CONFINED_ANSWER,
		.kind = c->message.kind,
		.size = reply.n};
	c->answering += took;
	c->deadline += took;
	const struct str parts[] = {{(const char *)&m, sizeof m}, reply};
	enum arrival sent = send_all(c, arena_join(mem, parts, 2));
	arena_free(mem);
	return sent;
}

/* Reads until the child hands back its result, or can no longer do so. */
static enum arrival listen_to(struct child *c)
{
	for (;;) {
		enum arrival arrival = read_message(c);
		if (arrival != WHOLE || c->message.type != CONFINED_QUESTION)
			return arrival;
		if ((arrival = answer(c)) != WHOLE)
			return arrival;
	}
}

/* A value that CONFINED_END does not have: the child says that it could not begin right now. */
enum { HINDERED = CONFINED_NOT_STARTED + 1 };

static int watch(struct child *c, struct str *result)
{
	long long start = now();
	if (c->job->meanwhile)
		c->job->meanwhile(c->job->context);
	c->deadline += now() - start;
	enum arrival arrival = listen_to(c);
	struct str bytes = str_slice(buf_str(&c->got), sizeof c->message, c->got.n);
	if (arrival != WHOLE) {
		(void)died(c, arrival, finish(c->pid, arrival == CLOSED));
		return CONFINED_FAILED;
	}
	dismiss(c->pid);
	if (c->message.type != CONFINED_RESULT) {
		err_temp(c->err, "%s: " STR_FMT, c->job->what, STR_ARGS(str_slice(bytes, 0, 200)));
		return c->message.type == CONFINED_HINDERED ? HINDERED : CONFINED_FAILED;
	}
	if (c->job->holds)
		*c->job->holds = c->message.holds;
	*result = arena_str(c->mem, bytes);
	return CONFINED_DONE;
}

/* ---- starting ---- */

/* If standard input, output or error is closed, the socket must not get its number. */
static int above_stdio(int fd)
{
	if (fd > STDERR_FILENO)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd); /* the copy is used */
	return moved;
}

static int run_once(
	const struct confined_job *job, struct arena *mem, struct str *result, struct err *err)
{
	int ends[2];
	pid_t parent = getpid();
	size_t memory = confined_memory();
	int end = CONFINED_NOT_STARTED;
	confined_reap();
	tzset(); /* the child has the time zone, and needs no file for it */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_temp(err, "cannot make a socket: %s", strerror(errno)), end;
	/* The child's end is the lower number, which is nearer to what it inherits. */
	ends[0] = above_stdio(ends[0]);
	pid_t pid = ends[0] < 0 ? -1 : fork();
	if (pid == 0)
		confined_child(job, ends[0], parent, memory);
	if (pid < 0)
		err_temp(err, "cannot start %s: %s", job->what, strerror(errno));
	if (ends[0] >= 0)
		close(ends[0]); /* the child's end */
	struct child c = {.job = job,
		.pid = pid,
		.socket = ends[1],
		.deadline = now() + job->wall_milliseconds,
		.mem = mem,
		.err = err};
	if (pid > 0)
		end = watch(&c, result);
	buf_free(&c.got);
	close(ends[1]); /* nothing more is read from it */
	return end;
}

static void do_nothing(void *context, struct buf *out)
{
	(void)context;
	(void)out;
}

/*
 * If a child says that it was hindered, a message may have taken it over and want to be retried for
 * ever. So a second child, which never sees the message, checks whether the system really lacks
 * something.
 */
enum confined_end confined_run(
	const struct confined_job *job, struct arena *mem, struct str *result, struct err *err)
{
	struct confined_job probe = *job;
	struct str nothing;
	probe.work = do_nothing;
	probe.meanwhile = NULL;
	probe.serve = NULL;
	int end = run_once(job, mem, result, err);
	if (end != HINDERED)
		return (enum confined_end)end;
	if (run_once(&probe, mem, &nothing, NULL) != CONFINED_DONE)
		return CONFINED_NOT_STARTED;
	end = run_once(job, mem, result, err);
	return end == HINDERED ? CONFINED_FAILED : (enum confined_end)end;
}

const char *confined_lack(unsigned holds)
{
	static const char *const lacks[] = {"neither Landlock nor a filter of system calls",
		"no filter of system calls", "no Landlock", NULL};
	bool files = holds & CONFINED_LANDLOCK, calls = holds & CONFINED_SYSCALLS;
	return lacks[(calls ? 2 : 0) + (files ? 1 : 0)];
}

unsigned confined_possible(void)
{
	return CONFINED_LIMITS | (landlock_exists() ? CONFINED_LANDLOCK : 0) |
	       (syscalls_exist() ? CONFINED_SYSCALLS : 0);
}
