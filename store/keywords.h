/*
 * Keywords: flags with names that people and programs choose (RFC 3501 section 2.3.2). In a Maildir
 * that Dovecot reads, each folder's file dovecot-keywords lists the name of each letter 'a' to 'z',
 * in lines "<number> <name>".
 */
#ifndef STORE_KEYWORDS_H
#define STORE_KEYWORDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* The bit of the first letter, above the flags of verdict.h. The other letters follow in order. */
enum { KEYWORDS_FIRST_BIT = 64, KEYWORDS_MAX = 26 };

/* Can it be a keyword's name: an IMAP atom of a length that Dovecot accepts? */
bool keywords_is_name(struct str name);

/*
 * Finds the letters of COUNT valid names (case does not count), and adds missing names to the file,
 * durably. The caller holds Dovecot's lock of the folder. *BITS gets the bits of the letters. -1
 * with the reason when the file cannot be read or written or no letter is left; then *BITS has the
 * letters that were found.
 */
int keywords_find(
	int folder, const struct str *names, size_t count, unsigned *bits, struct err *err);

/*
 * The names of all letters of the folder, KEYWORDS_MAX of them, in MEM; empty where a letter has
 * none. -1 when the file cannot be read.
 */
int keywords_names(int folder, struct arena *mem, struct str *names, struct err *err);

#endif
