#include "filters/sieve/lex_place.h"

void lex_advance(struct lex *l, size_t n)
{
	for (; n && !lex_at_end(l); n--) {
		unsigned char c = (unsigned char)l->script.p[l->at++];
		if (c == '\n') {
			l->line++;
			l->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			l->column++; /* the other bytes of a UTF-8 character are not counted */
		}
	}
}

struct lex_token lex_finish(struct lex *l, struct lex_token t, size_t n)
{
	t.raw = str_slice(lex_rest(l), 0, n);
	lex_advance(l, n);
	return t;
}

struct lex_token lex_error(struct lex *l, size_t n, struct str why)
{
	struct lex_token t = lex_token_here(l, LEX_ERROR);
	t.text = why;
	return lex_finish(l, t, n);
}

struct lex_token lex_error_at(struct lex *l, size_t n, size_t offset, struct str why)
{
	struct lex ahead = *l;
	lex_advance(&ahead, offset);
	struct lex_token t = lex_error(l, n, why);
	t.line = ahead.line;
	t.column = ahead.column;
	return t;
}
