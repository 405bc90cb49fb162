/* copy (RFC 3894): does not cancel the implicit keep. */
#include "filters/sieve/run.h"

static int apply(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct sv_action *action)
{
	(void)run;
	(void)node;
	(void)t;
	action->copy = true;
	return 0;
}

static const struct sv_tag tags[] = {
	{.name = ":copy", .on = "fileinto redirect pipe", .apply = apply},
	{0},
};

const struct sv_ext ext_copy = {.name = "copy", .rfc = "RFC 3894", .tags = tags};
