#include "mda/outgoing/notice.h"

#include "base/printable.h"
#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "store/screened.h"

#include <stdlib.h>
#include <time.h>

bool notice_is_due(const struct delivery *d, const struct outcome *out)
{
	for (size_t i = 0; d->conf->report_errors && i < out->report_count; i++)
		if (out->reports[i].text.n)
			return true;
	return false;
}

/* A later report on the same file replaces an earlier one. */
static bool is_last(const struct outcome *out, size_t n)
{
	for (size_t i = n + 1; i < out->report_count; i++)
		if (str_eq(out->reports[i].path, out->reports[n].path))
			return false;
	return true;
}

static void add_reports(struct buf *body, const struct outcome *out)
{
	for (size_t i = 0; i < out->report_count; i++) {
		const struct report *r = &out->reports[i];
		if (r->text.n == 0 || !is_last(out, i))
			continue;
		buf_add(body, r->text);
		buf_fmt(body, "\nThe file " STR_FMT " says the same while it lasts.\n",
			STR_ARGS(r->path));
	}
}

/* The message with that text, which is freed. */
static struct str to_user(const struct delivery *d, const struct store_id *id, const char *kind,
	const char *subject, struct buf *body)
{
	struct letter l = {.mem = d->mem};
	letter_addresses(&l, "From", d->env->mailbox);
	letter_addresses(&l, "To", d->env->mailbox);
	letter_field(&l, "Subject", str_of(subject));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", answers_message_id(d, id, kind));
	buf_text(&l.text, "Auto-Submitted: auto-generated\n");
	letter_body(&l, buf_str(body));
	struct str text = arena_str(l.mem, buf_str(&l.text));
	buf_free(body);
	letter_free(&l);
	return text;
}

struct str notice_compose(
	const struct delivery *d, const struct outcome *out, const struct store_id *id)
{
	struct buf body = {0};
	buf_text(&body,
		"Your rules for incoming mail have an error. While it is there, mail is kept "
		"as if\nthere were no rules of yours. You are told once a day.\n\n");
	add_reports(&body, out);
	return to_user(d, id, "errors", "An error in your mail rules", &body);
}

/* ---- what waits ---- */

enum { WAITING_MOST = 100 };

static int newest_first(const void *a, const void *b)
{
	const struct screened_message *x = a, *y = b;
	return x->when > y->when ? -1 : x->when < y->when;
}

struct str notice_compose_waiting(
	const struct delivery *d, const struct screened_list *waiting, const struct store_id *id)
{
	struct buf body = {0};
	size_t shown = waiting->count < WAITING_MOST ? waiting->count : WAITING_MOST;
	qsort(waiting->items, waiting->count, sizeof *waiting->items, newest_first);
	buf_fmt(&body,
		"%zu message%s of new senders wait%s in the folder " STR_FMT ".\n\n"
		"Move a message to another folder, and mail from its sender goes to the INBOX "
		"from\nthen on. Move it to " STR_FMT
		", and the sender is blocked. You are told once a day.\n\n",
		waiting->count, waiting->count == 1 ? "" : "s", waiting->count == 1 ? "s" : "",
		STR_ARGS(d->conf->screener), STR_ARGS(d->conf->junk_folder));
	for (size_t i = 0; i < shown; i++) {
		struct str about = waiting->items[i].about;
		buf_text(&body, "- ");
		printable_add(&body, about.n ? about : STR_LIT("(a message without a name)"));
		buf_byte(&body, '\n');
	}
	if (shown < waiting->count)
		buf_fmt(&body, "and %zu older ones\n", waiting->count - shown);
	return to_user(d, id, "waiting", "New senders are waiting", &body);
}
