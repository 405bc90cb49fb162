/*
 * The plan that settle() makes of a verdict, what is added while it is carried out, and that the
 * verdict stays as the stages left it.
 */
#include "mda/delivery/outcome.h"
#include "mda/settle.h"

#include "base/buf.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/conf/user.h"
#include "tests/unit/table.h"

#include <string.h>

/* After the stages nothing can write it: the compiler holds it. */
_Static_assert(_Generic(((struct delivery *)0)->verdict, const struct verdict * : 1, default : 0),
	"the verdict of a delivery is const");
_Static_assert(_Generic(((struct delivery *)0)->plan, const struct plan * : 1, default : 0),
	"and so is the plan");

#define SELF "ann@a.test"
#define OF(k, text)                                                                                \
	{                                                                                          \
		.kind = ACTION_##k, .argument = STR_LIT(text), .reason.line = 1                    \
	}
#define WITH(f, ...)                                                                               \
	{                                                                                          \
		.kind = ACTION_STORE, .flags = (f), .reason.line = 1, __VA_ARGS__                  \
	}

static struct str words[] = {STR_LIT("one"), STR_LIT("two")};
#define PIPE(i)                                                                                    \
	{                                                                                          \
		.kind = ACTION_PIPE, .argument = STR_LIT("p"), .arguments = {&words[i], 1},        \
		.reason.line = 1                                                                   \
	}
#define REFUSE                                                                                     \
	{                                                                                          \
		.kind = ACTION_REJECT, .argument = STR_LIT("no"), .may_answer = true,              \
		.reason.line = 1                                                                   \
	}

static const struct row {
	const char *name;
	struct action actions[3]; /* of the verdict; the rest has no reason */
	const char *plan;         /* a line for each action */
	const char *note;         /* a part of the only note; NULL: there must be none */
	const char *sender;       /* NULL: somebody's */
	const char *passed;       /* a mailbox that has redirected the message; NULL: none */
	enum reject_by reject_by;
	size_t mails;
} rows[] = {
	{"a store", {OF(STORE, "A")}, .plan = "store A\n"},
	{"in their order", {OF(REDIRECT, "x@b.test"), OF(STORE, "A"), OF(DISCARD, "")},
		.plan = "redirect x@b.test\nstore A\ndiscard\n"},
	{"a folder that cannot be", {OF(STORE, "a/../b")}, "store\n", .note = "kept in the INBOX"},
	{"two names of one folder: the last one's flags",
		{WITH(FLAG_SEEN, .argument = STR_LIT("")),
			WITH(FLAG_FLAGGED, .argument = STR_LIT("inbox"))},
		.plan = "store flags=2\n"},
	{"a redirect to the mailbox itself", {OF(REDIRECT, SELF)}, "store kept\n",
		.note = "that is this mailbox"},
	{"a redirect to the mailbox itself, stored anyway", {OF(REDIRECT, SELF), OF(STORE, "A")},
		"store A\n", .note = "that is this mailbox"},
	{"a redirect to where the message has been", {OF(REDIRECT, "eve@a.test")}, "store kept\n",
		"has been there", .passed = "eve@a.test"},
	{"a redirect to what is not an address", {OF(REDIRECT, "-bs")}, "store kept\n",
		.note = "can be given that address"},
	{"a program twice", {PIPE(0), PIPE(0)}, .plan = "pipe p one\n"},
	{"a program twice, with other arguments", {PIPE(0), PIPE(1)},
		.plan = "pipe p one\npipe p two\n"},
	{"a refusal by the MTA", {REFUSE}, .plan = "refuse no\n"},
	{"a refusal by a message", {REFUSE}, "refuse no by message\n",
		.reject_by = REJECT_BY_MESSAGE, .mails = 1},
	{"a refusal by a message to nobody", {REFUSE}, "refuse no by message\n",
		"the sender is null", .sender = "", .reject_by = REJECT_BY_MESSAGE},
	{"a refusal that no rule decided", {OF(REJECT, "no")}, "refuse no\n",
		.reject_by = REJECT_BY_MESSAGE},
};

/* ---- a delivery to ann@a.test ---- */

struct setting {
	struct arena *mem;
	struct message *msg;
	struct conf conf;
	struct user user;
	struct envelope env;
	struct delivery d;
	struct verdict verdict;
	struct plan plan;
};

