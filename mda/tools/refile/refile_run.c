#include "mda/tools/refile/refile_run.h"

#include "base/io.h"
#include "mda/tools/progress.h"
#include "mda/tools/refile/refile_judge.h"
#include "mda/tools/refile/refile_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MOST = 64, CHUNK = 256 * 1024 };

/* What a worker writes: this, and SIZE bytes. */
struct record {
	uint32_t kind, message;
	uint64_t size;
};
enum { JUDGED, FAILED, ENDED, GONE };

/* ---- a worker, which has every JOBS-th message ---- */

struct worker {
	const struct refile_run *run;
	int to;
	size_t next, step, at; /* AT: the message that is judged */
};

static int put(const struct worker *w, uint32_t kind, struct str text, struct err *err)
{
	const struct record r = {.kind = kind, .message = (uint32_t)w->at, .size = text.n};
	const struct str parts[] = {{(const char *)&r, sizeof r}, text};
	if (io_write_pieces(w->to, parts, 2) == 0)
		return 0;
	return err_temp(err, "cannot hand back a result: %s", strerror(errno));
}

static int next(void *context, bool *whole, struct buf *to, struct err *err)
{
	struct worker *w = context;
	const struct refile_mail *mail = w->run->mail;
	while (w->next < mail->message_count) {
		w->at = w->next;
		w->next += w->step;
		int got = refile_mail_read(mail, &mail->messages[w->at], whole, to, err);
		if (got)
			return got;
		if (put(w, GONE, STR_EMPTY, err) < 0)
			return 0; /* the reader is gone, and so are we */
	}
	return 0;
}

static int whole_one(void *context, struct buf *to, struct err *err)
{
	const struct worker *w = context;
	bool whole = true;
	int got = refile_mail_read(w->run->mail, &w->run->mail->messages[w->at], &whole, to, err);
	return got > 0 ? 0 : got < 0 ? -1 : err_temp(err, "it is gone");
}

static int judged(void *context, struct str frame, struct err *err)
{
	return put(context, JUDGED, frame, err);
}

static int died(void *context, const char *why, struct err *err)
{
	return put(context, FAILED, str_of(why), err);
}

static void be_worker(const struct refile_run *run, int to, size_t first, size_t step)
{
	struct worker w = {.run = run, .to = to, .next = first, .step = step};
	const struct refile_source source = {
		.next = next, .whole = whole_one, .judged = judged, .died = died, .context = &w};
	struct err err;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* fails only for a signal that does not exist */
	if (refile_judge(run->session, &source, &err) == 0)
		_exit(0);
	(void)put(&w, ENDED, str_of(err.text), NULL); /* the reader sees the exit status */
	_exit(1);
}

/* ---- the one that collects ---- */

struct job {
	pid_t process;
	int from; /* -1: it has ended */
	struct buf got;
};

struct collector {
	const struct refile_run *run;
	struct job jobs[JOBS_MOST];
	size_t count, open, done;
	bool failed; /* *err has the reason */
	struct progress progress;
	struct err *err;
};

static void take_judged(struct collector *c, size_t message, struct str frame)
{
	struct arena *mem = arena_new();
	struct refile_judged j;
	struct err err;
	if (refile_wire_read(frame, mem, &j, &err) == 0)
		c->run->judged(c->run->context, message, &j);
	else
		c->run->failed(c->run->context, message, str_of(err.text));
	arena_free(mem);
}

static void take_record(struct collector *c, const struct record *r, struct str text)
{
	if (r->kind == ENDED) {
		c->failed = true;
		err_temp(c->err, STR_FMT, STR_ARGS(text));
		return;
	}
	if (r->message >= c->run->mail->message_count)
		return;
	if (r->kind == JUDGED)
		take_judged(c, r->message, text);
	else
		c->run->failed(c->run->context, r->message, r->kind == GONE ? STR_EMPTY : text);
	progress_at(&c->progress, ++c->done);
}

static void take_records(struct collector *c, struct job *j)
{
	struct str all = buf_str(&j->got);
	struct record r;
	while (all.n >= sizeof r) {
		memcpy(&r, all.p, sizeof r);
		if (all.n - sizeof r < r.size)
			break;
		take_record(c, &r, str_slice(all, sizeof r, sizeof r + r.size));
		all = str_slice(all, sizeof r + r.size, all.n);
	}
	memmove(j->got.p, all.p, all.n);
	j->got.n = all.n;
}

static void end_job(struct collector *c, struct job *j)
{
	int status = 0;
	close(j->from); /* only read from */
	j->from = -1;
	c->open--;
	while (j->process > 0 && waitpid(j->process, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0 || c->failed)
		return;
	c->failed = true;
	err_temp(c->err, "a process that judges ended with status %d", status);
}

static void read_some(struct collector *c, struct job *j)
{
	size_t room;
	char *p = buf_space(&j->got, CHUNK, &room);
	ssize_t n = io_read(j->from, p, room);
	if (n <= 0) {
		end_job(c, j);
		return;
	}
	j->got.n += (size_t)n;
	take_records(c, j);
}

static void collect(struct collector *c)
{
	struct pollfd fds[JOBS_MOST];
	while (c->open) {
		for (size_t i = 0; i < c->count; i++)
			fds[i] = (struct pollfd){.fd = c->jobs[i].from, .events = POLLIN};
		if (poll(fds, c->count, -1) < 0 && errno != EINTR)
			return;
		for (size_t i = 0; i < c->count; i++)
			if (c->jobs[i].from >= 0 && fds[i].revents)
				read_some(c, &c->jobs[i]);
	}
}

static int start(struct collector *c, size_t number, size_t jobs)
{
	int ends[2];
	struct job *j = &c->jobs[c->count];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_temp(c->err, "cannot make a pipe: %s", strerror(errno));
	j->process = fork();
	if (j->process == 0) {
		for (size_t i = 0; i < c->count; i++)
			close(c->jobs[i].from); /* another worker's */
		close(ends[0]);                 /* the other end */
		be_worker(c->run, ends[1], number, jobs);
	}
	close(ends[1]); /* the worker's end */
	j->from = ends[0];
	c->count++;
	c->open++;
	if (j->process > 0)
		return 0;
	return err_temp(c->err, "cannot start a process: %s", strerror(errno));
}

static size_t jobs_of(const struct refile_run *run)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t jobs = run->jobs ? run->jobs : processors > 0 ? (size_t)processors : 1;
	if (jobs > run->mail->message_count)
		jobs = run->mail->message_count ? run->mail->message_count : 1;
	return jobs < JOBS_MOST ? jobs : JOBS_MOST;
}

int refile_run(const struct refile_run *run, struct err *err)
{
	struct collector *c = mem_alloc(sizeof *c);
	size_t jobs = jobs_of(run);
	*c = (struct collector){.run = run, .err = err};
	for (size_t i = 0; i < jobs && !c->failed; i++)
		c->failed = start(c, i, jobs) < 0;
	progress_start(&c->progress, "judging", run->mail->message_count, run->quiet);
	collect(c);
	progress_end(&c->progress);
	for (size_t i = 0; i < c->count; i++)
		buf_free(&c->jobs[i].got);
	int r = c->failed ? -1 : 0;
	free(c);
	return r;
}
