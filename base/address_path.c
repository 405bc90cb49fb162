#include "base/address_path.h"

#include "base/address.h"
#include "base/address_lex.h"
#include "base/address_spec.h"
#include "base/printable.h"
#include "base/utf8.h"

/* No blanks except the space, no controls, no invisible characters, only valid UTF-8. */
static bool is_printable(struct str s)
{
	uint32_t c;
	while (utf8_next(&s, &c))
		if (printable_is_deceptive(c))
			return false;
	return s.n == 0;
}

static size_t skip_local(struct str s)
{
	size_t i = 0;
	if (s.n && s.p[0] == '"')
		return str_quoted(s);
	while (i < s.n && (s.p[i] == '.' || address_is_atext(s.p[i])))
		i++;
	return i;
}

static bool is_path(struct str s)
{
	size_t local = skip_local(s);
	if (local == 0 || s.n > ADDRESS_PATH_MOST || !is_printable(s))
		return false;
	if (local == s.n)
		return s.p[0] != '"';
	return s.p[local] == '@' && address_domain_valid(str_slice(s, local + 1, s.n));
}

bool address_path(struct str text, struct arena *mem, struct str *path)
{
	struct address a = address_parse_envelope(text, mem);
	*path = a.spec;
	return !a.invalid && is_path(a.spec);
}
