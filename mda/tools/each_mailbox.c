#include "mda/tools/each_mailbox.h"

#include "base/handlers.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "mda/exits.h"
#include "mda/tools/program.h"
#include "mda/tools/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each result that waits for an earlier one is two open files. */
enum { COPY_CHUNK = 64 * 1024, MOST_AHEAD = 200 };

/* The process that works on one mailbox. */
struct job {
	pid_t process;
	int output, errors; /* files without a name */
	bool begun, ended;
	int status;
};

struct run {
	const struct each *each;
	const struct mailboxes *all;
	struct job *jobs;
	size_t begun, ended, printed;
	struct progress progress;
	struct err *err;
};

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
	stopped = number;
}

/* ---- the process of one ---- */

/* The child ends when the parent does, so that nothing goes on unseen. */
static void be_child(const struct run *r, const struct mailbox *m, const struct job *j)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* fails only for a signal that does not exist */
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	if (dup2(j->output, STDOUT_FILENO) < 0 || dup2(j->errors, STDERR_FILENO) < 0)
		_exit(EXIT_TRY_AGAIN);
	int status = EXIT_TRY_AGAIN;
	if (m->wrong)
		program_complain("%s", m->wrong);
	else
		status = r->each->work(m, r->each->context);
	if (io_flush_stdout(NULL) < 0)
		status = EXIT_TRY_AGAIN;
	_exit(status);
}

static int begin(struct run *r)
{
	struct job *j = &r->jobs[r->begun];
	const struct mailbox *m = &r->all->items[r->begun];
	j->output = memfd_create("output", MFD_CLOEXEC);
	j->errors = memfd_create("errors", MFD_CLOEXEC);
	if (j->output < 0 || j->errors < 0)
		return err_temp(r->err, "cannot make room for results: %s", strerror(errno));
	j->process = fork();
	if (j->process < 0)
		return err_temp(r->err, "cannot start a process: %s", strerror(errno));
	if (j->process == 0)
		be_child(r, m, j);
	j->begun = true;
	r->begun++;
	return 0;
}

static int wait_for_one(struct run *r)
{
	int status;
	pid_t process = waitpid(-1, &status, 0);
	if (process < 0)
		return errno == EINTR
			       ? 0
			       : err_temp(r->err, "cannot wait for a process: %s", strerror(errno));
	for (size_t i = r->printed; i < r->begun; i++) {
		struct job *j = &r->jobs[i];
		if (j->process != process || j->ended)
			continue;
		j->ended = true;
		j->status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_TRY_AGAIN;
		if (WIFSIGNALED(status))
			/* If there is no memory for the text, the exit status still says it. */
			(void)dprintf(j->errors, "%s: ended by signal %d\n", r->each->program,
				WTERMSIG(status));
		progress_at(&r->progress, ++r->ended);
	}
	return 0;
}

static void stop_all(const struct run *r)
{
	for (size_t i = r->printed; i < r->begun; i++)
		if (!r->jobs[i].ended)
			kill(r->jobs[i].process, SIGTERM); /* it may have ended */
}

/* ---- its results ---- */

/* Puts the mailbox's name before each line, so that the output can be searched. */
struct prefix {
	struct str name;
	struct buf to;
	int fd;
	bool in_line;
	struct err *err;
};

static int put_lines(struct prefix *p, struct str text)
{
	while (text.n) {
		size_t n = str_find(text, '\n');
		if (!p->in_line) {
			log_escape(&p->to, p->name);
			buf_text(&p->to, ": ");
		}
		p->in_line = n == text.n;
		buf_add(&p->to, str_slice(text, 0, n));
		if (!p->in_line)
			buf_byte(&p->to, '\n');
		text = str_slice(text, p->in_line ? n : n + 1, text.n);
	}
	int result = printable_write(p->fd, buf_str(&p->to), "the result", p->err);
	buf_clear(&p->to);
	return result;
}

/* In JSON a line end may always be a blank. */
static int put_json(struct prefix *p, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_byte(&p->to, text.p[i] == '\n' ? ' ' : text.p[i]);
	int result = printable_write(p->fd, buf_str(&p->to), "the result", p->err);
	buf_clear(&p->to);
	return result;
}

static int copy(int from, struct prefix *p, int (*put)(struct prefix *p, struct str text))
{
	char bytes[COPY_CHUNK];
	off_t at = 0;
	ssize_t n;
	while ((n = pread(from, bytes, sizeof bytes, at)) > 0) {
		at += n;
		if (put(p, (struct str){bytes, (size_t)n}) < 0)
			return -1;
	}
	return n < 0 ? err_temp(p->err, "cannot read a result: %s", strerror(errno)) : 0;
}

/* The first line of the errors, without the program's name. */
static struct str first_error(const struct run *r, const struct job *j, char *bytes, size_t room)
{
	ssize_t n = pread(j->errors, bytes, room, 0);
	struct str text = {bytes, n > 0 ? (size_t)n : 0};
	struct str name = str_of(r->each->program);
	text = str_slice(text, 0, str_find(text, '\n'));
	if (text.n > name.n + 2 && str_istarts(text, name))
		text = str_slice(text, name.n + 2, text.n);
	return text;
}

static int print_json(struct run *r, const struct job *j, struct prefix *p)
{
	char bytes[1024];
	struct str error = first_error(r, j, bytes, sizeof bytes);
	struct json json = {.to = &p->to};
	json_begin_object(&json);
	json_text(&json, "mailbox", p->name);
	json_number(&json, "status", (unsigned)j->status);
	if (error.n)
		json_text(&json, "error", error);
	if (lseek(j->output, 0, SEEK_END) > 0) {
		json_key(&json, "result");
		if (copy(j->output, p, put_json) < 0)
			return -1;
	}
	json_end_object(&json);
	json_end_line(&json);
	return printable_write(p->fd, buf_str(&p->to), "the result", p->err);
}

