#include "mda/outgoing/extprogram.h"

#include "base/beneath.h"
#include "base/buf.h"
#include "base/companion.h"
#include "base/io.h"
#include "base/path.h"
#include "base/printable.h"
#include "base/process.h"
#include "mda/conf/owner.h"
#include "mda/outgoing/extprogram_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, COMPLAINT_MOST = 300 };

/* ---- which program ---- */

/* NULL, or why this must not be run. */
static const char *why_not_trusted(const struct stat *st, bool may_be_set_uid)
{
	if (st->st_uid != 0 && st->st_uid != process_starter())
		return "it does not belong to root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than its owner can write to it";
	if (!may_be_set_uid && S_ISREG(st->st_mode) && (st->st_mode & (S_ISUID | S_ISGID)))
		return "it is set-uid or set-gid";
	return NULL;
}

/* Checks the program NAME of the directory; "" is the directory itself. */
static int check_trusted(
	int fd, const char *dir, const char *name, bool may_be_set_uid, struct err *err)
{
	struct stat st;
	const char *why =
		fstat(fd, &st) < 0 ? strerror(errno) : why_not_trusted(&st, may_be_set_uid);
	return why ? err_refused(err, "%s%s%s is not used: %s", dir, *name ? "/" : "", name, why)
		   : 0;
}

static int open_dir(const char *path, struct err *err)
{
	struct err why;
	if (path[0] != '/')
		return err_refused(err, "programs_dir is not an absolute path");
	int fd = owner_open_dir(path, &why);
	if (fd < 0)
		return err_refused(err, "%s", why.text);
	if (check_trusted(fd, path, "", false, err) == 0)
		return fd;
	close(fd); /* O_PATH */
	return -1;
}

static int open_in(
	int dir, const char *path, const char *name, bool may_be_set_uid, struct err *err)
{
	int fd = beneath_regular(beneath_open(dir, name, O_PATH, 0));
	if (fd < 0)
		return errno == ENOENT
			       ? err_refused(err, "there is no program \"%s\" in %s", name, path)
			       : err_refused(err, "the program \"%s\" cannot be used: %s", name,
					 beneath_why(errno));
	if (check_trusted(fd, path, name, may_be_set_uid, err) == 0)
		return fd;
	close(fd); /* O_PATH */
	return -1;
}

static int open_program(const char *path, struct str name, bool may_be_set_uid, struct err *err)
{
	char own[1024];
	if (name.n >= sizeof own || str_find(name, '/') < name.n || str_find(name, '\0') < name.n)
		return err_refused(err, "no program has such a name");
	memcpy(own, name.p, name.n);
	own[name.n] = '\0';
	int dir = open_dir(path, err);
	if (dir < 0)
		return -1;
	int fd = open_in(dir, path, own, may_be_set_uid, err);
	close(dir); /* O_PATH */
	return fd;
}

int extprogram_open(const char *path, struct str name, struct err *err)
{
	return open_program(path, name, false, err);
}

/* ---- its input ---- */

/* *LAST is the byte before TEXT. */
static void add_lines(struct buf *to, struct str text, bool crlf, char *last)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '\n' && crlf && *last != '\r')
			buf_byte(to, '\r');
		else if (c == '\n' && !crlf && *last == '\r')
			to->n--;
		buf_byte(to, c);
		*last = c;
	}
}

/*
 * Writes the input in chunks, so that a large message is not held twice. A CR at the end of a chunk
 * waits for the next one.
 */
static int write_pieces(const struct extprogram *p, int file, struct err *err)
{
	struct buf held = {0};
	char last = '\0';
	int r = 0;
	for (size_t i = 0; i < p->input.count && r == 0; i++) {
		struct str rest = p->input.items[i];
		while (rest.n && r == 0) {
			add_lines(&held, str_slice(rest, 0, CHUNK), p->crlf, &last);
			rest = str_slice(rest, CHUNK, rest.n);
			size_t keep = held.n && held.p[held.n - 1] == '\r';
			r = io_write(file, (struct str){held.p, held.n - keep}, "spool_dir", err);
			buf_clear(&held);
			if (keep)
				buf_byte(&held, '\r');
		}
	}
	if (r == 0)
		r = io_write(file, buf_str(&held), "spool_dir", err);
	buf_free(&held);
	return r;
}

/*
 * The input is a file, so that the program may read it at any time or not at all. -1, a temporary
 * fault.
 */
