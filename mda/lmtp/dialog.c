#include "mda/lmtp/dialog_inside.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- saying ---- */

void dialog_say(struct dialog *d, unsigned code, const char *dsn, const char *text)
{
	struct reply r;
	reply_set(&r, code, dsn, "%s", text);
	reply_add(&d->out, &r);
}

void dialog_end(struct dialog *d, const struct reply *why)
{
	if (d->reads == ENDED)
		return;
	reply_add(&d->out, why);
	d->reads = ENDED;
	d->host->forget(d->context);
}

/* Counts a mistake of the client. After too many, the connection ends. */
void dialog_complain(struct dialog *d, const struct reply *r)
{
	struct reply enough;
	reply_add(&d->out, r);
	if (++d->errors <= LIMIT_LMTP_ERRORS)
		return;
	reply_set(&enough, 421, "4.7.0", "%s too many errors", d->conf->host);
	dialog_end(d, &enough);
}

void dialog_wrong(struct dialog *d, unsigned code, const char *dsn, const char *text)
{
	struct reply r;
	reply_set(&r, code, dsn, "%s", text);
	dialog_complain(d, &r);
}

void dialog_greet(struct dialog *d)
{
	struct reply r;
	reply_set(&r, 220, "", "%s LMTP mda " MDA_VERSION, d->conf->host);
	reply_add(&d->out, &r);
}

void dialog_forget(struct dialog *d)
{
	bool was_begun = d->at & (SENDER | RECIPIENTS | CHUNKS);
	arena_free(d->mem);
	d->mem = arena_new();
	d->mail = (struct dialog_mail){.sender = STR_EMPTY};
	d->recipients = NULL;
	d->accepted = NULL;
	d->accepted_count = 0;
	d->lost = NULL;
	d->answers = NULL;
	d->size = 0;
	d->answered = 0;
	d->asked = 0;
	if (was_begun)
		d->host->forget(d->context);
	if (d->at != FRESH)
		d->at = READY;
}

/* ---- the table of commands ---- */

enum argument { NONE, ANY, NEEDED };

static const struct command {
	const char *verb;
	unsigned where; /* at other times it is out of order */
	enum argument argument;
	void (*run)(struct dialog *d, struct str argument);
} commands[] = {
	{"LHLO", ANYWHERE, NEEDED, dialog_run_lhlo},
	{"MAIL", READY, NEEDED, dialog_run_mail},
	{"RCPT", SENDER | RECIPIENTS, NEEDED, dialog_run_rcpt},
	{"DATA", RECIPIENTS, NONE, dialog_run_data},
	{"BDAT", ANYWHERE, NEEDED, dialog_run_bdat},
	{"RSET", ANYWHERE, NONE, dialog_run_rset},
	{"NOOP", ANYWHERE, ANY, dialog_run_noop},
	{"QUIT", ANYWHERE, NONE, dialog_run_quit},
	{"VRFY", ANYWHERE, NEEDED, dialog_run_vrfy},
	{"HELP", ANYWHERE, ANY, dialog_run_help},
	{"STARTTLS", FRESH | READY, NONE, dialog_run_starttls},
	{"XCLIENT", FRESH | READY, NEEDED, dialog_run_xclient},
	{"XFORWARD", READY, NEEDED, dialog_run_xforward},
};

/* Commands of SMTP that do not exist in LMTP. */
static const struct {
	const char *verb;
	unsigned code;
	const char *text;
} others[] = {
	{"HELO", 500, "this is LMTP: say LHLO"},
	{"EHLO", 500, "this is LMTP: say LHLO"},
	{"EXPN", 502, "there are no lists here"},
	{"ETRN", 502, "there is no queue here"},
	{"TURN", 502, "there is no queue here"},
	{"AUTH", 502, "nobody logs in here"},
};

