/*
 * Decoding what is well-formed of the transfer encodings of mail (RFC 2045 section 6). Mail
 * programs differ in what they make of the rest, so that is left to GMime.
 */
#ifndef BASE_TRANSFER_H
#define BASE_TRANSFER_H

#include "base/arena.h"

/*
 * Base64, whose lines end in LF. False: the text has other characters, lacks padding, or goes on
 * after it.
 */
bool transfer_base64(struct str text, struct arena *mem, struct str *bytes);
/* Quoted-printable, whose lines end in LF. False: an equals sign is followed by something else. */
bool transfer_quoted_printable(struct str text, struct arena *mem, struct str *bytes);
/* ISO-8859-1, which has all bytes, in UTF-8. */
struct str transfer_latin1(struct str bytes, struct arena *mem);

#endif
