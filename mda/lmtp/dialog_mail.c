/* MAIL and RCPT. */
#include "mda/lmtp/dialog_inside.h"

#include "base/address_path.h"
#include "base/utf8.h"

/*
 * The length of "<...>" at the start of TEXT; a quoted local part may contain a '>'. 0 if there is
 * none.
 */
static size_t path_length(struct str text)
{
	bool quoted = false;
	if (text.n == 0 || text.p[0] != '<')
		return 0;
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == '\\' && quoted)
			i++;
		else if (text.p[i] == '>' && !quoted)
			return i + 1;
	}
	return 0;
}

/* Takes "KEYWORD<path>" off *REST; *PATH is what is between the brackets. */
static bool take_path(struct str *rest, struct str keyword, struct str *path)
{
	if (!str_istarts(*rest, keyword))
		return false;
	struct str text = str_trim(str_slice(*rest, keyword.n, rest->n));
	size_t n = path_length(text);
	if (n == 0 || (n < text.n && text.p[n] != ' '))
		return false;
	*path = str_slice(text, 1, n - 1);
	*rest = str_slice(text, n, text.n);
	return true;
}

/* The address in the form in which it is passed on. False if a reply was sent. */
static bool read_address(
	struct dialog *d, struct str path, const char *dsn, bool may_be_utf8, struct str *address)
{
	if (!str_is_ascii(path) && !may_be_utf8) {
		dialog_wrong(d, 553, "5.6.7", "such an address needs SMTPUTF8");
		return false;
	}
	if (utf8_valid(path) && address_path(path, d->mem, address))
		return true;
	dialog_wrong(d, 501, dsn, "this is not an address");
	return false;
}

void dialog_run_mail(struct dialog *d, struct str argument)
{
	struct parameters parameters = {0};
	struct str path, address = STR_EMPTY;
	struct reply why;
	dialog_forget(d);
	if (d->rights.requires_tls && !d->is_secure) {
		dialog_wrong(d, 530, "5.7.0", "say STARTTLS first");
		return;
	}
	if (!take_path(&argument, STR_LIT("FROM:"), &path)) {
		dialog_wrong(d, 501, "5.5.4", "the form is MAIL FROM:<address>");
		return;
	}
	if (parameter_read(argument, PARAMETER_OF_MAIL, d->mem, &parameters, &why) < 0) {
		dialog_complain(d, &why);
		return;
	}
	if (path.n && !read_address(d, path, "5.1.7", parameters.is_utf8, &address))
		return;
	if (d->conf->size && parameters.size > d->conf->size) {
		reply_set(
			&why, 552, "5.3.4", "the message is larger than %llu bytes", d->conf->size);
		reply_add(&d->out, &why);
		return;
	}
	d->mail.sender = address;
	d->mail.parameters = parameters;
	d->at = SENDER;
	dialog_say(d, 250, "2.1.0", "the sender is accepted");
}

/* The domain has no case; the local part may. */
static bool is_same_address(struct str a, struct str b)
{
	size_t at = str_rfind(a, '@');
	return a.n == b.n && str_eq(str_slice(a, 0, at), str_slice(b, 0, at)) &&
	       str_ieq(str_slice(a, at, a.n), str_slice(b, at, b.n));
}

/* The accepted recipient that is the same delivery; the number of them if there is none. */
static size_t find_same(
	const struct dialog *d, struct str address, const struct parameters *parameters)
{
	size_t i = 0;
	while (i < d->mail.count &&
		!(is_same_address(d->recipients[i].address, address) &&
			str_eq(d->recipients[i].parameters.original, parameters->original)))
		i++;
	return i;
}

/* A recipient that is named twice gets one copy, and the client two replies. */
static void accept(struct dialog *d, size_t i)
{
	*(size_t *)ARENA_PUSH(d->mem, d->accepted, d->accepted_count) = i;
	d->at = RECIPIENTS;
}

void dialog_run_rcpt(struct dialog *d, struct str argument)
{
	struct parameters parameters = {0};
	struct str path, address;
	struct reply why;
	if (!take_path(&argument, STR_LIT("TO:"), &path)) {
		dialog_wrong(d, 501, "5.5.4", "the form is RCPT TO:<address>");
		return;
	}
	/* Refused recipients count, too, because what is kept of a message must have a limit. */
	if (d->asked >= d->conf->recipients) {
		dialog_say(d, 452, "4.5.3", "too many recipients for one message");
		return;
	}
	d->asked++;
	if (!read_address(d, path, "5.1.3", d->mail.parameters.is_utf8, &address))
		return;
	if (parameter_read(argument, PARAMETER_OF_RCPT, d->mem, &parameters, &why) < 0) {
		dialog_complain(d, &why);
		return;
	}
	size_t same = find_same(d, address, &parameters);
	if (same < d->mail.count) {
		d->recipients[same].parameters.notify |= parameters.notify;
		accept(d, same);
		dialog_say(d, 250, "2.1.5", "the recipient is accepted");
		return;
	}
	*(struct dialog_recipient *)ARENA_PUSH(d->mem, d->recipients, d->mail.count) =
		(struct dialog_recipient){address, parameters};
	d->mail.recipients = d->recipients;
	d->reads = WAITS_FOR_RECIPIENT;
	d->host->recipient(d->context, &d->mail);
}

void dialog_recipient_is(struct dialog *d, const struct reply *answer)
{
	if (d->reads != WAITS_FOR_RECIPIENT)
		return;
	d->reads = READS_LINES;
	if (answer->code == 250)
		accept(d, d->mail.count - 1);
	else
		d->mail.count--;
	reply_add(&d->out, answer);
}
