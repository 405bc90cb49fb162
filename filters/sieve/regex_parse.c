#include "base/limits.h"
#include "base/utf8.h"
#include "filters/sieve/regex_program.h"

#include <stdlib.h>
#include <string.h>

/*
 * How many operations may be written, including those that are dropped again: (x{255}){0} leaves
 * nothing.
 */
enum { WORK_MOST = 16 * LIMIT_REGEX_SIZE, WORK_A_BYTE = 8, WORK_AN_OPERATION = 4 };

struct parser {
	struct str rest;
	struct regex_program *program;
	struct arena *mem;
	struct regex_op *ops; /* from malloc() */
	size_t count, room, work;
	size_t groups;       /* all of them */
	const char *why;     /* why it is wrong or not possible here; NULL: neither */
	const char *warning; /* the first warning */
	bool given_up;       /* it is correct, but cannot be matched here */
};

static bool fail(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return false;
}

/*
 * For what the C library (and so Pigeonhole) accepts: the script must not be wrong because of it.
 */
static bool give_up(struct parser *p, const char *why)
{
	p->given_up = true;
	return fail(p, why);
}

static void warn(struct parser *p, const char *why)
{
	if (!p->warning)
		p->warning = why;
}

static bool starts(const struct parser *p, char c)
{
	return p->rest.n && p->rest.p[0] == c;
}

static bool starts_count(const struct parser *p)
{
	return p->rest.n && p->rest.p[0] && strchr("*+?{", p->rest.p[0]);
}

static void skip(struct parser *p, size_t n)
{
	p->rest = str_slice(p->rest, n, p->rest.n);
}

/* ---- writing the program ---- */

static bool emit(struct parser *p, struct regex_op op)
{
	if (p->count >= LIMIT_REGEX_SIZE || ++p->work > WORK_MOST)
		return give_up(p, "the counts in the regular expression make it too large");
	if (p->count == p->room) {
		p->room = 2 * p->room + 32;
		p->ops = mem_resize(p->ops, p->room * sizeof *p->ops);
	}
	p->ops[p->count++] = op;
	return true;
}

static bool emit_value(struct parser *p, enum regex_kind kind, uint32_t value)
{
	return emit(p, (struct regex_op){.kind = kind, .value = value});
}

static bool emit_offset(struct parser *p, enum regex_kind kind, size_t forward)
{
	return emit(p, (struct regex_op){.kind = kind, .offset = (int32_t)forward});
}

static bool emit_back(struct parser *p, enum regex_kind kind, size_t back)
{
	return emit(p, (struct regex_op){.kind = kind, .offset = -(int32_t)back});
}

static bool emit_all(struct parser *p, const struct regex_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!emit(p, ops[i]))
			return false;
	return true;
}

/* Inserts OP before the operations from AT on, which move by one. */
static bool insert(struct parser *p, size_t at, struct regex_op op)
{
	if (!emit(p, op))
		return false;
	p->work += p->count - at;
	memmove(&p->ops[at + 1], &p->ops[at], (p->count - 1 - at) * sizeof *p->ops);
	p->ops[at] = op;
	return true;
}

static struct regex_set *add_set(struct parser *p)
{
	struct regex_program *program = p->program;
	struct regex_set *s = ARENA_PUSH(p->mem, program->sets, program->set_count);
	return emit_value(p, REGEX_SET, (uint32_t)(program->set_count - 1)) ? s : NULL;
}

/* ---- escapes ---- */

static const struct escape {
	char letter;
	bool negated;
	const char *class;
	enum regex_assertion assertion; /* used when there is no class */
} escapes[] = {
	/* The C library knows these. They are not POSIX, but scripts use them. */
	{'w', false, "alnum", 0},
	{'W', true, "alnum", 0},
	{'s', false, "space", 0},
	{'S', true, "space", 0},
	{'d', false, "digit", 0},
	{'D', true, "digit", 0},
	{'b', false, NULL, REGEX_WORD_EDGE},
	{'B', false, NULL, REGEX_NO_WORD_EDGE},
	{'<', false, NULL, REGEX_WORD_START},
	{'>', false, NULL, REGEX_WORD_END},
};

static bool emit_escape(struct parser *p, const struct escape *e)
{
	if (!e->class)
		return emit_value(p, REGEX_ASSERT, e->assertion);
	struct regex_set *s = add_set(p);
	if (!s)
		return false;
	(void)regex_set_add_class(s, str_of(e->class)); /* known: it is in our own table */
	if (ascii_lower(e->letter) == 'w')
		regex_set_add(s, '_', '_', p->mem);
	regex_set_close(s, false, e->negated);
	return true;
}

static bool read_character(struct parser *p)
{
	uint32_t c;
	if (!utf8_next(&p->rest, &c)) {
		c = (unsigned char)p->rest.p[0];
		skip(p, 1);
	}
	if (c < 0x80 && p->program->ignore_case)
		c = (unsigned char)ascii_lower((char)c);
	return emit_value(p, REGEX_CHARACTER, c);
}

