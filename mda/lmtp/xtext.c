#include "mda/lmtp/xtext.h"

#include "base/utf8.h"

/* The value of an upper-case hexadecimal digit, or -1. */
static int hex_digit(char c)
{
	if (ascii_isdigit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes a plus and two digits. */
static bool take_plus(struct str *rest, char *byte)
{
	int high = rest->n >= 3 ? hex_digit(rest->p[1]) : -1;
	int low = rest->n >= 3 ? hex_digit(rest->p[2]) : -1;
	if (high < 0 || low < 0)
		return false;
	*byte = (char)(high << 4 | low);
	*rest = str_slice(*rest, 3, rest->n);
	return true;
}

/* Takes \x{HEX}. */
static bool take_code_point(struct str *rest, struct buf *to)
{
	enum { LAST = 0x10ffff };
	uint32_t c = 0;
	size_t end = str_find(*rest, '}');
	if (!str_starts(*rest, STR_LIT("\\x{")) || end == rest->n || end == 3 || end > 3 + 6)
		return false;
	for (size_t i = 3; i < end; i++) {
		int digit = hex_digit(rest->p[i]);
		if (digit < 0)
			return false;
		c = c << 4 | (uint32_t)digit;
	}
	if (c > LAST || (c >= 0xd800 && c <= 0xdfff))
		return false;
	utf8_put(to, c);
	*rest = str_slice(*rest, end + 1, rest->n);
	return true;
}

static bool take_plain(struct str *rest, bool has_utf8, struct buf *to)
{
	char c = rest->p[0];
	bool is_plain = (c > ' ' && c <= '~' && c != '=') || (has_utf8 && (unsigned char)c >= 0x80);
	if (!is_plain)
		return false;
	buf_byte(to, c);
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

static bool take_one(struct str *rest, bool has_utf8, struct buf *to)
{
	char byte;
	if (rest->p[0] == '+') {
		if (!take_plus(rest, &byte))
			return false;
		buf_byte(to, byte);
		return true;
	}
	if (has_utf8 && rest->p[0] == '\\')
		return take_code_point(rest, to);
	return take_plain(rest, has_utf8, to);
}

static bool decode(struct str text, bool has_utf8, struct arena *mem, struct str *plain)
{
	struct buf to = {0};
	bool good = true;
	while (good && text.n)
		good = take_one(&text, has_utf8, &to);
	good = good && (!has_utf8 || utf8_valid(buf_str(&to)));
	if (good)
		*plain = arena_str(mem, buf_str(&to));
	buf_free(&to);
	return good;
}

bool xtext_decode(struct str text, struct arena *mem, struct str *plain)
{
	return decode(text, false, mem, plain);
}

bool xtext_decode_utf8(struct str text, struct arena *mem, struct str *plain)
{
	return decode(text, true, mem, plain);
}
