#include "filters/sieve/check_args.h"

#include "filters/sieve/advice.h"
#include "filters/sieve/check_match.h"
#include "filters/sieve/warn.h"

#include <string.h>

/* One command or test while its arguments are bound. */
struct binder {
	struct check *c;
	const struct parse_node *from;
	struct sv_node *node;
	size_t at;             /* the next argument */
	size_t first, count;   /* the positional ones, which are adjacent */
	struct sv_place where; /* the place of the tag that is being bound */
	bool good;
};

static const char *name_of(const struct binder *b)
{
	return b->node->word->name;
}

/* ---- values ---- */

static void offer_string(struct check *c, struct sv_string *s)
{
	for (size_t i = 0; i < c->string_count; i++)
		if (c->active[c->strings[i]])
			ext_at(c->host, c->strings[i])->string(c, s);
}

static void give(struct check *c, const struct parse_argument *a, struct sv_given *g)
{
	*g = (struct sv_given){.place = parse_place(&a->token), .number = a->token.number};
	g->count = a->count;
	g->strings = arena_alloc(c->mem, a->count * sizeof *g->strings);
	for (size_t i = 0; i < a->count; i++) {
		struct sv_string *s = &g->strings[i];
		s->text = a->strings[i].text;
		s->place = parse_place(&a->strings[i]);
		warn_escapes(c, s->place, a->strings[i].raw);
		offer_string(c, s);
	}
}

static const char *type_name(enum sv_type type)
{
	static const char *const names[] = {
		[SV_NOTHING] = "nothing",
		[SV_NUMBER] = "a number",
		[SV_STRING] = "a string",
		[SV_STRINGS] = "a string or a list of strings",
	};
	return names[type];
}

static const char *kind_name(enum parse_kind kind)
{
	static const char *const names[] = {
		[PARSE_NUMBER] = "a number",
		[PARSE_STRING] = "a string",
		[PARSE_LIST] = "a list",
		[PARSE_TAG] = "a tag",
		[PARSE_BAD] = "something else",
	};
	return names[kind];
}

static bool fits(enum parse_kind kind, enum sv_type type)
{
	switch (type) {
	case SV_NUMBER:
		return kind == PARSE_NUMBER;
	case SV_STRING:
		return kind == PARSE_STRING;
	case SV_STRINGS:
		return kind == PARSE_STRING || kind == PARSE_LIST;
	case SV_NOTHING:
		break;
	}
	return false;
}

/* Takes A as the value for ARG. OF names its owner in the message. */
static bool bind_value(struct binder *b, const struct parse_argument *a, const struct sv_arg *arg,
	const char *of, struct sv_given *g)
{
	if (a->kind != PARSE_BAD && fits(a->kind, arg->type)) {
		give(b->c, a, g);
		return true;
	}
	b->good = false;
	if (a->kind != PARSE_BAD)
		check_error(b->c, parse_place(&a->token), "\"%s\" needs %s here: %s, not %s", of,
			arg->what, type_name(arg->type), kind_name(a->kind));
	return false;
}

/* ---- tags ---- */

static void add_tagged(struct binder *b, const struct sv_tag *tag, const struct sv_given *value)
{
	struct sv_tagged *t = ARENA_PUSH(b->c->mem, b->node->tags, b->node->tag_count);
	*t = (struct sv_tagged){tag, b->where, *value};
}

static void twice(struct binder *b, const char *first, const char *second)
{
	b->good = false;
	if (strcmp(first, second) == 0)
		check_error(b->c, b->where, "\"%s\" is given twice", second);
	else
		check_error(b->c, b->where, "\"%s\" cannot be used together with \"%s\"", second,
			first);
}

/* Takes the value of a tag; false when it is missing or wrong. */
static bool tag_value(
	struct binder *b, const char *name, const struct sv_arg *arg, struct sv_given *value)
{
	*value = (struct sv_given){.place = b->where};
	if (arg->type == SV_NOTHING)
		return true;
	if (b->at < b->from->arg_count)
		return bind_value(b, &b->from->args[b->at++], arg, name, value);
	/* After the arguments, the tag is in the wrong place anyway. */
	if (b->count == 0)
		check_error(b->c, b->where, "%s must follow \"%s\"", arg->what, name);
	b->good = false;
	return false;
}

static void bind_table_tag(struct binder *b, const struct sv_tag *tag)
{
	struct sv_given value;
	for (size_t i = 0; i < b->node->tag_count; i++) {
		const struct sv_tag *other = b->node->tags[i].tag;
		if (other == tag ||
			(other && tag->group && other->group && !strcmp(other->group, tag->group)))
			twice(b, other->name, tag->name);
	}
	if (tag_value(b, tag->name, &tag->value, &value))
		add_tagged(b, tag, &value);
}

