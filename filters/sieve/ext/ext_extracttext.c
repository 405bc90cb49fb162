/*
 * extracttext (RFC 5703 section 7): puts the text of a body part into a variable. For HTML, it is
 * the text as a person reads it.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/parts.h"
#include "filters/sieve/variables.h"

#include "base/utf8.h"

static enum sv_flow run_extracttext(struct sv_run *run, const struct sv_node *node)
{
	const struct mime_part *part = parts_current(run, node);
	const struct sv_tagged *first = run_tag(node, ":first");
	struct sv_value *content;
	struct str text = STR_EMPTY;
	bool has_text = part && parts_is_text(run, part);
	if (has_text && parts_readable(run, node, part, &content) < 0)
		return SV_FAIL;
	if (has_text)
		text = content->text;
	if (first && run_charge(run, node, text.n / 4) < 0)
		return SV_FAIL;
	if (first)
		text = utf8_first(text, first->value.number);
	return variables_modify(run, node, &text) < 0 || variables_set(run, node->data, text) < 0
		       ? SV_FAIL
		       : SV_NEXT;
}

static void check_extracttext(struct check *c, struct sv_node *node)
{
	if (!c->loop)
		check_error(c, node->place, "\"extracttext\" must be inside a foreverypart");
	if (!variables_are_active(c))
		check_error(c, node->place, "\"extracttext\" needs require \"variables\"");
	else
		node->data = (void *)(uintptr_t)variables_bind(c, &node->args[0]->strings[0]);
}

static const struct sv_word words[] = {
	{
		.name = "extracttext",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "the name of a variable"}},
		.check = check_extracttext,
		.run = run_extracttext,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":first",
		.on = "extracttext",
		.value = {.type = SV_NUMBER, .what = "a number of characters"},
	},
	{0},
};

const struct sv_ext ext_extracttext = {
	.name = "extracttext", .rfc = "RFC 5703", .words = words, .tags = tags};