static void set_up(struct setting *s, const struct row *row)
{
	static const char text[] = "Received: by a\nFrom: bob@b.test\nX-A: 1\n\nbody\n";
	struct err err;
	*s = (struct setting){.mem = arena_new()};
	s->conf = (struct conf){.junk_folder = STR_LIT("Junk"), .reject_by = row->reject_by};
	s->env = (struct envelope){.sender = str_of(row->sender ? row->sender : "bob@b.test"),
		.recipient = STR_LIT(SELF),
		.original_recipient = STR_LIT(SELF),
		.mailbox = STR_LIT(SELF)};
	s->msg = message_borrow(str_of(text), &err);
	assert_non_null(s->msg);
	s->d = (struct delivery){.conf = &s->conf,
		.aliases = aliases_open(STR_EMPTY, STR_LIT("+"), s->mem, &err),
		.user = &s->user,
		.env = &s->env,
		.told = s->env,
		.msg = s->msg,
		.keep_folder = STR_LIT("kept"),
		.verdict = &s->verdict,
		.mem = s->mem};
	if (row->passed)
		*(struct str *)ARENA_PUSH(s->mem, s->d.passed.items, s->d.passed.count) =
			str_of(row->passed);
	verdict_init(&s->verdict, s->mem, message_header_count(s->msg));
	for (size_t i = 0; i < 3 && row->actions[i].reason.line; i++)
		*(struct action *)ARENA_PUSH(s->mem, s->verdict.actions, s->verdict.action_count) =
			row->actions[i];
	verdict_report(&s->verdict, STR_LIT("/x.errors"), STR_LIT("an error\n"));
	verdict_note(&s->verdict, "noted by a stage");
}

static void tear_down(struct setting *s)
{
	message_free(s->msg);
	arena_free(s->mem);
}

static struct str text_of(const struct plan *p, struct arena *mem)
{
	static const char *const kinds[] = {
		[ACTION_STORE] = "store",
		[ACTION_REDIRECT] = "redirect",
		[ACTION_REJECT] = "refuse",
		[ACTION_DISCARD] = "discard",
		[ACTION_PIPE] = "pipe",
	};
	struct buf b = {0};
	for (size_t i = 0; i < p->step_count; i++) {
		const struct step *a = &p->steps[i];
		assert_int_equal(a->reason.line, 1);
		assert_true(a->form < p->form_count);
		buf_text(&b, kinds[a->kind]);
		if (a->argument.n)
			buf_fmt(&b, " " STR_FMT, STR_ARGS(a->argument));
		for (size_t k = 0; k < a->arguments.count; k++)
			buf_fmt(&b, " " STR_FMT, STR_ARGS(a->arguments.items[k]));
		if (a->flags)
			buf_fmt(&b, " flags=%u", a->flags);
		buf_text(&b, a->by_message ? " by message\n" : "\n");
	}
	struct str text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return text;
}

/* ---- what is planned ---- */

static void test_row(void **state)
{
	const struct row *row = *state;
	struct setting s;
	set_up(&s, row);
	settle(&s.d, &s.plan);
	struct str text = text_of(&s.plan, s.mem);
	if (!str_eq(text, str_of(row->plan)))
		fail_msg("\n" STR_FMT "instead of\n%s", STR_ARGS(text), row->plan);
	assert_int_equal(s.plan.notes.count, row->note != NULL);
	if (row->note)
		assert_non_null(strstr(s.plan.notes.items[0].p, row->note));
	assert_int_equal(s.plan.outmails.count, row->mails);
	assert_true(s.plan.facts.has_received);
	assert_int_equal(s.plan.report_count, 1);
	tear_down(&s);
}

/* ---- the verdict ---- */

/* Byte for byte: the struct, its actions and its notes. */
static void test_verdict(void **state)
{
	const struct row *row = *state;
	struct setting s;
	struct verdict was;
	struct action actions[3];
	set_up(&s, row);
	size_t size = s.verdict.action_count * sizeof *actions;
	memcpy(&was, &s.verdict, sizeof was);
	memcpy(actions, s.verdict.actions, size);
	settle(&s.d, &s.plan);
	assert_memory_equal(&was, &s.verdict, sizeof was);
	assert_memory_equal(actions, s.verdict.actions, size);
	tear_down(&s);
}

/* ---- what becomes of it ---- */

static void test_outcome(void **state)
{
	const struct row one = {.actions = {OF(PIPE, "p")}};
	struct setting s;
	struct outcome out;
	(void)state;
	set_up(&s, &one);
	settle(&s.d, &s.plan);
	outcome_begin(&out, &s.plan, s.mem);
	assert_int_equal(out.count + out.notes.count, 0);
	assert_int_equal(out.report_count, 1);
	outcome_report(&out, STR_LIT("/x.errors"), STR_LIT("an error\nand another\n"));
	notes_add(&out.notes, "noted by the delivery");
	assert_false(outcome_is_stored(&out));
	const struct step kept = {.kind = ACTION_STORE};
	outcome_add(&out, &s.plan.steps[0]);
	outcome_add(&out, &kept);
	assert_true(outcome_is_stored(&out));
	/* The plan is what it was. */
	assert_int_equal(s.plan.report_count, 1);
	assert_int_equal(s.plan.step_count, 1);
	assert_int_equal(s.plan.notes.count, 0);
	assert_true(str_eq(s.plan.reports[0].text, STR_LIT("an error\n")));
	tear_down(&s);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_verdict, rows),
		TABLE_OF_ONE(test_outcome, "what becomes of a plan does not change it"),
	};
	return table_run("plan", tables, sizeof tables / sizeof *tables);
}
