#include "mda/tools/convert/convert_conditions.h"

#include "mda/tools/convert/convert_pattern.h"
#include "mda/tools/convert/convert_variables.h"

#include <string.h>

enum { SCORES_MOST = 8 };

/* ---- conditions ---- */

struct condition {
	struct str text;
	bool negative, is_scored;
	int weight;
	bool in_body, in_header;
};

static bool read_number(struct str *text, int *value)
{
	size_t n = 0, sign = text->n && (text->p[0] == '-' || text->p[0] == '+');
	unsigned long long v;
	while (sign + n < text->n && ascii_isdigit(text->p[sign + n]))
		n++;
	if (n == 0 || !str_number(str_slice(*text, sign, sign + n), 1000000, &v))
		return false;
	*value = text->p[0] == '-' ? -(int)v : (int)v;
	*text = str_slice(*text, sign + n, text->n);
	return true;
}

/* "2^0 " at the start. False if it is a score of another kind. */
static bool read_score(struct convert *c, struct condition *k)
{
	struct str rest = k->text;
	char first = rest.n ? rest.p[0] : '\0';
	if (!ascii_isdigit(first) && first != '-' && first != '+' && first != '.')
		return true;
	if (!read_number(&rest, &k->weight) || !str_starts(rest, STR_LIT("^")))
		return str_find(k->text, '^') > 12 ||
		       convert_fail(c, "a score that is not a whole number");
	rest = str_slice(rest, 1, rest.n);
	if (!str_starts(rest, STR_LIT("0")) || (rest.n > 1 && !ascii_isblank(rest.p[1])))
		return convert_fail(c, "a score that counts how often something matches");
	k->is_scored = true;
	k->text = str_trim(str_slice(rest, 1, rest.n));
	return true;
}

/* "B ??" at the start. */
static bool read_area(struct convert *c, struct condition *k)
{
	struct str rest = k->text;
	size_t n = convert_name_length(rest), after = n;
	while (after < rest.n && ascii_isblank(rest.p[after]))
		after++;
	if (n == 0 || !str_starts(str_slice(rest, after, rest.n), STR_LIT("??")))
		return true;
	struct str name = str_slice(rest, 0, n);
	k->in_body = str_eq(name, STR_LIT("B"));
	k->in_header = str_eq(name, STR_LIT("H"));
	if (!k->in_body && !k->in_header)
		return convert_fail(c, "it looks at " STR_FMT, STR_ARGS(str_slice(name, 0, 60)));
	k->text = str_slice(rest, after + 2, rest.n);
	while (k->text.n && ascii_isblank(k->text.p[0]))
		k->text = str_slice(k->text, 1, k->text.n);
	return true;
}

static struct str size_test(struct convert *c, struct str text)
{
	struct str digits = str_trim(str_slice(text, 1, text.n));
	unsigned long long size;
	if (!str_number(digits, 1ULL << 40, &size)) {
		convert_fail(c, "a size that is not a number");
		return STR_EMPTY;
	}
	return arena_fmt(c->mem, "size %s %llu", text.p[0] == '<' ? ":under" : ":over", size);
}

static bool has_flag(struct str flags, char flag)
{
	return str_find(flags, flag) < flags.n;
}

static struct str regex_test(struct convert *c, struct str flags, const struct condition *k)
{
	bool both = !k->in_header && !k->in_body && has_flag(flags, 'B') && has_flag(flags, 'H');
	if (both) {
		convert_fail(c, "header and body are searched together");
		return STR_EMPTY;
	}
	if (ascii_isblank(k->text.p[k->text.n - 1])) {
		convert_fail(c, "a blank at the end of the expression");
		return STR_EMPTY;
	}
	const struct convert_pattern pattern = {.text = k->text,
		.in_body = k->in_body || (!k->in_header && has_flag(flags, 'B')),
		.with_case = has_flag(flags, 'D')};
	return convert_pattern(c, &pattern);
}

