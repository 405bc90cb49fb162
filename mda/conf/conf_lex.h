/* The words and signs of mda.conf. Comments and blanks are passed over. */
#ifndef MDA_CONF_CONF_LEX_H
#define MDA_CONF_CONF_LEX_H

#include "mda/conf/conf_text.h"

enum conf_token_kind { CONF_END, CONF_WORD, CONF_SIGN };
/*
 * What is to be replaced in a word: nothing, C's escapes and ${NAME}, \\ and \' between single
 * quotes, or all as it is a ${NAME}.
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
	size_t at, end; /* where the next token is looked for; where the text ends */
	struct err *err;
};

/*
 * Takes the next token; -1 with file, line and column when a comment or string does not end, and
 * for a "+" or "*" outside of quotes.
 */
int conf_lex_next(struct conf_lexer *l, struct conf_token *t);

/*
 * What the word T means, escapes and variables replaced: a part of the text when it is plain, else
 * memory of MEM. -1 with the place of a wrong escape.
 */
int conf_lex_word(const struct conf_lexer *l, const struct conf_token *t, struct arena *mem,
	struct str *word);

/*
 * Moves from after the brace at OPEN to after the one that closes it, and reads nothing of what is
 * between them but where strings and comments end. -1 when there is no such brace.
 */
int conf_lex_skip_braces(struct conf_lexer *l, size_t open);

#endif
