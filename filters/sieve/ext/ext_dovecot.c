/* vnd.dovecot.debug: a note for people who ask why. */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static enum sv_flow run_debug_log(struct sv_run *run, const struct sv_node *node)
{
	struct str text;
	if (run_text(run, node, &node->args[0]->strings[0], &text) < 0)
		return SV_FAIL;
	run_note(run, node, "DEBUG: " STR_FMT, STR_ARGS(text));
	return SV_NEXT;
}

static const struct sv_word words[] = {
	{
		.name = "debug_log",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a text"}},
		.run = run_debug_log,
	},
	{0},
};

const struct sv_ext ext_dovecot_debug = {
	.name = "vnd.dovecot.debug", .rfc = "Pigeonhole", .words = words};
