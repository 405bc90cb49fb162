#include "mda/report.h"

#include "base/io.h"
#include "base/log.h"
#include "filters/authres.h"
#include "filters/label/tag.h"
#include "filters/spam/spam.h"
#include "mda/pipeline.h"

static const char *const listing_names[] = {
	[LISTED_NOT] = "none",
	[LISTED_BLOCK] = "block",
	[LISTED_ALLOW] = "allow",
};

static const char *const done_names[] = {
	[ACTION_STORE] = "stored",
	[ACTION_REDIRECT] = "redirected",
	[ACTION_REJECT] = "refused",
	[ACTION_DISCARD] = "discarded",
	[ACTION_PIPE] = "piped",
};

static const char *const fault_names[] = {
	[FAULT_TEMP] = "deferred",
	[FAULT_NO_USER] = "no-user",
	[FAULT_REFUSED] = "refused",
};

/* ---- small values ---- */

static struct str name_of_folder(struct str folder)
{
	return folder.n ? folder : STR_LIT("INBOX");
}

/* Joins the words with commas. */
static struct str join(struct str a, struct str b, struct arena *mem)
{
	return a.n ? arena_fmt(mem, STR_FMT "," STR_FMT, STR_ARGS(a), STR_ARGS(b)) : b;
}

static struct str outcome_words(const struct outcome *out, struct arena *mem)
{
	struct str words = STR_EMPTY;
	for (size_t i = 0; i < out->count; i++) {
		struct str word = str_of(done_names[out->items[i].step.kind]);
		if (str_ifind(words, word) == words.n)
			words = join(words, word, mem);
	}
	return words;
}

static struct str why(const struct reason *r, struct arena *mem)
{
	struct str where = verdict_reason_where(r, mem);
	if (r->file.n == 0 || r->text.n == 0)
		return where;
	return arena_fmt(mem, STR_FMT " " STR_FMT, STR_ARGS(where), STR_ARGS(r->text));
}

/* ---- the log line ---- */

static void put_envelope(struct log_line *line, const struct delivery *d)
{
	log_put(line, "to", d->env->recipient);
	log_put(line, "orig_to", d->env->original_recipient);
	log_put(line, "from", d->env->sender);
	if (d->env->queue_id.n)
		log_put(line, "queue_id", d->env->queue_id);
	log_put(line, "msgid", d->plan->facts.message_id);
	log_put_number(line, "size", message_bytes(d->msg).n);
}

static void put_declined(struct log_line *line, const struct delivery *d)
{
	const struct str_list *declined = &d->plan->outmails.declined;
	struct str all = STR_EMPTY;
	for (size_t i = 0; i < declined->count; i++)
		all = join(all, declined->items[i], d->mem);
	if (all.n)
		log_put(line, "unanswered", all);
}

static void put_outcome(struct log_line *line, const struct delivery *d, const struct outcome *out)
{
	struct str folders = STR_EMPTY, uids = STR_EMPTY, targets = STR_EMPTY, rules = STR_EMPTY,
		   programs = STR_EMPTY, copies = STR_EMPTY;
	bool again = false;
	for (size_t i = 0; i < out->count; i++) {
		const struct done *done = &out->items[i];
		again = again || done->again;
		rules = join(rules, why(&done->step.reason, d->mem), d->mem);
		if (done->step.kind == ACTION_STORE) {
			folders = join(folders, name_of_folder(done->folder), d->mem);
			uids = join(uids,
				arena_fmt(d->mem, "%lu", (unsigned long)done->receipt.uid), d->mem);
		}
		if (done->step.kind == ACTION_STORE && done->again)
			copies = join(copies, done->receipt.file_name, d->mem);
		if (done->step.kind == ACTION_REDIRECT)
			targets = join(targets, done->step.argument, d->mem);
		if (done->step.kind == ACTION_PIPE)
			programs = join(programs, done->step.argument, d->mem);
	}
	if (folders.n) {
		log_put(line, "folder", folders);
		log_put(line, "uid", uids);
	}
	if (targets.n)
		log_put(line, "redirected_to", targets);
	if (programs.n)
		log_put(line, "piped_to", programs);
	if (out->answered.n)
		log_put(line, "answered", out->answered);
	put_declined(line, d);
	if (again)
		log_put(line, "repeated", STR_LIT("yes"));
	if (copies.n)
		log_put(line, "copy", copies);
	log_put(line, "rule", rules);
}

