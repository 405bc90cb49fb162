#include "filters/sieve/lex_blank.h"

#include "filters/sieve/lex_place.h"

#include <string.h>

/* The length of a bracket comment; 0 when it has no end. */
static size_t bracket_comment(struct str s)
{
	const char *end = s.n > 3 ? memmem(s.p + 2, s.n - 2, "*/", 2) : NULL;
	return end ? (size_t)(end - s.p) + 2 : 0;
}

size_t lex_comment_length(const struct lex *l)
{
	if (lex_peek(l, 0) == '#')
		return str_find(lex_rest(l), '\n');
	return lex_is_bracket_comment(l) ? bracket_comment(lex_rest(l)) : 0;
}

size_t lex_bad_in_comment(struct str comment)
{
	size_t i = 0;
	/* A line comment may end between CR and LF. */
	bool line = comment.n && comment.p[0] == '#' && comment.p[comment.n - 1] == '\r';
	comment.n -= line;
	while (i < comment.n && comment.p[i] && !lex_is_bare_cr(comment, i))
		i++;
	return i == comment.n ? comment.n + line : i;
}

void lex_skip_blanks(struct lex *l)
{
	while (!lex_at_end(l)) {
		if (lex_peek(l, 0) == ' ' || lex_peek(l, 0) == '\n') {
			lex_advance(l, 1);
			continue;
		}
		if (lex_peek(l, 0) > ' ' && lex_peek(l, 0) != '#' && lex_peek(l, 0) != '/')
			return;
		struct str left = lex_rest(l);
		size_t n = lex_comment_length(l);
		if (n && lex_bad_in_comment(str_slice(left, 0, n)) < n)
			return;
		if (n == 0 && ascii_isblank(left.p[0]) && !lex_is_bare_cr(left, 0))
			n = 1;
		if (n == 0)
			return;
		lex_advance(l, n);
	}
}
