#include "mda/tools/refile/refile_table.h"

#include "store/base_name.h"

#include <stdlib.h>
#include <string.h>

const char *const refile_table_differences[REFILE_DIFFERENCES] = {
	"folder", "flags", "discard", "reject", "redirect", "answer", "program", "failure"};

enum { NOTES_MOST = 1000, FAILURES_MOST = 10000, ROWS_MOST = 100000 };

/* ---- an outcome in words ---- */

static struct str step_words(const struct refile_step *s, struct arena *mem)
{
	struct str argument = s->argument;
	switch (s->kind) {
	case ACTION_STORE:
		return argument.n ? argument : STR_LIT("INBOX");
	case ACTION_REDIRECT:
		return ARENA_JOIN(mem, STR_LIT("(to "), argument, STR_LIT(")"));
	case ACTION_PIPE:
		return ARENA_JOIN(mem, STR_LIT("(program "), argument, STR_LIT(")"));
	case ACTION_REJECT:
		return STR_LIT("(refused)");
	case ACTION_DISCARD:
		break;
	}
	return STR_LIT("(discarded)");
}

struct str refile_table_words(const struct refile_outcome *o, struct arena *mem)
{
	struct str all = STR_EMPTY;
	if (o->failed)
		return STR_LIT("(put off or refused)");
	for (size_t i = 0; i < o->step_count; i++) {
		struct str one = step_words(&o->steps[i], mem);
		all = all.n ? ARENA_JOIN(mem, all, STR_LIT(" + "), one) : one;
	}
	return all.n ? all : STR_LIT("(discarded)");
}

/* ---- how two outcomes differ ---- */

static const struct refile_step *find_step(
	const struct refile_outcome *o, const struct refile_step *like)
{
	for (size_t i = 0; i < o->step_count; i++)
		if (o->steps[i].kind == like->kind && str_eq(o->steps[i].argument, like->argument))
			return &o->steps[i];
	return NULL;
}

static bool same_words(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!str_ieq(a->items[i], b->items[i]))
			return false;
	return a->count == b->count;
}

static unsigned step_differs(const struct refile_outcome *o, const struct refile_step *s)
{
	static const unsigned bits[] = {
		[ACTION_STORE] = REFILE_FOLDER,
		[ACTION_REDIRECT] = REFILE_REDIRECT,
		[ACTION_REJECT] = REFILE_REFUSAL,
		[ACTION_DISCARD] = REFILE_DISCARD,
		[ACTION_PIPE] = REFILE_PROGRAM,
	};
	const struct refile_step *other = find_step(o, s);
	if (!other)
		return bits[s->kind];
	bool same = s->flags == other->flags && same_words(&s->keywords, &other->keywords);
	return same ? 0 : REFILE_FLAGS;
}

static bool has_answer(const struct refile_outcome *o, const struct refile_answer *a)
{
	for (size_t i = 0; i < o->answer_count; i++)
		if (strcmp(o->answers[i].kind, a->kind) == 0 &&
			same_words(&o->answers[i].recipients, &a->recipients))
			return true;
	return false;
}

/* What ONE has and OTHER has not. */
static unsigned one_differs(const struct refile_outcome *one, const struct refile_outcome *other)
{
	unsigned differs = one->failed != other->failed ? REFILE_FAILURE : 0;
	for (size_t i = 0; i < one->step_count; i++)
		differs |= step_differs(other, &one->steps[i]);
	for (size_t i = 0; i < one->answer_count; i++)
		differs |= has_answer(other, &one->answers[i]) ? 0 : REFILE_ANSWER;
	return differs;
}

/*
 * A message that was stored: it has the flags that it has, of which people have set some. So only
 * a flag that the rules would add counts.
 */
static struct refile_outcome where_it_is(const struct refile_mail *mail, size_t m,
	const struct refile_outcome *new, struct arena *mem)
{
	const struct refile_message *message = &mail->messages[m];
	struct refile_step *step = arena_alloc(mem, sizeof *step);
	unsigned has = message->file ? base_name_read_flags(str_of(message->file)) : 0;
	*step = (struct refile_step){
		.kind = ACTION_STORE, .argument = mail->folders[message->folder].name};
	if (!message->file)
		step->argument = STR_EMPTY;
	for (size_t i = 0; i < new->step_count; i++) {
		const struct refile_step *s = &new->steps[i];
		if (s->kind != ACTION_STORE || !str_eq(s->argument, step->argument))
			continue;
		step->flags = s->flags & has;
		step->keywords = s->keywords;
	}
	return (struct refile_outcome){.steps = step, .step_count = 1};
}

