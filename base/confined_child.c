#include "base/confined_child.h"

#include "base/descriptors.h"
#include "base/handlers.h"
#include "base/io.h"
#include "base/landlock.h"
#include "base/path.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

enum { FILES = 64, CHUNK = 16 * 1024 };

/* More than the program uses when it starts. */
#define USED_AT_MOST ((size_t)1 << 30)

/* The socket to the parent; -1: this process is not such a child. */
static int upwards = -1;

/* ---- limits ---- */

static bool set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	struct rlimit old, limit = {soft, hard};
	if (setrlimit(resource, &limit) == 0)
		return true;
	/* A limit is there that is lower. */
	if (getrlimit(resource, &old) < 0)
		return false;
	if (limit.rlim_max > old.rlim_max)
		limit.rlim_max = old.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) == 0;
}

/* Valgrind, unlike the kernel, allows only the soft limit to be lowered. */
static bool limit_files(rlim_t files)
{
	return set_limit(RLIMIT_NOFILE, files, files) ||
	       set_limit(RLIMIT_NOFILE, files, RLIM_INFINITY);
}

size_t confined_memory(void)
{
	char text[128];
	unsigned long long pages;
	int fd = path_open("/proc/self/statm", O_RDONLY, 0);
	if (fd < 0)
		return USED_AT_MOST;
	ssize_t n = io_read(fd, text, sizeof text);
	close(fd); /* only read from */
	struct str rest = {text, n > 0 ? (size_t)n : 0}, word;
	if (!str_word(&rest, &word) || !str_number(word, SIZE_MAX / 65536, &pages))
		return USED_AT_MOST;
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool limit_memory(size_t used, size_t more)
{
	return SANITIZED || set_limit(RLIMIT_AS, used + more, used + more);
}

/* No handler of the parent's runs in the child, and no signal is blocked. */
static bool reset_signals(void)
{
	sigset_t none;
	handlers_reset();
	/* A server that closes its end is an error, not a death. */
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR && sigemptyset(&none) == 0 &&
	       sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static int by_number(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Directories are only reached by them: what is in them can be read if READABLE says so. */
static void close_descriptors(bool reads)
{
	unsigned kept[1 + PATH_INHERITED_MOST] = {(unsigned)upwards};
	size_t count = 1;
	if (reads)
		count += path_inherit(kept + 1);
	qsort(kept, count, sizeof *kept, by_number);
	descriptors_close(0, kept, count);
}

static bool leave_parent(pid_t parent, bool reads)
{
	close_descriptors(reads);
	/* The parent may have died before this call. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && reset_signals() &&
	       prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool limit(const struct confined_job *job, size_t memory)
{
	/* What was loaded since belongs to the child, too. */
	if (job->prepare)
		memory = confined_memory();
	return set_limit(RLIMIT_CPU, job->cpu_seconds, job->cpu_seconds + 1) &&
	       set_limit(RLIMIT_FSIZE, 0, 0) && set_limit(RLIMIT_CORE, 0, 0) &&
	       (job->network || set_limit(RLIMIT_NPROC, 0, 0)) && limit_memory(memory, job->memory);
}

/* ---- confining ---- */

/* Adds to *HOLDS what is in force. Returns NULL, or why it failed. */
static const char *confine(const struct confined_job *job, unsigned *holds)
{
	static const struct str_list nothing;
	int files = landlock_confine(job->readable ? job->readable : &nothing, job->network);
	if (files < 0)
		return "Landlock does not confine it";
	if (!limit_files(job->readable || job->network ? FILES : 0))
		return "its limits could not be set";
	/* This comes last: after it no call can set a limit. */
	int calls = syscalls_confine(job->network);
	if (calls < 0)
		return "its system calls could not be limited";
	/* It does not leave openat2(2). */
	beneath_by_steps(calls > 0);
	*holds |= (files ? CONFINED_LANDLOCK : 0) | (calls ? CONFINED_SYSCALLS : 0);
	return NULL;
}

/* ---- handing back ---- */

int confined_send(int fd, const struct confined_message *m, struct str bytes)
{
	const struct str parts[] = {{(const char *)m, sizeof *m}, bytes};
	return io_write_pieces(fd, parts, 2);
}

bool confined_whole(const struct buf *b, struct confined_message *m)
{
	if (b->n < sizeof *m)
		return false;
	memcpy(m, b->p, sizeof *m);
	return m->magic == CONFINED_MAGIC && m->size == b->n - sizeof *m;
}

static void hand_back(enum confined_type type, unsigned holds, struct str bytes)
{
	const struct confined_message m = {
		.magic = CONFINED_MAGIC, .type = type, .holds = holds, .size = bytes.n};
	(void)confined_send(upwards, &m, bytes); /* the parent sees if it is incomplete */
}

_Noreturn void confined_child(
	const struct confined_job *job, int socket, pid_t parent, size_t memory)
{
	struct buf result = {0};
	unsigned holds = CONFINED_LIMITS;
	const char *why = NULL;
	upwards = socket;
	errno = 0;
	if (!leave_parent(parent, job->readable))
		why = "it could not be detached from its parent";
	else if (job->prepare)
		why = job->prepare(job->context);
	if (!why && !limit(job, memory))
		why = "its limits could not be set";
	if (!why)
		why = confine(job, &holds);
	if (why) {
		hand_back(err_is_passing(errno) ? CONFINED_HINDERED : CONFINED_UNPREPARED, holds,
			str_of(why));
	} else {
		job->work(job->context, &result);
		hand_back(CONFINED_RESULT, holds, buf_str(&result));
	}
	_exit(0);
}

/* ---- asking ---- */

bool confined_inside(void)
{
	return upwards >= 0;
}

static int read_answer(struct buf *b, struct confined_message *m)
{
	while (!confined_whole(b, m)) {
		size_t room;
		char *p = buf_space(b, CHUNK, &room);
		ssize_t n = io_read(upwards, p, room);
		if (n <= 0)
			return -1;
		b->n += (size_t)n;
	}
	return 0;
}

int confined_ask(
	unsigned kind, struct str request, struct arena *mem, struct str *reply, struct err *err)
{
	struct confined_message m = {.magic = CONFINED_MAGIC,
		.type = CONFINED_QUESTION,
		.kind = kind,
		.size = request.n};
	struct buf b = {0};
	int r = confined_send(upwards, &m, request);
	if (r == 0)
		r = read_answer(&b, &m);
	if (r < 0) {
		buf_free(&b);
		return err_temp(err, "the parent does not answer");
	}
	struct str bytes = arena_str(mem, str_slice(buf_str(&b), sizeof m, b.n));
	buf_free(&b);
	if (m.type != CONFINED_ANSWER)
		return err_temp(err, STR_FMT, STR_ARGS(bytes));
	*reply = bytes;
	return 0;
}
