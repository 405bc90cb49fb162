#include "base/str.h"

#include <string.h>

int str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;
	return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return str_eq(str_slice(s, 0, prefix.n), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_ieq(str_slice(s, 0, prefix.n), prefix);
}

bool str_iends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_ieq(str_slice(s, s.n - suffix.n, s.n), suffix);
}

size_t str_find(struct str s, char byte)
{
	const char *at = s.n ? memchr(s.p, byte, s.n) : NULL;
	return at ? (size_t)(at - s.p) : s.n;
}

size_t str_rfind(struct str s, char byte)
{
	const char *at = s.n ? memrchr(s.p, byte, s.n) : NULL;
	return at ? (size_t)(at - s.p) : s.n;
}

size_t str_quoted(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

size_t str_ifind(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_ieq(str_slice(s, i, i + needle.n), needle))
			return i;
	return s.n;
}

bool str_is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

bool str_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_iscntrl(s.p[i]) && s.p[i] != '\t')
			return true;
	return false;
}

struct str str_trim(struct str s)
{
	while (s.n && ascii_isblank(s.p[0]))
		s = str_slice(s, 1, s.n);
	while (s.n && ascii_isblank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	size_t end = str_find(*rest, '\n');
	*line = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end + 1, rest->n);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool str_word(struct str *rest, struct str *word)
{
	while (rest->n && ascii_isblank(rest->p[0]))
		*rest = str_slice(*rest, 1, rest->n);
	size_t end = 0;
	while (end < rest->n && !ascii_isblank(rest->p[end]))
		end++;
	*word = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end, rest->n);
	return word->n > 0;
}

bool str_number(struct str s, unsigned long long max, unsigned long long *value)
{
	unsigned long long v = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_isdigit(s.p[i]))
			return false;
		unsigned digit = (unsigned)(s.p[i] - '0');
		if (v > (max - digit) / 10 || digit > max)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}
