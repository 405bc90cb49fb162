/* require, if, elsif, else, stop (RFC 5228 section 3). */
#include "filters/sieve/advice.h"
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

/* ---- require ---- */

static struct str known_names(struct check *c)
{
	struct buf names = {0};
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(c->host, i)); i++)
		if (ext->name && (!ext->available || ext->available(c->host)))
			buf_fmt(&names, "%s%s", names.n ? ", " : "", ext->name);
	struct str kept = arena_str(c->mem, buf_str(&names));
	buf_free(&names);
	return kept;
}

static void unknown(struct check *c, const struct sv_string *s)
{
	const char *similar = lookup_similar_ext(&c->in, s->text);
	const char *why = advice_refused(s->text);
	const struct sv_ext *off = ext_find_off(c->host, s->text);
	struct str known = STR_EMPTY;
	if (off) {
		check_error(c, s->place, "the extension \"%s\" is not available: %s", off->name,
			off->off);
		check_told(c, off);
		return;
	}
	if (why) {
		check_error(c, s->place,
			"the extension \"" STR_FMT
			"\" is deliberately not supported: %s (see sieve(7))",
			STR_ARGS(s->text), why);
		return;
	}
	if (similar)
		check_error(c, s->place,
			"there is no extension \"" STR_FMT "\"; did you mean \"%s\"?",
			STR_ARGS(s->text), similar);
	if (similar) /* what uses it would only be reported again */
		(void)check_require(c, str_of(similar));
	if (similar)
		return;
	if (!c->included->listed)
		known = known_names(c);
	check_error(c, s->place, "there is no extension \"" STR_FMT "\"%s" STR_FMT,
		STR_ARGS(s->text), known.n ? "; known are: " : "", STR_ARGS(known));
	c->included->listed = true;
}

/* Is a word of the language used as the name of an extension? */
static bool is_word(struct check *c, const struct sv_string *s)
{
	const char *similar = lookup_similar_ext(&c->in, s->text);
	struct lookup found = lookup_word(&c->in, s->text, SV_COMMAND);
	/* If only the case differs, the extension is meant. */
	if (similar && str_ieq(s->text, str_of(similar)))
		return false;
	if (!found.word)
		found = lookup_word(&c->in, s->text, SV_TEST);
	if (!found.word)
		return false;
	if (!found.ext->name || found.ext->always)
		check_error(c, s->place,
			"\"" STR_FMT "\" is part of the base language and needs no require",
			STR_ARGS(s->text));
	else
		check_error(c, s->place,
			"\"" STR_FMT "\" belongs to the extension \"%s\"; require that",
			STR_ARGS(s->text), found.ext->name);
	if (found.ext->name)
		(void)check_require(c, str_of(found.ext->name)); /* there is one of that name */
	return true;
}

static void check_capability(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const struct sv_ext *ext = ext_find(c->host, s->text);
	(void)node;
	if (!check_require(c, s->text) && !is_word(c, s))
		unknown(c, s);
	else if (ext && ext->warning)
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
		.first = "\"require\" must come before all other commands",
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

const struct sv_ext ext_control = {.rfc = "RFC 5228", .words = words};
