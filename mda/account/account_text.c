#include "mda/account/account_text.h"

#include "base/log.h"
#include "base/printable.h"
#include "base/utf8.h"

#include <string.h>
#include <time.h>

/* ---- the terminal ---- */

struct page {
	struct buf *to;
	struct terminal look;
	unsigned column, indent; /* where we are, and where a wrapped line goes on */
};

static unsigned columns_of(struct str text)
{
	unsigned n = 0;
	uint32_t c;
	while (text.n) {
		struct str rest = text;
		if (!utf8_next(&rest, &c))
			rest = str_slice(text, 1, text.n);
		text = rest;
		n++;
	}
	return n;
}

static void put_blanks(struct page *p, unsigned count)
{
	buf_fmt(p->to, "%*s", (int)count, "");
	p->column += count;
}

static void put_in(struct page *p, enum terminal_tone tone, struct str text)
{
	terminal_put(p->to, &p->look, tone, text);
	p->column += columns_of(text);
}

static void end_line(struct page *p)
{
	buf_byte(p->to, '\n');
	p->column = 0;
}

/* Begins a new line before TEXT if it does not fit; a word that never fits is left whole. */
static void put_word(struct page *p, enum terminal_tone tone, struct str text)
{
	unsigned n = columns_of(text);
	if (p->look.width && p->column > p->indent && p->column + n > p->look.width) {
		while (p->to->n && p->to->p[p->to->n - 1] == ' ')
			p->to->n--;
		end_line(p);
		put_blanks(p, p->indent);
	}
	put_in(p, tone, text);
}

/* Words are wrapped one by one; all blanks stay where nothing is wrapped. */
static void put_words(struct page *p, enum terminal_tone tone, struct str text)
{
	if (!p->look.width) {
		put_in(p, tone, text);
		return;
	}
	while (text.n) {
		size_t blank = str_find(text, ' ');
		put_word(p, tone, str_slice(text, 0, blank));
		if (blank < text.n)
			put_blanks(p, 1);
		text = str_slice(text, blank + 1, text.n);
	}
}

static void put_escaped(struct page *p, enum terminal_tone tone, struct str value)
{
	struct buf text = {0};
	log_escape(&text, value);
	put_words(p, tone, buf_str(&text));
	buf_free(&text);
}

/* A sentence of ours, which may quote a stranger. */
static void put_sentence(struct page *p, enum terminal_tone tone, struct str value)
{
	struct buf text = {0};
	printable_add(&text, value);
	put_words(p, tone, buf_str(&text));
	buf_free(&text);
}

/* ---- lines ---- */

/* "FILE:LINE ENTRY", or the sentence. */
static void add_reason(struct buf *to, const struct reason *r)
{
	buf_add(to, r->file);
	if (r->file.n && r->line)
		buf_fmt(to, ":%u", r->line);
	if (r->file.n && r->text.n)
		buf_byte(to, ' ');
	buf_add(to, r->text);
}

static bool has_reason(const struct reason *r)
{
	return r->file.n || r->text.n;
}

static void put_reason(struct page *p, const char *lead, const struct reason *r)
{
	struct buf text = {0};
	if (!has_reason(r))
		return;
	add_reason(&text, r);
	put_words(p, TERMINAL_FAINT, str_of(lead));
	put_escaped(p, TERMINAL_PLAIN, buf_str(&text));
	buf_free(&text);
}

static void put_head(struct page *p, struct str what)
{
	struct buf head = {0};
	printable_add(&head, what);
	buf_fmt(&head, "%*s", head.n < 12 ? (int)(12 - head.n) : 0, "");
	p->indent = 12;
	put_in(p, TERMINAL_HEAD, buf_str(&head));
	buf_free(&head);
}

/* "list        block  because of FILE:LINE ENTRY" */
static void put_line(struct page *p, const char *what, enum terminal_tone tone, struct str value,
	const struct reason *r)
{
	put_head(p, str_of(what));
	put_escaped(p, tone, value);
	if (r)
		put_reason(p, "  because of ", r);
	end_line(p);
}

