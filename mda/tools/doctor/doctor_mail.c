#include "mda/tools/doctor/doctor_mail.h"

#include "filters/authres_parse.h"
#include "filters/spam/spam.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"
#include "mda/tools/stored.h"

/* The newest messages that are read, and how many must agree before something is said. */
enum { READ_MOST = 30, ENOUGH = 3 };

/* Calls VISIT for the newest messages of the INBOX. Returns how many could be read. */
static size_t read_newest(struct doctor *d,
	void (*visit)(struct doctor *d, const struct message *msg, void *context), void *context)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct packed_tally unread = {0};
	size_t read = 0, first = m.inbox.count > READ_MOST ? m.inbox.count - READ_MOST : 0;
	for (size_t i = first; i < m.inbox.count; i++) {
		struct str path =
			DOCTOR_TEXT(d, "%s/" STR_FMT, m.maildir, STR_ARGS(m.inbox.items[i]));
		struct message *msg = stored_read(d->conf, path.p, &unread, NULL);
		if (!msg)
			continue;
		read++;
		visit(d, msg, context);
		message_free(msg);
	}
	return read;
}

/* ---- who says what was authenticated ---- */

struct authserv {
	size_t ours, others;
	struct str another;
};

/* The MTA's field is the first one. */
static void note_authserv(struct doctor *d, const struct message *msg, void *context)
{
	struct authserv *a = context;
	struct authres_field field = {.id = STR_EMPTY};
	const char *why;
	const struct header *h = message_find(msg, STR_LIT("Authentication-Results"));
	if (!h || !authres_parse(h->value, d->mem, &field, &why) || field.id.n == 0)
		return;
	for (size_t i = 0; i < d->conf->authserv_id.count; i++)
		if (str_ieq(field.id, d->conf->authserv_id.items[i])) {
			a->ours++;
			return;
		}
	if (a->others++ == 0)
		a->another = arena_str(d->mem, field.id);
}

void doctor_mail_authserv(struct doctor *d)
{
	struct authserv a = {.another = STR_EMPTY};
	if (d->conf->authserv_id.count == 0)
		return;
	(void)read_newest(d, note_authserv, &a); /* the fields are counted */
	if (a.ours + a.others < ENOUGH)
		return;
	doctor_judge(d, a.ours == 0, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"Authentication-Results of the newest %zu messages are by " STR_FMT
			", not by " STR_FMT ": they do not count, and mail from inside is labelled",
			a.others, STR_ARGS(a.another), STR_ARGS(d->conf->authserv_id.items[0])),
		DOCTOR_TEXT(d, "if that is your MTA's name: set authserv_id = { \"" STR_FMT "\" }",
			STR_ARGS(a.another)),
		STR_LIT("the MTA's authentication results are in the mail"));
}

/* ---- who says what is spam ---- */

/* A filter writes one of the fields of spam_headers into every message, spam or not. */
static void note_filtered(struct doctor *d, const struct message *msg, void *context)
{
	const struct spam_rules *rules = &d->conf->spam_headers;
	size_t *marked = context;
	for (size_t i = 0; i < rules->count; i++)
		if (message_find(msg, rules->items[i].name)) {
			++*marked;
			return;
		}
}

void doctor_mail_spam(struct doctor *d)
{
	size_t marked = 0;
	if (d->conf->antispam != SPAM_BY_HEADERS)
		return;
	size_t read = read_newest(d, note_filtered, &marked);
	if (read < ENOUGH)
		return;
	doctor_judge(d, marked == 0, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"antispam = headers, but none of the newest %zu messages has a field of "
			"spam_headers: nothing is ever spam",
			read),
		STR_LIT("let the MTA's filter write such a field, or set spam_headers, or "
			"antispam"),
		DOCTOR_TEXT(d,
			"%zu of the newest %zu messages have a field of the MTA's spam filter",
			marked, read));
}
