#include "mda/tools/convert/maildrop.h"

#include "mda/tools/convert/convert_pattern.h"

#include <string.h>

enum { TESTS_MOST = 64, EXPRESSION_NESTING = 20 };

/* ---- bytes and words ---- */

struct str maildrop_rest_of(const struct maildrop_reader *r)
{
	return str_slice(r->c->source, r->at, r->c->source.n);
}

char maildrop_peek(const struct maildrop_reader *r)
{
	return r->at < r->c->source.n ? r->c->source.p[r->at] : '\0';
}

void maildrop_skip_comment(struct maildrop_reader *r)
{
	r->at += str_find(maildrop_rest_of(r), '\n');
}

/* Blanks, line ends and comments; a backslash joins lines. */
void maildrop_skip_space(struct maildrop_reader *r)
{
	for (;;) {
		char byte = maildrop_peek(r);
		if (ascii_isblank(byte) || byte == '\n')
			r->at++;
		else if (byte == '#')
			maildrop_skip_comment(r);
		else if (str_starts(maildrop_rest_of(r), STR_LIT("\\\n")))
			r->at += 2;
		else
			return;
	}
}

bool maildrop_take(struct maildrop_reader *r, const char *text)
{
	if (!str_starts(maildrop_rest_of(r), str_of(text)))
		return false;
	r->at += strlen(text);
	return true;
}

bool maildrop_expect(struct maildrop_reader *r, const char *text)
{
	maildrop_skip_space(r);
	return maildrop_take(r, text) ||
	       convert_fail(r->c, "there is no %s where it should be", text);
}

struct str maildrop_take_word(struct maildrop_reader *r)
{
	struct str word = maildrop_rest_of(r);
	word.n = convert_name_length(word);
	r->at += word.n;
	return word;
}

/* A text in quotation marks or without, up to a blank or a sign, as it is written. */
static struct str maildrop_take_value(struct maildrop_reader *r)
{
	struct str s = maildrop_rest_of(r);
	size_t n = 0;
	char quote = '\0';
	while (n < s.n && s.p[n] != '\n' && (quote || !strchr(" \t;)}#", s.p[n]) || !s.p[n])) {
		if (s.p[n] == '\\')
			n++;
		else if (s.p[n] == quote)
			quote = '\0';
		else if (!quote && strchr("\"'`", s.p[n]) && s.p[n])
			quote = s.p[n];
		n++;
	}
	n = n < s.n ? n : s.n;
	r->at += n;
	return str_slice(s, 0, n);
}

bool maildrop_take_text(struct maildrop_reader *r, struct str *text)
{
	while (maildrop_peek(r) == ' ' || maildrop_peek(r) == '\t')
		r->at++;
	return convert_expand(r->c, &r->variables, maildrop_take_value(r), text);
}

/* ---- expressions ---- */

static struct str read_or(struct maildrop_reader *r, unsigned depth);

static struct str read_pattern(struct maildrop_reader *r)
{
	struct str s = maildrop_rest_of(r), flags = STR_EMPTY;
	size_t end = 1;
	while (end < s.n && s.p[end] != '/' && s.p[end] != '\n')
		end += 1 + (s.p[end] == '\\');
	if (end >= s.n || s.p[end] != '/') {
		convert_fail(r->c, "an expression that is not closed");
		return STR_EMPTY;
	}
	r->at += end + 1;
	if (maildrop_take(r, ":"))
		flags = maildrop_take_word(r);
	for (size_t i = 0; i < flags.n; i++)
		if (!strchr("hbD", flags.p[i])) {
			convert_fail(r->c, "the flag %c of an expression", flags.p[i]);
			return STR_EMPTY;
		}
	bool in_body = str_find(flags, 'b') < flags.n, in_header = str_find(flags, 'h') < flags.n;
	if ((in_body && in_header) || maildrop_peek(r) == ',') {
		convert_fail(r->c, "the flags of an expression");
		return STR_EMPTY;
	}
	const struct convert_pattern p = {.text = str_slice(s, 1, end),
		.in_body = in_body,
		.with_case = str_find(flags, 'D') < flags.n,
		.is_pcre = true};
	return convert_pattern(r->c, &p);
}

