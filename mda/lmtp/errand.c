#include "mda/lmtp/errand.h"

#include "base/io.h"
#include "base/log.h"
#include "mda/delivering.h"
#include "mda/ending.h"
#include "mda/exits.h"
#include "mda/report.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Must run as the user, because becoming a user clears this signal. Nobody would learn the result
 * of a delivery that outlives the process that asked for it, and the client would send the message
 * again while it still runs.
 */
static struct message *hand_over(void *context, const struct session *s, struct err *err)
{
	const struct errand *e = context;
	(void)s;
	if (prctl(PR_SET_PDEATHSIG, SIGUSR1) < 0 || getppid() != e->back) {
		err_temp(err, "the server has ended");
		return NULL;
	}
	return e->msg;
}

static struct session session_of(const struct errand *e)
{
	return (struct session){.mem = arena_new(),
		.file = (struct conf_file *)e->file,
		.conf = e->conf,
		.warm = e->warm,
		.asks = !e->msg,
		.may_overlap = true,
		.inv = {.recipient = e->recipient,
			.original = e->original,
			.sender = e->sender,
			.submitter = e->submitter,
			.queue_id = e->queue_id,
			.envelope_id = e->envelope_id,
			.wants_receipt = e->wants_receipt}};
}

static int deliver(
	const struct errand *e, struct session *s, struct errand_result *result, struct err *err)
{
	struct delivering_run d = {.session = s,
		.read = hand_over,
		.context = (void *)e,
		.start = io_microseconds(),
		.hash = e->hash};
	int r = delivering_run(&d, err);
	result->is_judged = d.is_judged;
	result->spam = d.spam;
	result->label = d.label;
	result->read_us = d.read_us;
	result->judge_us = d.judge_us;
	result->deliver_us = d.deliver_us;
	return r;
}

static int probe(struct session *s, unsigned long long size, struct err *err)
{
	int r = delivering_probe(s, size, err);
	if (r < 0)
		report_failure(
			s->mailbox.n ? s->mailbox : str_of(s->inv.recipient), STR_EMPTY, err);
	return r;
}

bool errand_accepts(const struct errand *e)
{
	struct session s = session_of(e);
	struct err err;
	bool accepts = delivering_probe(&s, e->size, &err) == 0;
	arena_free(s.mem);
	return accepts;
}

/* A delivery handles signals like the one-shot program, not like the server. */
static int reset_signals(struct err *err)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signal(signals[i], SIG_DFL) == SIG_ERR)
			return err_temp(err, "cannot set up signals");
	return ending_catch(err);
}

/* If this fails, the exit status still says the main thing. */
static void tell(int fd, struct errand_result *result, struct str line)
{
	const struct str pieces[] = {{(const char *)result, sizeof *result}, line};
	result->line_bytes = (uint32_t)line.n;
	(void)io_write_pieces(fd, pieces, 2);
}

int errand_run(const struct errand *e, int fd)
{
	struct session s = session_of(e);
	struct errand_result result = {.magic = ERRAND_MAGIC, .status = EXIT_DONE};
	struct buf line = {0};
	struct err err;
	ending_tell(fd);
	int r = reset_signals(&err);
	alarm((unsigned)e->conf->time_limit);
	if (r == 0)
		r = e->msg ? deliver(e, &s, &result, &err) : probe(&s, e->size, &err);
	if (r < 0)
		result.status = (uint32_t)exits_line(&err, &line);
	tell(fd, &result, buf_str(&line));
	return (int)result.status;
}

bool errand_read(struct str bytes, struct errand_result *result, struct str *line)
{
	*line = bytes;
	if (bytes.n >= sizeof *result)
		memcpy(result, bytes.p, sizeof *result);
	if (bytes.n < sizeof *result || result->magic != ERRAND_MAGIC ||
		result->line_bytes != bytes.n - sizeof *result || result->status > UINT8_MAX ||
		result->spam > SPAM_SKIPPED || result->label > LABEL_UNKNOWN) {
		*result = (struct errand_result){0};
		return false;
	}
	*line = str_slice(bytes, sizeof *result, bytes.n);
	return true;
}
