/*
 * What the MTA runs, once a message and recipient: read, decide, carry out, tell. See HACKING.md for the house.
 */
#include "mda/aliases.h"
#include "mda/base/confined.h"
#include "mda/base/io.h"
#include "mda/base/log.h"
#include "mda/base/path.h"
#include "mda/base/printable.h"
#include "mda/bounce.h"
#include "mda/conf.h"
#include "mda/deliver.h"
#include "mda/exits.h"
#include "mda/invocation.h"
#include "mda/owner.h"
#include "mda/judge.h"
#include "mda/process.h"
#include "mda/report.h"
#include "mda/srs.h"
#include "mda/tool.h"
#include "mda/user.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The usual time_limit: how long the configuration may take to be read. */
enum { START_SECONDS = 600 };

/* Everything that is known before the message is read. */
struct session {
	struct arena *mem;
	struct invocation inv;
	struct conf_file *file;
	const struct conf *conf;
	const struct aliases *aliases;
	struct stamp_keys keys; /* root's, which the user cannot read */
	struct str mailbox;     /* the address whose configuration counts */
	struct user user;
};

/* The MTA's own limit bounces mail (Postfix); ours makes it retry. */
static void on_time_limit(int signal)
{
	static const char text[] = "4.3.0 the delivery took too long\n";
	(void)signal;
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	_exit(EXIT_TRY_AGAIN);
}

/* A fault of ours, or of a library that read a damaged file, is no reason to bounce: Exim does that on a signal. */
static void on_crash(int signal)
{
	static const char text[] = "4.3.0 mda failed on an internal fault\n";
	(void)signal;
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	_exit(EXIT_TRY_AGAIN);
}

static int catch_crashes(struct err *err)
{
#ifndef MDA_SANITIZED /* which wants to tell of them itself */
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
	static char stack[64 * 1024];
	const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_RESETHAND};
	if (sigaltstack(&own, NULL) < 0)
		return err_temp(err, "cannot set up signals: %s", strerror(errno));
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], &action, NULL) < 0)
			return err_temp(err, "cannot set up signals: %s", strerror(errno));
#else
	(void)on_crash;
	(void)err;
#endif
	return 0;
}

static int set_up_process(struct err *err)
{
	if (!process_had_input())
		return err_temp(
			err, "standard input is closed; the message was to come from there");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
		signal(SIGALRM, on_time_limit) == SIG_ERR)
		return err_temp(err, "cannot set up signals: %s", strerror(errno));
	return catch_crashes(err);
}

/* A file where others own the directory is theirs. Mail does not wait until its log can be opened. */
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

/* The configuration for everybody. */
static int find_conf(struct session *s, struct err *err)
{
	const char *path = s->inv.conf ? s->inv.conf : conf_default_path;
	s->file = conf_load(path, s->mem, err);
	if (!s->file)
		return -1;
	for (size_t i = 0; i < s->inv.override_count; i++)
		if (conf_override(s->file, s->inv.overrides[i], err) < 0)
			return -1;
	s->conf = conf_global(s->file, s->mem);
	/* What only asks leaves no trace. */
	return open_log(s->inv.dry_run || s->inv.check_conf ? "none" : s->conf->log.p, s->mem, err);
}

/* That of the recipient, whom the command line and the environment name. */
static int find_mailbox(struct session *s, struct err *err)
{
	const struct conf *global = s->conf;
	s->aliases = aliases_open(global->aliases, global->recipient_delimiter, s->mem, err);
	if (!s->aliases)
		return -1;
	s->mailbox = aliases_mailbox(s->aliases,
		invocation_mailbox(&s->inv,
			invocation_default_domain(global->default_domain, s->mem),
			global->recipient_delimiter, s->mem),
		s->mem);
	const struct conf *conf = conf_for(s->file, s->mailbox, s->mem, err);
	if (conf)
		s->conf = conf;
	return conf ? 0 : -1;
}

/* Root's keys are read while we are root; without them mail is redirected without a stamp. */
static int read_keys(struct session *s, struct err *err)
{
	struct str path = s->conf->stamp_key;
	if (geteuid() != 0 || path.n == 0)
		return 0;
	if (owner_lend(path.p, s->mem, NULL) == 0)
		(void)stamp_key_read(path.p, !s->inv.dry_run, &s->keys, NULL);
	return owner_return(err);
}

static int become_user(struct session *s, struct err *err)
{
	struct str name =
		invocation_user(&s->inv, invocation_default_domain(s->conf->default_domain, s->mem),
			s->conf->recipient_delimiter, s->mem);
	/* A login is nobody's alias; an address is, whoever says it. */
	if (s->conf->users == USERS_VIRTUAL)
		name = aliases_mailbox(s->aliases, name, s->mem);
	if (user_find(s->conf, name, s->mem, &s->user, err) < 0 || user_become(&s->user, err) < 0)
		return -1;
	if (s->conf->users == USERS_SYSTEM && s->inv.home)
		s->user.names.home = str_of(s->inv.home);
	return user_check_home(s->conf, &s->user, s->inv.dry_run || s->inv.check_conf, err);
}

