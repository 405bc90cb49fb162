/*
 * The program that the MTA runs, once for each message and recipient: it reads, decides, carries
 * out and reports. HACKING.md shows the way of a message.
 */
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "mda/delivering.h"
#include "mda/ending.h"
#include "mda/exits.h"
#include "mda/features.h"
#include "mda/report.h"
#include "mda/session.h"
#include "mda/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The default of time_limit: how long reading the configuration may take. */
enum { START_SECONDS = 600 };

static int check_input(struct err *err)
{
	if (!process_had_input())
		return err_temp(
			err, "standard input is closed; the message was to come from there");
	return 0;
}

static int find_conf(struct session *s, struct err *err)
{
	return session_configure(s, err) < 0 ? -1 : session_open_log(s, err);
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

static struct message *read_it(void *context, const struct session *s, struct err *err)
{
	(void)context;
	return read_message(s, err);
}

static int deliver(struct session *s, struct err *err)
{
	struct delivering_run d = {.session = s, .read = read_it, .start = io_microseconds()};
	alarm(START_SECONDS);
	if (find_conf(s, err) < 0)
		return -1;
	if (s->conf->time_limit != START_SECONDS)
		alarm((unsigned)s->conf->time_limit);
	return delivering_run(&d, err);
}

/* A wrong command line defers all mail, so the admin will look for the reason in the log. */
static void log_wrong_line(struct session *s, const struct err *why)
{
	struct err err;
	alarm(START_SECONDS);
	if (find_conf(s, &err) == 0)
		report_failure(
			str_of(s->inv.recipient ? s->inv.recipient : s->inv.user), STR_EMPTY, why);
}

static void print_version(void)
{
	struct buf text = {0};
	features_add(&text);
	printf("mda %s\n" STR_FMT, MDA_VERSION, STR_ARGS(buf_str(&text)));
	buf_free(&text);
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
		print_version();
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
#ifdef MDA_SANITIZED
	exit(status); /* leaks are looked for now, while S leads to what is still open */
#else
	_exit(status); /* the kernel frees the memory faster */
#endif
}
