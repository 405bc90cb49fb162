#include "mda/record.h"

#include "mda/account/kept.h"
#include "mda/conf/mailboxes.h"
#include "mda/report.h"
#include "store/uses.h"

#include <time.h>

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

/* ---- the entries of lists ---- */

static void add_use(const struct verdict *v, const struct listed *l, struct use *uses, size_t *n,
	struct arena *mem)
{
	static const enum uses_list lists[2][2] = {
		{USES_BLOCK, USES_ALLOW}, {USES_GLOBAL_BLOCK, USES_GLOBAL_ALLOW}};
	bool allows = l->listing == LISTED_ALLOW;
	struct use u = {.list = lists[l->is_global][allows], .entry = uses_entry(l->entry, mem)};
	if (u.entry.n == 0)
		return;
	uses[(*n)++] = u;
	u.is_spam = true;
	if (allows && v->lists.listing == LISTED_ALLOW && v->lists.allowed_spam)
		uses[(*n)++] = u;
}

void record_uses(const struct delivery *d, struct outcome *out)
{
	struct err err;
	const struct verdict *v = d->verdict;
	size_t n = 0;
	if (v->lists.used_count == 0)
		return;
	struct use *uses = arena_alloc(d->mem, 2 * v->lists.used_count * sizeof *uses);
	for (size_t i = 0; i < v->lists.used_count; i++)
		add_use(v, &v->lists.used[i], uses, &n, d->mem);
	const char *dir = state_dir(d->conf, &d->user->names, d->mem, &err);
	if (n == 0 || (dir && uses_add(dir, uses, n, (int64_t)time(NULL), &err) == 0))
		return;
	if (!out->notes.mem)
		out->notes.mem = d->mem;
	notes_add(&out->notes, "the use of a list's entry is not counted: %s", err.text);
}
