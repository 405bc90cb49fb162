#include "mda/lmtp/worker.h"

#include "base/io.h"
#include "mda/server/event.h"
#include "mda/lmtp/back.h"
#include "mda/lmtp/channel.h"
#include "mda/lmtp/front.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The master says when to end. The signals of a terminal go to its process group, so the worker has
 * another one.
 */
static void set_signals(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};
	sigset_t none;
	sigemptyset(&none);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN); /* these exist */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
}

static void close_listeners(const struct server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		close(server->listeners[i].fd); /* the front has them */
}

/*
 * If malloc() had raised this by itself after LMDB's first large buffers, it would take the next
 * ones from the heap, and calloc() would write to each of their pages.
 */
static void keep_large_memory_apart(void)
{
	enum { LARGE = 128 * 1024 };
	(void)mallopt(M_MMAP_THRESHOLD, LARGE); /* if it fails, it only costs time */
}

static int run(const struct server *server, struct board_row *row, int lifeline)
{
	int ends[2];
	struct err err;
	keep_large_memory_apart();
	if (channel_open(ends, &err) < 0) {
		event_trouble("%s", err.text);
		return 1;
	}
	pid_t front = fork();
	if (front == 0) {
		close(lifeline); /* the other side's ends of pipes and sockets */
		close(ends[0]);
		_exit(front_run(server, row, ends[1]));
	}
	close(ends[1]); /* the same */
	close_listeners(server);
	if (front > 0)
		return back_run(server, row, ends[0], lifeline);
	event_trouble("cannot start a process: %s", strerror(errno));
	return 1;
}

int worker_start(struct worker *w, const struct server *server, struct board_row *row,
	void (*clean)(void *context), void *context, struct err *err)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_system(err, errno, "cannot make a socket");
	board_reset_now(row);
	pid_t pid = fork();
	if (pid == 0) {
		set_signals();
		close(ends[0]); /* nothing was written to it */
		clean(context);
		_exit(run(server, row, ends[1]));
	}
	int reason = errno;
	close(ends[1]); /* the other side's end */
	if (pid < 0) {
		close(ends[0]); /* nothing was written to it */
		return err_system(err, reason, "cannot start a worker");
	}
	*w = (struct worker){.pid = pid, .lifeline = ends[0], .started = io_microseconds()};
	return 0;
}

void worker_tell(struct worker *w, char what)
{
	if (w->lifeline >= 0) /* a worker that is gone need not be told */
		(void)send(w->lifeline, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void worker_forget(struct worker *w)
{
	if (w->lifeline >= 0)
		close(w->lifeline); /* a socket to a process that has ended */
	*w = (struct worker){.lifeline = -1};
}
