#include "mda/tools/convert/fdm_conditions.h"

#include "mda/tools/convert/convert_pattern.h"

#include <string.h>

enum { CONDITIONS_MOST = 64 };

static struct str read_pattern(struct fdm_reader *r)
{
	struct convert_pattern p = {.with_case = fdm_take_word(r, "case"), .is_pcre = true};
	bool in_headers = false;
	if (!fdm_take_text(r, &p.text))
		return STR_EMPTY;
	if (fdm_take_word(r, "in")) {
		in_headers = fdm_take_word(r, "headers");
		p.in_body = !in_headers && fdm_take_word(r, "body");
	}
	if (!in_headers && !p.in_body)
		return convert_fail(r->c, "header and body are searched together"), STR_EMPTY;
	for (size_t i = 0; i + 1 < p.text.n; i++) {
		if (p.text.p[i] == '\\' && strchr("dD", p.text.p[i + 1]))
			return convert_fail(r->c, "\\d is a letter to fdm"), STR_EMPTY;
		i += p.text.p[i] == '\\';
	}
	return convert_pattern(r->c, &p);
}

static struct str read_condition(struct fdm_reader *r)
{
	unsigned long long size;
	if (fdm_take_word(r, "all"))
		return STR_LIT("true");
	if (!r->any_continue && fdm_take_word(r, "unmatched"))
		return STR_LIT("true");
	if (fdm_take_word(r, "size")) {
		bool over = fdm_is_sign(r, '>');
		if (!fdm_take_sign(r, '<') && !fdm_take_sign(r, '>'))
			return convert_fail(r->c, "a size without < or >"), STR_EMPTY;
		if (!fdm_take_size(r, &size))
			return STR_EMPTY;
		return arena_fmt(r->c->mem, "size %s %llu", over ? ":over" : ":under", size);
	}
	if (fdm_is_word(r, "account") || fdm_is_word(r, "accounts"))
		return convert_fail(r->c, "it asks from which account the mail is"), STR_EMPTY;
	if (r->kind == FDM_TEXT || fdm_is_word(r, "case"))
		return read_pattern(r);
	convert_fail(r->c, "the condition " STR_FMT " is not converted",
		STR_ARGS(str_slice(r->text, 0, 60)));
	return STR_EMPTY;
}

/* "not X" */
static struct str read_negated(struct fdm_reader *r)
{
	bool negative = false;
	while (fdm_take_word(r, "not"))
		negative = !negative;
	struct str test = read_condition(r);
	return test.n && negative ? arena_fmt(r->c->mem, "not " STR_FMT, STR_ARGS(test)) : test;
}

/* "X and Y or Z" is "(X and Y) or Z", whatever the words are. */
struct str fdm_conditions(struct fdm_reader *r)
{
	struct str tests[CONDITIONS_MOST];
	size_t count = 1;
	const char *word = NULL;
	tests[0] = read_negated(r);
	while (tests[count - 1].n) {
		bool is_and = fdm_is_word(r, "and");
		const char *next = is_and ? "allof" : "anyof";
		if (!is_and && !fdm_is_word(r, "or"))
			return word ? convert_tests(r->c, word, tests, count) : tests[0];
		fdm_next(r);
		if (word && strcmp(word, next) != 0) {
			tests[0] = convert_tests(r->c, word, tests, count);
			count = 1;
		}
		word = next;
		if (count == CONDITIONS_MOST)
			return convert_fail(r->c, "too many conditions"), STR_EMPTY;
		tests[count++] = read_negated(r);
	}
	return STR_EMPTY;
}
