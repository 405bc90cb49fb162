#include "base/utf8.h"

/*
 * From the first byte: how many bytes follow, and the smallest code point that may have this
 * length.
 */
static bool lead(unsigned char c, unsigned *more, uint32_t *least, uint32_t *bits)
{
	static const struct {
		unsigned char mask, is;
		unsigned more;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0, 0},
		{0xe0, 0xc0, 1, 0x80},
		{0xf0, 0xe0, 2, 0x800},
		{0xf8, 0xf0, 3, 0x10000},
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if ((c & forms[i].mask) != forms[i].is)
			continue;
		*more = forms[i].more;
		*least = forms[i].least;
		*bits = c & (unsigned char)~forms[i].mask;
		return true;
	}
	return false;
}

bool utf8_next(struct str *rest, uint32_t *code_point)
{
	unsigned more;
	uint32_t least, v;
	if (rest->n && (unsigned char)rest->p[0] < 0x80) { /* most text is ASCII */
		*code_point = (unsigned char)rest->p[0];
		*rest = (struct str){rest->p + 1, rest->n - 1};
		return true;
	}
	if (rest->n == 0 || !lead((unsigned char)rest->p[0], &more, &least, &v) || rest->n <= more)
		return false;
	for (unsigned i = 1; i <= more; i++) {
		unsigned char c = (unsigned char)rest->p[i];
		if ((c & 0xc0) != 0x80)
			return false;
		v = v << 6 | (c & 0x3f);
	}
	if (v < least || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return false;
	*code_point = v;
	*rest = str_slice(*rest, more + 1, rest->n);
	return true;
}

bool utf8_valid(struct str s)
{
	uint32_t c;
	while (s.n)
		if (!utf8_next(&s, &c))
			return false;
	return true;
}

struct str utf8_mended(struct str text, struct arena *mem)
{
	struct buf mended = {0};
	struct str rest = text;
	uint32_t c;
	if (utf8_valid(text))
		return text;
	while (rest.n) {
		bool valid = utf8_next(&rest, &c);
		if (!valid)
			rest = str_slice(rest, 1, rest.n);
		utf8_put(&mended, valid ? c : 0xfffd);
	}
	struct str kept = arena_str(mem, buf_str(&mended));
	buf_free(&mended);
	return kept;
}

void utf8_put(struct buf *to, uint32_t c)
{
	if (c < 0x80) {
		buf_byte(to, (char)c);
	} else if (c < 0x800) {
		buf_byte(to, (char)(0xc0 | c >> 6));
		buf_byte(to, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_byte(to, (char)(0xe0 | c >> 12));
		buf_byte(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_byte(to, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_byte(to, (char)(0xf0 | c >> 18));
		buf_byte(to, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_byte(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_byte(to, (char)(0x80 | (c & 0x3f)));
	}
}

struct str utf8_first(struct str text, unsigned long long n)
{
	struct str rest = text;
	uint32_t c;
	while (n-- > 0 && rest.n)
		if (!utf8_next(&rest, &c))
			rest = str_slice(rest, 1, rest.n);
	return str_slice(text, 0, text.n - rest.n);
}

struct str utf8_without_mark(struct str text)
{
	struct str mark = STR_LIT("\xef\xbb\xbf");
	return str_starts(text, mark) ? str_slice(text, mark.n, text.n) : text;
}
