/*
 * Looks up everything that the tests of a script may ask about one message, before libsieve sees
 * any of it.
 */
#ifndef FILTERS_SIEVE_TRANSLATE_VALUES_H
#define FILTERS_SIEVE_TRANSLATE_VALUES_H

#include "filters/sieve/translate.h"

/*
 * For each lookup of the translation, its values: C strings in libsieve's dialect, with NULL after
 * the last one. They are every instance of a header field, unfolded and decoded; for addresses, the
 * part that the test asks for (RFC 5228 sections 5.1, 5.4 and 5.7). All in MEM.
 */
char ***translate_values(
	const struct translation *t, const struct sv_input *input, struct arena *mem);

#endif