/* ---- rows ---- */

static struct refile_row *find_row(struct refile_table *t, struct str old, struct str new)
{
	for (size_t i = 0; i < t->row_count; i++)
		if (str_eq(t->rows[i].old, old) && str_eq(t->rows[i].new, new))
			return &t->rows[i];
	if (t->row_count == ROWS_MOST)
		return &t->rows[ROWS_MOST - 1]; /* a script that makes folders of its own */
	struct refile_row *row = ARENA_PUSH(t->mem, t->rows, t->row_count);
	row->old = arena_str(t->mem, old);
	row->new = arena_str(t->mem, new);
	return row;
}

static struct str reason_of(const struct refile_outcome *o, struct arena *mem)
{
	const struct reason *r = o->step_count ? &o->steps[0].reason : NULL;
	if (o->failed)
		return arena_str(mem, o->failure);
	return r ? arena_str(mem, verdict_reason_where(r, mem)) : STR_EMPTY;
}

/* Examples are in the order of the mail, in which messages are not judged. */
static struct refile_example *place_for(struct refile_table *t, struct refile_row *row, size_t m)
{
	size_t at = row->example_count;
	while (at > 0 && row->examples[at - 1].number > m)
		at--;
	if (at == t->examples_most)
		return NULL;
	if (row->example_count < t->examples_most)
		(void)ARENA_PUSH(
			t->mem, row->examples, row->example_count); /* it is filled below */
	memmove(&row->examples[at + 1], &row->examples[at],
		(row->example_count - 1 - at) * sizeof *row->examples);
	return &row->examples[at];
}

static void add_example(struct refile_table *t, struct refile_row *row,
	const struct refile_mail *mail, size_t m, const struct refile_judged *j, unsigned differs)
{
	const struct refile_message *message = &mail->messages[m];
	const struct refile_folder *f = &mail->folders[message->folder];
	if (differs && row->changed == 0)
		row->example_count = 0; /* those that differ are of interest */
	bool wanted = differs || row->changed == 0;
	struct refile_example *e = wanted ? place_for(t, row, m) : NULL;
	if (!e)
		return;
	*e = (struct refile_example){.folder = f->name.n ? f->name : STR_LIT("INBOX"),
		.file = refile_mail_name(mail, message, t->mem),
		.from = arena_str(t->mem, j->from),
		.subject = arena_str(t->mem, j->subject),
		.message_id = arena_str(t->mem, j->message_id),
		.reason = reason_of(&j->outcomes[REFILE_NEW], t->mem),
		.date = j->date,
		.differs = differs,
		.number = m};
}

/* ---- rules ---- */

static bool is_rule(const struct refile_tally *t, struct str script, unsigned line, unsigned column)
{
	return t->rule.line == line && t->rule.column == column && str_eq(t->rule.script, script);
}

/* Rules come in the same order with each message, so the next one is probably that after *NEXT. */
static struct refile_tally *find_rule(
	struct refile_table *t, size_t *next, struct str script, unsigned line, unsigned column)
{
	for (size_t n = 0; n < t->rule_count; n++) {
		size_t i = (*next + n) % t->rule_count;
		if (!is_rule(&t->rules[i], script, line, column))
			continue;
		*next = i + 1;
		return &t->rules[i];
	}
	struct refile_tally *tally = ARENA_PUSH(t->mem, t->rules, t->rule_count);
	tally->rule = (struct refile_rule){.script = arena_str(t->mem, script),
		.text = STR_EMPTY,
		.line = line,
		.column = column};
	*next = t->rule_count;
	return tally;
}

static void add_rules(struct refile_table *t, const struct refile_judged *j)
{
	size_t next = 0;
	for (size_t i = 0; i < j->rule_count; i++) {
		const struct refile_rule *r = &j->rules[i];
		struct refile_tally *tally = find_rule(t, &next, r->script, r->line, r->column);
		if (tally->rule.text.n == 0)
			tally->rule.text = arena_str(t->mem, r->text);
	}
	next = 0;
	for (size_t i = 0; i < j->outcomes[REFILE_NEW].test_count; i++) {
		const struct refile_test *test = &j->outcomes[REFILE_NEW].tests[i];
		struct refile_tally *tally =
			find_rule(t, &next, test->script, test->line, test->column);
		tally->tested++;
		tally->matched += test->matched;
	}
}

