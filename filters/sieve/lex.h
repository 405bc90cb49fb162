/*
 * The words of a Sieve script (RFC 5228 sections 2.1 to 2.6 and 8.1). Never fails: what is wrong
 * becomes a token of its own, and reading goes on behind it. A byte order mark, LF without CR and
 * CRLF are all fine; time and memory are linear in the script.
 */
#ifndef FILTERS_SIEVE_LEX_H
#define FILTERS_SIEVE_LEX_H

#include "base/arena.h"

enum lex_kind {
	LEX_END,
	LEX_WORD,   /* an identifier: command or test */
	LEX_TAG,    /* :name */
	LEX_NUMBER, /* with its K, M or G */
	LEX_STRING, /* "quoted" or text: */
	LEX_SIGN,   /* one of [ ] ( ) { } , ; */
	LEX_ERROR,
};

/* What an error stands in the place of, when that is plain. */
enum lex_meant { LEX_NOTHING, LEX_A_BLANK, LEX_A_STRING };

struct lex_token {
	enum lex_kind kind;
	char sign;
	unsigned line,
		column;    /* where it starts, or where the error is; columns count characters */
	struct str before; /* the blanks and comments in front of it */
	struct str raw;    /* as written */
	/*
	 * Word and tag: the name as written, without the colon. String: what it means, with LF as
	 * the line end and a NUL behind it that is not counted. Error: what is wrong.
	 */
	struct str text;
	unsigned long long number;
	enum lex_meant meant; /* error */
	struct str value;     /* of the string that is meant */
};

struct lex {
	struct str script;
	size_t at;
	unsigned line, column;
	struct arena *mem;
};

/* The script must live as long as the tokens; what has to be decoded goes to MEM. */
void lex_start(struct lex *l, struct str script, struct arena *mem);

/* The next token; LEX_END again and again at the end. */
struct lex_token lex_next(struct lex *l);

/* All tokens, the LEX_END included in *COUNT. */
struct lex_token *lex_all(struct str script, struct arena *mem, size_t *count);

/* Is it this word, this tag or this sign? Words and tags have no case (RFC 5228 section 2.1). */
bool lex_is_word(const struct lex_token *t, const char *name);
bool lex_is_tag(const struct lex_token *t, const char *name);
bool lex_is_sign(const struct lex_token *t, char sign);

#endif
