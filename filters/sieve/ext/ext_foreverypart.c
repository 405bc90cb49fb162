/* foreverypart (RFC 5703 section 3): a block runs for each body part. */
#include "filters/sieve/check.h"
#include "filters/sieve/parts.h"

#include <stdint.h>

/* ---- the loop ---- */

/* True when the loop ends at this part. */
static bool ends(struct sv_run *run, const struct sv_node *node, enum sv_flow *flow)
{
	if (*flow == SV_NEXT)
		return false;
	if (*flow == SV_BREAK && run->broken == node)
		*flow = SV_NEXT;
	return true;
}

/* A part that was replaced has no parts any more. */
static const struct mime_part *next_part(
	const struct sv_run *run, const struct mime_part *part, const struct mime_part *top)
{
	return run->replaced == part ? mime_skip(part, top) : mime_next(part, top);
}

static enum sv_flow run_foreverypart(struct sv_run *run, const struct sv_node *node)
{
	const struct mime_part *outer = run->part, *top = parts_current(run, node);
	const struct mime_part *part = top;
	enum sv_flow flow = SV_NEXT;
	/* A loop in a loop goes over the parts of the current part. */
	if (top && outer)
		part = mime_next(top, top);
	for (; part; part = next_part(run, part, top)) {
		run->part = part;
		run_note(run, node, "part " STR_FMT "/" STR_FMT, STR_ARGS(part->type),
			STR_ARGS(part->subtype));
		flow = run_block(run, &node->block);
		if (ends(run, node, &flow))
			break;
	}
	run->part = outer;
	if (!outer)
		run->replaced = NULL;
	return flow;
}

/* ---- break ---- */

static enum sv_flow run_break(struct sv_run *run, const struct sv_node *node)
{
	run->broken = node->data;
	return SV_BREAK;
}

static bool has_name(const struct sv_node *loop, struct str name)
{
	const struct sv_tagged *t = check_tag(loop, ":name");
	return t && str_eq(t->value.strings[0].text, name);
}

/* NODE->data: the loop that ends. */
static void check_break(struct check *c, struct sv_node *node)
{
	const struct sv_tagged *named = check_tag(node, ":name");
	const struct sv_node *loop = c->loop;
	while (loop && named && !has_name(loop, named->value.strings[0].text))
		loop = loop->loop;
	node->data = (void *)(uintptr_t)loop;
	if (!loop && named && c->loop)
		check_error(c, node->place, "there is no loop \"" STR_FMT "\" around this",
			STR_ARGS(named->value.strings[0].text));
	else if (!loop)
		check_error(c, node->place, "\"break\" must be inside a foreverypart");
}

static void check_constant_name(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)node;
	if (t->value.strings[0].piece_count)
		check_error(c, t->value.place, "the name of a loop must be constant");
}

static const struct sv_word words[] = {
	{
		.name = "foreverypart",
		.role = SV_COMMAND,
		.takes = SV_BLOCK | SV_LOOP,
		.run = run_foreverypart,
	},
	{
		.name = "break",
		.role = SV_COMMAND,
		.takes = SV_ENDS,
		.check = check_break,
		.run = run_break,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":name",
		.on = "foreverypart break",
		.value = {.type = SV_STRING, .what = "the name of a loop"},
		.check = check_constant_name,
	},
	{0},
};

const struct sv_ext ext_foreverypart = {
	.name = "foreverypart", .rfc = "RFC 5703", .words = words, .tags = tags};