static void out_of_order(struct dialog *d, const struct command *c)
{
	const char *text = d->at == FRESH          ? "say LHLO first"
			   : d->at == READY        ? "say MAIL first"
			   : d->at == CHUNKS       ? "BDAT LAST or RSET ends this message"
			   : c->where & RECIPIENTS ? "no recipient was accepted"
						   : "a message has been begun; RSET forgets it";
	dialog_wrong(d, 503, "5.5.1", text);
}

static void unknown(struct dialog *d, struct str verb)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (str_ieq(verb, str_of(others[i].verb))) {
			dialog_wrong(d, others[i].code, "5.5.1", others[i].text);
			return;
		}
	dialog_wrong(d, 500, "5.5.2", "this command is not known");
}

static const struct command *find(struct str verb)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (str_ieq(verb, str_of(commands[i].verb)))
			return &commands[i];
	return NULL;
}

static void run_line(struct dialog *d, struct str line)
{
	size_t blank = str_find(line, ' ');
	struct str verb = str_slice(line, 0, blank);
	struct str argument = str_trim(str_slice(line, blank, line.n));
	const struct command *c = find(verb);
	if (!c)
		unknown(d, verb);
	else if (c->argument == NEEDED ? argument.n == 0 : c->argument == NONE && argument.n)
		dialog_wrong(d, 501, "5.5.4",
			c->argument == NONE ? "this command has no argument"
					    : "this command needs an argument");
	else if (!(c->where & d->at))
		out_of_order(d, c);
	else
		c->run(d, argument);
}

static size_t read_line(struct dialog *d, struct str bytes)
{
	struct str rest = bytes;
	if (!wire_take_line(&d->line, &rest))
		return bytes.n;
	if (d->line.is_too_long)
		dialog_wrong(d, 500, "5.5.2", "the line is too long");
	else if (d->line.is_broken)
		dialog_wrong(d, 500, "5.5.2", "a line has CR and LF at its end, and no NUL");
	else
		run_line(d, buf_str(&d->line.text));
	wire_clear(&d->line);
	return bytes.n - rest.n;
}

/* ---- public ---- */

struct dialog *dialog_new(
	const struct dialog_conf *conf, const struct dialog_host *host, void *context)
{
	struct dialog *d = mem_alloc(sizeof *d);
	d->conf = conf;
	d->host = host;
	d->context = context;
	d->at = FRESH;
	d->mem = arena_new();
	dialog_greet(d);
	return d;
}

void dialog_free(struct dialog *d)
{
	if (!d)
		return;
	wire_free(&d->line);
	buf_free(&d->out);
	arena_free(d->mem);
	free(d);
}

void dialog_allow(struct dialog *d, const struct dialog_rights *rights)
{
	d->rights = *rights;
}

static size_t read_some(struct dialog *d, struct str bytes)
{
	if (d->reads == READS_DATA)
		return dialog_read_data(d, bytes);
	if (d->reads == READS_CHUNK)
		return dialog_read_chunk(d, bytes);
	return read_line(d, bytes);
}

size_t dialog_input(struct dialog *d, struct str bytes)
{
	size_t n = 0;
	while (n < bytes.n && d->reads <= READS_CHUNK && d->out.n < DIALOG_OUTPUT_MOST)
		n += read_some(d, str_slice(bytes, n, bytes.n));
	/* Bytes from before TLS were not protected; bytes after the end have no reader. */
	return d->reads == WAITS_FOR_TLS || d->reads == ENDED ? bytes.n : n;
}

struct buf *dialog_output(struct dialog *d)
{
	return &d->out;
}

bool dialog_has_ended(const struct dialog *d)
{
	return d->reads == ENDED;
}

bool dialog_reads_message(const struct dialog *d)
{
	return d->reads == READS_DATA || d->reads == READS_CHUNK;
}

bool dialog_waits(const struct dialog *d)
{
	return d->reads >= WAITS_FOR_RECIPIENT && d->reads <= WAITS_FOR_TLS;
}

bool dialog_is_idle(const struct dialog *d)
{
	return d->reads == READS_LINES && (d->at & (FRESH | READY));
}
