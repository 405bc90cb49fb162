/*
 * Keywords: flags that people and programs name themselves (RFC 3501 section 2.3.2). In a Maildir
 * that Dovecot reads, the file dovecot-keywords of each folder says which letter, 'a' to 'z',
 * stands for which name: lines "<number> <name>".
 */
#ifndef STORE_KEYWORDS_H
#define STORE_KEYWORDS_H

#include "base/err.h"
#include "base/str.h"

/*
 * The bit of the first letter, above the flags of verdict.h; that of the next letter is the next
 * one.
 */
enum { KEYWORDS_FIRST_BIT = 64, KEYWORDS_MAX = 26 };

/* Can it be a keyword's name: an atom of IMAP, of a length that Dovecot takes? */
bool keywords_is_name(struct str name);

/*
 * With Dovecot's lock of the folder held: finds the letters of COUNT valid names, whose case does
 * not count, and adds to the file those that it does not have, durably. *BITS gets the bits of the
 * letters. -1 with the reason when it cannot be read or written, or the letters are used up; then
 * *BITS has those that were found.
 */
int keywords_find(
	int folder, const struct str *names, size_t count, unsigned *bits, struct err *err);

#endif