static int open_input(const struct extprogram *p, struct err *err)
{
	int file = io_spool(p->spool_dir, err);
	if (file < 0)
		return -1;
	if (write_pieces(p, file, err) == 0) {
		if (lseek(file, 0, SEEK_SET) == 0)
			return file;
		err_temp(err, "cannot rewind a file of spool_dir: %s", strerror(errno));
	}
	close(file); /* the error is reported already */
	return -1;
}

/* ---- starting ---- */

struct ends {
	int read, write;
};

struct program_run {
	const struct extprogram *program;
	pid_t pid;
	int watch; /* becomes readable when it ends; -1: the kernel has no such descriptor */
	int output, complaint;
	long long deadline;
	struct buf written, complained;
	struct err *err;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd); /* it is a pipe, or was only read from */
	*fd = -1;
}

static char **words(struct str first, const struct str_list *others, struct arena *mem)
{
	size_t n = first.n > 0, i = 0;
	char **all = arena_alloc(mem, (n + others->count + 1) * sizeof *all);
	if (n)
		all[i++] = (char *)arena_cstr(mem, first);
	for (size_t k = 0; k < others->count; k++)
		all[i++] = (char *)arena_cstr(mem, others->items[k]);
	return all;
}

static int make_pipe(struct ends *to, struct err *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_temp(err, "cannot make a pipe: %s", strerror(errno));
	*to = (struct ends){ends[0], ends[1]};
	return 0;
}

/* Waits until the program runs, or is known not to start. */
static int read_start(int status, const char *name, struct err *err)
{
	int e = 0;
	if (io_read(status, (char *)&e, sizeof e) != sizeof e)
		return 0;
	/* There is no memory or process at the moment. */
	if (e == ENOMEM || e == EAGAIN || e == ENFILE || e == EMFILE)
		return err_temp(err, "cannot run the program \"%s\": %s", name, strerror(e));
	return err_refused(err, "cannot run the program \"%s\": %s", name, strerror(e));
}

static int fork_child(struct program_run *r, struct extprogram_child *c, struct err *err)
{
	struct ends status = {-1, -1};
	if (make_pipe(&status, err) < 0)
		return -1;
	c->status = status.write;
	r->pid = fork();
	if (r->pid == 0)
		extprogram_child(c);
	int result = r->pid < 0 ? err_temp(err, "cannot start a process: %s", strerror(errno)) : 0;
	close(status.write); /* a pipe */
	if (result == 0)
		result = read_start(status.read, c->arguments[0], err);
	close(status.read); /* a pipe */
	return result;
}

/* If nobody wants its output, standard output is /dev/null. */
static int start(struct program_run *r, struct extprogram_child *c, struct err *err)
{
	struct ends output = {-1, -1}, complaint = {-1, -1};
	int result = r->program->output ? make_pipe(&output, err) : 0;
	if (result == 0 && !r->program->output &&
		(output.write = path_open("/dev/null", O_WRONLY, 0)) < 0)
		result = err_temp(err, "cannot open /dev/null: %s", strerror(errno));
	if (result == 0)
		result = make_pipe(&complaint, err);
	c->output = output.write;
	c->complaint = complaint.write;
	if (result == 0)
		result = fork_child(r, c, err);
	r->output = output.read;
	r->complaint = complaint.read;
	close_one(&output.write);
	close_one(&complaint.write);
	return result;
}

/* ---- watching ---- */

enum ended { ENDED, LATE, TOO_MUCH };

/* Reads what is there now. False if it is more than MOST. At the end of the pipe *FD is closed. */
static bool take_some(int *fd, struct buf *to, size_t most)
{
	while (*fd >= 0) {
		char *room = buf_grow(to, CHUNK);
		ssize_t n = read(*fd, room, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			close_one(fd);
			break;
		}
		to->n += (size_t)n;
		if (to->n > most)
			return false;
	}
	return true;
}

/* Error output beyond the limit is read and dropped, so that the program does not block. */
static bool take_all(struct program_run *r)
{
	if (!take_some(&r->complaint, &r->complained, COMPLAINT_MOST))
		r->complained.n = COMPLAINT_MOST;
	return take_some(&r->output, &r->written, r->program->output);
}

