#include "store/utf7.h"

#include "base/utf8.h"

/* Base64 with ',' instead of '/', without padding. */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* ---- from UTF-8 ---- */

struct shift {
	unsigned bits, count; /* bits that are not written yet */
	bool on;
};

static void put_unit(struct buf *to, struct shift *s, unsigned unit)
{
	if (!s->on)
		buf_byte(to, '&');
	s->on = true;
	s->bits = s->bits << 16 | unit;
	s->count += 16;
	while (s->count >= 6) {
		s->count -= 6;
		buf_byte(to, digits[s->bits >> s->count & 0x3f]);
	}
	s->bits &= (1u << s->count) - 1;
}

static void end_shift(struct buf *to, struct shift *s)
{
	if (!s->on)
		return;
	if (s->count)
		buf_byte(to, digits[s->bits << (6 - s->count) & 0x3f]);
	buf_byte(to, '-');
	*s = (struct shift){0};
}

static void put_code_point(struct buf *to, struct shift *s, uint32_t c)
{
	if (c >= 0x20 && c < 0x7f) {
		end_shift(to, s);
		buf_byte(to, (char)c);
		if (c == '&')
			buf_byte(to, '-');
	} else if (c < 0x10000) {
		put_unit(to, s, c);
	} else {
		put_unit(to, s, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(to, s, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

bool utf7_encode(struct str text, struct buf *to)
{
	struct shift s = {0};
	uint32_t c;
	while (text.n) {
		if (!utf8_next(&text, &c))
			return false;
		put_code_point(to, &s, c);
	}
	end_shift(to, &s);
	return true;
}

/* ---- to UTF-8 ---- */

static bool take_digit(struct str *rest, unsigned *value)
{
	size_t i = rest->n ? str_find(str_of(digits), rest->p[0]) : 64;
	if (i >= 64)
		return false;
	*value = (unsigned)i;
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

/* Takes one UTF-16 unit; a pair of them becomes one code point. */
static bool put_utf16(struct buf *to, unsigned *high, unsigned unit)
{
	if (*high) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return false;
		utf8_put(to, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
		*high = 0;
		return true;
	}
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return false;
	if (unit >= 0xd800 && unit <= 0xdbff)
		*high = unit;
	else
		utf8_put(to, unit);
	return true;
}

static bool decode_shift(struct str *rest, struct buf *to)
{
	unsigned bits = 0, count = 0, high = 0, digit;
	if (rest->n && rest->p[0] == '-') {
		buf_byte(to, '&');
		*rest = str_slice(*rest, 1, rest->n);
		return true;
	}
	while (take_digit(rest, &digit)) {
		bits = bits << 6 | digit;
		count += 6;
		if (count < 16)
			continue;
		count -= 16;
		if (!put_utf16(to, &high, bits >> count & 0xffff))
			return false;
		bits &= (1u << count) - 1;
	}
	if (high || rest->n == 0 || rest->p[0] != '-')
		return false;
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

bool utf7_decode(struct str text, struct buf *to)
{
	while (text.n) {
		char c = text.p[0];
		text = str_slice(text, 1, text.n);
		if (c != '&')
			buf_byte(to, c);
		else if (!decode_shift(&text, to))
			return false;
	}
	return true;
}