static void put_found_at(struct page *p, const struct finding *f)
{
	if (f->field.n) {
		put_sentence(p, TERMINAL_PLAIN, f->field);
		put_words(p, TERMINAL_PLAIN, STR_LIT(": "));
	}
	if (f->field.n || f->value.n)
		put_escaped(p, TERMINAL_PLAIN, f->value);
	if (!has_reason(&f->at))
		return;
	struct buf text = {0};
	put_words(p, TERMINAL_FAINT, f->field.n || f->value.n ? STR_LIT("  by ") : STR_EMPTY);
	add_reason(&text, &f->at);
	put_sentence(p, TERMINAL_PLAIN, buf_str(&text));
	buf_free(&text);
}

static void put_finding(struct page *p, const struct finding *f)
{
	static const enum terminal_tone of_kind[] = {[FINDING_LOOKED] = TERMINAL_FAINT,
		[FINDING_MATCHED] = TERMINAL_GOOD,
		[FINDING_LOST] = TERMINAL_BAD,
		[FINDING_SAID] = TERMINAL_FAINT};
	struct buf head = {0};
	size_t before;
	buf_fmt(&head, "  %-8s  ", f->kind == FINDING_SAID ? "" : account_finding_kinds[f->kind]);
	p->indent = 12;
	put_in(p, of_kind[f->kind], buf_str(&head));
	buf_free(&head);
	before = p->to->n;
	put_found_at(p, f);
	if (f->why.n && p->to->n > before)
		put_words(p, TERMINAL_PLAIN, STR_LIT(": "));
	put_sentence(p, TERMINAL_PLAIN, f->why);
	end_line(p);
}

/* ---- the parts ---- */

/* A stage whose result is a line of its own; the rest is the list of actions. */
static const struct {
	const char *stage, *head;
} heads[] = {
	{"lists", "list"},
	{"antispam", "spam"},
	{"tag", "label"},
};

static const char *head_of(struct str stage)
{
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (str_eq(stage, str_of(heads[i].stage)))
			return heads[i].head;
	return NULL;
}

static bool is_of(const struct finding *f, struct str stage)
{
	return str_eq(str_of(f->stage), stage);
}

static bool has_findings(const struct account *a, struct str stage)
{
	for (size_t i = 0; i < a->finding_count; i++)
		if (is_of(&a->findings[i], stage))
			return true;
	return false;
}

static enum terminal_tone tone_of(struct str result)
{
	if (str_eq(result, STR_LIT("block")) || str_eq(result, STR_LIT("yes")))
		return TERMINAL_BAD;
	return str_eq(result, STR_LIT("allow")) ? TERMINAL_GOOD : TERMINAL_PLAIN;
}

/* What only says the result is not said twice. */
static bool is_told(const struct finding *f, bool has_head)
{
	return has_head || f->kind != FINDING_SAID || str_eq(str_of(f->stage), STR_LIT("rules"));
}

static void put_stage(struct page *p, const struct account *a, const struct account_stage *s)
{
	const char *head = head_of(s->name);
	bool is_list = str_eq(s->name, STR_LIT("lists"));
	bool decided = !is_list || !str_eq(s->result, STR_LIT("none"));
	if (!head && !s->result.n && !has_findings(a, s->name))
		return;
	put_head(p, head ? str_of(head) : s->name);
	put_sentence(p, tone_of(s->result), s->result);
	if (decided)
		put_reason(p, "  because of ", &s->why);
	end_line(p);
	for (size_t i = 0; i < a->finding_count; i++)
		if (is_of(&a->findings[i], s->name) && is_told(&a->findings[i], head != NULL))
			put_finding(p, &a->findings[i]);
}

static const struct {
	const char *kind, *planned, *done;
} actions[] = {
	{"store", "store into", "stored in"},
	{"redirect", "redirect to", "redirected"},
	{"reject", "refuse with", "refused"},
	{"discard", "discard", "discarded"},
	{"pipe", "pipe to", "piped to"},
};

