/* keep, discard and redirect (RFC 5228 section 4). */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static enum sv_flow run_keep(struct sv_run *run, const struct sv_node *node)
{
	return run_action(run, node, (struct sv_action){.kind = &action_keep});
}

static enum sv_flow run_discard(struct sv_run *run, const struct sv_node *node)
{
	return run_action(run, node, (struct sv_action){.kind = &action_discard});
}

void check_redirect(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (action_redirect_target(s->text, c->mem).n)
		return;
	if (action_address(s->text, c->mem).n)
		check_warn(c, s->place,
			"nothing is sent to \"" STR_FMT
			"\": for an MTA's program it would be an option",
			STR_ARGS(s->text));
	else
		check_error(c, s->place,
			"\"" STR_FMT
			"\" is not an address to redirect to; write one address with a domain",
			STR_ARGS(s->text));
}

static enum sv_flow run_redirect(struct sv_run *run, const struct sv_node *node)
{
	struct str text;
	if (run_text(run, node, &node->args[0]->strings[0], &text) < 0)
		return SV_FAIL;
	struct str to = action_redirect_target(text, run->mem);
	if (to.n == 0 && action_address(text, run->mem).n) {
		run_note(run, node, "nothing is sent to \"" STR_FMT "\"", STR_ARGS(text));
		return SV_NEXT;
	}
	if (to.n == 0) {
		run_fail(run, node, "redirect needs one address with a domain");
		return SV_FAIL;
	}
	return run_action(run, node, (struct sv_action){.kind = &action_redirect, .argument = to});
}

static const struct sv_word words[] = {
	{.name = "keep", .role = SV_COMMAND, .run = run_keep},
	{.name = "discard", .role = SV_COMMAND, .run = run_discard},
	{
		.name = "redirect",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "an address", .check = check_redirect}},
		.run = run_redirect,
	},
	{0},
};

const struct sv_ext ext_actions = {.rfc = "RFC 5228", .words = words};
