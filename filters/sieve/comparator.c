/*
 * The comparators of RFC 4790 sections 9.1 to 9.3. i;octet and i;ascii-casemap need no `require`.
 */
#include "filters/sieve/ext.h"

#include <string.h>

/* ---- i;octet ---- */

static struct sv_folded fold_nothing(struct str text, struct arena *mem)
{
	(void)mem;
	return (struct sv_folded){.text = text};
}

static const struct sv_comparator octet[] = {
	{
		.name = "i;octet",
		.abilities = SV_EQUALITY | SV_SUBSTRING | SV_ORDER | SV_PATTERN,
		.fold = fold_nothing,
		.in_place = true,
	},
	{0},
};

const struct sv_ext ext_octet = {
	.name = "comparator-i;octet", .rfc = "RFC 4790", .always = true, .comparators = octet};

/* ---- i;ascii-casemap ---- */

/* To upper case, because the order of letters and "_" depends on it. */
static struct sv_folded fold_ascii(struct str text, struct arena *mem)
{
	char *p = arena_alloc(mem, text.n + 1);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		p[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return (struct sv_folded){.text = {p, text.n}};
}

static const struct sv_comparator ascii_casemap[] = {
	{
		.name = "i;ascii-casemap",
		.abilities = SV_EQUALITY | SV_SUBSTRING | SV_ORDER | SV_PATTERN,
		.fold = fold_ascii,
		.growth = 1,
	},
	{0},
};

const struct sv_ext ext_ascii_casemap = {.name = "comparator-i;ascii-casemap",
	.rfc = "RFC 4790",
	.always = true,
	.comparators = ascii_casemap};

/* ---- i;ascii-numeric ---- */

/* The digits at the start, without leading zeros. No digits mean infinity. */
static struct sv_folded fold_number(struct str text, struct arena *mem)
{
	size_t n = 0;
	(void)mem;
	while (n < text.n && ascii_isdigit(text.p[n]))
		n++;
	struct str digits = str_slice(text, 0, n);
	while (digits.n > 1 && digits.p[0] == '0')
		digits = str_slice(digits, 1, digits.n);
	return (struct sv_folded){.text = digits};
}

static int order_numbers(struct str a, struct str b)
{
	/* Infinity is the last. Of two numbers without leading zeros, the longer one is larger. */
	size_t left = a.n ? a.n : (size_t)-1, right = b.n ? b.n : (size_t)-1;
	if (left != right)
		return left < right ? -1 : 1;
	return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

static const struct sv_comparator ascii_numeric[] = {
	{
		.name = "i;ascii-numeric",
		.abilities = SV_EQUALITY | SV_ORDER,
		.fold = fold_number,
		.in_place = true,
		.order = order_numbers,
	},
	{0},
};

const struct sv_ext ext_ascii_numeric = {
	.name = "comparator-i;ascii-numeric", .rfc = "RFC 4790", .comparators = ascii_numeric};
