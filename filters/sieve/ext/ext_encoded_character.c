/*
 * ${hex: ...} and ${unicode: ...} in strings (RFC 5228 section 2.4.2.4). Anything of another form
 * stays as it is.
 */
#include "filters/sieve/check.h"

#include "base/utf8.h"

/* Larger numbers are not characters, so further digits do not matter. */
enum { TOO_LARGE = 0x10ffff };

/* The hexadecimal number at the start of S, at most MAX digits; 0 when there is none. */
static size_t read_hex(struct str s, size_t max, uint64_t *value)
{
	size_t n = 0;
	*value = 0;
	for (; n < s.n && n <= max; n++) {
		char c = ascii_lower(s.p[n]);
		bool digit = ascii_isdigit(c);
		if (!digit && (c < 'a' || c > 'f'))
			break;
		if (*value <= TOO_LARGE)
			*value = *value * 16 + (uint64_t)(digit ? c - '0' : c - 'a' + 10);
	}
	return n <= max ? n : 0;
}

static size_t count_blanks(struct str s)
{
	size_t n = 0;
	while (n < s.n && ascii_isblank(s.p[n]))
		n++;
	return n;
}

struct form {
	struct str opening;
	size_t digits; /* the most digits of a number */
	bool unicode;
};

static const struct form forms[] = {
	{STR_LIT("${hex:"), 2, false},
	{STR_LIT("${unicode:"), SIZE_MAX - 1, true},
};

static bool is_scalar(uint64_t c)
{
	return c <= TOO_LARGE && (c < 0xd800 || c > 0xdfff);
}

/*
 * Decodes the start of S. Returns the bytes used, 0 when it has another form. *BAD: a number that
 * is not a character.
 */
static size_t decode(struct str s, const struct form *f, struct buf *to, bool *bad)
{
	size_t at = f->opening.n, before = to->n, numbers = 0;
	if (!str_istarts(s, f->opening))
		return 0;
	for (;;) {
		uint64_t value;
		size_t blanks = count_blanks(str_slice(s, at, s.n));
		size_t n = read_hex(str_slice(s, at + blanks, s.n), f->digits, &value);
		if (n == 0 || (numbers && blanks == 0)) {
			at += blanks;
			break;
		}
		numbers++;
		at += blanks + n;
		if (!f->unicode)
			buf_byte(to, (char)value);
		else if (is_scalar(value))
			utf8_put(to, (uint32_t)value);
		else
			*bad = true;
	}
	if (numbers && at < s.n && s.p[at] == '}')
		return at + 1;
	to->n = before;
	return 0;
}

/* A number that is not a character is reported, and the string stays as it is. */
static bool decode_all(struct check *c, const struct sv_string *s, struct buf *to)
{
	struct str rest = s->text;
	bool good = true;
	while (rest.n) {
		bool bad = false;
		size_t n = str_find(rest, '$');
		buf_add(to, str_slice(rest, 0, n));
		rest = str_slice(rest, n, rest.n);
		n = 0;
		for (size_t i = 0; i < sizeof forms / sizeof *forms && n == 0; i++)
			n = decode(rest, &forms[i], to, &bad);
		if (n && bad)
			check_error(c, s->place,
				"\"" STR_FMT
				"\" is not a Unicode character (RFC 5228 section 2.4.2.4)",
				STR_ARGS(str_slice(rest, 0, n)));
		good &= n == 0 || !bad;
		if (n == 0 && rest.n) {
			buf_byte(to, '$');
			n = 1;
		}
		rest = str_slice(rest, n, rest.n);
	}
	return good;
}

static void decode_string(struct check *c, struct sv_string *s)
{
	struct buf decoded = {0};
	if (str_find(s->text, '$') == s->text.n)
		return;
	if (decode_all(c, s, &decoded))
		s->text = arena_str(c->mem, buf_str(&decoded));
	buf_free(&decoded);
}

const struct sv_ext ext_encoded_character = {
	.name = "encoded-character", .rfc = "RFC 5228", .string = decode_string};
