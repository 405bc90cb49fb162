/*
 * The questions of RCPT. One process answers most of them, so that none has to be started for each
 * recipient. Whatever it does not accept is asked again in a process of its own, which finds out
 * the answer and logs it: so a question that kills or blocks the first one costs time and nothing
 * else.
 */
#include "mda/lmtp/back_inside.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/conf/user_source.h"
#include "mda/delivering.h"
#include "mda/lmtp/errand.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * ASKED_MOST: how many questions it may have; further ones are not made to wait for them.
 * PATIENCE_US: how long it may take for one. PAUSE_US: how soon the next one is started.
 */
enum { ASKED_MOST = 32, PATIENCE_US = 2000000, PAUSE_US = 1000000, ACCEPTED = 250 };

/* ---- in the process ---- */

/*
 * As a process for each question: the one account becomes the user's, and stays so. The paths that
 * were declared and opened are those of one user.
 */
static uint64_t answer(const struct back *b, const struct channel_message *m)
{
	const struct arena_mark start = arena_mark(b->asker.mem);
	struct errand e = {.file = b->server->session.file,
		.conf = b->conf,
		.recipient = arena_cstr(b->asker.mem, m->text[0]),
		.sender = arena_cstr(b->asker.mem, m->text[1]),
		.size = m->number};
	uint64_t code = errand_accepts(&e) ? ACCEPTED : 0;
	path_declare_none();
	path_keep(false);
	arena_reset(b->asker.mem, start);
	return code;
}

static _Noreturn void serve(const struct back *b, int socket)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	while (channel_receive(socket, buffer, &m) > 0) {
		const struct channel_message known = {.kind = CHANNEL_KNOWN,
			.id = m.id,
			.index = m.index,
			.number = answer(b, &m),
			.text = {STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY},
			.fd = -1};
		if (channel_send(socket, &known, false) < 0)
			break;
	}
	_exit(0);
}

/* ---- its life ---- */

/*
 * One account owns all mailboxes, and no server is asked, which could take long. A table of
 * settings stays open once it was asked.
 */
static bool is_possible(const struct conf *conf)
{
	const struct user_source *source = user_source(conf);
	return source->have_virtual_home && !source->asks_server &&
	       (conf->aliases.n == 0 || conf->aliases.p[0] == '/') && conf->address_settings.n == 0;
}

static void start(struct back *b)
{
	struct asker *a = &b->asker;
	struct err err;
	int ends[2];
	a->started = io_microseconds();
	if (channel_open(ends, &err) < 0)
		return; /* each question has a process of its own, which reports what is short */
	a->pid = fork();
	if (a->pid == 0) {
		close(ends[0]); /* the other end */
		back_close_all(b, NULL);
		a->mem = arena_new();
		serve(b, ends[1]);
	}
	close(ends[1]); /* the end of the new process */
	if (a->pid > 0) {
		a->socket = ends[0];
		return;
	}
	close(ends[0]); /* nothing was written to it */
	a->pid = 0;
}

void back_end_asker(struct back *b)
{
	struct asker *a = &b->asker;
	struct job *job;
	if (a->pid == 0)
		return;
	close(a->socket);               /* it holds no message that is needed */
	kill(a->pid, SIGKILL);          /* it is not reaped yet */
	(void)waitpid(a->pid, NULL, 0); /* its status is that it ended */
	a->pid = 0;
	a->socket = -1;
	while ((job = a->asked.first)) {
		jobs_take_out(&a->asked, job);
		jobs_add(&b->jobs, job);
	}
}

/* ---- asking it ---- */

/* False if the question needs a process of its own. */
static bool ask(struct back *b, struct job *job)
{
	struct asker *a = &b->asker;
	const struct channel_message m = {.kind = CHANNEL_PROBE,
		.id = job->id,
		.index = job->index,
		.number = job->size,
		.text = {str_of(job->recipient), str_of(job->sender), STR_EMPTY, STR_EMPTY},
		.fd = -1};
	if (a->pid == 0 && is_possible(b->conf) && io_microseconds() - a->started >= PAUSE_US)
		start(b);
	if (a->pid == 0 || a->asked.count >= ASKED_MOST || channel_send(a->socket, &m, true) <= 0)
		return false;
	jobs_append(&a->asked, job);
	return true;
}

void back_take_question(struct back *b, const struct channel_message *m)
{
	struct job *job = back_new_job(b, m);
	struct reply r;
	job->sender = arena_cstr(job->mem, m->text[1]);
	job->size = m->number;
	if (ask(b, job))
		return;
	if (b->jobs.questions.count + b->asker.asked.count < b->conf->lmtp_connections) {
		jobs_add(&b->jobs, job);
		return;
	}
	b->row->refusals[BOARD_RECIPIENT_LATER]++;
	reply_set(&r, 451, "4.3.2", "too many recipients are being looked up");
	back_end_job(b, job, &r);
}

/* It answers in the order in which it was asked. */
void back_hear_asker(struct back *b)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	struct reply r;
	struct job *job = b->asker.asked.first;
	if (channel_receive(b->asker.socket, buffer, &m) <= 0 || !job || m.id != job->id) {
		back_end_asker(b);
		return;
	}
	jobs_take_out(&b->asker.asked, job);
	if (m.number != ACCEPTED) {
		jobs_add(&b->jobs, job);
		return;
	}
	reply_set(&r, 250, "2.1.5", "the recipient is accepted");
	back_end_job(b, job, &r);
}

void back_end_late_asker(struct back *b)
{
	const struct job *job = b->asker.asked.first;
	if (job && io_microseconds() - job->since > PATIENCE_US)
		back_end_asker(b);
}
