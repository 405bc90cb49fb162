#include "filters/sieve/child.h"

#include "mda/base/io.h"
#include "mda/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The sanitizers reserve terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* What comes through the pipe, and then SIZE bytes. */
struct frame {
	uint32_t magic;
	uint32_t failed; /* the bytes say why prepare() could not do its part */
	uint64_t size;
};
enum { MAGIC = 0x6d646131 };

/* ---- in the child ---- */

static bool set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	struct rlimit old, limit = {soft, hard};
	if (getrlimit(resource, &old) < 0)
		return false;
	if (limit.rlim_max > old.rlim_max)
		limit.rlim_max = old.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) == 0;
}

/* Nothing can be opened any more. Valgrind, unlike the kernel, lets only the soft limit be lowered. */
static bool limit_files(void)
{
	return set_limit(RLIMIT_NOFILE, 0, 0) || set_limit(RLIMIT_NOFILE, 0, RLIM_INFINITY);
}

/* The address space in use, which the child starts with. */
static bool address_space(size_t *bytes)
{
	char text[128];
	unsigned long long pages;
	int fd = path_open("/proc/self/statm", O_RDONLY, 0);
	if (fd < 0)
		return false;
	ssize_t n = io_read(fd, text, sizeof text);
	close(fd); /* only read from */
	struct str rest = {text, n > 0 ? (size_t)n : 0}, word;
	if (!str_word(&rest, &word) || !str_number(word, SIZE_MAX / 65536, &pages))
		return false;
	*bytes = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
	return true;
}

static bool limit_memory(size_t more)
{
	size_t used;
	if (SANITIZED)
		return true;
	/* Without /proc there is no telling what the process has, and the other limits have to do. */
	return !address_space(&used) || set_limit(RLIMIT_AS, used + more, used + more);
}

/* No handler of the parent's runs in the child, and no signal is blocked. */
static bool reset_signals(void)
{
	sigset_t none;
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL); /* fails for SIGKILL and SIGSTOP, which have no other */
	return sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static bool close_all_but(int fd)
{
	return (fd == 0 || close_range(0, (unsigned)fd - 1, 0) == 0) &&
	       close_range((unsigned)fd + 1, ~0U, 0) == 0;
}

static bool confine(const struct child_job *job, int out, pid_t parent)
{
	/* The parent may have died before the first of these. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && reset_signals() &&
	       close_all_but(out) && prctl(PR_SET_DUMPABLE, 0) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       set_limit(RLIMIT_CPU, job->cpu_seconds, job->cpu_seconds + 1) &&
	       set_limit(RLIMIT_FSIZE, 0, 0) && set_limit(RLIMIT_CORE, 0, 0) &&
	       set_limit(RLIMIT_NPROC, 0, 0) && limit_memory(job->memory);
}

static void hand_back(int fd, bool failed, struct str bytes)
{
	struct frame frame = {.magic = MAGIC, .failed = failed, .size = bytes.n};
	if (io_write(fd, (struct str){(const char *)&frame, sizeof frame}, "pipe", NULL) == 0)
		io_write(fd, bytes, "pipe", NULL); /* the parent sees when it is not whole */
}

static _Noreturn void run_child(const struct child_job *job, int out, pid_t parent)
{
	struct buf result = {0};
	const char *why = NULL;
	if (!confine(job, out, parent))
		why = "its limits could not be set";
	else
		why = job->prepare(job->context);
	if (!why && !limit_files())
		why = "its limits could not be set";
	if (!why)
		job->work(job->context, &result);
	hand_back(out, why != NULL, why ? str_of(why) : buf_str(&result));
	_exit(0);
}

/* ---- in the parent ---- */

static long long now(void)
{
	return io_microseconds() / 1000;
}

/* 1 when there is something to read, 0 when the time is up, -1 on error. */
static int wait_for_bytes(int fd, long long deadline)
{
	for (;;) {
		long long left = deadline - now();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int r = poll(&p, 1, left > 0 ? (int)left : 0);
		if (r >= 0 || errno != EINTR)
			return r;
	}
}