static void bind_match(struct binder *b, const struct sv_match_type *match)
{
	struct sv_given value;
	if (b->node->match)
		twice(b, b->node->match->name, match->name);
	if (!tag_value(b, match->name, &match->value, &value))
		return;
	struct sv_tagged *t = arena_alloc(b->c->mem, sizeof *t);
	*t = (struct sv_tagged){NULL, b->where, value};
	b->node->match = match;
	b->node->match_tag = t;
}

static void bind_part(struct binder *b, const struct sv_address_part *part)
{
	if (b->node->part)
		twice(b, b->node->part->name, part->name);
	b->node->part = part;
}

static void unknown_comparator(struct binder *b, const struct sv_string *s)
{
	const char *similar = lookup_similar_comparator(&b->c->in, s->text);
	if (similar)
		check_error(b->c, s->place,
			"there is no comparator \"" STR_FMT "\"; did you mean \"%s\"?",
			STR_ARGS(s->text), similar);
	else
		check_error(b->c, s->place, "there is no comparator \"" STR_FMT "\"",
			STR_ARGS(s->text));
}

static void find_comparator(struct binder *b, const struct sv_string *s)
{
	struct lookup found = lookup_comparator(&b->c->in, s->text);
	if (found.comparator && found.active) {
		check_uses(b->c, b->node, found.ext);
		b->node->comparator = found.comparator;
		return;
	}
	b->good = false;
	if (found.comparator)
		check_missing(b->c, s->place, found.ext,
			arena_fmt(b->c->mem, "the comparator \"" STR_FMT "\"", STR_ARGS(s->text)));
	else
		unknown_comparator(b, s);
}

static void bind_comparator(struct binder *b)
{
	static const struct sv_arg arg = {.type = SV_STRING, .what = "the name of a comparator"};
	struct sv_given value;
	if (b->node->comparator)
		twice(b, ":comparator", ":comparator");
	if (!tag_value(b, ":comparator", &arg, &value))
		return;
	if (value.strings[0].piece_count == 0) {
		find_comparator(b, &value.strings[0]);
		return;
	}
	check_error(b->c, value.place, "the name of a comparator must be constant");
	b->good = false;
}

static void unknown_tag(struct binder *b, const struct lex_token *t)
{
	const char *similar = lookup_similar_tag(&b->c->in, t->text, b->node->word);
	const char *how = advice_tag(t->text);
	b->good = false;
	if (how)
		check_error(b->c, b->where, "\"%s\" takes no \":" STR_FMT "\": %s", name_of(b),
			STR_ARGS(t->text), how);
	else if (similar)
		check_error(b->c, b->where,
			"\"%s\" takes no \":" STR_FMT "\"; did you mean \":%s\"?", name_of(b),
			STR_ARGS(t->text), similar);
	else
		check_error(b->c, b->where, "\"%s\" takes no \":" STR_FMT "\"", name_of(b),
			STR_ARGS(t->text));
}

static void misplaced_tag(struct binder *b, const struct lex_token *t)
{
	b->good = false;
	check_error(b->c, b->where,
		"\":" STR_FMT "\" must come before the other arguments (RFC 5228 section 2.6.2)",
		STR_ARGS(t->text));
}

static void bind_tag(struct binder *b)
{
	const struct lex_token *t = &b->from->args[b->at++].token;
	struct lookup found = lookup_tag(&b->c->in, t->text, b->node->word);
	b->where = parse_place(t);
	if (b->count)
		misplaced_tag(b, t);
	if (found.ext && !found.active) {
		b->good = false;
		check_missing(b->c, b->where, found.ext,
			arena_fmt(b->c->mem, "\":" STR_FMT "\"", STR_ARGS(t->text)));
	}
	check_uses(b->c, b->node, found.ext);
	if ((b->node->word->takes & SV_MATCHES) && str_ieq(t->text, STR_LIT("comparator")))
		bind_comparator(b);
	else if (found.match)
		bind_match(b, found.match);
	else if (found.part)
		bind_part(b, found.part);
	else if (found.tag)
		bind_table_tag(b, found.tag);
	else if (!b->count)
		unknown_tag(b, t);
}

/* ---- positional arguments ---- */

static size_t count_args(const struct sv_word *word, bool with_optional)
{
	size_t n = 0;
	for (size_t i = 0; i < SV_MAX_ARGS && word->args[i].type != SV_NOTHING; i++)
		n += with_optional || !word->args[i].optional;
	return n;
}

