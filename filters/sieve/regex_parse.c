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

struct reading {
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

static bool fail(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

/*
 * For what the C library (and so Pigeonhole) accepts: the script must not be wrong because of it.
 */
static bool give_up(struct reading *r, const char *why)
{
	r->given_up = true;
	return fail(r, why);
}

static void warn(struct reading *r, const char *why)
{
	if (!r->warning)
		r->warning = why;
}

static bool starts(const struct reading *r, char c)
{
	return r->rest.n && r->rest.p[0] == c;
}

static bool starts_count(const struct reading *r)
{
	return r->rest.n && r->rest.p[0] && strchr("*+?{", r->rest.p[0]);
}

static void skip(struct reading *r, size_t n)
{
	r->rest = str_slice(r->rest, n, r->rest.n);
}

/* ---- writing the program ---- */

static bool emit(struct reading *r, struct regex_op op)
{
	if (r->count >= LIMIT_REGEX_SIZE || ++r->work > WORK_MOST)
		return give_up(r, "the counts in the regular expression make it too large");
	if (r->count == r->room) {
		r->room = 2 * r->room + 32;
		r->ops = mem_resize(r->ops, r->room * sizeof *r->ops);
	}
	r->ops[r->count++] = op;
	return true;
}

static bool emit_value(struct reading *r, enum regex_kind kind, uint32_t value)
{
	return emit(r, (struct regex_op){.kind = kind, .value = value});
}

static bool emit_offset(struct reading *r, enum regex_kind kind, size_t forward)
{
	return emit(r, (struct regex_op){.kind = kind, .offset = (int32_t)forward});
}

static bool emit_back(struct reading *r, enum regex_kind kind, size_t back)
{
	return emit(r, (struct regex_op){.kind = kind, .offset = -(int32_t)back});
}

static bool emit_all(struct reading *r, const struct regex_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!emit(r, ops[i]))
			return false;
	return true;
}

/* Inserts OP before the operations from AT on, which move by one. */
static bool insert(struct reading *r, size_t at, struct regex_op op)
{
	if (!emit(r, op))
		return false;
	r->work += r->count - at;
	memmove(&r->ops[at + 1], &r->ops[at], (r->count - 1 - at) * sizeof *r->ops);
	r->ops[at] = op;
	return true;
}

static struct regex_set *add_set(struct reading *r)
{
	struct regex_program *p = r->program;
	struct regex_set *s = ARENA_PUSH(r->mem, p->sets, p->set_count);
	return emit_value(r, REGEX_SET, (uint32_t)(p->set_count - 1)) ? s : NULL;
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

static bool emit_escape(struct reading *r, const struct escape *e)
{
	if (!e->class)
		return emit_value(r, REGEX_ASSERT, e->assertion);
	struct regex_set *s = add_set(r);
	if (!s)
		return false;
	regex_set_add_class(s, str_of(e->class));
	if (ascii_lower(e->letter) == 'w')
		regex_set_add(s, '_', '_', r->mem);
	regex_set_close(s, false, e->negated);
	return true;
}

static bool read_character(struct reading *r)
{
	uint32_t c;
	if (!utf8_next(&r->rest, &c)) {
		c = (unsigned char)r->rest.p[0];
		skip(r, 1);
	}
	if (c < 0x80 && r->program->ignore_case)
		c = (unsigned char)ascii_lower((char)c);
	return emit_value(r, REGEX_CHARACTER, c);
}

static bool read_escape(struct reading *r)
{
	char c = r->rest.n > 1 ? r->rest.p[1] : 0;
	if (c == 0)
		return fail(r, "a regular expression cannot end with a backslash");
	if (c >= '1' && c <= '9' && (size_t)(c - '0') > r->groups)
		return fail(r, arena_fmt(r->mem, "the regular expression has no group %c", c).p);
	if (c >= '1' && c <= '9')
		return give_up(r, "back references are not possible: a match would take forever");
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		if (escapes[i].letter == c) {
			skip(r, 2);
			return emit_escape(r, &escapes[i]);
		}
	}
	if (ascii_isalnum(c))
		warn(r, arena_fmt(
				r->mem, "\\%c is just \"%c\" in a regular expression (POSIX)", c, c)
				.p);
	skip(r, 1);
	return read_character(r);
}

/* ---- counts ---- */

/* How often an item is repeated. */
struct times {
	unsigned least, most;
	bool endless; /* MOST is not used */
};

static bool read_number(struct reading *r, unsigned *n)
{
	size_t digits = 0;
	*n = 0;
	for (; digits < r->rest.n && ascii_isdigit(r->rest.p[digits]); digits++)
		if (*n <= LIMIT_REGEX_COUNT)
			*n = *n * 10 + (unsigned)(r->rest.p[digits] - '0');
	skip(r, digits);
	return digits > 0;
}

/* Reads {n}, {n,}, {n,m} or {,m}. */
static bool read_bound(struct reading *r, struct times *t)
{
	skip(r, 1);
	if (!read_number(r, &t->least) && !starts(r, ','))
		return fail(r, "a { in a regular expression needs a number after it, as in a{2}; "
			       "for the character, write \\{");
	t->most = t->least;
	if (starts(r, ',')) {
		skip(r, 1);
		t->endless = !read_number(r, &t->most);
		if (!t->endless && t->most < t->least)
			return fail(r, "in {n,m}, n must not be larger than m");
	}
	if (!starts(r, '}'))
		return fail(r, "a { in the regular expression has no }");
	skip(r, 1);
	if (t->least > LIMIT_REGEX_COUNT || t->most > LIMIT_REGEX_COUNT)
		return fail(r, "a count in a regular expression goes up to 32767");
	return true;
}

static bool read_times(struct reading *r, struct times *t)
{
	char c = r->rest.p[0];
	*t = (struct times){.least = c == '+', .most = 1, .endless = c != '?'};
	if (c != '{') {
		skip(r, 1);
	} else {
		*t = (struct times){0};
		if (!read_bound(r, t))
			return false;
	}
	return true;
}

static bool emit_endless(struct reading *r, const struct regex_op *item, size_t n, unsigned least)
{
	if (least > 0)
		return emit_back(r, REGEX_REPEAT, n);
	return emit_offset(r, REGEX_SPLIT, n + 2) && emit_all(r, item, n) &&
	       emit_back(r, REGEX_JUMP, n + 1);
}

static bool emit_times(
	struct reading *r, const struct regex_op *item, size_t n, const struct times *t)
{
	for (unsigned i = 0; i < t->least; i++)
		if (!emit_all(r, item, n))
			return false;
	if (t->endless)
		return emit_endless(r, item, n, t->least);
	/*
	 * Each optional copy needs the one before it, so where one is missing, the rest is skipped.
	 */
	for (unsigned left = t->most - t->least; left > 0; left--)
		if (!emit_offset(r, REGEX_SPLIT, left * (n + 1)) || !emit_all(r, item, n))
			return false;
	return true;
}

/* Perl gives a count after a count a meaning that POSIX does not. */
static void warn_second(struct reading *r)
{
	if (starts(r, '?'))
		warn(r, "a \"?\" after a count makes the repeated item optional; it does not make "
			"the match shorter, as it does in Perl");
	else
		warn(r, "a count after a count repeats the repeated item");
}

/* The item is what was written from AT on. */
static bool read_count(struct reading *r, size_t at)
{
	struct times times;
	if (!read_times(r, &times))
		return false;
	size_t n = r->count - at;
	struct regex_op *item = mem_alloc(n * sizeof *item);
	if (n)
		memcpy(item, &r->ops[at], n * sizeof *item);
	r->count = at;
	bool good = emit_times(r, item, n, &times);
	free(item);
	return good;
}

static bool read_counts(struct reading *r, size_t at)
{
	for (bool more = false; starts_count(r); more = true) {
		if (more)
			warn_second(r);
		if (!read_count(r, at))
			return false;
	}
	return true;
}

/* ---- the whole expression ---- */

static bool read_branches(struct reading *r, unsigned depth);

/*
 * Skips "(?:", a group that is not remembered. Perl's other groups are not regular, or can be
 * written differently.
 */
static bool skip_unkept(struct reading *r)
{
	if (!str_istarts(r->rest, STR_LIT("?:")))
		return give_up(
			r, "of Perl's groups, only (?:...) and a leading (?i) are supported");
	skip(r, 2);
	return true;
}

static bool read_group(struct reading *r, unsigned depth)
{
	skip(r, 1);
	bool unkept = starts(r, '?');
	size_t number = unkept ? 0 : ++r->groups;
	bool kept = !unkept && number <= LIMIT_SCRIPT_MATCH_VARIABLES;
	if (unkept && !skip_unkept(r))
		return false;
	if (depth >= LIMIT_REGEX_NESTING)
		return give_up(r, "groups in a regular expression can be nested at most 100 deep");
	if (kept && !emit_value(r, REGEX_SAVE, (uint32_t)(2 * number)))
		return false;
	if (!read_branches(r, depth + 1))
		return false;
	if (!starts(r, ')'))
		return fail(r, "a ( in the regular expression has no )");
	skip(r, 1);
	return !kept || emit_value(r, REGEX_SAVE, (uint32_t)(2 * number + 1));
}

static bool read_bracket(struct reading *r)
{
	struct regex_set *s = add_set(r);
	const char *why;
	if (!s)
		return false;
	if (!regex_set_parse(s, &r->rest, r->program->ignore_case, r->mem, &why))
		return fail(r, why);
	return true;
}

static bool read_simple(struct reading *r, enum regex_kind kind, uint32_t value)
{
	skip(r, 1);
	return emit_value(r, kind, value);
}

static bool read_item(struct reading *r, unsigned depth)
{
	switch (r->rest.p[0]) {
	case '[':
		return read_bracket(r);
	case '\\':
		return read_escape(r);
	case '(':
		return read_group(r, depth);
	case '.':
		return read_simple(r, REGEX_ANY, 0);
	case '^':
		return read_simple(r, REGEX_ASSERT, REGEX_START);
	case '$':
		return read_simple(r, REGEX_ASSERT, REGEX_END);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(r, "a count in a regular expression must come after what it repeats");
	default:
		return read_character(r);
	}
}

/*
 * A branch ends with a jump behind all branches. Its length is known only at the end; until then it
 * holds the place of the jump before it.
 */
static bool end_branch(struct reading *r, size_t *branch, size_t *last_jump)
{
	size_t length = r->count - *branch;
	skip(r, 1);
	if (!insert(r, *branch,
		    (struct regex_op){.kind = REGEX_SPLIT, .offset = (int32_t)length + 2}) ||
		!emit_offset(r, REGEX_JUMP, *last_jump))
		return false;
	*last_jump = r->count - 1;
	*branch = r->count;
	return true;
}

static void patch_jumps(struct reading *r, size_t last, size_t none)
{
	while (last != none) {
		size_t before = (size_t)r->ops[last].offset;
		r->ops[last].offset = (int32_t)(r->count - last);
		last = before;
	}
}

static bool read_branches(struct reading *r, unsigned depth)
{
	const size_t none = LIMIT_REGEX_SIZE;
	size_t branch = r->count, last_jump = none;
	while (r->rest.n && !(starts(r, ')') && depth > 0)) {
		size_t at = r->count;
		if (starts(r, ')'))
			warn(r, "a ) in the regular expression has no (: it is a character like "
				"others");
		if (starts(r, '|') ? !end_branch(r, &branch, &last_jump)
				   : !read_item(r, depth) || !read_counts(r, at))
			return false;
	}
	patch_jumps(r, last_jump, none);
	return true;
}

static bool read_whole(struct reading *r)
{
	if (r->rest.n == 0)
		warn(r, "an empty regular expression matches everything");
	if (str_find(r->rest, '\0') < r->rest.n)
		return fail(r, "a regular expression cannot contain a NUL byte");
	if (str_istarts(r->rest, STR_LIT("(?i)"))) {
		r->program->ignore_case = true;
		skip(r, 4);
	}
	return read_branches(r, 0) && emit_value(r, REGEX_MATCH, 0);
}

bool regex_parse(struct str pattern, struct regex_program *p, struct arena *mem, const char **why)
{
	struct reading r = {.rest = pattern, .program = p, .mem = mem};
	bool good = read_whole(&r);
	*why = r.why ? r.why : r.warning;
	/* An operation is written, possibly copied, and followed once. */
	p->work = pattern.n * WORK_A_BYTE + r.work * WORK_AN_OPERATION;
	if (good) {
		p->count = r.count;
		p->groups = r.groups < LIMIT_SCRIPT_MATCH_VARIABLES ? r.groups
								    : LIMIT_SCRIPT_MATCH_VARIABLES;
		p->ops = arena_alloc(mem, r.count * sizeof *p->ops);
		memcpy(p->ops, r.ops, r.count * sizeof *p->ops);
	}
	p->never = !good && r.given_up;
	free(r.ops);
	return good || p->never;
}
