/* The modifiers of `set` (RFC 5229 section 4.1). */
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

struct str variables_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return str_slice(s, 0, max);
}

/* The modifier after the precedence LAST; NULL when all were applied. */
static const struct variables_modifier *next_modifier(const struct sv_node *node, unsigned last)
{
	const struct variables_modifier *best = NULL;
	for (size_t i = 0; i < node->tag_count; i++) {
		const struct variables_modifier *m = node->tags[i].tag->data;
		if (m && m->precedence < last && (!best || m->precedence > best->precedence))
			best = m;
	}
	return best;
}

int variables_modify(struct sv_run *run, const struct sv_node *node, struct str *value)
{
	const struct variables_modifier *m = next_modifier(node, UINT32_MAX);
	for (; m; m = next_modifier(node, m->precedence)) {
		*value = m->apply(variables_cut(*value, run->limits->variable), run->mem);
		if (run_charge_memory(run, node, value->n) < 0)
			return -1;
	}
	return 0;
}

/* ---- modifiers ---- */

static struct str to_lower(struct str value, struct arena *mem)
{
	return arena_lower(mem, value);
}

static struct str to_upper(struct str value, struct arena *mem)
{
	char *p = arena_alloc(mem, value.n + 1);
	for (size_t i = 0; i < value.n; i++) {
		bool small = value.p[i] >= 'a' && value.p[i] <= 'z';
		p[i] = small ? (char)(value.p[i] - 'a' + 'A') : value.p[i];
	}
	return (struct str){p, value.n};
}

static struct str change_first(struct str value, struct arena *mem,
	struct str (*change)(struct str value, struct arena *mem))
{
	char *p = arena_alloc(mem, value.n + 1);
	struct str first = change(str_slice(value, 0, 1), mem);
	if (value.n)
		memcpy(p, value.p, value.n);
	if (first.n)
		p[0] = first.p[0];
	return (struct str){p, value.n};
}

static struct str to_lower_first(struct str value, struct arena *mem)
{
	return change_first(value, mem, to_lower);
}

static struct str to_upper_first(struct str value, struct arena *mem)
{
	return change_first(value, mem, to_upper);
}

static struct str quote_wildcards(struct str value, struct arena *mem)
{
	char *p = arena_alloc(mem, 2 * value.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '*' || value.p[i] == '?' || value.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = value.p[i];
	}
	return (struct str){p, n};
}

/* Counts characters; an invalid byte counts as one. */
static struct str count_characters(struct str value, struct arena *mem)
{
	size_t n = 0;
	uint32_t c;
	for (; value.n; n++)
		if (!utf8_next(&value, &c))
			value = str_slice(value, 1, value.n);
	return arena_fmt(mem, "%zu", n);
}

/* ---- the table ---- */

#define MODIFIER(word, rank, function)                                                             \
	{                                                                                          \
		.name = (word), .on = "set extracttext", .group = "modifiers of rank " #rank,      \
		.data = &(const struct variables_modifier){(rank), (function)},                    \
	}

const struct sv_tag variables_modifiers[] = {
	MODIFIER(":lower", 40, to_lower),
	MODIFIER(":upper", 40, to_upper),
	MODIFIER(":lowerfirst", 30, to_lower_first),
	MODIFIER(":upperfirst", 30, to_upper_first),
	MODIFIER(":quotewildcard", 20, quote_wildcards),
	MODIFIER(":length", 10, count_characters),
	{0},
};
