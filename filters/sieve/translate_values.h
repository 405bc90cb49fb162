/*
 * What the tests of a script may ask about one message, answered before libsieve sees anything of
 * it.
 */
#ifndef FILTERS_SIEVE_TRANSLATE_VALUES_H
#define FILTERS_SIEVE_TRANSLATE_VALUES_H

#include "filters/sieve/translate.h"

/*
 * For each lookup of the translation its values, as C strings in libsieve's dialect with NULL
 * behind the last: every instance of a header, unfolded and decoded; of addresses the part that the
 * test asks for (RFC 5228 sections 5.1, 5.4 and 5.7). All in MEM.
 */
char ***translate_values(
	const struct translation *t, const struct sv_input *input, struct arena *mem);

#endif
