#include "mda/account/account_html.h"

#include "mda/page/page.h"

static bool has_reason(const struct reason *r)
{
	return r->file.n || r->text.n;
}

/* The file and line that decided, and the entry or the sentence. */
static void put_reason(struct buf *to, const char *lead, const struct reason *r)
{
	if (!has_reason(r))
		return;
	buf_fmt(to, " <span class=\"by\">%s</span> ", lead);
	if (r->file.n) {
		buf_text(to, "<code><bdi>");
		page_text(to, r->file);
		if (r->line)
			buf_fmt(to, ":%u", r->line);
		buf_text(to, "</bdi></code> ");
	}
	page_element(to, "span", r->file.n ? "entry" : "", r->text);
}

/* ---- what became of it ---- */

static const struct {
	const char *kind, *planned, *done;
} words[] = {
	{"store", "Store into", "Stored in"},
	{"redirect", "Redirect to", "Redirected to"},
	{"reject", "Refuse with", "Refused with"},
	{"discard", "Discard", "Discarded"},
	{"pipe", "Pipe to", "Piped to"},
};

static const char *word_of(const struct account_action *action)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq(action->kind, str_of(words[i].kind)))
			return action->done ? words[i].done : words[i].planned;
	return "?";
}

static void put_action(struct buf *to, const struct account_action *action)
{
	buf_fmt(to, "<li><span class=\"what\">%s ", word_of(action));
	page_element(to, "span", "", action->folder.n ? action->folder : action->target);
	buf_text(to, "</span>");
	if (action->uid)
		buf_fmt(to, " UID %lu", (unsigned long)action->uid);
	if (action->flags.n) {
		buf_text(to, " with the flags ");
		page_element(to, "span", "", action->flags);
	}
	if (action->again)
		buf_text(to, " by an earlier attempt");
	put_reason(to, "because of", &action->why);
	buf_text(to, "</li>\n");
}

static void put_letter(struct buf *to, const struct account_letter *letter)
{
	buf_text(to, "<li>");
	page_element(to, "span", "", letter->kind);
	buf_text(to, " to ");
	page_element(to, "span", "", letter->to);
	put_reason(to, "because of", &letter->why);
	buf_text(to, "</li>\n");
}

static void put_line(struct buf *to, const char *what, const char *class, struct str text)
{
	if (text.n == 0)
		return;
	buf_fmt(to, "<li class=\"%s\">%s: ", class, what);
	page_element(to, "span", "", text);
	buf_text(to, "</li>\n");
}

static void put_outcome(struct buf *to, const struct account *a)
{
	buf_text(to, "<section class=\"outcome\" aria-label=\"Outcome\">\n<ul>\n");
	put_line(to, "Failed", "bad", a->error.text);
	for (size_t i = 0; i < a->action_count; i++)
		put_action(to, &a->actions[i]);
	for (size_t i = 0; i < a->letter_count; i++)
		put_letter(to, &a->letters[i]);
	put_line(to, "Answered", "", a->answered);
	for (size_t i = 0; i < a->unanswered.count; i++)
		put_line(to, "Not answered", "", a->unanswered.items[i]);
	for (size_t i = 0; i < a->notes.count; i++)
		put_line(to, "Note", "", a->notes.items[i]);
	buf_text(to, "</ul>\n</section>\n");
}

/* ---- the message and its envelope ---- */

static void put_fact(struct buf *to, const char *what, struct str value, bool always)
{
	if (value.n == 0 && !always)
		return;
	buf_fmt(to, "<dt>%s</dt>", what);
	page_element(to, "dd", "", value.n ? value : STR_LIT("<>"));
	buf_byte(to, '\n');
}

static void put_envelope(struct buf *to, const struct account *a)
{
	buf_text(to, "<section>\n<h2>Message</h2>\n<dl>\n");
	put_fact(to, "Recipient", a->recipient, true);
	put_fact(to, "Original recipient", a->original, true);
	put_fact(to, "Envelope sender", a->sender, true);
	put_fact(to, "Authenticated", a->submitter, false);
	put_fact(to, "Mailbox", a->mailbox, false);
	put_fact(to, "Message-ID", a->message_id, false);
	put_fact(to, "Queue id", a->queue_id, false);
	put_fact(to, "Authentication", a->auth, false);
	buf_fmt(to, "<dt>Size</dt><dd>%llu bytes</dd>\n</dl>\n</section>\n",
		(unsigned long long)a->size);
}

/* ---- the stages ---- */

static void put_finding(struct buf *to, const struct finding *f)
{
	const char *kind = account_finding_kinds[f->kind];
	buf_fmt(to, "<li><span class=\"kind %s\">%s</span><div>", kind, kind);
	if (f->field.n) {
		page_element(to, "span", "field", f->field);
		buf_text(to, ": ");
	}
	if (f->field.n || f->value.n)
		page_element(to, "span", "value", f->value);
	put_reason(to, f->field.n || f->value.n ? "by" : "", &f->at);
	if (f->why.n) {
		buf_text(to, " <span class=\"why\"><bdi>");
		page_text(to, f->why);
		buf_text(to, "</bdi></span>");
	}
	buf_text(to, "</div></li>\n");
}

/* What only says the result is not said twice. */
static bool is_told(const struct finding *f, const struct account_stage *s)
{
	return str_eq(str_of(f->stage), s->name) &&
	       (f->kind != FINDING_SAID || has_reason(&f->at) || !str_eq(f->why, s->result));
}

static size_t put_findings(struct buf *to, const struct account *a, const struct account_stage *s)
{
	size_t count = 0;
	for (size_t i = 0; i < a->finding_count; i++) {
		if (!is_told(&a->findings[i], s))
			continue;
		if (count++ == 0)
			buf_text(to, "<ul>\n");
		put_finding(to, &a->findings[i]);
	}
	if (count)
		buf_text(to, "</ul>\n");
	return count;
}

static void put_stage(struct buf *to, const struct account *a, const struct account_stage *s)
{
	buf_text(to, s->result.n ? "<li>" : "<li class=\"idle\">");
	page_element(to, "h3", "", s->name);
	if (s->result.n) {
		buf_text(to, ": ");
		page_element(to, "b", "", s->result);
	}
	put_reason(to, "because of", &s->why);
	if (put_findings(to, a, s) == 0 && s->result.n == 0)
		buf_text(to, " <span class=\"why\">nothing to decide</span>");
	buf_text(to, "</li>\n");
}

static void put_trace(struct buf *to, struct str trace)
{
	if (trace.n == 0)
		return;
	buf_text(to, "<section>\n<h2>Steps of the rules</h2>\n<pre tabindex=\"0\">");
	page_lines(to, trace);
	buf_text(to, "</pre>\n</section>\n");
}

static void put_account(struct buf *to, const struct account *a)
{
	buf_text(to, "<article>\n");
	if (a->id.n)
		page_element(to, "p", "lead", a->id);
	put_outcome(to, a);
	put_envelope(to, a);
	buf_text(to, "<section>\n<h2>Stages, in order</h2>\n<ol class=\"flow\">\n");
	for (size_t i = 0; i < a->stage_count; i++)
		put_stage(to, a, &a->stages[i]);
	buf_text(to, "</ol>\n</section>\n</article>\n");
}

void account_html(struct buf *to, const struct account *list, size_t count, struct str trace)
{
	bool real = count && list->id.n;
	page_begin(to, real ? "Why the mail is where it is" : "What would become of the message",
		real ? STR_EMPTY : STR_LIT("Nothing was delivered."));
	for (size_t i = 0; i < count; i++)
		put_account(to, &list[i]);
	put_trace(to, trace);
	page_end(to);
}