static struct message *read_message(const struct session *s, struct err *err)
{
	const struct message_limits limits = {.in_memory = s->conf->message_in_memory,
		.largest = s->conf->message_max,
		.spool_dir = s->conf->spool_dir.p};
	int fd = STDIN_FILENO;
	if (s->inv.path && (fd = path_open(s->inv.path, O_RDONLY, 0)) < 0) {
		err_temp(err, "cannot open %s: %s", s->inv.path, strerror(errno));
		return NULL;
	}
	struct message *msg = message_read_bytes(fd, &limits, err);
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
	struct str domain = invocation_default_domain(s->conf->default_domain, s->mem);
	struct trace trace = {0};
	struct envelope env =
		invocation_envelope(&s->inv, NULL, domain, s->conf->recipient_delimiter, s->mem);
	env.mailbox = s->mailbox;
	struct delivery d = {.conf = s->conf,
		.aliases = s->aliases,
		.user = &s->user,
		.env = &env,
		.told = env,
		.keys = &s->keys,
		.msg = msg,
		.keep_folder = str_of(s->inv.folder),
		.trace = s->inv.dry_run && s->inv.verbose ? &trace : NULL,
		.mem = s->mem};
	struct judging judging = {.delivery = &d,
		.env = &env,
		.inv = &s->inv,
		.file = s->file,
		.meanwhile = s->inv.dry_run ? NULL : prepare,
		.context = &d};
	struct outcome out = {0};
	times->read = io_microseconds() - times->start;
	int r = judge(&judging, &times->stages, err);
	if (r == 0 && s->inv.dry_run) {
		report_explain(&d);
		buf_free(&trace.text);
		return 0;
	}
	long long start = io_microseconds();
	if (r == 0)
		r = deliver_verdict(&d, &out, err);
	times->deliver = io_microseconds() - start;
	report_log(&d, &out, times, r < 0 ? err : NULL);
	deliver_release(&d);
	buf_free(&trace.text);
	return r;
}

/*
 * A bounce of mail that was redirected with an SRS sender. The seal decides before anything else of it is looked at; then it
 * belongs to no mailbox here, and is handed on by an account without rights.
 */
static int forward_sealed(struct session *s, struct err *err)
{
	struct str original, domain;
	if (s->keys.count == 0 && s->conf->stamp_key.n)
		(void)stamp_key_read(s->conf->stamp_key.p, false, &s->keys, NULL);
	if (bounce_open(str_of(s->inv.recipient), &s->keys, s->mem, &original, err) < 0)
		return -1;
	explicit_bzero(s->keys.items, s->keys.count * sizeof *s->keys.items);
	s->keys.count = 0;
	if (owner_drop(s->conf, s->mem, err) < 0)
		return -1;
	struct message *msg = read_message(s, err);
	if (!msg)
		return -1;
	domain = invocation_default_domain(s->conf->default_domain, s->mem);
	struct envelope env =
		invocation_envelope(&s->inv, msg, domain, s->conf->recipient_delimiter, s->mem);
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
	if (read_keys(s, err) < 0)
		return -1;
	if (!s->inv.dry_run && s->inv.recipient && srs_is_one(str_of(s->inv.recipient)))
		return forward_bounce(s, err);
	if (find_mailbox(s, err) < 0) {
		report_failure(s->mailbox, err);
		return -1;
	}
	if (become_user(s, err) == 0)
		msg = read_message(s, err);
	if (!msg) {
		report_failure(s->mailbox, err);
		return -1;
	}
	int r = handle(s, msg, &times, err);
	message_free(msg);
	return r;
}

static void print_error(const struct diag *e)
{
	struct buf line = {0};
	printable_add(&line, e->file);
	buf_fmt(&line, ":%u:%u: ", e->line, e->column);
	printable_add(&line, e->text);
	printf("%s\n", buf_cstr(&line));
	buf_free(&line);
}

/* mda -t: what is in force, and whether the scripts compile. */
static int check_conf(struct session *s, struct err *err)
{
	struct rules_conf rules;
	struct sv_errors errors = {0};
	if (find_conf(s, err) < 0 || find_mailbox(s, err) < 0 || conf_check(s->file, err) < 0 ||
		conf_print(s->file, s->mailbox, stdout, err) < 0)
		return -1;
	const char *lack = confined_lack(confined_possible());
	printf("# the process that judges is held by limits%s%s%s\n",
		lack ? "; this kernel has " : ", Landlock and a filter of system calls",
		lack ? lack : "", lack ? " for it" : "");
	if (!s->inv.user && !s->inv.recipient)
		return 0;
	if (become_user(s, err) < 0 ||
		pipeline_rules_conf(s->conf, &s->user, NULL, s->mem, &rules, err) < 0)
		return -1;
	size_t n = rules_check(&rules, s->mem, &errors);
	printf("# %zu scripts, %zu errors\n", n, errors.count);
	for (size_t i = 0; i < errors.count; i++)
		print_error(&errors.items[i]);
	return errors.count ? err_temp(err, "%zu errors in the scripts", errors.count) : 0;
}

static int run(struct session *s, int argc, char **argv, struct err *err)
{
	if (set_up_process(err) < 0 || invocation_parse(argc, argv, s->mem, &s->inv, err) < 0)
		return -1;
	if (s->inv.help) {
		invocation_usage();
		return 0;
	}
	if (s->inv.version) {
		puts("mda " MDA_VERSION);
		return 0;
	}
	return s->inv.check_conf ? check_conf(s, err) : deliver(s, err);
}

int main(int argc, char **argv)
{
	struct err err;
	if (process_start(argc, argv, &err) < 0)
		return exits_tell(&err);
	if (argc > 1 && argv[1][0] != '-')
		return tool_exec(argv + 1);
	struct session s = {.mem = arena_new()};
	int status = run(&s, argc, argv, &err) == 0 ? EXIT_DONE : exits_tell(&err);
	if (fflush(stdout) != 0 && status == EXIT_DONE)
		status = EXIT_TRY_AGAIN;
	log_close();
	arena_free(s.mem);
	return status;
}
