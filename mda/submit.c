#include "mda/submit.h"

#include "mda/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What no envelope may hold is not handed on. */
static int check_address(struct str address, struct err *err)
{
	for (size_t i = 0; i < address.n; i++) {
		unsigned char c = (unsigned char)address.p[i];
		if (c < ' ' || c == 0x7f)
			return err_temp(
				err, "\"" STR_FMT "\" is no address to send to", STR_ARGS(address));
	}
	return 0;
}

/* Behind "--" a minus is no option for those that know "--". */
static int check_recipient(struct str address, struct err *err)
{
	if (address.n == 0 || address.p[0] == '-')
		return err_temp(err, "\"" STR_FMT "\" is no address to send to", STR_ARGS(address));
	return check_address(address, err);
}

static int spawn(
	const struct submission *s, struct arena *mem, int input, pid_t *pid, struct err *err)
{
	struct str sender = s->sender.n ? s->sender : STR_LIT("<>");
	char *const argv[] = {
		(char *)s->sendmail,
		(char *)"-i",
		(char *)"-f",
		(char *)arena_cstr(mem, sender),
		(char *)"--",
		(char *)arena_cstr(mem, s->recipient),
		NULL,
	};
	char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigset_t pipe_signal;
	if (posix_spawn_file_actions_init(&files) != 0)
		return err_temp(err, "cannot prepare %s", s->sendmail);
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return err_temp(err, "cannot prepare %s", s->sendmail);
	}
	/* We ignore SIGPIPE; the MTA's program shall start as programs do. */
	sigemptyset(&none);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	int e = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	/* What it says would come before our own words, where the MTA looks for a status code. */
	if (e == 0)
		e = posix_spawn_file_actions_addopen(
			&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (e == 0)
		e = posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	if (e == 0)
		e = posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	if (e == 0)
		e = posix_spawnattr_setsigmask(&attributes, &none);
	if (e == 0)
		e = posix_spawnattr_setflags(
			&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (e == 0)
		e = posix_spawn(pid, s->sendmail, &files, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return e == 0 ? 0 : err_temp(err, "cannot start %s: %s", s->sendmail, strerror(e));
}

static int remaining(long long deadline)
{
	long long left = (deadline - io_microseconds()) / 1000;
	return left < 0 ? 0 : (int)left;
}

/* Writes without ever waiting beyond the deadline for a program that does not read. */
static int feed(int fd, const struct submission *s, long long deadline, struct err *err)
{
	for (size_t i = 0; i < s->piece_count; i++) {
		struct str rest = s->pieces[i];
		while (rest.n) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};
			int ready = poll(&p, 1, remaining(deadline));
			if (ready < 0 && errno == EINTR)
				continue;
			if (ready == 0)
				return err_temp(err, "%s takes too long", s->sendmail);
			ssize_t n = write(fd, rest.p, rest.n);
			if (n < 0 && (errno == EINTR || errno == EAGAIN))
				continue;
			if (n < 0)
				return err_temp(err, "cannot write to %s: %s", s->sendmail,
					strerror(errno));
			rest = str_slice(rest, (size_t)n, rest.n);
		}
	}
	return 0;
}

/* Its exit status, or -1: a program that does not end in time is killed. */
static int await(pid_t pid, long long deadline)
{
	int status;
	for (;;) {
		pid_t r = waitpid(pid, &status, WNOHANG);
		if (r == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (r < 0 && errno != EINTR)
			return -1;
		if (remaining(deadline) == 0)
			break;
		struct timespec nap = {.tv_nsec = 1000000};
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

int submit_message(const struct submission *s, struct arena *mem, struct err *err)
{
	int ends[2];
	pid_t pid = -1;
	long long deadline = io_microseconds() + s->seconds * 1000000LL;
	if (check_recipient(s->recipient, err) < 0 || check_address(s->sender, err) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_temp(err, "cannot make a pipe: %s", strerror(errno));
	int r = spawn(s, mem, ends[0], &pid, err);
	close(ends[0]); /* the child's end */
	if (r < 0) {
		close(ends[1]);
		return -1;
	}
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
		r = err_temp(err, "cannot set up a pipe: %s", strerror(errno));
	else
		r = feed(ends[1], s, deadline, err);
	if (r < 0)
		kill(pid, SIGKILL); /* or it would send what it has got so far */
	close(ends[1]);
	int status = await(pid, deadline);
	if (r == 0 && status != 0)
		return err_temp(err, "%s did not take the message for " STR_FMT " (status %d)",
			s->sendmail, STR_ARGS(s->recipient), status);
	return r;
}
