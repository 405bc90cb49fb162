/* Selects the fields that a test looks at, and matches their values. */
#include "filters/sieve/match.h"
#include "filters/sieve/parts.h"

/* Appends the fields with that name, or those that a tag uses instead. */
static int collect(
	struct sv_run *run, const struct sv_node *node, struct str name, struct value_fields *found)
{
	bool replaced = false;
	for (size_t i = 0; i < node->tag_count; i++) {
		const struct sv_tagged *t = &node->tags[i];
		replaced |= t->tag->source != NULL;
		if (t->tag->source && t->tag->source(run, node, t, name, found) < 0)
			return -1;
	}
	if (!replaced)
		value_find(parts_fields(run, NULL), name, found, run->scratch);
	return run_charge(run, node, run->header.count + found->count);
}

static int narrow(struct sv_run *run, const struct sv_node *node, struct value_fields *found)
{
	for (size_t i = 0; i < node->tag_count; i++) {
		const struct sv_tagged *t = &node->tags[i];
		if (t->tag->narrow && t->tag->narrow(run, node, t, found) < 0)
			return -1;
	}
	return 0;
}

int run_fields(
	struct sv_run *run, const struct sv_node *node, struct str name, struct value_fields *found)
{
	*found = (struct value_fields){0};
	return collect(run, node, name, found) < 0 ? -1 : narrow(run, node, found);
}

static const struct sv_tagged *extracting_tag(const struct sv_node *node)
{
	for (size_t i = 0; i < node->tag_count; i++)
		if (node->tags[i].tag->extract)
			return &node->tags[i];
	return NULL;
}

static bool is_narrowed(const struct sv_node *node)
{
	for (size_t i = 0; i < node->tag_count; i++)
		if (node->tags[i].tag->narrow)
			return true;
	return false;
}

typedef int each_field(struct sv_run *run, struct value_field *field, struct match *m);

static int match_fields(struct match *m, const struct value_fields *found, each_field *each)
{
	const struct sv_tagged *t = extracting_tag(m->node);
	for (size_t i = 0; i < found->count && !m->result; i++) {
		struct value_field *f = found->items[i];
		if (t ? t->tag->extract(m->run, m->node, t, f, m) < 0 : each(m->run, f, m) < 0)
			return -1;
	}
	return 0;
}

static int match_name(struct match *m, each_field *each)
{
	struct value_fields found = {0};
	if (collect(m->run, m->node, m->source, &found) < 0)
		return -1;
	if (found.count == 0)
		run_note(m->run, m->node, "there is no field \"" STR_FMT "\"", STR_ARGS(m->source));
	return match_fields(m, &found, each);
}

int run_match_fields(struct sv_run *run, const struct sv_node *node, const struct sv_given *names,
	each_field *each)
{
	struct match m;
	struct value_fields all = {0};
	bool together = is_narrowed(node);
	if (match_start(&m, run, node) < 0)
		return -1;
	for (size_t i = 0; i < names->count && !m.result; i++) {
		if (run_text_now(run, node, &names->strings[i], &m.source) < 0 ||
			(together ? collect(run, node, m.source, &all) : match_name(&m, each)) < 0)
			return -1;
	}
	/* The fields of all names are counted as one list (RFC 5260 section 6). */
	if (together && (narrow(run, node, &all) < 0 || match_fields(&m, &all, each) < 0))
		return -1;
	return match_end(&m);
}