static void put_decisions(struct log_line *line, const struct delivery *d)
{
	const struct verdict *v = d->verdict;
	if (v->auth.by.n)
		log_put(line, "auth", authres_text(&v->auth, d->mem));
	log_put(line, "list", str_of(listing_names[v->lists.listing]));
	if (v->lists.listing != LISTED_NOT)
		log_put(line, "list_entry", why(&v->lists.reason, d->mem));
	log_put(line, "spam", str_of(spam_state_names[v->spam.state]));
	log_put(line, "spam_why", why(&v->spam.reason, d->mem));
	if (v->spam.scan.by.n) {
		log_put(line, "spam_by", v->spam.scan.by);
		log_put(line, "spam_score", arena_fmt(d->mem, "%.2f", v->spam.scan.score));
		log_put(line, "spam_limit", arena_fmt(d->mem, "%g", v->spam.scan.limit));
		log_put(line, "spam_symbols", v->spam.scan.symbols);
	}
	log_put(line, "label", str_of(tag_label_names[v->label.kind]));
	log_put(line, "label_why", why(&v->label.reason, d->mem));
}

static void put_times(struct log_line *line, const struct delivery *d, const struct times *times)
{
	struct str all = arena_fmt(d->mem, "read:%lld", times->read);
	for (size_t i = 0; i < pipeline_stage_count; i++) {
		struct str one = arena_fmt(d->mem, "%s:%llu", pipeline_stages[i].name,
			times->stages ? (unsigned long long)times->stages[i].microseconds : 0);
		all = join(all, one, d->mem);
	}
	log_put(line, "us", join(all, arena_fmt(d->mem, "deliver:%lld", times->deliver), d->mem));
	log_put_number(line, "us_total", (unsigned long long)(io_microseconds() - times->start));
}

static void put_error(struct log_line *line, const struct err *err)
{
	if (err->dsn)
		log_put(line, "dsn", str_of(err->dsn));
	log_put(line, "error", str_of(err->text));
}

static void log_notes(const struct notes *notes, struct str recipient)
{
	for (size_t i = 0; i < notes->count; i++)
		log_say(LOG_LEVEL_WARNING, "note", "%.*s: " STR_FMT, STR_ARGS(recipient),
			STR_ARGS(notes->items[i]));
}

struct str report_status(const struct outcome *out, const struct err *err, struct arena *mem)
{
	return err ? str_of(fault_names[err->fault]) : outcome_words(out, mem);
}

static void put_record(struct log_line *line, struct str record)
{
	if (record.n)
		log_put(line, "explain", record);
}

void report_log(const struct delivery *d, const struct outcome *out, const struct times *times,
	struct str record, const struct err *err)
{
	struct log_line line = {0};
	log_notes(&d->verdict->notes, d->env->recipient);
	log_notes(&d->plan->notes, d->env->recipient);
	log_notes(&out->notes, d->env->recipient);
	log_put(&line, "event", STR_LIT("delivery"));
	log_put(&line, "status", report_status(out, err, d->mem));
	put_envelope(&line, d);
	put_outcome(&line, d, out);
	put_decisions(&line, d);
	put_times(&line, d, times);
	put_record(&line, record);
	if (err)
		put_error(&line, err);
	/* No mail waits for the log. */
	(void)log_emit(&line, err && err->fault == FAULT_TEMP ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO);
}

void report_failure(struct str recipient, struct str record, const struct err *err)
{
	struct log_line line = {0};
	log_put(&line, "event", STR_LIT("delivery"));
	log_put(&line, "status", str_of(fault_names[err->fault]));
	log_put(&line, "to", recipient);
	put_record(&line, record);
	put_error(&line, err);
	(void)log_emit(&line, LOG_LEVEL_ERROR); /* no mail waits for the log */
}

/* ---- the account ---- */

void report_account(const struct delivery *d, const struct spent *spent,
	const struct account_end *end, struct account *a)
{
	*a = (struct account){.stage_count = pipeline_stage_count};
	a->stages = arena_alloc(d->mem, pipeline_stage_count * sizeof *a->stages);
	for (size_t i = 0; i < pipeline_stage_count; i++) {
		a->stages[i].name = str_of(pipeline_stages[i].name);
		a->stages[i].microseconds = spent ? spent[i].microseconds : 0;
	}
	account_of(d, end, a);
}
