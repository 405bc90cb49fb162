#include "filters/sieve/regex_set.h"

#include "filters/sieve/regex_class.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* ---- sets ---- */

static void add_ascii(struct regex_set *s, uint32_t c)
{
	s->ascii[c / 64] |= UINT64_C(1) << c % 64;
}

static bool has_ascii(const struct regex_set *s, uint32_t c)
{
	return s->ascii[c / 64] >> c % 64 & 1;
}

void regex_set_add(struct regex_set *s, uint32_t from, uint32_t to, struct arena *mem)
{
	for (; from <= to && from < 0x80; from++)
		add_ascii(s, from);
	if (from <= to)
		*(struct regex_range *)ARENA_PUSH(mem, s->ranges, s->range_count) =
			(struct regex_range){from, to};
}

bool regex_set_add_class(struct regex_set *s, struct str name)
{
	int class = regex_class_find(name);
	if (class < 0)
		return false;
	const unsigned char *ranges = regex_class_ascii(class);
	for (size_t i = 0; i < REGEX_CLASS_BYTES && ranges[i]; i += 2)
		regex_set_add(s, ranges[i], ranges[i + 1], NULL);
	if (str_eq(name, STR_LIT("cntrl")))
		add_ascii(s, 0);
	s->classes |= 1U << class;
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct regex_range *left = a, *right = b;
	return left->from < right->from ? -1 : left->from > right->from;
}

static void sort_ranges(struct regex_set *s)
{
	size_t n = 0;
	if (s->range_count == 0)
		return;
	qsort(s->ranges, s->range_count, sizeof *s->ranges, by_start);
	for (size_t i = 1; i < s->range_count; i++) {
		if (s->ranges[i].from > s->ranges[n].to)
			s->ranges[++n] = s->ranges[i];
		else if (s->ranges[i].to > s->ranges[n].to)
			s->ranges[n].to = s->ranges[i].to;
	}
	s->range_count = n + 1;
}

void regex_set_close(struct regex_set *s, bool ignore_case, bool negated)
{
	for (uint32_t c = 'a'; ignore_case && c <= 'z'; c++) {
		uint32_t upper = c - 'a' + 'A';
		if (has_ascii(s, c))
			add_ascii(s, upper);
		else if (has_ascii(s, upper))
			add_ascii(s, c);
	}
	sort_ranges(s);
	s->negated = negated;
}

static bool in_ranges(const struct regex_set *s, uint32_t c)
{
	size_t low = 0, high = s->range_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (s->ranges[middle].to < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->range_count && s->ranges[low].from <= c;
}

bool regex_set_has(const struct regex_set *s, uint32_t c)
{
	bool has = c < 0x80 ? has_ascii(s, c)
			    : in_ranges(s, c) || (s->classes && regex_class_has(s->classes, c));
	return has != s->negated;
}

/* ---- brackets ---- */

static bool starts(struct str rest, char c)
{
	return rest.n && rest.p[0] == c;
}

static void skip(struct str *rest, size_t n)
{
	*rest = str_slice(*rest, n, rest->n);
}

static uint32_t take_character(struct str *rest)
{
	uint32_t c;
	if (!utf8_next(rest, &c)) {
		c = (unsigned char)rest->p[0];
		skip(rest, 1);
	}
	return c;
}

/* Begins REST with "[:", "[=" or "[."? */
static bool starts_named(struct str rest)
{
	return rest.n > 1 && rest.p[0] == '[' && rest.p[1] && strchr(":=.", rest.p[1]);
}

/* Takes what is between "[:" and ":]", or the like. */
static bool take_named(struct str *rest, struct str *name)
{
	char kind = rest->p[1];
	for (size_t i = 2; i + 1 < rest->n; i++) {
		if (rest->p[i] != kind || rest->p[i + 1] != ']')
			continue;
		*name = str_slice(*rest, 2, i);
		skip(rest, i + 2);
		return true;
	}
	return false;
}

/* Takes one character, or "[=e=]" and "[.e.]", which mean e in the POSIX locale. */
static const char *take_item(struct str *rest, uint32_t *c)
{
	struct str name = *rest;
	bool named = starts_named(*rest);
	if (named && !take_named(rest, &name))
		return "a [. or [= in the regular expression has no end";
	if (!named) {
		*c = take_character(rest);
		return NULL;
	}
	if (name.n)
		*c = take_character(&name);
	else
		name.n = 1;
	return name.n ? "the regular expression is wrong: [.x.] and [=x=] can only have one "
			"character"
		      : NULL;
}

static const char *take_class(struct regex_set *s, struct str *rest)
{
	struct str name;
	if (!take_named(rest, &name))
		return "a [: in the regular expression has no :]";
	if (!regex_set_add_class(s, name))
		return "the regular expression is wrong: this character class is unknown";
	return NULL;
}

static const char *take_range(struct regex_set *s, struct str *rest, struct arena *mem)
{
	uint32_t from, to;
	const char *why = take_item(rest, &from);
	if (why)
		return why;
	to = from;
	/* A hyphen at the end is a plain character. */
	if (rest->n > 1 && rest->p[0] == '-' && rest->p[1] != ']') {
		skip(rest, 1);
		why = take_item(rest, &to);
	}
	if (!why && to < from)
		return "the regular expression is wrong: a range in [ ] must go from low to high";
	regex_set_add(s, from, to, mem);
	return why;
}

bool regex_set_parse(struct regex_set *s, struct str *rest, bool ignore_case, struct arena *mem,
	const char **why)
{
	bool negated = false, first = true;
	skip(rest, 1);
	*why = NULL;
	if (starts(*rest, '^')) {
		negated = true;
		skip(rest, 1);
	}
	/* A ] at the start is a plain character. */
	for (; rest->n && (first || rest->p[0] != ']') && !*why; first = false)
		*why = starts_named(*rest) && rest->p[1] == ':' ? take_class(s, rest)
								: take_range(s, rest, mem);
	if (!*why && rest->n == 0)
		*why = "a [ in the regular expression has no ]";
	if (*why)
		return false;
	skip(rest, 1);
	regex_set_close(s, ignore_case, negated);
	return true;
}
