#include "mda/lmtp/back_inside.h"

#include "base/io.h"
#include "base/mem.h"
#include "mda/delivering.h"
#include "mda/server/event.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection has one question or one refused message at a time. SPARE: what tell_front() says. */
enum { TICK_MS = 1000, FIXED = 3, RECIPIENTS_EACH = 10, SPARE = 16 };

static void tell_front(struct back *b, enum channel_kind kind)
{
	const struct reply nothing = {.code = 0};
	answers_send(&b->answers, kind, 0, 0, &nothing);
}

static void tell_master(const struct back *b, char what)
{
	if (b->lifeline >= 0) /* a master that is gone starts no worker */
		(void)send(b->lifeline, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The master starts another worker at once; this one only ends its deliveries. */
static void lose_front(struct back *b)
{
	close(b->answers.channel); /* nothing that was written to it matters any more */
	b->answers.channel = -1;
	board_reset_now(b->row);
	if (!b->was_asked)
		tell_master(b, BACK_HAS_NO_FRONT);
}

static void hear_front(struct back *b)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	int r = channel_receive(b->answers.channel, buffer, &m);
	if (r <= 0) {
		lose_front(b);
		return;
	}
	if (m.kind == CHANNEL_MAIL && m.fd >= 0 && m.number > 0) {
		back_take_mail(b, &m);
		return;
	}
	if (m.fd >= 0)
		close(m.fd); /* a descriptor that was not expected */
	if (m.kind == CHANNEL_PROBE)
		back_take_question(b, &m);
	else if (m.kind == CHANNEL_TO)
		back_take_recipient(b, &m);
}

/* It was taken over, or it hangs. */
static void leave_bad_front(struct back *b)
{
	if (b->answers.channel < 0 || !answers_are_too_many(&b->answers))
		return;
	event_trouble("the process that speaks with clients reads no answers: it is left");
	lose_front(b);
}

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
	fds[0] = (struct pollfd){.fd = b->answers.channel, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = b->lifeline, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = b->asker.pid ? b->asker.socket : -1, .events = POLLIN};
	if (b->answers.first)
		fds[0].events |= POLLOUT;
	for (struct job *j = b->jobs.running.first; j; j = j->next) {
		jobs[n] = j;
		fds[n++] = (struct pollfd){.fd = j->pid_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = j->is_heard ? -1 : j->pipe, .events = POLLIN};
	}
	return n;
}

static void turn(struct back *b, struct pollfd *fds, struct job **jobs)
{
	size_t n = collect(b, fds, jobs);
	if (poll(fds, n, TICK_MS) > 0) {
		for (size_t i = FIXED; i < n; i += 2)
			if (fds[i].revents)
				back_finish_job(b, jobs[i]);
			else if (fds[i + 1].revents)
				back_hear_job(b, jobs[i]);
		if (fds[2].revents)
			back_hear_asker(b);
		if (fds[1].revents)
			hear_master(b);
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
			hear_front(b);
	}
	answers_flush(&b->answers);
	leave_bad_front(b);
	back_end_late_jobs(b);
	back_end_late_asker(b);
	back_start_jobs(b);
	retire(b);
}

/* Limits of what may wait, in messages that the front sends and in answers that it has not read. */
static void set_limits(struct back *b, int channel)
{
	size_t connections = b->conf->lmtp_connections, recipients = b->conf->lmtp_recipients;
	size_t most = RECIPIENTS_EACH * connections;
	b->recipients_most = most > recipients ? most : recipients;
	answers_init(&b->answers, channel, b->recipients_most + 2 * connections + SPARE);
}

int back_run(const struct server *server, struct board_row *row, int channel, int lifeline)
{
	struct back b = {.pid = getpid(),
		.server = server,
		.conf = server->session.conf,
		.row = row,
		.lifeline = lifeline};
	struct err err;
	size_t most = FIXED + 2 * b.conf->lmtp_deliveries;
	struct pollfd *fds = mem_alloc(most * sizeof *fds);
	struct job **jobs = mem_alloc(most * sizeof *jobs);
	set_limits(&b, channel);
	if (jobs_init(&b.jobs, b.conf->lmtp_mailbox_deliveries, &err) < 0) {
		event_trouble("%s", err.text);
		return 1;
	}
	/* Neither a delivery nor the child that judges can write to the board. */
	(void)madvise(server->board, sizeof *server->board, MADV_DONTFORK);
	b.warm = delivering_warm(b.conf, server->session.mem);
	while (b.answers.channel >= 0 || b.jobs.running.count || jobs_waiting(&b.jobs))
		turn(&b, fds, jobs);
	back_end_asker(&b);
	free(fds);
	free(jobs);
	return b.was_asked ? 0 : 1;
}
