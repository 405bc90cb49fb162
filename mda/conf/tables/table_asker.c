#include "mda/conf/tables/table_asker.h"

#include "base/descriptors.h"
#include "base/handlers.h"
#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEY_MOST = 64 << 10, MICROSECONDS = 1000000, STANDARD_STREAMS = 3 };
/* The process reports itself which server is late, and gets this time for it. */
enum { GRACE_SECONDS = 2 };

struct table_asker {
	pid_t process, parent;
	int socket; /* -1: it is late or gone */
};

/* What goes before the bytes of a key, or of a value or error. */
struct question_head {
	unsigned seconds;
	size_t size;
};
struct answer_head {
	int result;
	size_t size;
};

/* ---- in the process ---- */

/* Reads N bytes; false at the end. */
static bool read_whole(int fd, void *to, size_t n)
{
	char *p = to;
	while (n) {
		ssize_t got = io_read(fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool answer(int fd, int result, struct str bytes)
{
	struct answer_head head = {.result = result, .size = bytes.n};
	const struct str pieces[] = {{(const char *)&head, sizeof head}, bytes};
	return io_write_pieces(fd, pieces, 2) == 0;
}

/* Answers one question; false when there are no more. Without Q, WHY is the answer. */
static bool serve(int fd, struct table_query *q, struct err *why)
{
	struct question_head head;
	struct str value = STR_EMPTY;
	if (!read_whole(fd, &head, sizeof head) || head.size > KEY_MOST)
		return false;
	struct arena *mem = arena_new();
	char *key = arena_alloc(mem, head.size + 1);
	bool goes_on = read_whole(fd, key, head.size);
	if (goes_on) {
		int r = q ? table_query_find(
				    q, (struct str){key, head.size}, head.seconds, mem, &value, why)
			  : -1;
		goes_on = answer(fd, r, r < 0 ? str_of(why->text) : value);
	}
	arena_free(mem);
	return goes_on;
}

/* What a library prints must not get into the answer of a server, or to the MTA. */
static bool leave_parent(int socket)
{
	const unsigned kept = (unsigned)socket;
	sigset_t none;
	int null = path_open("/dev/null", O_RDWR, 0);
	if (null < 0)
		return false;
	for (int fd = 0; fd < STANDARD_STREAMS; fd++)
		if (dup2(null, fd) < 0)
			return false;
	descriptors_close(STANDARD_STREAMS, &kept, 1);
	handlers_reset();
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR && sigemptyset(&none) == 0 &&
	       sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* Libraries look for settings in a home and in the working directory, which may be a user's. */
static bool leave_home(void)
{
	return unsetenv("HOME") == 0 && setenv("LDAPNOINIT", "1", 1) == 0 && chdir("/") == 0;
}

struct start {
	const struct table_driver *driver;
	const char *path;
	table_drop *drop;
	void *context;
};

static struct table_query *open_query(const struct start *s, struct arena *mem, struct err *err)
{
	struct table_query *q = table_query_open(s->driver, s->path, mem, err);
	if (!q || s->drop(s->context, err) < 0)
		return NULL;
	const char *why = table_query_load(q);
	if (!why)
		return q;
	err_temp(err, "%s", why);
	return NULL;
}

static void be_asker(const struct start *s, int socket, pid_t parent)
{
	struct err err;
	struct arena *mem = arena_new();
	if (!leave_parent(socket) || !leave_home())
		_exit(1);
	struct table_query *q = open_query(s, mem, &err);
	/* It does not outlive its parent, of whose end there may be copies. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	while (serve(socket, q, &err))
		;
	_exit(0);
}

/* ---- in the parent ---- */

static void stop(struct table_asker *a)
{
	int status;
	if (a->socket < 0)
		return;
	close(a->socket); /* a socket to a process that ends */
	a->socket = -1;
	kill(a->process, SIGKILL); /* it is not reaped yet, so this hits no other process */
	while (waitpid(a->process, &status, 0) < 0 && errno == EINTR)
		;
}

/* A process that was forked later has no part in it. */
static void release(void *data)
{
	struct table_asker *a = data;
	if (getpid() == a->parent)
		stop(a);
}

struct table_asker *table_asker_start(const struct table_driver *driver, const char *path,
	table_drop *drop, void *context, struct arena *mem, struct err *err)
{
	const struct start s = {driver, path, drop, context};
	int ends[2];
	pid_t parent = getpid();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		err_system(err, errno, "cannot make a socket");
		return NULL;
	}
	pid_t process = fork();
	if (process == 0)
		be_asker(&s, ends[1], parent);
	int reason = errno;
	close(ends[1]); /* the other side's end */
	if (process < 0) {
		close(ends[0]); /* nothing was written to it */
		err_system(err, reason, "cannot start a process");
		return NULL;
	}
	struct table_asker *a = arena_alloc(mem, sizeof *a);
	*a = (struct table_asker){.process = process, .parent = parent, .socket = ends[0]};
	arena_on_free(mem, release, a);
	return a;
}

/* 1 when N bytes were read, 0 when the time is up, -1 when the process is gone. */
static int receive(const struct table_asker *a, void *to, size_t n, long long deadline)
{
	char *p = to;
	while (n) {
		long long left = (deadline - io_microseconds()) / 1000;
		struct pollfd ready = {.fd = a->socket, .events = POLLIN};
		int r = poll(&ready, 1, left > 0 ? (int)left : 0);
		if (r < 0 && errno == EINTR)
			continue;
		ssize_t got = r > 0 ? io_read(a->socket, p, n) : r;
		if (got <= 0)
			return r == 0 ? 0 : -1;
		p += got;
		n -= (size_t)got;
	}
	return 1;
}

static bool send_whole(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		bytes = str_slice(bytes, n > 0 ? (size_t)n : 0, bytes.n);
	}
	return true;
}

static int receive_answer(struct table_asker *a, long long deadline, struct arena *mem,
	struct answer_head *head, struct str *bytes)
{
	int r = receive(a, head, sizeof *head, deadline);
	if (r <= 0)
		return r;
	if (head->size > TABLE_VALUE_MOST || head->result < -1 || head->result > 1)
		return -1;
	char *p = arena_alloc(mem, head->size + 1);
	*bytes = (struct str){p, head->size};
	return receive(a, p, head->size, deadline);
}

int table_asker_find(struct table_asker *a, struct str key, unsigned seconds, struct arena *mem,
	struct str *value, struct err *err)
{
	struct question_head head = {.seconds = seconds, .size = key.n};
	struct answer_head answered;
	struct str bytes = STR_EMPTY;
	if (key.n > KEY_MOST)
		return 0;
	if (a->socket < 0)
		return err_temp(err, "the process that asks the server has ended");
	long long deadline =
		io_microseconds() + ((long long)seconds + GRACE_SECONDS) * MICROSECONDS;
	bool sent = send_whole(a->socket, (struct str){(const char *)&head, sizeof head}) &&
		    send_whole(a->socket, key);
	int r = sent ? receive_answer(a, deadline, mem, &answered, &bytes) : -1;
	if (r <= 0) {
		stop(a);
		return err_temp(err, "%s",
			r == 0 ? "the answer takes too long"
			       : "the process that asks the server has ended");
	}
	*value = bytes;
	return answered.result < 0 ? err_temp(err, STR_FMT, STR_ARGS(bytes)) : answered.result;
}