static bool has_ended(const struct program_run *r)
{
	siginfo_t info = {.si_pid = 0};
	return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

static void wait_a_while(const struct program_run *r, long long left)
{
	enum { WITHOUT_WATCH = 10 }; /* ms */
	struct pollfd fds[] = {{.fd = r->watch, .events = POLLIN},
		{.fd = r->output, .events = POLLIN}, {.fd = r->complaint, .events = POLLIN}};
	if (r->watch < 0 && left > WITHOUT_WATCH)
		left = WITHOUT_WATCH;
	(void)poll(fds, sizeof fds / sizeof *fds, (int)left); /* then it is looked at again */
}

static enum ended watch(struct program_run *r)
{
	for (;;) {
		bool ended = has_ended(r);
		long long left = r->deadline - io_microseconds() / 1000;
		if (!take_all(r))
			return TOO_MUCH;
		if (ended)
			return ENDED;
		if (left <= 0)
			return LATE;
		wait_a_while(r, left);
	}
}

/* Kills everything in its process group, before the number of the group can be used by others. */
static int end(const struct program_run *r)
{
	int status = -1;
	(void)kill(-r->pid, SIGKILL); /* all of it may have ended */
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* ---- its result ---- */

static struct str first_line(const struct buf *complained, struct arena *mem)
{
	struct str text = str_trim(buf_str(complained)), line = text;
	struct buf b = {0};
	(void)str_line(&text, &line);
	printable_add(&b, line);
	struct str kept = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return kept;
}

static int stopped(const struct program_run *r, enum ended ended, int status)
{
	const struct extprogram *p = r->program;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	/* On a busy machine the kernel's limit may stop it before ours does. */
	if (ended == LATE || number == SIGXCPU)
		return err_refused(r->err, "the program \"" STR_FMT "\" did not end within %u s",
			STR_ARGS(p->name), p->seconds);
	if (ended == TOO_MUCH)
		return err_refused(r->err, "the program \"" STR_FMT "\" wrote more than %zu bytes",
			STR_ARGS(p->name), p->output);
	return err_refused(r->err, "the program \"" STR_FMT "\" was ended by signal %d (%s)",
		STR_ARGS(p->name), number, strsignal(number));
}

static int finish(struct program_run *r, struct arena *mem, struct extprogram_result *result)
{
	enum ended ended = watch(r);
	int status = end(r);
	/*
	 * Reads what it wrote before it ended. A process that left the group may still hold the
	 * pipe; it is not waited for.
	 */
	if (ended == ENDED && !take_all(r))
		ended = TOO_MUCH;
	if (ended != ENDED || !WIFEXITED(status))
		return stopped(r, ended, status);
	result->status = WEXITSTATUS(status);
	result->output = arena_str(mem, buf_str(&r->written));
	result->complaint = first_line(&r->complained, mem);
	return 0;
}

static void release(struct program_run *r)
{
	close_one(&r->watch);
	close_one(&r->output);
	close_one(&r->complaint);
	buf_free(&r->written);
	buf_free(&r->complained);
}

static int run(struct program_run *r, struct extprogram_child *c, struct arena *mem,
	struct extprogram_result *result)
{
	int started = start(r, c, r->err), value = -1;
	if (r->pid > 0) {
		companion_set(r->pid);
		if (started == 0) {
			(void)fcntl(r->output, F_SETFL, O_NONBLOCK); /* there may be none */
			(void)fcntl(r->complaint, F_SETFL, O_NONBLOCK);
			r->watch = (int)syscall(SYS_pidfd_open, r->pid, 0);
			value = finish(r, mem, result);
		} else {
			(void)end(r); /* it has ended by itself */
		}
		companion_set(0);
	}
	release(r);
	return value;
}

int extprogram_run(const struct extprogram *p, struct arena *mem, struct extprogram_result *result,
	struct err *err)
{
	struct extprogram_child c = {.program = p,
		.arguments = words(p->name, &p->arguments, mem),
		.environment = words(STR_EMPTY, &p->environment, mem),
		.parent = getpid()};
	struct program_run r = {.program = p,
		.watch = -1,
		.output = -1,
		.complaint = -1,
		.pid = -1,
		.deadline = io_microseconds() / 1000 + p->seconds * 1000LL,
		.err = err};
	*result = (struct extprogram_result){.status = -1};
	c.file = open_program(p->dir, p->name, p->may_be_set_uid, err);
	if (c.file < 0)
		return -1;
	c.input = open_input(p, err);
	int value = c.input < 0 ? -1 : run(&r, &c, mem, result);
	close_one(&c.input);
	close_one(&c.file);
	return value;
}