static bool read_escape(struct parser *p)
{
	char c = p->rest.n > 1 ? p->rest.p[1] : 0;
	if (c == 0)
		return fail(p, "a regular expression cannot end with a backslash");
	if (c >= '1' && c <= '9' && (size_t)(c - '0') > p->groups)
		return fail(p, arena_fmt(p->mem, "the regular expression has no group %c", c).p);
	if (c >= '1' && c <= '9')
		return give_up(p, "back references are not possible: a match would take forever");
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		if (escapes[i].letter == c) {
			skip(p, 2);
			return emit_escape(p, &escapes[i]);
		}
	}
	if (ascii_isalnum(c))
		warn(p, arena_fmt(
				p->mem, "\\%c is just \"%c\" in a regular expression (POSIX)", c, c)
				.p);
	skip(p, 1);
	return read_character(p);
}

/* ---- counts ---- */

/* How often an item is repeated. */
struct times {
	unsigned least, most;
	bool endless; /* MOST is not used */
};

static bool read_number(struct parser *p, unsigned *n)
{
	size_t digits = 0;
	*n = 0;
	for (; digits < p->rest.n && ascii_isdigit(p->rest.p[digits]); digits++)
		if (*n <= LIMIT_REGEX_COUNT)
			*n = *n * 10 + (unsigned)(p->rest.p[digits] - '0');
	skip(p, digits);
	return digits > 0;
}

/* Reads {n}, {n,}, {n,m} or {,m}. */
static bool read_bound(struct parser *p, struct times *t)
{
	skip(p, 1);
	if (!read_number(p, &t->least) && !starts(p, ','))
		return fail(p, "a { in a regular expression needs a number after it, as in a{2}; "
			       "for the character, write \\{");
	t->most = t->least;
	if (starts(p, ',')) {
		skip(p, 1);
		t->endless = !read_number(p, &t->most);
		if (!t->endless && t->most < t->least)
			return fail(p, "in {n,m}, n must not be larger than m");
	}
	if (!starts(p, '}'))
		return fail(p, "a { in the regular expression has no }");
	skip(p, 1);
	if (t->least > LIMIT_REGEX_COUNT || t->most > LIMIT_REGEX_COUNT)
		return fail(p, "a count in a regular expression goes up to 32767");
	return true;
}

static bool read_times(struct parser *p, struct times *t)
{
	char c = p->rest.p[0];
	*t = (struct times){.least = c == '+', .most = 1, .endless = c != '?'};
	if (c != '{') {
		skip(p, 1);
	} else {
		*t = (struct times){0};
		if (!read_bound(p, t))
			return false;
	}
	return true;
}

static bool emit_endless(struct parser *p, const struct regex_op *item, size_t n, unsigned least)
{
	if (least > 0)
		return emit_back(p, REGEX_REPEAT, n);
	return emit_offset(p, REGEX_SPLIT, n + 2) && emit_all(p, item, n) &&
	       emit_back(p, REGEX_JUMP, n + 1);
}

static bool emit_times(
	struct parser *p, const struct regex_op *item, size_t n, const struct times *t)
{
	for (unsigned i = 0; i < t->least; i++)
		if (!emit_all(p, item, n))
			return false;
	if (t->endless)
		return emit_endless(p, item, n, t->least);
	/*
	 * Each optional copy needs the one before it, so where one is missing, the rest is skipped.
	 */
	for (unsigned left = t->most - t->least; left > 0; left--)
		if (!emit_offset(p, REGEX_SPLIT, left * (n + 1)) || !emit_all(p, item, n))
			return false;
	return true;
}

/* Perl gives a count after a count a meaning that POSIX does not. */
static void warn_second(struct parser *p)
{
	if (starts(p, '?'))
		warn(p, "a \"?\" after a count makes the repeated item optional; it does not make "
			"the match shorter, as it does in Perl");
	else
		warn(p, "a count after a count repeats the repeated item");
}

/* The item is what was written from AT on. */
static bool read_count(struct parser *p, size_t at)
{
	struct times times;
	if (!read_times(p, &times))
		return false;
	size_t n = p->count - at;
	struct regex_op *item = mem_alloc(n * sizeof *item);
	if (n)
		memcpy(item, &p->ops[at], n * sizeof *item);
	p->count = at;
	bool good = emit_times(p, item, n, &times);
	free(item);
	return good;
}

static bool read_counts(struct parser *p, size_t at)
{
	for (bool more = false; starts_count(p); more = true) {
		if (more)
			warn_second(p);
		if (!read_count(p, at))
			return false;
	}
	return true;
}

/* ---- the whole expression ---- */

static bool read_branches(struct parser *p, unsigned depth);

/*
 * Skips "(?:", a group that is not remembered. Perl's other groups are not regular, or can be
 * written differently.
 */
