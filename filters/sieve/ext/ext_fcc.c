/* fcc (RFC 8580): puts a copy of what is sent into a folder. */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static int apply_fcc(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct sv_action *action)
{
	struct str folder;
	if (run_text(run, node, &t->value.strings[0], &folder) < 0)
		return -1;
	action_add_property(action, "fcc", folder, run->mem);
	return 0;
}

static const struct sv_tag tags[] = {
	{
		.name = ":fcc",
		.on = "vacation notify",
		.value = {.type = SV_STRING, .what = "a folder", .check = check_folder},
		.apply = apply_fcc,
	},
	{0},
};

const struct sv_ext ext_fcc = {.name = "fcc", .rfc = "RFC 8580", .tags = tags};
