/*
 * Text by what a reader takes it for: look-alike letters of all scripts (Unicode's UTS #39),
 * through ICU.
 */
#ifndef BASE_CONFUSABLE_H
#define BASE_CONFUSABLE_H

#include "base/arena.h"

#include <stdint.h>

/*
 * Texts that look alike give the same bytes: of "Ann Boss", "ANN B0SS" and one with a Cyrillic a.
 * Case, accents and what is not seen do not count. Nobody should be shown the result. ICU is loaded
 * only for UTF-8 beyond ASCII; where that cannot be, such letters stay as they are.
 */
struct str confusable_fold(struct str utf8, struct arena *mem);

/* Was ICU needed, and could not be loaded? */
bool confusable_lacks_icu(void);

/* Without what is not seen; full-width and other forms of letters and signs are those. */
struct str confusable_visible(struct str utf8, struct arena *mem);
/* Is it neither a letter nor a digit, nor part of one? */
bool confusable_separates(uint32_t c);

#endif
