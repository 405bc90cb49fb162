/* reject as a message of our own (RFC 5429 section 2.2): a disposition notification (RFC 8098). */
#include "mda/outgoing/mdn.h"
#include "mda/outgoing/answers_identity.h"

#include "base/address.h"
#include "base/automatic.h"

#include <time.h>

const char *mdn_why_not(const struct delivery *d)
{
	if (d->env->sender.n == 0)
		return "the sender is null";
	if (d->verdict->spam.state == SPAM_YES)
		return "it is spam";
	return automatic_why(d->msg, d->mem);
}

static struct str boundary_of(const struct delivery *d, const struct store_id *id)
{
	struct str mark = answers_message_id(d, id, "boundary");
	return arena_fmt(d->mem, "=_" STR_FMT, STR_ARGS(str_slice(mark, 1, 33)));
}

/* The human-readable part (RFC 8098 section 3). */
static void add_reason(struct letter *l, struct str boundary, struct str address, struct str reason)
{
	struct str text = arena_fmt(l->mem,
		"Your message to " STR_FMT " was refused by a rule of the recipient's:\n\n" STR_FMT
		"\n",
		STR_ARGS(address), STR_ARGS(reason));
	buf_fmt(&l->text, "--" STR_FMT "\n", STR_ARGS(boundary));
	letter_part(l, text);
}

/* The machine-readable part. Values from outside have been made single lines. */
static void add_fields(struct letter *l, const struct delivery *d, struct str boundary)
{
	const struct header *id = message_find(d->msg, STR_LIT("Message-ID"));
	buf_fmt(&l->text, "\n--" STR_FMT "\nContent-Type: message/disposition-notification\n\n",
		STR_ARGS(boundary));
	buf_text(&l->text, "Reporting-UA: mda\n");
	letter_typed(l, "Original-Recipient", d->env->original_recipient);
	letter_typed(l, "Final-Recipient", d->env->recipient);
	if (id)
		letter_ids(l, "Original-Message-ID", message_header_text(id, l->mem));
	buf_text(&l->text, "Disposition: automatic-action/MDN-sent-automatically; deleted\n");
}

void mdn_add_header(struct letter *l, const struct delivery *d, struct str boundary)
{
	struct str all = message_bytes(d->msg);
	struct str header = str_slice(all, 0, all.n - message_body(d->msg).n);
	buf_fmt(&l->text, "\n--" STR_FMT "\nContent-Type: text/rfc822-headers\n",
		STR_ARGS(boundary));
	letter_quoted(l, str_slice(header, 0, MDN_HEADER_MOST));
	buf_fmt(&l->text, "\n--" STR_FMT "--\n", STR_ARGS(boundary));
}

struct str mdn_compose(const struct delivery *d, const struct store_id *id, struct str reason)
{
	struct letter l = {.mem = d->mem};
	struct str boundary = boundary_of(d, id);
	const struct header *old = message_find(d->msg, STR_LIT("Message-ID"));
	letter_addresses(&l, "From", d->env->mailbox);
	letter_addresses(&l, "To", d->env->sender);
	letter_field(&l, "Subject", STR_LIT("Message refused"));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", answers_message_id(d, id, "reject"));
	if (old) {
		letter_ids(&l, "In-Reply-To", message_header_text(old, l.mem));
		letter_ids(&l, "References", message_header_text(old, l.mem));
	}
	buf_text(&l.text, "Auto-Submitted: auto-replied (rejected)\nMIME-Version: 1.0\n");
	buf_fmt(&l.text,
		"Content-Type: multipart/report; report-type=disposition-notification;\n"
		" boundary=\"" STR_FMT "\"\n\n",
		STR_ARGS(boundary));
	add_reason(&l, boundary, d->env->recipient, reason);
	add_fields(&l, d, boundary);
	mdn_add_header(&l, d, boundary);
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}
