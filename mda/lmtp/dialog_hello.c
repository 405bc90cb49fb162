/* LHLO, STARTTLS and XCLIENT, which say who the client is; and the commands that do nothing. */
#include "mda/lmtp/dialog_inside.h"

/* ---- LHLO ---- */

void dialog_run_lhlo(struct dialog *d, struct str argument)
{
	struct arena *mem = arena_new();
	struct str_list lines = {0};
	const struct {
		bool is_said;
		struct str line;
	} all[] = {
		{true, str_of(d->conf->host)},
		{true, STR_LIT("PIPELINING")},
		{true, STR_LIT("8BITMIME")},
		{true, STR_LIT("SMTPUTF8")},
		{true, STR_LIT("ENHANCEDSTATUSCODES")},
		{true, STR_LIT("CHUNKING")},
		{true, STR_LIT("DSN")},
		{d->conf->size > 0, arena_fmt(mem, "SIZE %llu", d->conf->size)},
		{d->conf->size == 0, STR_LIT("SIZE")},
		{d->rights.offers_tls && !d->is_secure, STR_LIT("STARTTLS")},
		{d->rights.may_present, ARENA_JOIN(mem, STR_LIT("XCLIENT"),
						attribute_names(ATTRIBUTE_OF_XCLIENT, mem))},
		{d->rights.may_present, ARENA_JOIN(mem, STR_LIT("XFORWARD"),
						attribute_names(ATTRIBUTE_OF_XFORWARD, mem))},
	};
	(void)argument;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].is_said)
			*(struct str *)ARENA_PUSH(mem, lines.items, lines.count) = all[i].line;
	dialog_forget(d);
	d->at = READY;
	reply_add_lines(&d->out, 250, &lines);
	arena_free(mem);
}

/* ---- the small ones ---- */

void dialog_run_rset(struct dialog *d, struct str argument)
{
	(void)argument;
	dialog_forget(d);
	dialog_say(d, 250, "2.0.0", "the message is forgotten");
}

void dialog_run_noop(struct dialog *d, struct str argument)
{
	(void)argument;
	dialog_say(d, 250, "2.0.0", "done");
}

void dialog_run_quit(struct dialog *d, struct str argument)
{
	struct reply r;
	(void)argument;
	reply_set(&r, 221, "2.0.0", "%s closes the connection", d->conf->host);
	dialog_end(d, &r);
}

void dialog_run_vrfy(struct dialog *d, struct str argument)
{
	(void)argument;
	dialog_say(d, 252, "2.1.5", "RCPT says whether a recipient is known");
}

void dialog_run_help(struct dialog *d, struct str argument)
{
	(void)argument;
	dialog_say(d, 214, "2.0.0", "this is LMTP (RFC 2033); see mda-lmtpd(8)");
}

void dialog_run_starttls(struct dialog *d, struct str argument)
{
	(void)argument;
	if (d->is_secure) {
		dialog_wrong(d, 503, "5.5.1", "TLS has begun already");
	} else if (!d->rights.offers_tls) {
		dialog_wrong(d, 502, "5.5.1", "there is no TLS here");
	} else {
		dialog_say(d, 220, "2.0.0", "begin TLS");
		d->reads = WAITS_FOR_TLS;
		d->host->secure(d->context);
	}
}

void dialog_secured(struct dialog *d)
{
	if (d->reads != WAITS_FOR_TLS)
		return;
	d->is_secure = true;
	d->reads = READS_LINES;
	dialog_forget(d);
	d->at = FRESH;
}

static bool present(struct dialog *d, struct str argument, unsigned command)
{
	struct attributes a = {0};
	struct reply why;
	struct arena *mem = arena_new();
	int r = -1;
	if (!d->rights.may_present)
		dialog_wrong(d, 550, "5.7.0", "this client may not say that (see lmtp_xclient)");
	else if ((r = attribute_read(argument, command, mem, &a, &why)) < 0)
		dialog_complain(d, &why);
	else
		d->host->present(d->context, command, &a);
	arena_free(mem);
	return r == 0;
}

/* From here on it is the connection of another client, so everything starts again. */
void dialog_run_xclient(struct dialog *d, struct str argument)
{
	if (!present(d, argument, ATTRIBUTE_OF_XCLIENT))
		return;
	dialog_forget(d);
	d->at = FRESH;
	dialog_greet(d);
}

void dialog_run_xforward(struct dialog *d, struct str argument)
{
	if (present(d, argument, ATTRIBUTE_OF_XFORWARD))
		dialog_say(d, 250, "2.0.0", "noted");
}
