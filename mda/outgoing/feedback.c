/* report (vnd.dovecot.report): a message about a message (RFC 5965). */
#include "base/str_list.h"
#include "filters/sieve/feedback.h"

#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "mda/outgoing/submit.h"

#include <time.h>

/* Of a larger message only the header is included; of a larger header, only its start. */
enum { MESSAGE_MOST = 10 << 20, HEADER_MOST = 64 << 10 };

static bool is_report(const struct delivery *d)
{
	const struct header *h = message_find(d->msg, STR_LIT("Content-Type"));
	return h && str_istarts(message_header_text(h, d->mem), STR_LIT("multipart/report"));
}

static const char *why_not(const struct delivery *d, const struct sv_feedback *f)
{
	if (!submit_can(f->to))
		return "no server can be given that address";
	if (answers_is_own(d, f->to))
		return "it would come back to this mailbox";
	if (is_report(d))
		return "it is a report itself";
	return NULL;
}

static void add_text(struct letter *l, struct str boundary, struct str text)
{
	buf_fmt(&l->text, "--" STR_FMT "\n", STR_ARGS(boundary));
	letter_part(l, text);
}

/* The machine-readable part (section 3). */
static void add_fields(struct letter *l, const struct delivery *d, const struct sv_feedback *f,
	struct str boundary)
{
	buf_fmt(&l->text, "\n--" STR_FMT "\nContent-Type: message/feedback-report\n\n",
		STR_ARGS(boundary));
	buf_fmt(&l->text, "Feedback-Type: " STR_FMT "\nUser-Agent: mda\nVersion: 1\n",
		STR_ARGS(f->type));
	letter_addresses(l, "Original-Mail-From", d->env->sender);
	letter_addresses(l, "Original-Rcpt-To", d->env->original_recipient);
}

static void add_message(
	struct letter *l, const struct delivery *d, bool only_header, struct str boundary)
{
	struct str all = message_bytes(d->msg);
	struct str header = str_slice(all, 0, all.n - message_body(d->msg).n);
	bool whole = !only_header && all.n <= MESSAGE_MOST;
	buf_fmt(&l->text, "\n--" STR_FMT "\n", STR_ARGS(boundary));
	if (whole) {
		buf_text(&l->text, "Content-Type: message/rfc822\n"
				   "Content-Transfer-Encoding: 8bit\n"
				   "Content-Disposition: attachment\n\n");
		buf_add(&l->text, all);
	} else {
		buf_text(&l->text, "Content-Type: text/rfc822-headers\n");
		letter_quoted(l, str_slice(header, 0, HEADER_MOST));
	}
	buf_fmt(&l->text, "\n--" STR_FMT "--\n", STR_ARGS(boundary));
}

static struct str compose(const struct delivery *d, const struct answer *a, struct str id)
{
	const struct sv_feedback *f = a->data;
	struct letter l = {.mem = d->mem};
	struct str sender = answers_sender(d, &d->conf->report_sender);
	struct str boundary = arena_fmt(d->mem, "=_" STR_FMT, STR_ARGS(str_slice(id, 1, 33)));
	letter_addresses(&l, "From", sender.n ? sender : d->env->mailbox);
	letter_addresses(&l, "To", f->to);
	letter_field(&l, "Subject",
		arena_fmt(l.mem, "Report of a message: " STR_FMT, STR_ARGS(f->type)));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", id);
	buf_text(&l.text, "Auto-Submitted: auto-generated (report)\nMIME-Version: 1.0\n");
	buf_fmt(&l.text,
		"Content-Type: multipart/report; report-type=feedback-report;\n"
		" boundary=\"" STR_FMT "\"\n\n",
		STR_ARGS(boundary));
	add_text(&l, boundary, a->text);
	add_fields(&l, d, f, boundary);
	add_message(&l, d, f->only_header, boundary);
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}

const char *report_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out)
{
	const struct delivery *d = w->delivery;
	const struct sv_feedback *f = a->data;
	const char *why = why_not(d, f);
	(void)msg; /* the message is reported as it came */
	if (why)
		return why;
	out->what = arena_fmt(d->mem, "report " STR_FMT, STR_ARGS(f->to));
	if (d->env->sender.n)
		out->sender = answers_sender(d, &d->conf->report_sender);
	str_list_add(&out->recipients, f->to, d->mem);
	out->text = compose(d, a, answers_message_id(d, w->id, out->what.p));
	return NULL;
}