/* Has everything come that the child announced? */
static bool is_whole(const struct buf *b)
{
	struct frame frame;
	if (b->n < sizeof frame)
		return false;
	memcpy(&frame, b->p, sizeof frame);
	return frame.magic == MAGIC && frame.size == b->n - sizeof frame;
}

enum outcome { WHOLE, CLOSED, LATE, TOO_MUCH };

static enum outcome read_result(int fd, long long deadline, struct buf *b)
{
	enum { CHUNK = 4096 };
	while (!is_whole(b)) {
		if (b->n > sizeof(struct frame) + CHILD_MAX_RESULT)
			return TOO_MUCH;
		int r = wait_for_bytes(fd, deadline);
		if (r == 0)
			return LATE;
		ssize_t n = r < 0 ? r : io_read(fd, buf_grow(b, CHUNK), CHUNK);
		if (n <= 0)
			return CLOSED;
		b->n += (size_t)n;
	}
	return WHOLE;
}

/* Its exit status, or -1 when there is none to be had (SIGCHLD may be ignored). */
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

/*
 * Whatever the child does, it ends here. One that closed the pipe without a result is most likely dying of its own,
 * so it gets a moment, for the sake of its exit status; -1 when it had to be killed.
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
	kill(pid, SIGKILL); /* it is ours and not reaped yet, so this cannot fail or hit another */
	reap(pid, 0, &gone);
	return -1;
}

static int died(const struct child_job *job, enum outcome outcome, int status, struct err *err)
{
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (outcome == LATE)
		return err_temp(
			err, "%s did not end within %u ms", job->what, job->wall_milliseconds);
	if (outcome == TOO_MUCH)
		return err_temp(err, "%s handed back too much", job->what);
	if (number == SIGXCPU)
		return err_temp(
			err, "%s used more than %u s of CPU time", job->what, job->cpu_seconds);
	if (number)
		return err_temp(err, "%s was ended by signal %d (%s)", job->what, number,
			strsignal(number));
	return err_temp(err, "%s ended without a result", job->what);
}

static int take_result(const struct child_job *job, const struct buf *b, struct arena *mem,
	struct str *result, struct err *err)
{
	struct frame frame;
	memcpy(&frame, b->p, sizeof frame);
	struct str bytes = str_slice(buf_str(b), sizeof frame, b->n);
	if (frame.failed)
		return err_temp(err, "%s: %.*s", job->what, STR_ARGS(bytes));
	*result = arena_str(mem, bytes);
	return 0;
}

static int watch(const struct child_job *job, pid_t pid, int fd, struct arena *mem,
	struct str *result, struct err *err)
{
	struct buf b = {0};
	enum outcome outcome = read_result(fd, now() + job->wall_milliseconds, &b);
	int status = finish(pid, outcome == CLOSED);
	int r = outcome == WHOLE ? take_result(job, &b, mem, result, err)
				 : died(job, outcome, status, err);
	buf_free(&b);
	return r;
}

/* Standard input, output and error may be closed, and their numbers must not go to the pipe. */
static int above_stdio(int fd)
{
	if (fd > STDERR_FILENO)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd); /* the copy is what counts */
	return moved;
}

int child_run(const struct child_job *job, struct arena *mem, struct str *result, struct err *err)
{
	int ends[2], r;
	pid_t parent = getpid();
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_temp(err, "cannot make a pipe: %s", strerror(errno));
	ends[1] = above_stdio(ends[1]);
	pid_t pid = ends[1] < 0 ? -1 : fork();
	if (pid == 0)
		run_child(job, ends[1], parent);
	r = pid < 0 ? err_temp(err, "cannot start %s: %s", job->what, strerror(errno)) : 0;
	if (ends[1] >= 0)
		close(ends[1]); /* the writing end: only the child writes */
	if (pid > 0)
		r = watch(job, pid, ends[0], mem, result, err);
	close(ends[0]); /* only read from */
	return r;
}
