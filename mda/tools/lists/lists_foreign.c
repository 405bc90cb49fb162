#include "mda/tools/lists/lists_foreign.h"

static bool is_regular_expression(struct str entry)
{
	size_t last = str_rfind(entry, '/');
	return entry.n > 2 && entry.p[0] == '/' && last > 0 && entry.n - last <= 4;
}

static bool is_domain(struct str entry)
{
	return entry.n > 1 && entry.p[0] == '@' && str_rfind(entry, '@') == 0;
}

static bool is_part(struct str entry)
{
	return entry.n > 2 && entry.p[0] == '*' && entry.p[entry.n - 1] == '*' &&
	       str_find(entry, '@') == entry.n;
}

const char *lists_foreign(struct str entry)
{
	if (is_regular_expression(entry))
		return "other filters take it for a regular expression; here only * and ? are "
		       "wildcards";
	if (is_domain(entry))
		return "other filters take it for all addresses of the domain; here that is the "
		       "domain without the @";
	if (is_part(entry))
		return "other filters take it for a part of an address; here that is *word*@* "
		       "before the @, and *@*word* after it";
	return NULL;
}
