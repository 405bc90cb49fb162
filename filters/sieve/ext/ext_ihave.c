/* ihave (RFC 5463): what needs an extension is checked only if that extension is available. */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

/* Extensions that change how a script is read, such as variables, must be required (section 4). */
static bool has(struct check *c, struct str name)
{
	const struct sv_ext *ext = ext_find(c->host, name);
	return ext && !ext->string;
}

/* If all are available, they may be used from here on, once the test has been evaluated. */
static bool has_all(struct check *c, const struct sv_given *names)
{
	bool all = true;
	for (size_t i = 0; i < names->count; i++)
		all &= has(c, names->strings[i].text);
	for (size_t i = 0; i < names->count && all; i++)
		check_allow(c, names->strings[i].text);
	return all;
}

static void check_ihave(struct check *c, struct sv_node *node)
{
	if (check_constant(node->args[0]))
		node->known = has_all(c, node->args[0]) ? SV_ALWAYS : SV_NEVER;
	else
		check_error(c, node->args[0]->place, "the names of extensions must be constant");
}

static int test_ihave(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count && node->known == SV_ALWAYS; i++)
		run_allow(run, ext_find(run->host, node->args[0]->strings[i].text));
	return node->known == SV_ALWAYS;
}

static enum sv_flow run_error(struct sv_run *run, const struct sv_node *node)
{
	struct str text;
	if (run_text(run, node, &node->args[0]->strings[0], &text) == 0)
		run_fail(run, node, "the script says: " STR_FMT, STR_ARGS(text));
	return SV_FAIL;
}

static const struct sv_word words[] = {
	{
		.name = "ihave",
		.role = SV_TEST,
		.args = {{.type = SV_STRINGS, .what = "the names of extensions"}},
		.check = check_ihave,
		.test = test_ihave,
	},
	{
		.name = "error",
		.role = SV_COMMAND,
		.takes = SV_ENDS,
		.args = {{.type = SV_STRING, .what = "what is wrong"}},
		.run = run_error,
	},
	{0},
};

const struct sv_ext ext_ihave = {.name = "ihave", .rfc = "RFC 5463", .words = words};
