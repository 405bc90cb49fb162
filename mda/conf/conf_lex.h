/* Reads the words and signs of mda.conf, without comments and blanks. */
#ifndef MDA_CONF_CONF_LEX_H
#define MDA_CONF_CONF_LEX_H

#include "base/arena.h"
#include "mda/conf/conf_text.h"

enum conf_token_kind { CONF_END, CONF_WORD, CONF_SIGN };
/*
 * What must be replaced in a word: nothing; escapes and ${NAME}; \\ and \' between single quotes;
 * or the whole word, which is a ${NAME}.
 */
enum conf_word_form { CONF_PLAIN, CONF_ESCAPED, CONF_QUOTED, CONF_VARIABLE };

struct conf_token {
	enum conf_token_kind kind;
	char sign;      /* '+' is "+=" */
	size_t at;      /* of its first byte */
	struct str raw; /* a word as it is written, without quotes */
	enum conf_word_form form;
};

struct conf_lexer {
	const struct conf_text *text;
	size_t at, end; /* where the next token starts; where the text ends */
	struct err *err;
};

/*
 * Reads the next token. -1 with file, line and column when a comment or string does not end, and
 * for a "+" or "*" outside of quotes.
 */
int conf_lex_next(struct conf_lexer *l, struct conf_token *t);

/*
 * The meaning of the word T, with escapes and variables replaced. It is part of the text when T is
 * plain, otherwise it is in MEM. -1 with the place of a wrong escape.
 */
int conf_lex_word(const struct conf_lexer *l, const struct conf_token *t, struct arena *mem,
	struct str *word);

/*
 * Takes the heading of a section if it is next and is written as it usually is: START, which ends
 * with a double quote; a title without escapes and variables; and "\" {". False if not; then
 * nothing is taken, and conf_lex_next() can read what there is. The lexer's end is the text's.
 */
bool conf_lex_heading(struct conf_lexer *l, struct str start, struct conf_token *title);

/*
 * Moves from the brace at OPEN to the end of the brace that closes it, and parses nothing between
 * them except strings and comments. -1 when there is no closing brace.
 */
int conf_lex_skip_braces(struct conf_lexer *l, size_t open);

#endif
