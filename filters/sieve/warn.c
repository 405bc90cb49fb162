#include "filters/sieve/warn.h"

/* ---- tests ---- */

enum sv_known warn_truth(const struct sv_node *test)
{
	if (test->known != SV_DEPENDS)
		return test->known;
	return test->word->truth ? test->word->truth(test) : SV_DEPENDS;
}

/* A bare `false` is how people and rule editors switch a rule off. */
static bool is_switch(const struct sv_node *test)
{
	return test->test_count == 0 && test->tag_count == 0 && !test->args[0];
}

static void warn_test(struct check *c, const struct sv_node *test, enum sv_known truth)
{
	if (truth == SV_ALWAYS)
		check_warn(c, test->place, "this test is always true");
	else if (truth == SV_NEVER && !is_switch(test))
		check_warn(c, test->place, "this test is never true, so its block is never run");
}

/* ---- what is reached ---- */

static bool block_ends(struct check *c, const struct sv_block *block);

/* Do all branches of an `if` end the block that it is in? */
static bool branches_end(struct check *c, const struct sv_node *first)
{
	bool ends = true, decided = false;
	for (const struct sv_node *n = first; n; n = n->next_branch) {
		enum sv_known truth = n->test_count ? warn_truth(&n->tests[0]) : SV_ALWAYS;
		if (decided && n->known != SV_NEVER)
			check_warn(c, n->place, "this is never reached");
		if (n->test_count && n->known == SV_DEPENDS)
			warn_test(c, &n->tests[0], truth);
		bool inside = block_ends(c, &n->block);
		ends &= inside || decided || truth == SV_NEVER;
		decided |= truth == SV_ALWAYS;
	}
	return ends && decided;
}

static bool node_ends(struct check *c, const struct sv_node *node)
{
	if (node->word->takes & SV_BRANCH)
		return !node->word->follows && branches_end(c, node);
	(void)block_ends(c, &node->block); /* for its warnings */
	return node->word->takes & SV_ENDS;
}

/* Is what follows it never reached? Of several such commands, the first is reported. */
static bool block_ends(struct check *c, const struct sv_block *block)
{
	bool ended = false, told = false;
	for (size_t i = 0; i < block->count; i++) {
		const struct sv_node *n = &block->nodes[i];
		if (ended && !told && !n->word->follows) {
			check_warn(c, n->place, "this is never reached");
			told = true;
		}
		ended |= node_ends(c, n);
	}
	return ended;
}

void warn_script(struct check *c, const struct sv_block *block)
{
	(void)block_ends(c, block); /* for its warnings */
}

/* ---- strings ---- */

void warn_escapes(struct check *c, struct sv_place place, struct str raw)
{
	if (raw.n < 2 || raw.p[0] != '"')
		return;
	for (size_t i = 1; i + 2 < raw.n; i++) {
		if (raw.p[i] != '\\')
			continue;
		char next = raw.p[++i];
		if (next == '"' || next == '\\')
			continue;
		if (next > ' ' && next < 0x7f)
			check_warn(c, place,
				"\"\\%c\" in a string is just \"%c\"; a backslash is "
				"written \"\\\\\" (RFC 5228 section 2.4.2)",
				next, next);
		return;
	}
}
