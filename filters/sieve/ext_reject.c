/* reject (RFC 5429). */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static enum sv_flow run_reject(struct sv_run *run, const struct sv_node *node)
{
	struct sv_action action = {.kind = &action_reject};
	if (run_text(run, node, &node->args[0]->strings[0], &action.argument) < 0)
		return SV_FAIL;
	return run_action(run, node, action);
}

static const struct sv_word words[] = {
	{
		.name = "reject",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a reason"}},
		.run = run_reject,
	},
	{0},
};

const struct sv_ext sv_ext_reject = {.name = "reject", .rfc = "RFC 5429", .words = words};
