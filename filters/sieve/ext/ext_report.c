/* vnd.dovecot.report: sends a report about a message, in the format of RFC 5965. */
#include "filters/sieve/check.h"
#include "filters/sieve/feedback.h"
#include "filters/sieve/run.h"

#include <string.h>

/* Each address gets only one report. */
static bool same(const struct sv_action *a, const struct sv_action *b)
{
	const struct sv_feedback *x = a->data, *y = b->data;
	return str_ieq(x->to, y->to);
}

const struct sv_action_kind feedback_action = {
	.name = "report", .effect = SV_ANSWERS, .same = same};

/* A token of RFC 2045. */
static bool is_type(struct str type)
{
	enum { LONGEST = 100 };
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] <= ' ' || (unsigned char)type.p[i] >= 0x7f ||
			strchr("()<>@,;:\\\"/[]?=", type.p[i]))
			return false;
	return type.n > 0 && type.n <= LONGEST;
}

static void check_type(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!is_type(str_trim(s->text)))
		check_error(c, s->place,
			"\"" STR_FMT "\" is not a type of feedback; write a word such as abuse, "
			"fraud or not-spam (RFC "
			"5965)",
			STR_ARGS(s->text));
}

static void check_to(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (action_redirect_target(s->text, c->mem).n == 0)
		check_error(c, s->place, "\"" STR_FMT "\" is not an address to report to",
			STR_ARGS(s->text));
}

static enum sv_flow run_report(struct sv_run *run, const struct sv_node *node)
{
	struct sv_feedback *f = arena_alloc(run->mem, sizeof *f);
	struct sv_action action = {.kind = &feedback_action, .data = f};
	struct str to;
	if (run_text(run, node, &node->args[0]->strings[0], &f->type) < 0 ||
		run_text(run, node, &node->args[1]->strings[0], &action.argument) < 0 ||
		run_text(run, node, &node->args[2]->strings[0], &to) < 0)
		return SV_FAIL;
	f->type = str_trim(f->type);
	f->to = action_redirect_target(to, run->mem);
	f->only_header = run_tag(node, ":headers_only") != NULL;
	if (!is_type(f->type) || f->to.n == 0) {
		run_fail(run, node, "report needs a type such as abuse and one address");
		return SV_FAIL;
	}
	action_add_property(&action, "type", f->type, run->mem);
	action_add_property(&action, "to", f->to, run->mem);
	return run_action(run, node, action);
}

static const struct sv_word words[] = {
	{
		.name = "report",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a type of feedback", .check = check_type},
			{.type = SV_STRING, .what = "a text"},
			{.type = SV_STRING, .what = "an address", .check = check_to}},
		.run = run_report,
	},
	{0},
};

static const struct sv_tag tags[] = {{.name = ":headers_only", .on = "report"}, {0}};

const struct sv_ext ext_dovecot_report = {
	.name = "vnd.dovecot.report", .rfc = "Pigeonhole", .words = words, .tags = tags};
