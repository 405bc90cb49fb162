/*
 * The tokens of a Sieve script (RFC 5228 sections 2.1 to 2.6 and 8.1). Never fails: an error
 * becomes a token of its own, and reading continues after it. A byte order mark, LF and CRLF are
 * all accepted. Time and memory are linear in the size of the script.
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

/* What the author probably meant, if that is clear. */
enum lex_meant { LEX_NOTHING, LEX_A_BLANK, LEX_A_STRING };

struct lex_token {
	enum lex_kind kind;
	char sign;
	unsigned line, column; /* of its start, or of the error; columns count characters */
	struct str before;     /* the blanks and comments before it */
	struct str raw;        /* as written */
	/*
	 * Word and tag: the name as written, without the colon. String: its value, with LF as the
	 * line end, and followed by a NUL that is not counted. Error: what is wrong.
	 */
	struct str text;
	unsigned long long number;
	enum lex_meant meant; /* for an error */
	struct str value;     /* for an error: the string that is meant */
};

struct lex {
	struct str script;
	size_t at;
	unsigned line, column;
	struct arena *mem;
};

/* SCRIPT must live as long as the tokens; decoded text is in MEM. */
void lex_start(struct lex *l, struct str script, struct arena *mem);

/* The next token; at the end LEX_END, as often as it is called. */
struct lex_token lex_next(struct lex *l);

/* All tokens; *COUNT includes the LEX_END. */
struct lex_token *lex_all(struct str script, struct arena *mem, size_t *count);

/* Is it this word, tag or sign? Case does not matter (RFC 5228 section 2.1). */
bool lex_is_word(const struct lex_token *t, const char *name);
bool lex_is_tag(const struct lex_token *t, const char *name);
bool lex_is_sign(const struct lex_token *t, char sign);

#endif
