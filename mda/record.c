#include "mda/record.h"

#include "mda/account/kept.h"
#include "mda/conf/mailboxes.h"
#include "mda/report.h"

/* The directory of the mailbox's state; NULL with the reason. */
static const char *state_dir(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct err *err)
{
	const char *maildir = NULL, *dir = NULL;
	if (mailboxes_paths(conf, names, mem, &maildir, &dir, err) < 0)
		return NULL;
	return dir ? dir : store_state_dir(maildir, mem);
}

static struct str keep(const struct conf *conf, const struct template_values *names,
	struct account *a, struct arena *mem, struct notes *notes)
{
	struct err err;
	const char *dir = state_dir(conf, names, mem, &err);
	if (dir && kept_add(dir, a, conf->explain_keep, mem, &err) == 0)
		return a->id;
	notes_add(notes, "the decision is not kept for \"mda explain\": %s", err.text);
	return STR_EMPTY;
}

struct str record_delivery(const struct delivery *d, struct outcome *out, const struct spent *spent,
	const struct err *err)
{
	struct account a;
	if (d->conf->explain_keep == 0)
		return STR_EMPTY;
	const struct account_end end = {
		.status = report_status(out, err, d->mem), .outcome = out, .err = err};
	if (!out->notes.mem)
		out->notes.mem = d->mem;
	report_account(d, spent, &end, &a);
	return keep(d->conf, &d->user->names, &a, d->mem, &out->notes);
}

struct str record_failure(struct session *s, const struct err *err)
{
	struct account a = {.list = STR_LIT("none"),
		.spam = STR_LIT("unknown"),
		.label = STR_LIT("none"),
		.mailbox = s->mailbox,
		.recipient = str_of(s->inv.recipient ? s->inv.recipient : s->inv.user),
		.original = str_of(s->inv.original),
		.sender = str_of(s->inv.sender)};
	struct notes unsaid = {.mem = s->mem};
	if (!s->is_user || s->conf->explain_keep == 0)
		return STR_EMPTY;
	a.status = report_status(NULL, err, s->mem);
	a.error.fault = account_fault(err);
	a.error.dsn = str_of(err->dsn);
	a.error.text = str_of(err->text);
	return keep(s->conf, &s->user.names, &a, s->mem, &unsaid);
}
