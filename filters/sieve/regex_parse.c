#include "base/limits.h"
#include "base/utf8.h"
#include "filters/sieve/regex_program.h"
#include "filters/sieve/regex_writer.h"

#include <stdlib.h>
#include <string.h>

enum { WORK_A_BYTE = 8, WORK_AN_OPERATION = 4 };

struct parser {
	struct str rest;
	struct regex_program *program;
	struct arena *mem;
	struct regex_writer to;
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

/* ---- writing ---- */

static bool wrote(struct parser *p, bool well)
{
	return well || give_up(p, "the counts in the regular expression make it too large");
}

static bool emit_value(struct parser *p, enum regex_kind kind, uint32_t value)
{
	return wrote(p, regex_writer_add(&p->to, (struct regex_op){.kind = kind, .value = value}));
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
static bool read_bound(struct parser *p, struct regex_times *t)
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

static bool read_times(struct parser *p, struct regex_times *t)
{
	char c = p->rest.p[0];
	*t = (struct regex_times){.least = c == '+', .most = 1, .endless = c != '?'};
	if (c != '{') {
		skip(p, 1);
	} else {
		*t = (struct regex_times){0};
		if (!read_bound(p, t))
			return false;
	}
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
	struct regex_times times;
	return read_times(p, &times) && wrote(p, regex_writer_repeat(&p->to, at, &times));
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

static bool read_bar(struct parser *p, struct regex_branches *branches)
{
	skip(p, 1);
	return wrote(p, regex_writer_branch(&p->to, branches));
}

static bool read_branches(struct parser *p, unsigned depth)
{
	struct regex_branches branches = regex_writer_branches(&p->to);
	while (p->rest.n && !(starts(p, ')') && depth > 0)) {
		size_t at = p->to.count;
		if (starts(p, ')'))
			warn(p, "a ) in the regular expression has no (: it is a character like "
				"others");
		if (starts(p, '|') ? !read_bar(p, &branches)
				   : !read_item(p, depth) || !read_counts(p, at))
			return false;
	}
	regex_writer_join(&p->to, &branches);
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
	p->work = pattern.n * WORK_A_BYTE + parser.to.work * WORK_AN_OPERATION;
	if (good) {
		p->count = parser.to.count;
		p->groups = parser.groups < LIMIT_SCRIPT_MATCH_VARIABLES
				    ? parser.groups
				    : LIMIT_SCRIPT_MATCH_VARIABLES;
		p->ops = arena_alloc(mem, parser.to.count * sizeof *p->ops);
		memcpy(p->ops, parser.to.ops, parser.to.count * sizeof *p->ops);
	}
	p->never = !good && parser.given_up;
	free(parser.to.ops);
	return good || p->never;
}
