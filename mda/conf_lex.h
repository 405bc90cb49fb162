/* The words and signs of mda.conf, as libconfuse's lexer takes them; comments become blanks while they are passed. */
#ifndef MDA_CONF_LEX_H
#define MDA_CONF_LEX_H

#include "mda/conf_text.h"

enum conf_token_kind { CONF_END, CONF_WORD, CONF_SIGN };

struct conf_token {
	enum conf_token_kind kind;
	char sign;
	size_t at;
	struct str word; /* without quotes, escapes as they are written */
	bool is_plain;   /* a word without escapes and variables */
};

struct conf_lexer {
	struct conf_text *text;
	size_t at, end; /* where the next token is looked for; where the text ends */
	struct err *err;
};

/* A word that libconfuse takes to end at a plus was given to it in another spelling: the one that was written. */
struct str conf_lex_spelt(struct str word);

/* Takes the next token; -1 with file, line and column when a comment or string does not end. */
int conf_lex_next(struct conf_lexer *l, struct conf_token *t);

/*
 * Moves from behind the brace at OPEN to behind the one that closes it, and reads nothing of what is between them but where
 * strings and comments end. -1 when there is no such brace.
 */
int conf_lex_skip_braces(struct conf_lexer *l, size_t open);

/*
 * When a section `TYPE "title" {` starts here, moves behind its brace and hands the title out. Only what is in plain quotes
 * and has no comment between: all else is for conf_lex_next().
 */
bool conf_lex_section(struct conf_lexer *l, struct str type, struct str *title);

#endif