static void too_many(struct binder *b, size_t most)
{
	const struct parse_argument *a = &b->from->args[b->first + most];
	b->good = false;
	if (most == 0)
		check_error(b->c, parse_place(&a->token), "\"%s\" takes no %s", name_of(b),
			a->kind == PARSE_NUMBER ? "number" : "string");
	else
		check_error(b->c, parse_place(&a->token),
			"there is one argument too many here: \"%s\" takes %zu", name_of(b), most);
}

/* The required argument that is missing first. */
static void too_few(struct binder *b)
{
	const struct sv_arg *args = b->node->word->args;
	size_t given = b->count, i = 0;
	b->good = false;
	bool has_test =
		b->from->test_count && !(b->node->word->takes & (SV_ONE_TEST | SV_TEST_LIST));
	if (b->from->broken || has_test) /* an error of its own */
		return;
	for (; i < SV_MAX_ARGS && args[i].type != SV_NOTHING; i++)
		if (!args[i].optional && given-- == 0)
			break;
	check_error(b->c, b->from->args_end, "\"%s\" needs %s here: %s", name_of(b), args[i].what,
		type_name(args[i].type));
}

/* Optional arguments come first, and get what the required ones leave. */
static void bind_positional(struct binder *b)
{
	const struct sv_word *word = b->node->word;
	size_t most = count_args(word, true), least = count_args(word, false);
	if (b->count > most)
		too_many(b, most);
	else if (b->count < least)
		too_few(b);
	if (b->count > most || b->count < least)
		return;
	size_t spare = b->count - least, at = b->first;
	for (size_t i = 0; i < most; i++) {
		if (word->args[i].optional && spare == 0)
			continue;
		spare -= word->args[i].optional;
		struct sv_given *g = arena_alloc(b->c->mem, sizeof *g);
		if (bind_value(b, &b->from->args[at++], &word->args[i], word->name, g))
			b->node->args[i] = g;
		if (word->args[i].keys)
			b->node->keys = b->node->args[i];
	}
}

static void check_one_of(struct binder *b)
{
	const char *group = b->node->word->one_of;
	for (size_t i = 0; i < b->node->tag_count; i++)
		if (b->node->tags[i].tag->group && !strcmp(b->node->tags[i].tag->group, group))
			return;
	if (!b->from->broken)
		check_error(b->c, b->from->args_end, "\"%s\" needs %s", name_of(b), group);
	b->good = false;
}

static void bind_all(struct binder *b)
{
	while (b->at < b->from->arg_count) {
		if (b->from->args[b->at].kind == PARSE_TAG) {
			bind_tag(b);
			continue;
		}
		/* After a misplaced tag, nothing certain can be said. */
		if (b->count == 0)
			b->first = b->at;
		b->count++;
		b->at++;
	}
	if (b->good && b->node->word->one_of)
		check_one_of(b);
	if (b->good)
		bind_positional(b);
}

/* ---- combinations ---- */

static void check_needs(struct binder *b)
{
	for (size_t i = 0; i < b->node->tag_count; i++) {
		const struct sv_tagged *t = &b->node->tags[i];
		if (!t->tag->needs || check_tag(b->node, t->tag->needs))
			continue;
		check_error(b->c, t->place, "\"%s\" cannot be used here without \"%s\"",
			t->tag->name, t->tag->needs);
		b->good = false;
	}
}

/* ---- constants ---- */

static void check_strings(struct binder *b, const struct sv_arg *arg, const struct sv_given *g)
{
	for (size_t i = 0; arg->check && i < g->count; i++)
		if (g->strings[i].piece_count == 0)
			arg->check(b->c, b->node, &g->strings[i]);
}

static void check_values(struct binder *b)
{
	struct sv_node *n = b->node;
	bool instead = false;
	for (size_t i = 0; i < n->tag_count; i++)
		instead |= n->tags[i].tag->instead != NULL;
	for (size_t i = 0; i < SV_MAX_ARGS; i++)
		if (n->args[i] && !instead)
			check_strings(b, &n->word->args[i], n->args[i]);
	for (size_t i = 0; i < n->tag_count; i++) {
		check_strings(b, &n->tags[i].tag->value, &n->tags[i].value);
		if (n->tags[i].tag->check)
			n->tags[i].tag->check(b->c, n, &n->tags[i]);
	}
}

bool check_arguments(struct check *c, const struct parse_node *from, struct sv_node *node)
{
	struct binder b = {.c = c, .from = from, .node = node, .good = !from->broken};
	bind_all(&b);
	if (b.good)
		check_needs(&b);
	if (b.good && (node->word->takes & SV_MATCHES))
		b.good = check_match(c, node);
	if (b.good && (node->word->takes & SV_ADDRESS_PARTS) && !node->part)
		node->part = lookup_tag(&c->in, STR_LIT("all"), node->word).part;
	if (b.good)
		check_values(&b);
	return b.good;
}
