/* The process of a job: a delivery, or a question of RCPT. */
#include "mda/lmtp/back_inside.h"

#include "base/io.h"
#include "mda/exits.h"
#include "mda/lmtp/errand.h"
#include "mda/server/event.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * SPARE_SECONDS: a delivery ends by itself at its time_limit; if it does not, it is killed this
 * much later. TICK_US: how often that is looked at.
 */
enum { SPARE_SECONDS = 30, TICK_US = 1000000 };

/* ---- answering ---- */

static void forget_mail(struct back *b, struct mail *mail)
{
	b->recipients--;
	if (--mail->left > 0)
		return;
	*(mail->prev ? &mail->prev->next : &b->mails) = mail->next;
	if (mail->next)
		mail->next->prev = mail->prev;
	b->mail_count--;
	b->held -= mail->held;
	jobs_free_mail(mail);
}

static void answer(struct back *b, struct job *job, const struct reply *r)
{
	enum channel_kind kind = job->mail ? CHANNEL_DONE : CHANNEL_KNOWN;
	answers_send(&b->answers, kind, job->id, job->index, r);
	if (job->mail)
		forget_mail(b, job->mail);
	job->is_answered = true;
}

void back_end_job(struct back *b, struct job *job, const struct reply *r)
{
	answer(b, job, r);
	jobs_free(job);
}

/* ---- its beginning ---- */

void back_close_all(const struct back *b, const struct job *own)
{
	close(b->answers.channel); /* the parent's ends of sockets and pipes: nothing is written */
	close(b->lifeline);
	for (const struct job *j = b->jobs.running.first; j; j = j->next)
		if (j->pid && j != own) {
			close(j->pid_fd); /* the same */
			close(j->pipe);
		}
	if (b->asker.pid)
		close(b->asker.socket); /* the same */
	for (const struct mail *m = b->mails; m; m = m->next)
		if (m->fd >= 0)
			close(m->fd); /* it was only read from */
}

static _Noreturn void be_errand(const struct back *b, const struct job *job, int pipe)
{
	const struct mail *mail = job->mail;
	const struct errand e = {.back = b->pid,
		.file = b->server->session.file,
		.conf = b->conf,
		.warm = b->warm,
		.recipient = job->recipient,
		.original = job->original,
		.sender = mail ? mail->sender : job->sender,
		.queue_id = mail ? mail->queue_id : NULL,
		.submitter = mail ? mail->submitter : NULL,
		.envelope_id = mail ? mail->envelope_id : NULL,
		.wants_receipt = job->wants_receipt,
		.msg = mail ? mail->msg : NULL,
		.hash = mail ? mail->hash : NULL,
		.size = job->size};
	back_close_all(b, job);
	_exit(errand_run(&e, pipe));
}

static int start_process(struct back *b, struct job *job, struct err *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, errno, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]); /* nothing was written to the pipe */
		be_errand(b, job, ends[1]);
	}
	int reason = errno;
	close(ends[1]); /* the end of the new process */
	job->pid_fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (job->pid_fd >= 0) {
		job->pid = pid;
		job->pipe = ends[0];
		(void)fcntl(ends[0], F_SETFL,
			O_NONBLOCK); /* it has room for everything that may come */
		return 0;
	}
	reason = pid < 0 ? reason : errno;
	close(ends[0]); /* nothing was read from it */
	if (pid > 0) {
		kill(pid, SIGKILL); /* it is not reaped yet, so this hits no other process */
		(void)waitpid(pid, NULL, 0); /* its status is that it was killed */
	}
	return err_system(err, reason, "cannot start a delivery");
}

static void start_job(struct back *b, struct job *job)
{
	struct err err;
	struct reply r;
	if ((!job->mail || back_read_mail(b, job->mail, &err) == 0) &&
		start_process(b, job, &err) == 0) {
		job->since = io_microseconds();
		return;
	}
	event_trouble("%s: %s", job->recipient, err.text);
	reply_of_err(&r, &err);
	jobs_remove(&b->jobs, job);
	back_end_job(b, job, &r);
}

void back_start_jobs(struct back *b)
{
	struct job *job;
	while (b->jobs.running.count < b->conf->lmtp_deliveries && (job = jobs_next(&b->jobs)))
		start_job(b, job);
	b->row->waiting = jobs_waiting(&b->jobs);
	b->row->running = b->jobs.running.count;
}

