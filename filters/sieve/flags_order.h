/* Finds flags that a script sets when nothing is stored any more. */
#ifndef FILTERS_SIEVE_FLAGS_ORDER_H
#define FILTERS_SIEVE_FLAGS_ORDER_H

#include "filters/sieve/check.h"

/* Warns about them, once in each block. */
void flags_order_check(struct check *c, const struct sv_block *block);

#endif
