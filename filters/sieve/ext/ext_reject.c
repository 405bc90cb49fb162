/* reject and ereject (RFC 5429): refuses the message, and the sender is told. */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

/*
 * Only reject may send a message of its own (section 2.2); for ereject the MTA informs the sender.
 */
static enum sv_flow refuse(struct sv_run *run, const struct sv_node *node, bool in_protocol)
{
	struct sv_action action = {.kind = &action_reject};
	if (run_text(run, node, &node->args[0]->strings[0], &action.argument) < 0)
		return SV_FAIL;
	if (in_protocol)
		action_add_property(&action, "ereject", STR_EMPTY, run->mem);
	return run_action(run, node, action);
}

static enum sv_flow run_reject(struct sv_run *run, const struct sv_node *node)
{
	return refuse(run, node, false);
}

static enum sv_flow run_ereject(struct sv_run *run, const struct sv_node *node)
{
	return refuse(run, node, true);
}

#define REASON                                                                                     \
	{                                                                                          \
		.type = SV_STRING, .what = "a reason"                                              \
	}

static const struct sv_word reject_words[] = {
	{.name = "reject", .role = SV_COMMAND, .args = {REASON}, .run = run_reject},
	{0},
};

static const struct sv_word ereject_words[] = {
	{.name = "ereject", .role = SV_COMMAND, .args = {REASON}, .run = run_ereject},
	{0},
};

const struct sv_ext ext_reject = {.name = "reject", .rfc = "RFC 5429", .words = reject_words};
const struct sv_ext ext_ereject = {.name = "ereject", .rfc = "RFC 5429", .words = ereject_words};