/* ---- its end ---- */

static void count_delivery(
	struct back *b, const struct job *job, const struct errand_result *result, int status)
{
	struct board_row *row = b->row;
	enum board_outcome outcome = status == EXIT_DONE      ? BOARD_DELIVERED
				     : status == EXIT_REFUSED ? BOARD_REFUSED
				     : status == EXIT_NO_USER ? BOARD_NO_USER
							      : BOARD_DEFERRED;
	row->outcomes[outcome]++;
	board_took(row, io_microseconds() - job->since);
	if (!result->is_judged)
		return;
	row->spam[result->spam]++;
	row->labels[result->label]++;
	row->stages[BOARD_READ] += (uint64_t)result->read_us;
	row->stages[BOARD_JUDGE] += (uint64_t)result->judge_us;
	row->stages[BOARD_DELIVER] += (uint64_t)result->deliver_us;
}

static void count_question(struct back *b, unsigned code, const char *dsn)
{
	if (code == 250)
		return;
	bool is_full = strncmp(dsn + 1, ".2.2", 4) == 0 || strncmp(dsn + 1, ".2.3", 4) == 0;
	b->row->refusals[is_full       ? BOARD_FULL_MAILBOX
			 : code == 550 ? BOARD_UNKNOWN_RECIPIENT
				       : BOARD_RECIPIENT_LATER]++;
}

static int reap(const struct job *job)
{
	int status;
	pid_t r;
	do
		r = waitpid(job->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	return r == job->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* STATUS is that of its end, -1 if it has none. */
static void answer_with(struct back *b, struct job *job, const struct errand_result *result,
	int status, struct str line)
{
	struct reply r;
	reply_of_exit(&r, status, line);
	if (job->mail)
		count_delivery(b, job, result, status);
	else
		count_question(b, r.code, r.dsn);
	if (!job->mail && r.code == 250)
		reply_set(&r, 250, "2.1.5", "the recipient is accepted");
	answer(b, job, &r);
}

/* What the process has written, of which the pipe has all or nothing. */
static struct str read_pipe(struct job *job)
{
	enum { MOST = 4096 };
	char *to = arena_alloc(job->mem, MOST);
	ssize_t n = job->is_heard ? 0 : io_read(job->pipe, to, MOST);
	job->is_heard = true;
	return (struct str){to, n > 0 ? (size_t)n : 0};
}

/*
 * Its work is done, so the client need not wait for the end of the process. Anything else than a
 * result is said by a signal's handler just before the end.
 */
void back_hear_job(struct back *b, struct job *job)
{
	struct errand_result result;
	struct str line;
	job->said = read_pipe(job);
	if (errand_read(job->said, &result, &line))
		answer_with(b, job, &result, (int)result.status, line);
}

void back_finish_job(struct back *b, struct job *job)
{
	struct errand_result result;
	struct str line;
	int status = reap(job);
	if (!job->is_heard)
		job->said = read_pipe(job);
	close(job->pipe); /* a pipe that was read to its end */
	close(job->pid_fd);
	jobs_remove(&b->jobs, job);
	if (!job->is_answered) {
		(void)errand_read(job->said, &result, &line); /* the status counts in any case */
		answer_with(b, job, &result, status, line);
	}
	jobs_free(job);
}

/*
 * Jobs that have waited too long are left to the client's next attempt; processes that do not end
 * are killed.
 */
void back_end_late_jobs(struct back *b)
{
	long long limit = (long long)b->conf->time_limit * 1000000, now = io_microseconds();
	struct reply r;
	struct job *late;
	if (limit == 0 || now - b->looked < TICK_US)
		return;
	b->looked = now;
	for (const struct job *j = b->jobs.running.first; j; j = j->next)
		if (now - j->since > limit + SPARE_SECONDS * 1000000LL)
			kill(j->pid, SIGKILL); /* it is not reaped yet */
	reply_set(&r, 451, "4.3.2", "other deliveries have taken too long");
	while ((late = jobs_late(&b->jobs, now - limit))) {
		jobs_remove(&b->jobs, late);
		back_end_job(b, late, &r);
	}
}
