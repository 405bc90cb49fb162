#include "filters/sieve/lex.h"

#include "base/utf8.h"
#include "filters/sieve/lex_blank.h"
#include "filters/sieve/lex_garbage.h"
#include "filters/sieve/lex_place.h"
#include "filters/sieve/lex_string.h"

#include <limits.h>
#include <string.h>

/* ---- words, tags, numbers ---- */

static struct lex_token read_word(struct lex *l)
{
	struct lex_token t = lex_token_here(l, LEX_WORD);
	t.text = str_slice(lex_rest(l), 0, lex_word_length(l, 0));
	return lex_finish(l, t, t.text.n);
}

static struct lex_token read_tag(struct lex *l)
{
	struct lex_token t = lex_token_here(l, LEX_TAG);
	size_t n = lex_word_length(l, 1);
	if (n == 0)
		return lex_error(l, 1, STR_LIT("a tag's name must follow the colon"));
	t.text = str_slice(lex_rest(l), 1, n + 1);
	return lex_finish(l, t, n + 1);
}

/* By how many bits a quantifier shifts; -1 for any other byte. */
static int quantifier(char c)
{
	static const char letters[] = "kmg";
	const char *at = c ? strchr(letters, ascii_lower(c)) : NULL;
	return at ? 10 * (int)(at - letters + 1) : -1;
}

static struct lex_token read_number(struct lex *l)
{
	struct lex_token t = lex_token_here(l, LEX_NUMBER);
	size_t digits = 0, n;
	while (ascii_isdigit(lex_peek(l, digits)))
		digits++;
	int shift = quantifier(lex_peek(l, digits));
	n = digits + (shift > 0);
	if (lex_word_length(l, n)) {
		n += lex_word_length(l, n);
		return lex_error(l, n, STR_LIT("a number must end in a digit, K, M or G"));
	}
	unsigned long long max = ULLONG_MAX >> (shift > 0 ? shift : 0);
	struct str text = str_slice(lex_rest(l), 0, digits);
	while (text.n > 1 && text.p[0] == '0')
		text = str_slice(text, 1, text.n);
	if (!str_number(text, max, &t.number))
		return lex_error(l, n, STR_LIT("the number is too large"));
	if (shift > 0)
		t.number <<= shift;
	return lex_finish(l, t, n);
}

static bool is_text(const struct lex *l)
{
	if (ascii_lower(lex_peek(l, 0)) != 't')
		return false;
	size_t n = lex_word_length(l, 0);
	return n == 4 && lex_peek(l, 4) == ':' &&
	       str_ieq(str_slice(lex_rest(l), 0, 4), STR_LIT("text"));
}

/* ---- any token ---- */

static struct lex_token read_token(struct lex *l)
{
	char c = lex_peek(l, 0);
	struct lex_token t = lex_token_here(l, LEX_END);
	if (lex_at_end(l))
		return lex_finish(l, t, 0);
	if (is_text(l))
		return lex_text(l);
	if (lex_starts_word(c))
		return read_word(l);
	if (ascii_isdigit(c))
		return read_number(l);
	if (c == ':')
		return read_tag(l);
	if (c == '"')
		return lex_quoted(l);
	if (!lex_starts_token(c) || c == '#')
		return lex_garbage(l);
	t.kind = LEX_SIGN;
	t.sign = c;
	return lex_finish(l, t, 1);
}

void lex_start(struct lex *l, struct str script, struct arena *mem)
{
	*l = (struct lex){.script = script, .line = 1, .column = 1, .mem = mem};
	l->at = script.n - utf8_without_mark(script).n;
}

struct lex_token lex_next(struct lex *l)
{
	size_t from = l->at;
	lex_skip_blanks(l);
	struct str before = str_slice(l->script, from, l->at);
	struct lex_token t = read_token(l);
	t.before = before;
	return t;
}

struct lex_token *lex_all(struct str script, struct arena *mem, size_t *count)
{
	struct lex l;
	struct lex_token *tokens = NULL, *t;
	*count = 0;
	lex_start(&l, script, mem);
	do {
		t = ARENA_PUSH(mem, tokens, *count);
		*t = lex_next(&l);
	} while (t->kind != LEX_END);
	return tokens;
}

bool lex_is_word(const struct lex_token *t, const char *name)
{
	return t->kind == LEX_WORD && str_ieq(t->text, str_of(name));
}

bool lex_is_tag(const struct lex_token *t, const char *name)
{
	return t->kind == LEX_TAG && str_ieq(t->text, str_of(name));
}

bool lex_is_sign(const struct lex_token *t, char sign)
{
	return t->kind == LEX_SIGN && t->sign == sign;
}
