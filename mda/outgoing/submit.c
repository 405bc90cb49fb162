#include "mda/outgoing/submit.h"

#include "base/address_path.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/printable.h"
#include "base/smtp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIXED_ARGUMENTS = 5 };

/* Programs that know "--" take nothing after it for an option. */
static bool read_recipient(struct str address, struct arena *mem, struct str *path)
{
	return address_path(address, mem, path) && path->p[0] != '-';
}

static bool read_sender(struct str address, struct arena *mem, struct str *path)
{
	*path = address;
	return address.n == 0 || address_path(address, mem, path);
}

static bool can(struct str address, bool (*read)(struct str, struct arena *, struct str *))
{
	struct arena *mem = arena_new();
	struct str path;
	bool good = read(address, mem, &path);
	arena_free(mem);
	return good;
}

bool submit_can(struct str recipient)
{
	return can(recipient, read_recipient);
}

bool submit_can_from(struct str sender)
{
	return can(sender, read_sender);
}

static int no_address(struct str address, struct err *err)
{
	struct buf b = {0};
	printable_add(&b, str_slice(address, 0, 100));
	int r = err_temp(err, "\"%s\" is not an address to send to", buf_cstr(&b));
	buf_free(&b);
	return r;
}

/* S with its addresses in the form in which they are passed on. */
static int read_addresses(
	const struct submission *s, struct arena *mem, struct submission *read, struct err *err)
{
	struct str *recipients = arena_alloc(mem, (s->recipient_count + 1) * sizeof *recipients);
	*read = *s;
	read->recipients = recipients;
	if (!read_sender(s->sender, mem, &read->sender))
		return no_address(s->sender, err);
	for (size_t i = 0; i < s->recipient_count; i++)
		if (!read_recipient(s->recipients[i], mem, &recipients[i]))
			return no_address(s->recipients[i], err);
	return 0;
}

static int spawn(
	const struct submission *s, struct arena *mem, int input, pid_t *pid, struct err *err)
{
	struct str sender = s->sender.n ? s->sender : STR_LIT("<>");
	char **argv = arena_alloc(mem, (FIXED_ARGUMENTS + s->recipient_count + 1) * sizeof *argv);
	argv[0] = (char *)s->sendmail;
	argv[1] = (char *)"-i";
	argv[2] = (char *)"-f";
	argv[3] = (char *)arena_cstr(mem, sender);
	argv[4] = (char *)"--";
	for (size_t i = 0; i < s->recipient_count; i++)
		argv[FIXED_ARGUMENTS + i] = (char *)arena_cstr(mem, s->recipients[i]);
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
	/* We ignore SIGPIPE, but the MTA's program must start with the usual handler. */
	sigemptyset(&none);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	int e = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	/* Its output would come before ours, where the MTA looks for a status code. */
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

/*
 * Writes the whole message to a file before the program starts. So the program reads all of it or
 * is never started, and a part of a message is never sent.
 */
static int write_file(const struct submission *s, struct err *err)
{
	int fd = io_spool(s->spool_dir, err);
	if (fd < 0)
		return -1;
	int r = 0;
	for (size_t i = 0; i < s->piece_count && r == 0; i++)
		r = io_write(fd, s->pieces[i], "the message to be sent", err);
	if (r == 0 && lseek(fd, 0, SEEK_SET) != 0)
		r = err_temp(err, "cannot rewind the message to be sent: %s", strerror(errno));
	if (r == 0)
		return fd;
	close(fd); /* the error is reported already */
	return -1;
}

/* Its exit status; -1 if it died; TOO_LONG if it was killed because of the time. */
enum { TOO_LONG = -2 };

static int await(pid_t pid, long long deadline)
{
	int status;
	for (;;) {
		pid_t r = waitpid(pid, &status, WNOHANG);
		if (r == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (r < 0 && errno != EINTR)
			return -1;
		if (io_microseconds() > deadline)
			break;
		struct timespec nap = {.tv_nsec = 1000000};
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL); /* it is not reaped yet, so this hits no other process */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return TOO_LONG;
}

/*
 * The program reads by a copy of our descriptor, which has the same offset: did it read everything?
 */
static bool read_to_end(int file)
{
	off_t at = lseek(file, 0, SEEK_CUR);
	struct stat st;
	return at >= 0 && fstat(file, &st) == 0 && at == st.st_size;
}

static int submit_file(const struct submission *s, int file, struct arena *mem, struct err *err)
{
	pid_t pid = -1;
	if (spawn(s, mem, file, &pid, err) < 0)
		return -1;
	int status = await(pid, io_microseconds() + s->seconds * 1000000LL);
	if (status == TOO_LONG)
		return err_temp(err, "%s takes too long", s->sendmail);
	if (status != 0)
		return err_temp(err, "%s did not take the message for " STR_FMT " (status %d)",
			s->sendmail, STR_ARGS(s->recipients[0]), status);
	if (!read_to_end(file))
		return err_temp(err, "%s did not read the whole message", s->sendmail);
	return 0;
}

static int submit_by_smtp(const struct submission *s, int file, struct err *err)
{
	const struct smtp_message m = {.url = s->smtp,
		.sender = s->sender,
		.recipients = s->recipients,
		.recipient_count = s->recipient_count,
		.file = file,
		.seconds = s->seconds};
	int r = smtp_send(&m, err);
	return r == SMTP_UNKNOWN ? SUBMIT_UNKNOWN : r;
}

int submit_message(const struct submission *submission, struct arena *mem, struct err *err)
{
	struct submission s;
	if (read_addresses(submission, mem, &s, err) < 0)
		return -1;
	int file = write_file(&s, err);
	if (file < 0)
		return -1;
	int r = s.smtp ? submit_by_smtp(&s, file, err) : submit_file(&s, file, mem, err);
	close(file); /* it has been read, or is not needed any more */
	return r;
}
