#include "filters/sieve/flags_order.h"

static bool is_named(const struct sv_node *n, const char *name)
{
	return n->word && str_ieq(str_of(n->word->name), str_of(name));
}

/* Flags of the internal variable, which the next store uses. */
static bool sets_flags(const struct sv_node *n)
{
	bool sets = is_named(n, "setflag") || is_named(n, "addflag") || is_named(n, "mark");
	return sets && !n->args[0];
}

/* After :copy, the implicit keep still follows. */
static bool stores(const struct sv_node *n)
{
	return is_named(n, "keep") || (is_named(n, "fileinto") && !check_tag(n, ":copy"));
}

/* May it, or something in it, store the message? */
static bool may_store(const struct sv_node *n)
{
	return stores(n) || !n->word || (n->word->takes & SV_BLOCK) || is_named(n, "fileinto") ||
	       is_named(n, "include");
}

/* From node AT on, does the script end without storing anything? ENDS: it ends after the block. */
static bool is_in_vain(const struct sv_block *block, size_t at, bool ends)
{
	for (size_t i = at; i < block->count; i++) {
		if (is_named(&block->nodes[i], "stop"))
			return true;
		if (may_store(&block->nodes[i]))
			return false;
	}
	return ends;
}

/* Are there only other branches after node AT? */
static bool is_last(const struct sv_block *block, size_t at)
{
	size_t i = at + 1;
	while (i < block->count && block->nodes[i].word && block->nodes[i].word->follows)
		i++;
	return i == block->count;
}

static void look(struct check *c, const struct sv_block *block, bool ends)
{
	bool stored = false, told = false;
	for (size_t i = 0; i < block->count; i++) {
		const struct sv_node *n = &block->nodes[i];
		bool loops = n->word && (n->word->takes & SV_LOOP);
		look(c, &n->block, ends && !loops && is_last(block, i));
		if (!told && stored && sets_flags(n) && is_in_vain(block, i + 1, ends)) {
			told = true;
			check_warn(c, n->place,
				"nothing is stored after this, so no message gets these flags; set "
				"them before the command that stores the message");
		}
		stored |= stores(n);
	}
}

void flags_order_check(struct check *c, const struct sv_block *block)
{
	look(c, block, true);
}
