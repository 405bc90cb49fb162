/*
 * Did a program send a message, or a mailing list? Nothing answers such a message, and it makes
 * nobody a contact. The set of fields is that of RFC 3834 section 2 and RFC 5230 section 4.6.
 */
#ifndef BASE_AUTOMATIC_H
#define BASE_AUTOMATIC_H

#include "base/message.h"

/* Auto-Submitted with any other word than "no" (RFC 3834 section 5). */
bool automatic_submitted(const struct message *msg, struct arena *mem);
/* A field that only mailing lists and bulk mailers write. */
bool automatic_is_list(const struct message *msg);
/* Precedence: bulk, junk or list. */
bool automatic_is_bulk(const struct message *msg, struct arena *mem);
/* NULL: a person may have sent it; else why not: one of these, or it is a receipt or a bounce. */
const char *automatic_why(const struct message *msg, struct arena *mem);
/*
 * Does a field of that name contain one of WORDS, which have blanks between them? Case is ignored.
 */
bool automatic_has_word(
	const struct message *msg, const char *name, const char *words, struct arena *mem);

#endif