static const char *word_of(const struct account_action *action)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (str_eq(action->kind, str_of(actions[i].kind)))
			return action->done ? actions[i].done : actions[i].planned;
	return "?";
}

static void put_action(struct page *p, const struct account_action *action)
{
	struct str target = action->folder.n ? action->folder : action->target;
	put_head(p, str_of(word_of(action)));
	put_escaped(p, TERMINAL_GOOD, target);
	if (action->uid) {
		struct buf uid = {0};
		buf_fmt(&uid, "  uid %lu", (unsigned long)action->uid);
		put_words(p, TERMINAL_PLAIN, buf_str(&uid));
		buf_free(&uid);
	}
	if (action->flags.n) {
		put_words(p, TERMINAL_FAINT, STR_LIT("  flags "));
		put_sentence(p, TERMINAL_PLAIN, action->flags);
	}
	if (action->again)
		put_words(p, TERMINAL_FAINT, STR_LIT("  by an earlier attempt"));
	put_reason(p, "  because of ", &action->why);
	end_line(p);
}

static void put_letters(struct page *p, const struct account *a)
{
	for (size_t i = 0; i < a->letter_count; i++) {
		struct buf kind = {0};
		buf_add(&kind, a->letters[i].kind);
		put_line(p, buf_cstr(&kind), TERMINAL_PLAIN, a->letters[i].to, &a->letters[i].why);
		buf_free(&kind);
	}
	for (size_t i = 0; i < a->unanswered.count; i++)
		put_line(p, "unanswered", TERMINAL_PLAIN, a->unanswered.items[i], NULL);
	if (a->answered.n)
		put_line(p, "answered", TERMINAL_PLAIN, a->answered, NULL);
}

/* Of a delivery: "delivery    2026-11-29 16:20:03  stored  id 6616cc463c484-16bc" */
static void put_delivery(struct page *p, const struct account *a)
{
	char when[64] = "?";
	time_t seconds = (time_t)(a->time / 1000000);
	struct tm local;
	if (localtime_r(&seconds, &local))
		(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local); /* it fits */
	put_head(p, STR_LIT("delivery"));
	put_words(p, TERMINAL_PLAIN, str_of(when));
	put_words(p, TERMINAL_PLAIN, STR_LIT("  "));
	put_sentence(p, a->error.text.n ? TERMINAL_BAD : TERMINAL_GOOD, a->status);
	put_words(p, TERMINAL_FAINT, STR_LIT("  id "));
	put_sentence(p, TERMINAL_PLAIN, a->id);
	end_line(p);
}

static void put_envelope(struct page *p, const struct account *a)
{
	if (a->id.n)
		put_delivery(p, a);
	put_line(p, "recipient", TERMINAL_PLAIN, a->recipient, NULL);
	put_line(p, "original", TERMINAL_PLAIN, a->original, NULL);
	put_line(p, "sender", TERMINAL_PLAIN, a->sender, NULL);
	if (a->message_id.n)
		put_line(p, "message-id", TERMINAL_PLAIN, a->message_id, NULL);
	if (a->queue_id.n)
		put_line(p, "queue-id", TERMINAL_PLAIN, a->queue_id, NULL);
}

void account_text(struct buf *to, const struct account *a, struct terminal look)
{
	struct page p = {.to = to, .look = look};
	put_envelope(&p, a);
	if (a->auth.n)
		put_line(&p, "auth", TERMINAL_PLAIN, a->auth, NULL);
	for (size_t i = 0; i < a->stage_count; i++)
		put_stage(&p, a, &a->stages[i]);
	for (size_t i = 0; i < a->action_count; i++)
		put_action(&p, &a->actions[i]);
	put_letters(&p, a);
	for (size_t i = 0; i < a->notes.count; i++)
		put_line(&p, "note", TERMINAL_PLAIN, a->notes.items[i], NULL);
	if (a->error.text.n)
		put_line(&p, "error", TERMINAL_BAD, a->error.text, NULL);
}
