/* Text beyond ASCII in header fields (RFC 2047). */
#ifndef BASE_ENCODED_WORD_H
#define BASE_ENCODED_WORD_H

#include "base/arena.h"

/*
 * The value of a field whose name has NAME_LENGTH characters, from UTF-8: unchanged if it is ASCII,
 * else in encoded words, folded so that no line has more than 76 characters. Control characters
 * become blanks. In MEM.
 */
struct str encoded_word_value(struct str text, size_t name_length, struct arena *mem);

/*
 * The same without changing what a reader sees: control characters except line ends and tabs go
 * into encoded words.
 */
struct str encoded_word_exact(struct str text, size_t name_length, struct arena *mem);

#endif