static bool skip_unkept(struct parser *p)
{
	if (!str_istarts(p->rest, STR_LIT("?:")))
		return give_up(
			p, "of Perl's groups, only (?:...) and a leading (?i) are supported");
	skip(p, 2);
	return true;
}

static bool read_group(struct parser *p, unsigned depth)
{
	skip(p, 1);
	bool unkept = starts(p, '?');
	size_t number = unkept ? 0 : ++p->groups;
	bool kept = !unkept && number <= LIMIT_SCRIPT_MATCH_VARIABLES;
	if (unkept && !skip_unkept(p))
		return false;
	if (depth >= LIMIT_REGEX_NESTING)
		return give_up(p, "groups in a regular expression can be nested at most 100 deep");
	if (kept && !emit_value(p, REGEX_SAVE, (uint32_t)(2 * number)))
		return false;
	if (!read_branches(p, depth + 1))
		return false;
	if (!starts(p, ')'))
		return fail(p, "a ( in the regular expression has no )");
	skip(p, 1);
	return !kept || emit_value(p, REGEX_SAVE, (uint32_t)(2 * number + 1));
}

static bool read_bracket(struct parser *p)
{
	struct regex_set *s = add_set(p);
	const char *why;
	if (!s)
		return false;
	if (!regex_set_parse(s, &p->rest, p->program->ignore_case, p->mem, &why))
		return fail(p, why);
	return true;
}

static bool read_simple(struct parser *p, enum regex_kind kind, uint32_t value)
{
	skip(p, 1);
	return emit_value(p, kind, value);
}

static bool read_item(struct parser *p, unsigned depth)
{
	switch (p->rest.p[0]) {
	case '[':
		return read_bracket(p);
	case '\\':
		return read_escape(p);
	case '(':
		return read_group(p, depth);
	case '.':
		return read_simple(p, REGEX_ANY, 0);
	case '^':
		return read_simple(p, REGEX_ASSERT, REGEX_START);
	case '$':
		return read_simple(p, REGEX_ASSERT, REGEX_END);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(p, "a count in a regular expression must come after what it repeats");
	default:
		return read_character(p);
	}
}

/*
 * A branch ends with a jump past all branches. How far that is becomes known only at the end; until
 * then the jump holds the place of the jump before it.
 */
static bool end_branch(struct parser *p, size_t *branch, size_t *last_jump)
{
	size_t length = p->count - *branch;
	skip(p, 1);
	if (!insert(p, *branch,
		    (struct regex_op){.kind = REGEX_SPLIT, .offset = (int32_t)length + 2}) ||
		!emit_offset(p, REGEX_JUMP, *last_jump))
		return false;
	*last_jump = p->count - 1;
	*branch = p->count;
	return true;
}

static void patch_jumps(struct parser *p, size_t last, size_t none)
{
	while (last != none) {
		size_t before = (size_t)p->ops[last].offset;
		p->ops[last].offset = (int32_t)(p->count - last);
		last = before;
	}
}

static bool read_branches(struct parser *p, unsigned depth)
{
	const size_t none = LIMIT_REGEX_SIZE;
	size_t branch = p->count, last_jump = none;
	while (p->rest.n && !(starts(p, ')') && depth > 0)) {
		size_t at = p->count;
		if (starts(p, ')'))
			warn(p, "a ) in the regular expression has no (: it is a character like "
				"others");
		if (starts(p, '|') ? !end_branch(p, &branch, &last_jump)
				   : !read_item(p, depth) || !read_counts(p, at))
			return false;
	}
	patch_jumps(p, last_jump, none);
	return true;
}

static bool read_whole(struct parser *p)
{
	if (p->rest.n == 0)
		warn(p, "an empty regular expression matches everything");
	if (str_find(p->rest, '\0') < p->rest.n)
		return fail(p, "a regular expression cannot contain a NUL byte");
	if (str_istarts(p->rest, STR_LIT("(?i)"))) {
		p->program->ignore_case = true;
		skip(p, 4);
	}
	return read_branches(p, 0) && emit_value(p, REGEX_MATCH, 0);
}

bool regex_parse(struct str pattern, struct regex_program *p, struct arena *mem, const char **why)
{
	struct parser parser = {.rest = pattern, .program = p, .mem = mem};
	bool good = read_whole(&parser);
	*why = parser.why ? parser.why : parser.warning;
	/* An operation is written, possibly copied, and followed once. */
	p->work = pattern.n * WORK_A_BYTE + parser.work * WORK_AN_OPERATION;
	if (good) {
		p->count = parser.count;
		p->groups = parser.groups < LIMIT_SCRIPT_MATCH_VARIABLES
				    ? parser.groups
				    : LIMIT_SCRIPT_MATCH_VARIABLES;
		p->ops = arena_alloc(mem, parser.count * sizeof *p->ops);
		memcpy(p->ops, parser.ops, parser.count * sizeof *p->ops);
	}
	p->never = !good && parser.given_up;
	free(parser.ops);
	return good || p->never;
}
