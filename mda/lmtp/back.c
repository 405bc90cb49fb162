#include "mda/lmtp/back.h"

#include "base/address.h"
#include "base/io.h"
#include "base/mem.h"
#include "mda/deliver.h"
#include "mda/exits.h"
#include "mda/lmtp/channel.h"
#include "mda/lmtp/errand.h"
#include "mda/lmtp/event.h"
#include "mda/lmtp/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * SPARE_SECONDS: a delivery ends by itself at its time_limit; if it does not, it is killed this
 * much later. WAITING_MOST: how many deliveries may wait for one mailbox.
 */
enum { SPARE_SECONDS = 30, WAITING_MOST = 100, TICK_MS = 1000, FIXED = 2 };

/* An answer that could not be sent yet. */
struct unsent {
	struct reply reply;
	enum channel_kind kind;
	uint64_t id;
	uint32_t index;
	struct unsent *next;
};

struct back {
	pid_t pid; /* this process */
	const struct server *server;
	const struct conf *conf;
	struct board_row *row;
	int channel, lifeline; /* -1: the other side is gone */
	struct jobs jobs;
	struct mail *mails; /* those with recipients that have no answer yet */
	size_t mail_count;
	struct unsent *unsent, **unsent_end;
	size_t handled;
	bool is_retiring, was_asked; /* to end */
};

/* ---- answering ---- */

static void put_off(
	struct back *b, enum channel_kind kind, uint64_t id, uint32_t index, const struct reply *r)
{
	struct unsent *u = mem_alloc(sizeof *u);
	*u = (struct unsent){*r, kind, id, index, NULL};
	*b->unsent_end = u;
	b->unsent_end = &u->next;
}

static void send_put_off(struct back *b)
{
	while (b->unsent) {
		struct unsent *u = b->unsent;
		struct channel_message m = channel_reply(u->kind, u->id, u->index, &u->reply);
		if (b->channel >= 0 && channel_send(b->channel, &m, true) == 0)
			return;
		b->unsent = u->next;
		if (!b->unsent)
			b->unsent_end = &b->unsent;
		free(u);
	}
}

/* Never waits for the front, which may wait for the back: what cannot be sent now is kept. */
static void send_front(
	struct back *b, enum channel_kind kind, uint64_t id, uint32_t index, const struct reply *r)
{
	struct channel_message m = channel_reply(kind, id, index, r);
	if (b->channel < 0)
		return;
	if (b->unsent || channel_send(b->channel, &m, true) == 0)
		put_off(b, kind, id, index, r);
}

static void answer(struct back *b, const struct job *job, const struct reply *r)
{
	send_front(b, job->mail ? CHANNEL_DONE : CHANNEL_KNOWN, job->id, job->index, r);
}

static void forget_mail(struct back *b, struct mail *mail)
{
	if (--mail->left > 0)
		return;
	struct mail **m = &b->mails;
	while (*m && *m != mail)
		m = &(*m)->next;
	if (*m)
		*m = mail->next;
	b->mail_count--;
	jobs_free_mail(mail);
}

/* The job must not be in a list. */
static void end_job(struct back *b, struct job *job, const struct reply *r)
{
	answer(b, job, r);
	if (job->mail)
		forget_mail(b, job->mail);
	jobs_free(job);
}

/* ---- the process of a job ---- */