/* ---- notes ---- */

/* Finds "FILE:LINE:COLUMN: " in the note, after the word "script ", which the rules put there. */
static void take_place(struct refile_note *note)
{
	struct str rest = note->text;
	if (str_starts(rest, STR_LIT("script ")))
		rest = str_slice(rest, 7, rest.n);
	for (size_t at = 0; at < rest.n; at++) {
		unsigned long long line, column;
		struct str after = str_slice(rest, at + 1, rest.n);
		size_t second = str_find(after, ':');
		struct str last = str_slice(after, second + 1, after.n);
		if (rest.p[at] != ':' || !str_number(str_slice(after, 0, second), 1 << 30, &line) ||
			!str_number(str_slice(last, 0, str_find(last, ':')), 1 << 30, &column))
			continue;
		note->file = str_slice(rest, 0, at);
		note->line = (unsigned)line;
		note->column = (unsigned)column;
		return;
	}
}

static void add_note(struct refile_table *t, struct str text)
{
	for (size_t i = 0; i < t->note_count; i++)
		if (str_eq(t->notes[i].text, text)) {
			t->notes[i].count++;
			return;
		}
	if (t->note_count == NOTES_MOST)
		return;
	struct refile_note *note = ARENA_PUSH(t->mem, t->notes, t->note_count);
	*note = (struct refile_note){
		.text = arena_str(t->mem, text), .count = 1, .file = STR_EMPTY};
	take_place(note);
}

/* ---- all ---- */

static void count(struct refile_table *t, unsigned differs)
{
	t->judged++;
	t->changed += differs != 0;
	for (unsigned i = 0; i < REFILE_DIFFERENCES; i++)
		t->differences[i] += (differs >> i) & 1;
}

void refile_table_add(struct refile_table *t, const struct refile_mail *mail, size_t m,
	const struct refile_judged *judged, bool compared)
{
	struct arena *mem = arena_new();
	const struct refile_outcome *new = &judged->outcomes[REFILE_NEW];
	struct refile_outcome old =
		compared ? judged->outcomes[REFILE_OLD] : where_it_is(mail, m, new, mem);
	unsigned differs = one_differs(new, &old) | one_differs(&old, new);
	struct refile_row *row =
		find_row(t, refile_table_words(&old, mem), refile_table_words(new, mem));
	add_example(t, row, mail, m, judged, differs);
	row->count++;
	row->changed += differs != 0;
	count(t, differs);
	add_rules(t, judged);
	for (size_t i = 0; i < new->notes.count; i++)
		add_note(t, new->notes.items[i]);
	arena_free(mem);
}

void refile_table_fail(
	struct refile_table *t, const struct refile_mail *mail, size_t m, struct str why)
{
	if (why.n == 0)
		t->gone++;
	if (why.n == 0 || t->failure_count == FAILURES_MOST)
		return;
	const struct refile_message *message = &mail->messages[m];
	*(struct refile_failure *)ARENA_PUSH(t->mem, t->failures, t->failure_count) =
		(struct refile_failure){.folder = mail->folders[message->folder].name,
			.file = refile_mail_name(mail, message, t->mem),
			.why = arena_str(t->mem, why)};
}

static int by_count(const void *a, const void *b)
{
	const struct refile_row *x = a, *y = b;
	if ((x->changed > 0) != (y->changed > 0))
		return x->changed > 0 ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	int r = str_compare(x->old, y->old);
	return r ? r : str_compare(x->new, y->new);
}

static int by_place(const void *a, const void *b)
{
	const struct refile_rule *x = &((const struct refile_tally *)a)->rule;
	const struct refile_rule *y = &((const struct refile_tally *)b)->rule;
	int r = str_compare(x->script, y->script);
	if (r)
		return r;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

void refile_table_sort(struct refile_table *t)
{
	if (t->row_count)
		qsort(t->rows, t->row_count, sizeof *t->rows, by_count);
	if (t->rule_count)
		qsort(t->rules, t->rule_count, sizeof *t->rules, by_place);
}
