/*
 * index (RFC 5260 section 6): selects one of the fields with a name, counted from the first or the
 * last.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static void check_index(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)node;
	if (t->value.number == 0)
		check_error(c, t->value.place, "fields are counted from 1");
}

static int narrow(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct value_fields *fields)
{
	unsigned long long n = t->value.number;
	bool there = n <= fields->count;
	if (there && run_tag(node, ":last"))
		fields->items += fields->count - n;
	else if (there)
		fields->items += n - 1;
	else
		run_note(run, node, "there are %zu such fields", fields->count);
	fields->count = there;
	return 0;
}

static const struct sv_tag tags[] = {
	{
		.name = ":index",
		.on = "header address date",
		.value = {.type = SV_NUMBER, .what = "the number of a field"},
		.check = check_index,
		.narrow = narrow,
	},
	{.name = ":last", .on = "header address date", .needs = ":index"},
	{0},
};

const struct sv_ext ext_index = {.name = "index", .rfc = "RFC 5260", .tags = tags};
