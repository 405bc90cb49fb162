/*
 * mda-explain: shows what would become of a message, and why. It judges as a delivery does, and
 * changes nothing. Of a message that was delivered, it shows what was decided then.
 */
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "mda/account/account_html.h"
#include "mda/account/account_json.h"
#include "mda/account/account_text.h"
#include "mda/conf/owner.h"
#include "mda/judge.h"
#include "mda/report.h"
#include "mda/session.h"
#include "mda/tools/program.h"
#include "mda/tools/records.h"
#include "mda/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct explanation {
	struct session session;
	struct records_query query;
	bool trace, json, html, help, version;
};

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
	{"folder", "folder", "the folder to keep it in, or in which a delivery stored it (INBOX)",
		'm', AT(session.inv.folder), NULL},
	{"uid", "number", "the delivery that stored the message with this UID", 0, AT(query.uid),
		NULL},
	RECORDS_OPTIONS(struct explanation),
	{"trace", NULL, "print each step of the rules too", 't', AT(trace), NULL},
	{"json", NULL, "print JSON (see mda-explain(1))", 0, AT(json), NULL},
	{"html", NULL, "print a page for a browser", 0, AT(html), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', AT(session), session_take_setting},
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

static void add_lines(const struct explanation *e, const struct account *list, size_t count,
	struct str trace, struct buf *to)
{
	struct json json = {.to = to};
	for (size_t i = 0; i < count; i++) {
		if (e->json) {
			account_json(&json, &list[i], trace);
			json_end_line(&json);
		} else {
			buf_text(to, i ? "\n" : "");
			buf_add(to, trace);
			account_text(to, &list[i], terminal_of(STDOUT_FILENO));
		}
	}
}

static int print(const struct explanation *e, const struct account *list, size_t count,
	struct str trace, struct err *err)
{
	struct buf text = {0};
	if (e->html)
		account_html(&text, list, count, trace);
	else
		add_lines(e, list, count, trace, &text);
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
		r = print(e, &account, 1, buf_str(&trace.text), err);
	}
	buf_free(&trace.text);
	return r;
}

/* ---- records of real deliveries ---- */

static void tell_damage(const struct kept_damage *damage)
{
	if (damage->places)
		program_complain("the records are damaged in %zu place%s, which are skipped: %s",
			damage->places, damage->places == 1 ? "" : "s", damage->why.text);
}

static void tell_none(const struct explanation *e)
{
	program_complain("no record of such a delivery is kept%s%s",
		e->session.conf->explain_keep ? "" : ": explain_keep is 0",
		e->query.subject
			? "; a record has the Subject only if a rule looked at it"
			: (e->query.uid ? "; a client may have moved the message here: try "
					  "--message-id"
					: ""));
}

/* Returns the exit status. */
static int explain_kept(struct explanation *e, struct err *err)
{
	struct session *s = &e->session;
	struct records found;
	const char *who = s->inv.user ? s->inv.user : s->inv.recipient;
	e->query.folder = s->inv.folder;
	const char *dir = records_open(s, who, err);
	if (!dir || records_find(s, dir, &e->query, &found, err) < 0)
		return -1;
	tell_damage(&found.damage);
	if (found.count == 0)
		tell_none(e);
	else if (print(e, found.items, found.count, STR_EMPTY, err) < 0)
		return -1;
	return found.count == 0;
}

/* ---- a message ---- */

static int explain_message(struct explanation *e, const char *path, struct err *err)
{
	struct session *s = &e->session;
	if (!s->inv.recipient)
		s->inv.recipient = s->inv.original;
	if (log_open("none", err) < 0 || session_configure(s, err) < 0 ||
		session_read_keys(s, err) < 0)
		return -1;
	struct file file = {path, open_as_root(path, s->mem)};
	struct message *msg = session_receive(s, read_message, &file, err);
	int r = msg ? explain(e, msg, err) : -1;
	message_free(msg);
	return r;
}

/* Is there an option that a record cannot obey? */
static bool has_envelope(const struct explanation *e)
{
	const struct invocation *inv = &e->session.inv;
	return inv->original || inv->sender || inv->submitter || e->trace;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct explanation *e = request;
	bool asks_records = records_asked(&e->query);
	(void)command;
	if (count > 1)
		return err_temp(
			err, "only one message can be explained; %s is one too many", words[1]);
	if (count == 0 && !asks_records)
		return err_temp(err, "usage: mda-explain MESSAGE -r RECIPIENT, or mda-explain -r "
				     "RECIPIENT --last 1; see mda-explain --help");
	if (count && asks_records)
		return err_temp(err,
			"either a message is explained, or deliveries that were (--uid, --last, "
			"...); not both");
	if (e->json && e->html)
		return err_temp(err, "either --json or --html, not both");
	if (asks_records && has_envelope(e))
		return err_temp(err,
			"of a delivery its record is shown: --original, --sender, --auth and "
			"--trace are for a message; --from finds a sender");
	return count ? explain_message(e, words[0], err) : explain_kept(e, err);
}

static const struct command command = {"explain", "[MESSAGE]", "", 0};

static const struct program program = {
	.name = "mda-explain",
	.synopsis = "mda-explain MESSAGE -r RECIPIENT [options]\n"
		    "       mda-explain -r RECIPIENT --uid N | --message-id ID | --last N | ...",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "MESSAGE - is standard input. Nothing is stored, sent or logged.\n"
	       "Exit status: 0 explained; 1 no such delivery is known; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct explanation e = {.session = {.mem = arena_new(), .asks = true}};
	int status = program_main(&program, &e, argc, argv);
	arena_free(e.session.mem);
	return status;
}
