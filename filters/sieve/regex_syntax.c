#include "filters/sieve/regex_syntax.h"

#include "mda/base/limits.h"

#include <string.h>

struct reading {
	struct str rest;
	struct regex_shape *shape;
	struct arena *mem;
	const char *why; /* not NULL: it is wrong */
};

static bool fail(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static bool starts(const struct reading *r, char c)
{
	return r->rest.n && r->rest.p[0] == c;
}

static void skip(struct reading *r, size_t n)
{
	r->rest = str_slice(r->rest, n, r->rest.n);
}

/* ---- [...] ---- */

/* [:alpha:], [=e=], [.-.] */
static bool skip_class(struct reading *r)
{
	char kind = r->rest.p[1];
	for (size_t i = 2; i + 1 < r->rest.n; i++) {
		if (r->rest.p[i] == kind && r->rest.p[i + 1] == ']') {
			skip(r, i + 2);
			return true;
		}
	}
	return fail(r, "a [: in the regular expression has no :]");
}

static bool read_bracket(struct reading *r)
{
	skip(r, 1);
	if (starts(r, '^'))
		skip(r, 1);
	/* In front it is a character of the list. */
	if (starts(r, ']'))
		skip(r, 1);
	while (r->rest.n && r->rest.p[0] != ']') {
		bool is_class = r->rest.p[0] == '[' && r->rest.n > 1 &&
				strchr(":=.", r->rest.p[1]) && r->rest.p[1];
		if (!is_class)
			skip(r, 1);
		else if (!skip_class(r))
			return false;
	}
	if (r->rest.n == 0)
		return fail(r, "a [ in the regular expression has no ]");
	skip(r, 1);
	return true;
}

/* ---- \. ---- */

static bool read_escape(struct reading *r)
{
	/* TRE and the C library know these; they are not POSIX, but scripts use them. */
	static const char classes[] = "wWsSdDbB<>";
	char c = r->rest.n > 1 ? r->rest.p[1] : 0;
	if (c == 0)
		return fail(r, "a regular expression cannot end with a backslash");
	if (ascii_isdigit(c))
		return fail(r, "back references are not possible: a match would take forever");
	if (ascii_isalnum(c) && !strchr(classes, c))
		return fail(
			r, arena_fmt(r->mem, "\\%c means nothing in a regular expression", c).p);
	skip(r, 2);
	return true;
}

/* ---- counts ---- */

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

/* {n}, {n,}, {n,m} */
static bool read_bound(struct reading *r, unsigned *most)
{
	unsigned from = 0;
	skip(r, 1);
	if (!read_number(r, &from))
		return fail(r, "a { in a regular expression wants a number: a{2} or \\{");
	*most = from;
	if (starts(r, ',')) {
		skip(r, 1);
		if (!read_number(r, most))
			*most = from + 1;
		else if (*most < from)
			return fail(r, "the numbers in {n,m} must ascend");
	}
	if (!starts(r, '}'))
		return fail(r, "a { in the regular expression has no }");
	skip(r, 1);
	if (*most > LIMIT_REGEX_COUNT)
		return fail(r, "a count in a regular expression goes up to 255");
	return true;
}

/* What follows an item and says how often it stands there; *TIMES: how often it is written out. */
static bool read_repeat(struct reading *r, unsigned *times)
{
	*times = 1;
	if (r->rest.n == 0 || !strchr("*+?{", r->rest.p[0]) || !r->rest.p[0])
		return true;
	if (!starts(r, '{'))
		skip(r, 1);
	else if (!read_bound(r, times))
		return false;
	if (r->rest.n && r->rest.p[0] && strchr("*+?{", r->rest.p[0]))
		return fail(r, "two counts side by side mean nothing in a regular expression");
	return true;
}

/* ---- the whole ---- */

static bool read_branches(struct reading *r, unsigned depth, unsigned long long *size);

static bool read_group(struct reading *r, unsigned depth, unsigned long long *size)
{
	skip(r, 1);
	r->shape->groups++;
	if (starts(r, '?'))
		return fail(r, "(?...) is no extended regular expression (POSIX)");
	if (depth >= LIMIT_REGEX_NESTING)
		return fail(r, "a regular expression may have groups 100 deep");
	if (!read_branches(r, depth + 1, size))
		return false;
	if (!starts(r, ')'))
		return fail(r, "a ( in the regular expression has no )");
	skip(r, 1);
	return true;
}

static bool read_item(struct reading *r, unsigned depth, unsigned long long *size)
{
	*size = 1;
	switch (r->rest.p[0]) {
	case '[':
		return read_bracket(r);
	case '\\':
		return read_escape(r);
	case '(':
		return read_group(r, depth, size);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(r, "a count in a regular expression must stand behind something");
	default:
		skip(r, 1);
		return true;
	}
}

static bool read_branches(struct reading *r, unsigned depth, unsigned long long *size)
{
	*size = 1;
	while (r->rest.n) {
		unsigned long long item;
		unsigned times;
		if (starts(r, ')') && depth > 0)
			return true;
		if (starts(r, ')'))
			return fail(r, "a ) in the regular expression has no (");
		if (starts(r, '|')) {
			skip(r, 1);
			continue;
		}
		if (!read_item(r, depth, &item) || !read_repeat(r, &times))
			return false;
		*size += item * times;
		if (*size > LIMIT_REGEX_SIZE)
			return fail(r, "the counts in the regular expression make it too large");
	}
	return true;
}

bool regex_syntax(
	struct str pattern, struct regex_shape *shape, struct arena *mem, const char **why)
{
	struct reading r = {.rest = pattern, .shape = shape, .mem = mem};
	*shape = (struct regex_shape){0};
	if (pattern.n == 0)
		fail(&r, "an empty regular expression matches everything");
	else if (str_find(pattern, '\0') < pattern.n)
		fail(&r, "a regular expression cannot hold a NUL");
	else
		read_branches(&r, 0, &shape->size);
	*why = r.why;
	return !r.why;
}
