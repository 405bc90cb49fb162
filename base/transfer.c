#include "base/transfer.h"

#include <stdint.h>
#include <string.h>

/* ---- base64 ---- */

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_isdigit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Is TEXT the equals signs, between line ends, that fill COUNT digits up to four? */
static bool is_padding(struct str text, size_t count)
{
	size_t equals = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '=' && text.p[i] != '\n')
			return false;
		equals += text.p[i] == '=';
	}
	return count % 4 != 1 && (count + equals) % 4 == 0 && equals <= 2;
}

bool transfer_base64(struct str text, struct arena *mem, struct str *bytes)
{
	char *to = arena_alloc(mem, text.n / 4 * 3 + 3);
	size_t n = 0, count = 0, i = 0;
	uint32_t bits = 0;
	for (; i < text.n; i++) {
		int digit = base64_digit(text.p[i]);
		if (digit < 0 && text.p[i] != '\n')
			break;
		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		if (++count % 4)
			continue;
		to[n++] = (char)(bits >> 16);
		to[n++] = (char)(bits >> 8);
		to[n++] = (char)bits;
	}
	if (!is_padding(str_slice(text, i, text.n), count))
		return false;
	if (count % 4 >= 2)
		to[n++] = (char)(bits >> (count % 4 == 2 ? 4 : 10));
	if (count % 4 == 3)
		to[n++] = (char)(bits >> 2);
	*bytes = (struct str){to, n};
	return true;
}

/* ---- quoted-printable ---- */

/* The bytes that an equals sign and what follows it use; 0: it is malformed. */
static size_t take_escape(struct str s, char *to, size_t *n)
{
	if (s.n > 1 && s.p[1] == '\n')
		return 2;
	int high = s.n > 2 ? ascii_hex(s.p[1]) : -1, low = s.n > 2 ? ascii_hex(s.p[2]) : -1;
	if (high < 0 || low < 0)
		return 0;
	to[(*n)++] = (char)(high << 4 | low);
	return 3;
}

bool transfer_quoted_printable(struct str text, struct arena *mem, struct str *bytes)
{
	char *to = arena_alloc(mem, text.n + 1);
	size_t n = 0, used;
	while (text.n) {
		size_t plain = str_find(text, '=');
		memcpy(to + n, text.p, plain);
		n += plain;
		text = str_slice(text, plain, text.n);
		if (text.n && (used = take_escape(text, to, &n)) == 0)
			return false;
		text = str_slice(text, text.n ? used : 0, text.n);
	}
	*bytes = (struct str){to, n};
	return true;
}

/* ---- a charset ---- */

struct str transfer_latin1(struct str bytes, struct arena *mem)
{
	char *to = arena_alloc(mem, 2 * bytes.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		if (c >= 0x80)
			to[n++] = (char)(0xc0 | c >> 6);
		to[n++] = c < 0x80 ? (char)c : (char)(0x80 | (c & 0x3f));
	}
	return (struct str){to, n};
}
