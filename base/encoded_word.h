/* Text that is not ASCII in header fields (RFC 2047). */
#ifndef BASE_ENCODED_WORD_H
#define BASE_ENCODED_WORD_H

#include "base/arena.h"

/*
 * UTF-8 as the value of a field that NAME_LENGTH characters and a colon stand in front of: as it is
 * when it is ASCII, else in encoded words, folded so that no line has more than 76 characters.
 * Control characters become blanks.
 */
struct str encoded_word_value(struct str text, size_t name_length, struct arena *mem);

/*
 * The same without a change of what a reader sees: other controls than line ends and tabs are in
 * encoded words.
 */
struct str encoded_word_exact(struct str text, size_t name_length, struct arena *mem);

#endif
