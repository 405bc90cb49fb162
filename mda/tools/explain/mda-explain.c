/*
 * mda-explain: shows what would become of a message, and why. It judges as a delivery does, and
 * changes nothing.
 */
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "mda/account/account_json.h"
#include "mda/account/account_text.h"
#include "mda/conf/owner.h"
#include "mda/judge.h"
#include "mda/report.h"
#include "mda/session.h"
#include "mda/tools/program.h"
#include "mda/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct explanation {
	struct session session;
	bool trace, json, help, version;
};

static int take_setting(void *request, const char *value, struct err *err)
{
	struct session *s = &((struct explanation *)request)->session;
	(void)err;
	*(const char **)ARENA_PUSH(s->mem, s->inv.overrides, s->inv.override_count) = value;
	return 0;
}

#define AT(field) offsetof(struct explanation, field)
static const struct option_row options[] = {
	{"recipient", "address", "the envelope recipient", 'r', AT(session.inv.recipient), NULL},
	{"original", "address", "the original recipient, before aliases", 'a',
		AT(session.inv.original), NULL},
	{"sender", "address", "the envelope sender; empty is the null sender", 'f',
		AT(session.inv.sender), NULL},
	{"auth", "submitter", "the authenticated submitter (AUTH of MAIL FROM)", 'u',
		AT(session.inv.submitter), NULL},
	{"user", "user", "whose mailbox, if the recipient does not say that", 'd',
		AT(session.inv.user), NULL},
	{"folder", "folder", "the folder to keep it in, instead of the INBOX", 'm',
		AT(session.inv.folder), NULL},
	{"trace", NULL, "print each step of the rules too", 't', AT(trace), NULL},
	{"json", NULL, "print JSON (see mda-explain(1))", 0, AT(json), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', 0, take_setting},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/*
 * Opens the file if it belongs to root, while we are root. The user must open any other file. -1:
 * not yet opened.
 */
static int open_as_root(const char *path, struct arena *mem)
{
	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	if (process_descriptor(path) >= 0)
		return process_descriptor(path);
	return geteuid() == 0 ? owner_open_file(path, mem, NULL) : -1;
}

struct file {
	const char *path;
	int fd; /* -1: not yet opened */
};

static struct message *read_message(void *context, const struct session *s, struct err *err)
{
	struct file *f = context;
	if (f->fd < 0 && (f->fd = path_open(f->path, O_RDONLY, 0)) < 0) {
		err_temp(err, "cannot open %s: %s", f->path, strerror(errno));
		return NULL;
	}
	return session_read_message(s, f->fd, err);
}

static int print(
	const struct explanation *e, const struct account *a, struct str trace, struct err *err)
{
	struct buf text = {0};
	struct json json = {.to = &text};
	if (e->json) {
		account_json(&json, a, trace);
		json_end_line(&json);
	} else {
		buf_add(&text, trace);
		account_text(&text, a, account_look(STDOUT_FILENO));
	}
	/* What is in it is safe to be shown, and may have colours. */
	int r = io_write(STDOUT_FILENO, buf_str(&text), "the result", err);
	buf_free(&text);
	return r;
}

static int explain(struct explanation *e, const struct message *msg, struct err *err)
{
	struct session *s = &e->session;
	struct trace trace = {.json = e->json};
	struct spent *spent = NULL;
	struct account account;
	struct envelope env = session_envelope(s, NULL);
	struct delivery d = session_delivery(s, &env, msg);
	struct judge_job job = {.delivery = &d, .env = &env, .inv = &s->inv, .file = s->file};
	d.trace = e->trace ? &trace : NULL;
	int r = judge(&job, &spent, err);
	if (r == 0) {
		report_account(&d, spent, NULL, &account);
		r = print(e, &account, buf_str(&trace.text), err);
	}
	buf_free(&trace.text);
	return r;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct explanation *e = request;
	struct session *s = &e->session;
	if (count > 1)
		return err_temp(
			err, "only one message can be explained; %s is one too many", words[1]);
	(void)command;
	if (!s->inv.recipient)
		s->inv.recipient = s->inv.original;
	if (log_open("none", err) < 0 || session_configure(s, err) < 0 ||
		session_read_keys(s, err) < 0)
		return -1;
	struct file file = {words[0], open_as_root(words[0], s->mem)};
	struct message *msg = session_receive(s, read_message, &file, err);
	int r = msg ? explain(e, msg, err) : -1;
	message_free(msg);
	return r;
}

static const struct command command = {"explain", "MESSAGE", "", 1};

static const struct program program = {
	.name = "mda-explain",
	.synopsis = "mda-explain MESSAGE -r RECIPIENT [options]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "MESSAGE - is standard input. Nothing is stored, sent or logged.\n"
	       "Exit status: 0 explained; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct explanation e = {.session = {.mem = arena_new(), .asks = true}};
	int status = program_main(&program, &e, argc, argv);
	arena_free(e.session.mem);
	return status;
}