/* $SIZE < 1000 */
static struct str read_size(struct maildrop_reader *r)
{
	struct str number;
	unsigned long long size;
	maildrop_skip_space(r);
	char sign = maildrop_peek(r);
	if (sign != '<' && sign != '>') {
		convert_fail(r->c, "a comparison that is not one of the size");
		return STR_EMPTY;
	}
	r->at++;
	bool equal = maildrop_take(r, "=");
	maildrop_skip_space(r);
	number = maildrop_rest_of(r);
	size_t n = 0;
	while (n < number.n && ascii_isdigit(number.p[n]))
		n++;
	r->at += n;
	if (!str_number(str_slice(number, 0, n), 1ULL << 40, &size)) {
		convert_fail(r->c, "a size that is not a number");
		return STR_EMPTY;
	}
	size += equal && sign == '<';
	size -= equal && sign == '>' && size;
	return arena_fmt(r->c->mem, "size %s %llu", sign == '<' ? ":under" : ":over", size);
}

static struct str read_hasaddr(struct maildrop_reader *r)
{
	struct str address;
	if (!maildrop_expect(r, "("))
		return STR_EMPTY;
	maildrop_skip_space(r);
	if (!maildrop_take_text(r, &address) || !maildrop_expect(r, ")"))
		return STR_EMPTY;
	struct str text = convert_string(r->c, address);
	if (str_find(address, '@') == address.n || text.n == 0) {
		convert_fail(r->c, "hasaddr of something that is not an address");
		return STR_EMPTY;
	}
	return arena_fmt(r->c->mem,
		"address [\"to\", \"cc\", \"resent-to\", \"resent-cc\"] " STR_FMT, STR_ARGS(text));
}

static struct str read_primary(struct maildrop_reader *r, unsigned depth)
{
	maildrop_skip_space(r);
	if (depth == EXPRESSION_NESTING) {
		convert_fail(r->c, "too many parentheses");
		return STR_EMPTY;
	}
	if (maildrop_take(r, "(")) {
		struct str inside = read_or(r, depth + 1);
		return inside.n && maildrop_expect(r, ")") ? inside : STR_EMPTY;
	}
	if (maildrop_peek(r) == '/')
		return read_pattern(r);
	if (maildrop_take(r, "$SIZE"))
		return read_size(r);
	if (maildrop_take(r, "hasaddr"))
		return read_hasaddr(r);
	convert_fail(r->c, "this expression has no counterpart");
	return STR_EMPTY;
}

static struct str read_not(struct maildrop_reader *r, unsigned depth)
{
	bool no = false, any = false;
	for (maildrop_skip_space(r); maildrop_take(r, "!"); maildrop_skip_space(r)) {
		no = !no;
		any = true;
	}
	/* In maildrop, "! $SIZE > 1" is "(! $SIZE) > 1". */
	if (any && maildrop_peek(r) == '$') {
		convert_fail(r->c, "an exclamation mark before a number");
		return STR_EMPTY;
	}
	struct str test = read_primary(r, depth);
	return test.n && no ? arena_fmt(r->c->mem, "not " STR_FMT, STR_ARGS(test)) : test;
}

/* Operands of SIGN. */
static struct str read_row(struct maildrop_reader *r, unsigned depth, const char *sign,
	const char *word, struct str (*operand)(struct maildrop_reader *r, unsigned depth))
{
	struct str tests[TESTS_MOST];
	size_t count = 0;
	do {
		if (count == TESTS_MOST) {
			convert_fail(r->c, "too many conditions");
			return STR_EMPTY;
		}
		tests[count] = operand(r, depth);
		if (tests[count++].n == 0)
			return STR_EMPTY;
		maildrop_skip_space(r);
	} while (maildrop_take(r, sign));
	return convert_tests(r->c, word, tests, count);
}

static struct str read_and(struct maildrop_reader *r, unsigned depth)
{
	return read_row(r, depth, "&&", "allof", read_not);
}

static struct str read_or(struct maildrop_reader *r, unsigned depth)
{
	return read_row(r, depth, "||", "anyof", read_and);
}

struct str maildrop_expression(struct maildrop_reader *r)
{
	return read_or(r, 0);
}
