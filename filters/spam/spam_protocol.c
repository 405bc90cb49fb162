#include "filters/spam/spam_protocol.h"

#include <stdlib.h>

bool spam_number(struct str s, double *value)
{
	char digits[32];
	size_t n = 0;
	s = str_trim(s);
	for (; n < s.n && n + 1 < sizeof digits; n++) {
		if (!ascii_isdigit(s.p[n]) && str_find(STR_LIT("+-.eE"), s.p[n]) == 5)
			return false;
		digits[n] = s.p[n];
	}
	digits[n] = '\0';
	char *end;
	*value = strtod(digits, &end);
	return n && n == s.n && end == digits + n && *value < 1e9 && *value > -1e9;
}