/* Closes in a delivery's process what it must not read or write. */
static void close_all(const struct back *b, const struct job *own)
{
	const struct job *lists[] = {b->jobs.running, b->jobs.waiting};
	close(b->channel); /* the parent's ends of sockets and pipes: nothing is written here */
	close(b->lifeline);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (const struct job *j = lists[i]; j; j = j->next)
			if (j->pid && j != own) {
				close(j->pid_fd); /* the same */
				close(j->pipe);
			}
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
	close_all(b, job);
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

/* The message is read and hashed once for all its recipients. */
static int read_mail(const struct back *b, struct mail *mail, struct err *err)
{
	if (mail->msg)
		return 0;
	struct stat st;
	/* From a pipe of a front that was taken over, the end would never come. */
	if (mail->fd < 0 || fstat(mail->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_temp(err, "the message could not be read");
	mail->msg = session_read_message(&b->server->session, mail->fd, err);
	close(mail->fd); /* it was read */
	mail->fd = -1;
	if (!mail->msg)
		return -1;
	mail->hash = deliver_hash(mail->msg, mail->mem);
	return 0;
}

static void start_job(struct back *b, struct job *job)
{
	struct err err;
	struct reply r;
	if ((!job->mail || read_mail(b, job->mail, &err) == 0) &&
		start_process(b, job, &err) == 0) {
		job->since = io_microseconds();
		return;
	}
	event_trouble("%s: %s", job->recipient, err.text);
	reply_of_err(&r, &err);
	jobs_remove(&b->jobs, job);
	end_job(b, job, &r);
}

static void start_jobs(struct back *b)
{
	struct job *job;
	while ((job = jobs_next(
			&b->jobs, b->conf->lmtp_deliveries, b->conf->lmtp_mailbox_deliveries)))
		start_job(b, job);
	b->row->waiting = b->jobs.waiting_count;
	b->row->running = b->jobs.running_count;
}

/* ---- its end ---- */

static void count_delivery(
	struct back *b, const struct job *job, const struct errand_facts *facts, int status)
{
	struct board_row *row = b->row;
	enum board_outcome outcome = status == EXIT_DONE      ? BOARD_DELIVERED
				     : status == EXIT_REFUSED ? BOARD_REFUSED
				     : status == EXIT_NO_USER ? BOARD_NO_USER
							      : BOARD_DEFERRED;
	row->outcomes[outcome]++;
	board_took(row, io_microseconds() - job->since);
	if (!facts->magic)
		return;
	row->spam[facts->spam]++;
	row->labels[facts->label]++;
	row->stages[BOARD_READ] += (uint64_t)facts->read_us;
	row->stages[BOARD_JUDGE] += (uint64_t)facts->judge_us;
	row->stages[BOARD_DELIVER] += (uint64_t)facts->deliver_us;
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

static void finish_job(struct back *b, struct job *job)
{
	struct buf told = {0};
	struct errand_facts facts;
	struct reply r;
	struct str line;
	enum { MOST = 4096 };
	int status = reap(job);
	ssize_t n = io_read(job->pipe, buf_grow(&told, MOST), MOST);
	told.n = n > 0 ? (size_t)n : 0;
	close(job->pipe); /* a pipe that was read to its end */
	close(job->pid_fd);
	errand_read(buf_str(&told), &facts, &line);
	reply_of_exit(&r, status, line);
	if (job->mail)
		count_delivery(b, job, &facts, status);
	else
		count_question(b, r.code, r.dsn);
	if (!job->mail && r.code == 250)
		reply_set(&r, 250, "2.1.5", "the recipient is accepted");
	jobs_remove(&b->jobs, job);
	end_job(b, job, &r);
	buf_free(&told);
}

/*
 * Jobs that have waited too long are left to the client's next attempt; processes that do not end
 * are killed.
 */
static void end_late_jobs(struct back *b)
{
	long long limit = (long long)b->conf->time_limit * 1000000, now = io_microseconds();
	struct reply r;
	if (limit == 0)
		return;
	for (struct job *j = b->jobs.running; j; j = j->next)
		if (now - j->since > limit + SPARE_SECONDS * 1000000LL)
			kill(j->pid, SIGKILL); /* it is not reaped yet */
	reply_set(&r, 451, "4.3.2", "other deliveries have taken too long");
	for (struct job *j = b->jobs.waiting, *next; j; j = next) {
		next = j->next;
		if (now - j->since <= limit)
			continue;
		jobs_remove(&b->jobs, j);
		end_job(b, j, &r);
	}
}

/* ---- what the front asks ---- */

static const char *text_or_null(struct arena *mem, struct str text)
{
	return text.n ? arena_cstr(mem, text) : NULL;
}

/*
 * Clients may go away before their messages are delivered, so the number of their connections is
 * no limit by itself. Reading anything but a file might never end.
 */
static bool is_welcome(const struct back *b, const struct channel_message *m)
{
	struct stat st;
	return b->mail_count < b->conf->lmtp_connections && m->number <= b->conf->lmtp_recipients &&
	       fstat(m->fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void take_mail(struct back *b, const struct channel_message *m)
{
	struct arena *mem = arena_new();
	struct mail *mail = arena_alloc(mem, sizeof *mail);
	*mail = (struct mail){.mem = mem,
		.id = m->id,
		.fd = m->fd,
		.sender = arena_cstr(mem, m->text[0]),
		.queue_id = text_or_null(mem, m->text[1]),
		.submitter = text_or_null(mem, m->text[2]),
		.envelope_id = text_or_null(mem, m->text[3]),
		.left = m->number,
		.unnamed = m->number,
		.is_refused = !is_welcome(b, m),
		.next = b->mails};
	if (mail->is_refused) {
		close(m->fd); /* it was not read */
		mail->fd = -1;
	}
	b->mails = mail;
	b->mail_count++;
	b->row->messages_total++;
	b->handled++;
}

/* The mailbox, for the queue: addresses that differ only in the detail are the same one. */
static struct str mailbox_of(const struct back *b, struct str recipient, struct arena *mem)
{
	struct address a = address_parse_envelope(recipient, mem);
	struct str user, detail;
	if (a.invalid)
		return arena_lower(mem, recipient);
	address_split_detail(a.local, b->conf->recipient_delimiter, &user, &detail);
	return arena_lower(mem, ARENA_JOIN(mem, user, STR_LIT("@"), a.domain));
}

static struct job *new_job(const struct back *b, const struct channel_message *m)
{
	struct arena *mem = arena_new();
	struct job *job = arena_alloc(mem, sizeof *job);
	*job = (struct job){.mem = mem,
		.id = m->id,
		.index = m->index,
		.recipient = arena_cstr(mem, m->text[0]),
		.since = io_microseconds()};
	job->mailbox = mailbox_of(b, str_of(job->recipient), mem);
	return job;
}

static void take_probe(struct back *b, const struct channel_message *m)
{
	struct job *job = new_job(b, m);
	struct reply r;
	job->sender = arena_cstr(job->mem, m->text[1]);
	job->size = m->number;
	if (b->jobs.question_count < b->conf->lmtp_connections) {
		jobs_add(&b->jobs, job);
		return;
	}
	b->row->refusals[BOARD_RECIPIENT_LATER]++;
	reply_set(&r, 451, "4.3.2", "too many recipients are being looked up");
	end_job(b, job, &r);
}

static void take_recipient(struct back *b, const struct channel_message *m)
{
	struct mail *mail = b->mails;
	struct reply r;
	while (mail && mail->id != m->id)
		mail = mail->next;
	if (!mail || mail->unnamed == 0)
		return;
	struct job *job = new_job(b, m);
	mail->unnamed--;
	job->mail = mail;
	job->original = text_or_null(job->mem, m->text[1]);
	job->wants_receipt = m->number > 0;
	if (!mail->is_refused && jobs_of_mailbox(b->jobs.waiting, job->mailbox) < WAITING_MOST) {
		jobs_add(&b->jobs, job);
		return;
	}
	b->row->refusals[BOARD_MAILBOX]++;
	reply_set(&r, 451, "4.3.2",
		mail->is_refused ? "too many messages wait"
				 : "too many messages wait for this mailbox");
	end_job(b, job, &r);
}

static void tell_front(struct back *b, enum channel_kind kind)
{
	const struct reply nothing = {.code = 0};
	send_front(b, kind, 0, 0, &nothing);
}

static void tell_master(const struct back *b, char what)
{
	if (b->lifeline >= 0) /* a master that is gone starts no worker */
		(void)send(b->lifeline, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The master starts another worker at once; this one only ends its deliveries. */
static void lose_front(struct back *b)
{
	close(b->channel); /* a socket whose other end is gone */
	b->channel = -1;
	board_reset_now(b->row);
	if (!b->was_asked)
		tell_master(b, BACK_HAS_NO_FRONT);
}

static void hear_front(struct back *b)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	int r = channel_receive(b->channel, buffer, &m);
	if (r <= 0) {
		lose_front(b);
		return;
	}
	if (m.kind == CHANNEL_MAIL && m.fd >= 0 && m.number > 0) {
		take_mail(b, &m);
		return;
	}
	if (m.fd >= 0)
		close(m.fd); /* a descriptor that was not expected */
	if (m.kind == CHANNEL_PROBE)
		take_probe(b, &m);
	else if (m.kind == CHANNEL_TO)
		take_recipient(b, &m);
}

/* ---- the worker's life ---- */

static void hear_master(struct back *b)
{
	char byte = BACK_STOP;
	if (io_read(b->lifeline, &byte, 1) <= 0) {
		close(b->lifeline); /* its other end is gone */
		b->lifeline = -1;
	}
	b->was_asked = true;
	tell_front(b, byte == BACK_DRAIN ? CHANNEL_DRAIN : CHANNEL_STOP);
}

/* The master starts another worker at once; this one serves its clients to the end. */
static void retire(struct back *b)
{
	if (b->is_retiring || b->handled < b->conf->lmtp_worker_messages)
		return;
	b->is_retiring = b->was_asked = true;
	tell_master(b, BACK_RETIRES);
	tell_front(b, CHANNEL_DRAIN);
}

static size_t collect(const struct back *b, struct pollfd *fds, struct job **jobs)
{
	size_t n = FIXED;
	fds[0] = (struct pollfd){.fd = b->channel, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = b->lifeline, .events = POLLIN};
	if (b->unsent)
		fds[0].events |= POLLOUT;
	for (struct job *j = b->jobs.running; j; j = j->next) {
		jobs[n] = j;
		fds[n++] = (struct pollfd){.fd = j->pid_fd, .events = POLLIN};
	}
	return n;
}

static void turn(struct back *b, struct pollfd *fds, struct job **jobs)
{
	size_t n = collect(b, fds, jobs);
	if (poll(fds, n, TICK_MS) > 0) {
		for (size_t i = FIXED; i < n; i++)
			if (fds[i].revents)
				finish_job(b, jobs[i]);
		if (fds[1].revents)
			hear_master(b);
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
			hear_front(b);
	}
	send_put_off(b);
	end_late_jobs(b);
	start_jobs(b);
	retire(b);
}

int back_run(const struct server *server, struct board_row *row, int channel, int lifeline)
{
	struct back b = {.pid = getpid(),
		.server = server,
		.conf = server->session.conf,
		.row = row,
		.channel = channel,
		.lifeline = lifeline};
	size_t most = FIXED + b.conf->lmtp_deliveries;
	struct pollfd *fds = mem_alloc(most * sizeof *fds);
	struct job **jobs = mem_alloc(most * sizeof *jobs);
	jobs_init(&b.jobs);
	b.unsent_end = &b.unsent;
	/* Neither a delivery nor the child that judges can write to the board. */
	(void)madvise(server->board, sizeof *server->board, MADV_DONTFORK);
	while (b.channel >= 0 || b.jobs.running || b.jobs.waiting)
		turn(&b, fds, jobs);
	free(fds);
	free(jobs);
	return b.was_asked ? 0 : 1;
}
