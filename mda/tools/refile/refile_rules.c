#include "mda/tools/refile/refile_rules.h"

#include "filters/sieve/script.h"

enum { RULES_MOST = 20000, SHOWN = 200 };

struct walk {
	const struct sv_script *script;
	struct refile_rule **rules;
	size_t *count;
	struct arena *mem;
};

static struct str line_of(struct str text, unsigned number)
{
	struct str line = STR_EMPTY;
	for (unsigned i = 0; i < number; i++)
		if (!str_line(&text, &line))
			return STR_EMPTY;
	return str_slice(str_trim(line), 0, SHOWN);
}

static void add(struct walk *w, const struct sv_node *test)
{
	struct refile_rule *r;
	if (*w->count >= RULES_MOST)
		return;
	r = arena_push(w->mem, (void **)w->rules, w->count, sizeof *r);
	*r = (struct refile_rule){.script = w->script->name,
		.text = line_of(w->script->text, test->place.line),
		.line = test->place.line,
		.column = test->place.column};
}

/* Blocks are nested only as deep as LIMIT_SCRIPT_NESTING. */
static void walk_block(struct walk *w, const struct sv_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct sv_node *n = &block->nodes[i];
		if (n->test_count)
			add(w, &n->tests[0]);
		walk_block(w, &n->block);
	}
}

void refile_rules_of(const struct sv_script *script, struct arena *mem, struct refile_rule **rules,
	size_t *count)
{
	struct walk w = {script, rules, count, mem};
	if (script)
		walk_block(&w, &script->block);
}
