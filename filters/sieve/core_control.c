/* require, if, elsif, else, stop (RFC 5228 section 3). */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

/* ---- require ---- */

static struct str known_names(struct check *c)
{
	struct buf names = {0};
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = sv_ext_at(c->host, i)); i++)
		if (ext->name && (!ext->available || ext->available(c->host)))
			buf_fmt(&names, "%s%s", names.n ? ", " : "", ext->name);
	struct str kept = arena_str(c->mem, buf_str(&names));
	buf_free(&names);
	return kept;
}

static void unknown(struct check *c, const struct sv_string *s)
{
	const char *similar = lookup_similar_ext(&c->in, s->text);
	struct str known = known_names(c);
	if (similar)
		check_error(c, s->place,
			"there is no extension \"" STR_FMT
			"\"; did you mean \"%s\"? Known are: " STR_FMT,
			STR_ARGS(s->text), similar, STR_ARGS(known));
	else
		check_error(c, s->place,
			"there is no extension \"" STR_FMT "\"; known are: " STR_FMT,
			STR_ARGS(s->text), STR_ARGS(known));
}

static void check_capability(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const struct sv_ext *ext = sv_ext_find(c->host, s->text);
	(void)node;
	if (!check_require(c, s->text))
		unknown(c, s);
	else if (ext->warning)
		check_warn(c, s->place, "%s", ext->warning);
}

static void check_constants(struct check *c, struct sv_node *node)
{
	if (!check_constant(node->args[0]))
		check_error(c, node->args[0]->place, "the names of extensions must be constant");
}

/* ---- branches ---- */

static enum sv_flow run_if(struct sv_run *run, const struct sv_node *node)
{
	for (const struct sv_node *n = node; n; n = n->next_branch) {
		int taken = n->test_count ? run_test(run, &n->tests[0]) : 1;
		if (taken < 0)
			return SV_FAIL;
		if (taken)
			return run_block(run, &n->block);
	}
	return SV_NEXT;
}

static enum sv_flow run_stop(struct sv_run *run, const struct sv_node *node)
{
	(void)run;
	(void)node;
	return SV_STOP;
}

static const struct sv_word words[] = {
	{
		.name = "require",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRINGS,
			.what = "the names of extensions",
			.check = check_capability}},
		.check = check_constants,
		.first = "\"require\" must stand in front of all other commands",
	},
	{
		.name = "if",
		.role = SV_COMMAND,
		.takes = SV_ONE_TEST | SV_BLOCK | SV_BRANCH,
		.run = run_if,
	},
	{
		.name = "elsif",
		.role = SV_COMMAND,
		.takes = SV_ONE_TEST | SV_BLOCK | SV_BRANCH,
		.follows = "if elsif",
	},
	{
		.name = "else",
		.role = SV_COMMAND,
		.takes = SV_BLOCK | SV_BRANCH,
		.follows = "if elsif",
	},
	{.name = "stop", .role = SV_COMMAND, .takes = SV_ENDS, .run = run_stop},
	{0},
};

const struct sv_ext sv_ext_control = {.rfc = "RFC 5228", .words = words};
