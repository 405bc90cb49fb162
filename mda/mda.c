/*
 * What the MTA runs, once a message and recipient: read, decide, carry out, tell. See HACKING.md
 * for the house.
 */
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "mda/conf/owner.h"
#include "mda/deliver.h"
#include "mda/ending.h"
#include "mda/exits.h"
#include "mda/judge.h"
#include "mda/outgoing/bounce.h"
#include "mda/outgoing/srs.h"
#include "mda/report.h"
#include "mda/session.h"
#include "mda/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The usual time_limit: how long the configuration may take to be read. */
enum { START_SECONDS = 600 };

static int check_input(struct err *err)
{
	if (!process_had_input())
		return err_temp(
			err, "standard input is closed; the message was to come from there");
	return 0;
}

/*
 * A file where others own the directory is theirs. Mail does not wait until its log can be opened.
 */
static int open_log(const char *target, struct arena *mem, struct err *err)
{
	struct err why;
	int r = target[0] == '/' ? owner_lend(target, mem, &why) : 0;
	if (r == 0)
		r = log_open(target, &why);
	if (owner_return(err) < 0)
		return -1;
	if (r < 0)
		log_to_syslog(&why);
	return 0;
}

static int find_conf(struct session *s, struct err *err)
{
	return session_configure(s, err) < 0 ? -1 : open_log(s->conf->log.p, s->mem, err);
}

static struct message *read_message(const struct session *s, struct err *err)
{
	int fd = STDIN_FILENO;
	if (s->inv.path && (fd = path_open(s->inv.path, O_RDONLY, 0)) < 0) {
		err_temp(err, "cannot open %s: %s", s->inv.path, strerror(errno));
		return NULL;
	}
	struct message *msg = session_read_message(s, fd, err);
	if (fd != STDIN_FILENO)
		close(fd); /* nothing was written */
	return msg;
}

static void prepare(void *delivery)
{
	deliver_prepare(delivery);
}

/* Judges the message and carries the verdict out; logs the outcome, whatever it is. */
static int handle(
	struct session *s, const struct message *msg, struct times *times, struct err *err)
{
	struct envelope env = session_envelope(s, NULL);
	struct delivery d = session_delivery(s, &env, msg);
	struct judge_job job = {.delivery = &d,
		.env = &env,
		.inv = &s->inv,
		.file = s->file,
		.meanwhile = prepare,
		.context = &d};
	struct outcome out = {0};
	times->read = io_microseconds() - times->start;
	int r = judge(&job, &times->stages, err);
	long long start = io_microseconds();
	if (r == 0)
		r = deliver_verdict(&d, &out, err);
	times->deliver = io_microseconds() - start;
	report_log(&d, &out, times, r < 0 ? err : NULL);
	deliver_release(&d);
	return r;
}

/*
 * Without a key no seal is valid: bounce_open() says that the address is unknown. A key that cannot
 * be read defers the bounce, because a bounce that is refused goes nowhere.
 */
static int read_seals_key(struct session *s, struct err *err)
{
	struct stat st;
	const char *path = s->conf->stamp_key.p;
	if (s->keys.count || s->conf->stamp_key.n == 0 ||
		stamp_key_read(path, false, &s->keys, err) == 0)
		return 0;
	return path_lstat(path, &st) < 0 && errno == ENOENT ? 0 : -1;
}

/*
 * A bounce of mail that was redirected with an SRS sender. The seal decides before anything else of
 * it is looked at; then it belongs to no mailbox here, and is handed on by an account without
 * rights.
 */
static int forward_sealed(struct session *s, struct err *err)
{
	struct str original;
	if (read_seals_key(s, err) < 0)
		return -1;
	if (bounce_open(str_of(s->inv.recipient), &s->keys, s->mem, &original, err) < 0)
		return -1;
	explicit_bzero(s->keys.items, s->keys.count * sizeof *s->keys.items);
	s->keys.count = 0;
	if (owner_drop(s->conf, s->mem, err) < 0)
		return -1;
	struct message *msg = read_message(s, err);
	if (!msg)
		return -1;
	struct envelope env = session_envelope(s, msg);
	int r = bounce_forward(s->conf, original, &env, msg, s->mem, err);
	message_free(msg);
	return r;
}

static int forward_bounce(struct session *s, struct err *err)
{
	int r = forward_sealed(s, err);
	if (r < 0)
		report_failure(str_of(s->inv.recipient), err);
	return r;
}

static int deliver(struct session *s, struct err *err)
{
	struct times times = {.start = io_microseconds()};
	alarm(START_SECONDS);
	if (find_conf(s, err) < 0)
		return -1;
	alarm((unsigned)s->conf->time_limit);
	struct message *msg = NULL;
	if (session_read_keys(s, err) < 0)
		return -1;
	if (s->inv.recipient && srs_is_one(str_of(s->inv.recipient)))
		return forward_bounce(s, err);
	if (session_find_mailbox(s, err) < 0) {
		report_failure(s->mailbox, err);
		return -1;
	}
	if (session_become_user(s, err) == 0 && session_find_folder(s, err) == 0)
		msg = read_message(s, err);
	if (!msg) {
		report_failure(s->mailbox, err);
		return -1;
	}
	int r = handle(s, msg, &times, err);
	message_free(msg);
	return r;
}

/* A wrong line defers all mail: the admin looks for the reason in the log. */
static void log_wrong_line(struct session *s, const struct err *why)
{
	struct err err;
	alarm(START_SECONDS);
	if (find_conf(s, &err) == 0)
		report_failure(str_of(s->inv.recipient ? s->inv.recipient : s->inv.user), why);
}

static int run(struct session *s, int argc, char **argv, struct err *err)
{
	if (check_input(err) < 0)
		return -1;
	if (invocation_parse(argc, argv, s->mem, &s->inv, err) < 0) {
		log_wrong_line(s, err);
		return -1;
	}
	if (s->inv.help) {
		invocation_usage();
		return 0;
	}
	if (s->inv.version) {
		puts("mda " MDA_VERSION);
		return 0;
	}
	return deliver(s, err);
}

int main(int argc, char **argv)
{
	struct err err;
	if (ending_catch(&err) < 0 || process_start(argc, argv, &err) < 0)
		return exits_tell(&err);
	if (argc > 1 && argv[1][0] != '-')
		return tool_exec(argv + 1);
	struct session s = {.mem = arena_new()};
	int status = run(&s, argc, argv, &err) == 0 ? EXIT_DONE : exits_tell(&err);
	if (io_flush_stdout(NULL) < 0 && status == EXIT_DONE)
		status = EXIT_TRY_AGAIN;
	log_close();
	arena_free(s.mem);
	return status;
}
