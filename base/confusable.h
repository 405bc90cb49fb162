/*
 * What a reader takes a text for: letters of all scripts that look alike (Unicode's UTS #39), by
 * ICU.
 */
#ifndef BASE_CONFUSABLE_H
#define BASE_CONFUSABLE_H

#include "base/arena.h"

#include <stdint.h>

/*
 * Texts that look alike give the same bytes, in MEM: "Ann Boss", "ANN B0SS", and the same with a
 * Cyrillic a. Case, accents and invisible characters do not count. The result is not for showing.
 * ICU is loaded only if there are bytes beyond ASCII; if it cannot be loaded, such letters stay as
 * they are.
 */
struct str confusable_fold(struct str utf8, struct arena *mem);

/* Was ICU needed but could not be loaded? */
bool confusable_lacks_icu(void);

/*
 * Removes invisible characters, and replaces full-width and other forms by the plain ones. In MEM.
 */
struct str confusable_visible(struct str utf8, struct arena *mem);
/* Is it neither a letter nor a digit, nor a part of one? */
bool confusable_separates(uint32_t c);

#endif