/* The program's name stays in front: "PROGRAM: MAILBOX: text". */
static int print_errors(struct run *r, const struct job *j, struct prefix *p)
{
	char bytes[1024];
	struct str error = first_error(r, j, bytes, sizeof bytes);
	if (error.n == 0)
		return 0;
	buf_fmt(&p->to, "%s: ", r->each->program);
	log_escape(&p->to, p->name);
	buf_fmt(&p->to, ": " STR_FMT "\n", STR_ARGS(error));
	return printable_write(STDERR_FILENO, buf_str(&p->to), "the error", p->err);
}

enum { TAKEN_MOST = 64 << 20 };

/* A result that cannot be read is one that failed. */
static void hand_on(struct run *r, struct job *j)
{
	char bytes[1024];
	struct buf output = {0};
	struct err err;
	struct str error = first_error(r, j, bytes, sizeof bytes);
	int status = j->status;
	if (lseek(j->output, 0, SEEK_SET) < 0 ||
		io_read_all(j->output, TAKEN_MOST, &output, "a result", &err) < 0)
		status = EXIT_TRY_AGAIN;
	r->each->take(
		r->each->context, &r->all->items[r->printed], status, buf_str(&output), error);
	buf_free(&output);
}

static int print_one(struct run *r)
{
	struct job *j = &r->jobs[r->printed];
	struct prefix p = {
		.name = r->all->items[r->printed].name, .fd = STDOUT_FILENO, .err = r->err};
	progress_end(&r->progress);
	int result = 0;
	if (r->each->take)
		hand_on(r, j);
	else if (r->each->json)
		result = print_json(r, j, &p);
	else if (!r->each->quiet || j->status)
		result = copy(j->output, &p, put_lines);
	if (result == 0 && p.in_line)
		result = printable_write(p.fd, STR_LIT("\n"), "the result", r->err);
	buf_clear(&p.to);
	if (result == 0 && !r->each->json && !r->each->take)
		result = print_errors(r, j, &p);
	buf_free(&p.to);
	close(j->output); /* in memory: no error is possible */
	close(j->errors); /* the same */
	r->printed++;
	return result;
}

/* ---- all ---- */

static int print_summary(struct run *r)
{
	size_t good = 0, bad = 0;
	struct buf text = {0};
	for (size_t i = 0; i < r->all->count; i++) {
		good += r->jobs[i].ended && r->jobs[i].status == 0;
		bad += !r->jobs[i].ended || r->jobs[i].status == EXIT_TRY_AGAIN;
	}
	if (r->each->json || r->each->take || (r->each->quiet && good == r->all->count))
		return 0;
	buf_fmt(&text, "%zu mailbox%s: %zu good, %zu with findings, %zu failed\n", r->all->count,
		r->all->count == 1 ? "" : "es", good, r->all->count - good - bad, bad);
	int result = printable_write(STDOUT_FILENO, buf_str(&text), "the result", r->err);
	buf_free(&text);
	return result;
}

static int worst_status(const struct run *r)
{
	int worst = 0;
	for (size_t i = 0; i < r->all->count; i++) {
		int status = r->jobs[i].ended ? r->jobs[i].status : EXIT_TRY_AGAIN;
		worst = status > worst ? status : worst;
	}
	return worst;
}

static int work_through(struct run *r, size_t at_once)
{
	bool told = false;
	while (r->printed < r->all->count) {
		if (stopped && !told) {
			stop_all(r);
			told = true;
		}
		if (r->printed < r->begun && r->jobs[r->printed].ended) {
			if (print_one(r) < 0)
				return -1;
		} else if (!stopped && r->begun < r->all->count && r->begun - r->ended < at_once &&
			   r->begun - r->printed < MOST_AHEAD) {
			if (begin(r) < 0)
				return -1;
		} else if (r->begun == r->ended) {
			return 0; /* stopped, and no process is running */
		} else if (wait_for_one(r) < 0) {
			return -1;
		}
	}
	return 0;
}

int each_mailbox(const struct each *each, const struct mailboxes *all, struct err *err)
{
	struct run r = {.each = each, .all = all, .err = err};
	/* Without SA_RESTART, so that waitpid() returns. */
	struct sigaction stop = {.sa_handler = on_stop}, old_int, old_term;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t at_once = each->jobs ? each->jobs : processors > 0 ? (size_t)processors : 1;
	r.jobs = mem_alloc((all->count + 1) * sizeof *r.jobs);
	handlers_set(SIGINT, &stop, &old_int);
	handlers_set(SIGTERM, &stop, &old_term);
	progress_start(&r.progress, "mailboxes", all->count, each->json);
	int result = work_through(&r, at_once);
	progress_end(&r.progress);
	if (result < 0)
		stop_all(&r);
	if (result == 0)
		result = print_summary(&r);
	if (result == 0)
		result = worst_status(&r);
	handlers_set(SIGINT, &old_int, NULL);
	handlers_set(SIGTERM, &old_term, NULL);
	free(r.jobs);
	return result;
}

struct conf_file *each_mailbox_find(
	const char *path, struct arena *mem, struct mailboxes *all, struct err *err)
{
	struct conf_file *file = conf_load(path ? path : conf_default_path, mem, err);
	return file && mailboxes_find(file, mem, all, err) == 0 ? file : NULL;
}
