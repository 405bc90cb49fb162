/* Reading a file of fdm's: its words, texts and macros. */
#ifndef MDA_TOOLS_CONVERT_FDM_H
#define MDA_TOOLS_CONVERT_FDM_H

#include "mda/tools/convert/convert_variables.h"

enum fdm_kind {
	FDM_END,
	FDM_WORD, /* also a number */
	FDM_TEXT, /* in quotation marks, or a macro */
	FDM_SIGN, /* one byte */
};

struct fdm_reader {
	struct convert *c;
	size_t at; /* in the source: behind the word that is next */
	struct convert_variables macros;
	bool any_continue; /* so that mail may have matched before */
	/* The word that is next. */
	enum fdm_kind kind;
	struct str text;    /* without quotation marks, and with macros */
	size_t from, ended; /* where it begins, and where the one before it ended */
	bool good;          /* else it cannot be read: the reason is in WHY */
	struct str why;
};

/* Begins with the first word of the source. */
void fdm_begin(struct fdm_reader *r, struct convert *c);
/* To the next word. */
void fdm_next(struct fdm_reader *r);
bool fdm_is_word(const struct fdm_reader *r, const char *word);
bool fdm_is_sign(const struct fdm_reader *r, char sign);
/* Past this word or sign, if it is next. */
bool fdm_take_word(struct fdm_reader *r, const char *word);
bool fdm_take_sign(struct fdm_reader *r, char sign);
/* Past the text that is next; else a reason. */
bool fdm_take_text(struct fdm_reader *r, struct str *text);
/* "10", "10K", "10 megabytes": in bytes. */
bool fdm_take_size(struct fdm_reader *r, unsigned long long *size);
/* Is the word that is next the first one of a statement, or is this the end of the block? */
bool fdm_at_statement(const struct fdm_reader *r);
/* The same for "$name = ...". */
bool fdm_is_definition(const struct fdm_reader *r);

#endif
