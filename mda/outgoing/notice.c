#include "mda/outgoing/notice.h"

#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"

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

struct str notice_compose(
	const struct delivery *d, const struct outcome *out, const struct store_id *id)
{
	struct letter l = {.mem = d->mem};
	struct buf body = {0};
	buf_text(&body,
		"Your rules for incoming mail have an error. While it is there, mail is kept "
		"as if\nthere were no rules of yours. You are told once a day.\n\n");
	add_reports(&body, out);
	letter_addresses(&l, "From", d->env->mailbox);
	letter_addresses(&l, "To", d->env->mailbox);
	letter_field(&l, "Subject", STR_LIT("An error in your mail rules"));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", answers_message_id(d, id, "errors"));
	buf_text(&l.text, "Auto-Submitted: auto-generated\n");
	letter_body(&l, buf_str(&body));
	struct str text = arena_str(l.mem, buf_str(&l.text));
	buf_free(&body);
	letter_free(&l);
	return text;
}