/* The part of a condition behind score and area, with its exclamation mark. */
static struct str basic_test(struct convert *c, struct str flags, struct condition *k)
{
	struct str test;
	while (k->text.n && (k->text.p[0] == '!' || ascii_isblank(k->text.p[0]))) {
		k->negative ^= k->text.p[0] == '!';
		k->text = str_slice(k->text, 1, k->text.n);
	}
	char first = k->text.n ? k->text.p[0] : '\0';
	if (first == '\0')
		convert_fail(c, "an empty condition");
	if (first == '?')
		convert_fail(c, "it asks a program");
	if (first == '$')
		convert_fail(c, "a condition with variables");
	if (strchr("?$", first))
		return STR_EMPTY;
	if (first == '<' || first == '>')
		test = size_test(c, k->text);
	else
		test = read_area(c, k) ? regex_test(c, flags, k) : STR_EMPTY;
	return test.n && k->negative ? arena_fmt(c->mem, "not " STR_FMT, STR_ARGS(test)) : test;
}

/* ---- scores ---- */

struct scored {
	struct str test;
	int weight;
};

/* "not not X" is X. */
static struct str opposite(struct convert *c, struct str test)
{
	struct str no = STR_LIT("not ");
	return str_starts(test, no) ? str_slice(test, no.n, test.n) : ARENA_JOIN(c->mem, no, test);
}

static int sum(const struct scored *s, size_t count, unsigned set)
{
	int all = 0;
	for (size_t i = 0; i < count; i++)
		all += set >> i & 1 ? s[i].weight : 0;
	return all;
}

/* Does SET reach a score above 0, and no part of it? All weights are positive. */
static bool is_least(const struct scored *s, size_t count, int base, unsigned set)
{
	if (base + sum(s, count, set) <= 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (set >> i & 1 && base + sum(s, count, set & ~(1U << i)) > 0)
			return false;
	return true;
}

/*
 * A recipe runs if the sum of the weights of what is true is above 0. "-w if X" is "-w, and w if
 * not X", so all weights become positive, and each least set that suffices is an alternative.
 */
static struct str score_test(struct convert *c, struct scored *s, size_t count, int base)
{
	struct str alternatives[1 << SCORES_MOST], parts[SCORES_MOST];
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		if (s[i].weight >= 0)
			continue;
		base += s[i].weight;
		s[i] = (struct scored){opposite(c, s[i].test), -s[i].weight};
	}
	for (unsigned set = 0; set < 1U << count; set++) {
		size_t n = 0;
		if (!is_least(s, count, base, set))
			continue;
		for (size_t i = 0; i < count; i++)
			if (set >> i & 1)
				parts[n++] = s[i].test;
		alternatives[found++] = n ? convert_tests(c, "allof", parts, n) : STR_LIT("true");
	}
	return found ? convert_tests(c, "anyof", alternatives, found) : STR_LIT("false");
}

/* All conditions together: *TEST is empty if there is none. */
bool convert_conditions(struct convert *c, struct str flags, const struct str *conditions,
	size_t count, struct str *test)
{
	struct str tests[CONVERT_CONDITIONS + 2];
	struct scored scored[SCORES_MOST];
	size_t found = 0, scored_count = 0;
	struct str last = STR_EMPTY; /* sets the groups of which one is $MATCH */
	unsigned match = 0;
	int base = 0;
	bool any_score = false;
	for (size_t i = 0; i < count; i++) {
		struct condition k = {.text = conditions[i]};
		if (!read_score(c, &k))
			return false;
		any_score = any_score || k.is_scored;
		/* Without a condition, the score always counts. */
		if (k.is_scored && k.text.n == 0) {
			base += k.weight;
			continue;
		}
		if (k.is_scored && strchr("<>", k.text.p[0]))
			return convert_fail(c, "a score for the size");
		c->match = 0;
		struct str one = basic_test(c, flags, &k);
		if (one.n == 0)
			return false;
		if (c->match && (match || k.is_scored || k.negative ||
					!str_starts(one, STR_LIT("header "))))
			return convert_fail(
				c, "$MATCH of several conditions, or of one with a score");
		match = c->match ? c->match : match;
		if (c->match)
			last = one;
		else if (!k.is_scored)
			tests[found++] = one;
		else if (scored_count == SCORES_MOST)
			return convert_fail(c, "too many scores");
		else
			scored[scored_count++] = (struct scored){one, k.weight};
	}
	if (any_score)
		tests[found++] = score_test(c, scored, scored_count, base);
	if (last.n)
		tests[found++] = last;
	c->match = match;
	*test = found ? convert_tests(c, "allof", tests, found) : STR_EMPTY;
	return true;
}
