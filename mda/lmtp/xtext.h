/* xtext, the encoding of parameters of MAIL, RCPT and XCLIENT (RFC 3461 section 4). */
#ifndef MDA_LMTP_XTEXT_H
#define MDA_LMTP_XTEXT_H

#include "base/arena.h"

/* Decodes TEXT into *PLAIN, in MEM. False if it is not xtext. */
bool xtext_decode(struct str text, struct arena *mem, struct str *plain);

/*
 * The same for an address of the type utf-8 (RFC 6533 section 3): it may also contain UTF-8 as it
 * is, and code points as \x{20AC}.
 */
bool xtext_decode_utf8(struct str text, struct arena *mem, struct str *plain);

#endif
