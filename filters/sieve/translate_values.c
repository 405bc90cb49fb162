#include "filters/sieve/translate_values.h"

#include "base/address.h"
#include "base/limits.h"
#include "base/mime.h"
#include "filters/sieve/dialect.h"
#include "filters/sieve/value.h"

/*
 * The limits of one field and of all together; what is beyond them is not compared. A header of
 * that size is an attack, and each lookup of it costs a copy.
 */
enum { MAX_TOTAL = 32 << 20 };

/* The values of one lookup while they are collected. */
struct values {
	const struct translate_lookup *lookup;
	const struct value_fields *header;
	char **items;
	size_t count;
	size_t *room; /* how many bytes may still be added by all lookups */
	struct arena *mem;
};

static void add(struct values *v, struct str value)
{
	if (value.n > *v->room)
		return;
	*v->room -= value.n;
	*(char **)ARENA_PUSH(v->mem, v->items, v->count) =
		dialect_value(v->mem, value, v->lookup->regex);
}

static void add_address(struct values *v, const struct address *a)
{
	switch (v->lookup->part) {
	case PART_ALL:
		add(v, a->spec);
		break;
	case PART_LOCAL:
		/* What is not an address has no parts (RFC 5228 section 2.7.4). */
		if (!a->invalid)
			add(v, a->local);
		break;
	case PART_DOMAIN:
		if (!a->invalid && a->domain.n)
			add(v, a->domain);
		break;
	}
}

static void add_header(struct values *v, const struct header *h)
{
	struct header part = *h;
	part.value = str_slice(h->value, 0, LIMIT_RUN_FIELD);
	struct str text = message_header_text(&part, v->mem);
	if (v->lookup->source == SOURCE_HEADER) {
		add(v, mime_decode(text, v->mem));
		return;
	}
	struct address_list list = address_parse_list(text, v->mem);
	for (size_t i = 0; i < list.count; i++)
		add_address(v, &list.items[i]);
}

static void add_envelope(struct values *v, const struct envelope *env)
{
	bool from = str_ieq(v->lookup->name, STR_LIT("from"));
	struct address a = address_parse_envelope(from ? env->sender : env->recipient, v->mem);
	/* Any part of the null sender is the empty string (RFC 5228 section 5.4). */
	if (a.invalid || a.spec.n)
		add_address(v, &a);
	else
		add(v, STR_EMPTY);
}

/* V has its lookup, but no items yet. */
static char **lookup_values(struct values *v, const struct sv_input *input)
{
	struct value_fields found = {0};
	if (v->lookup->source == SOURCE_ENVELOPE)
		add_envelope(v, input->env);
	else
		value_find(v->header, v->lookup->name, &found, v->mem);
	for (size_t i = 0; *v->room && i < found.count; i++)
		add_header(v, &found.items[i]->header);
	*(char **)ARENA_PUSH(v->mem, v->items, v->count) = NULL;
	return v->items;
}

char ***translate_values(
	const struct translation *t, const struct sv_input *input, struct arena *mem)
{
	size_t room = MAX_TOTAL;
	struct value_fields header = {0};
	value_header(&header, input, mem);
	char ***all = arena_alloc(mem, (t->lookup_count + 1) * sizeof *all);
	for (size_t i = 0; i < t->lookup_count; i++) {
		struct values v = {
			.lookup = &t->lookups[i], .header = &header, .room = &room, .mem = mem};
		all[i] = lookup_values(&v, input);
	}
	return all;
}
