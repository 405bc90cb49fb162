#include "mda/outgoing/receipt.h"

#include "mda/outgoing/mdn.h"
#include "mda/outgoing/answers_identity.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

bool receipt_is_due(const struct delivery *d)
{
	return d->env->wants_receipt && d->env->sender.n && d->verdict->spam.state != SPAM_YES;
}

static struct str host_name(struct arena *mem)
{
	char host[256] = "";
	if (gethostname(host, sizeof host - 1) < 0 || !host[0])
		return STR_LIT("localhost");
	return arena_str(mem, str_of(host));
}

/* The human-readable part (RFC 3464 section 2). */
static void add_words(struct letter *l, const struct delivery *d, struct str boundary, bool is_here)
{
	struct str text = arena_fmt(l->mem, "Your message to " STR_FMT " was %s.\n",
		STR_ARGS(d->env->original_recipient),
		is_here ? "delivered" : "passed on; nothing more will be said about it");
	buf_fmt(&l->text, "--" STR_FMT "\n", STR_ARGS(boundary));
	letter_part(l, text);
}

/* The fields of the message, and those of the recipient. */
static void add_fields(
	struct letter *l, const struct delivery *d, struct str boundary, bool is_here)
{
	buf_fmt(&l->text, "\n--" STR_FMT "\nContent-Type: message/delivery-status\n\n",
		STR_ARGS(boundary));
	letter_field(l, "Reporting-MTA",
		arena_fmt(l->mem, "dns; " STR_FMT, STR_ARGS(host_name(l->mem))));
	letter_field(l, "Original-Envelope-Id", d->env->envelope_id);
	buf_byte(&l->text, '\n');
	letter_typed(l, "Original-Recipient", d->env->original_recipient);
	letter_typed(l, "Final-Recipient", d->env->recipient);
	buf_fmt(&l->text, "Action: %s\nStatus: 2.0.0\n", is_here ? "delivered" : "relayed");
}

struct str receipt_compose(const struct delivery *d, const struct store_id *id, bool is_here)
{
	struct letter l = {.mem = d->mem};
	struct str mark = answers_message_id(d, id, "receipt boundary");
	struct str boundary = arena_fmt(d->mem, "=_" STR_FMT, STR_ARGS(str_slice(mark, 1, 33)));
	letter_addresses(&l, "From", d->env->mailbox);
	letter_addresses(&l, "To", d->env->sender);
	letter_field(&l, "Subject",
		is_here ? STR_LIT("Message delivered") : STR_LIT("Message passed on"));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", answers_message_id(d, id, "receipt"));
	buf_text(&l.text, "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n");
	buf_fmt(&l.text,
		"Content-Type: multipart/report; report-type=delivery-status;\n"
		" boundary=\"" STR_FMT "\"\n\n",
		STR_ARGS(boundary));
	add_words(&l, d, boundary, is_here);
	add_fields(&l, d, boundary, is_here);
	mdn_add_header(&l, d, boundary);
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}
