/* Flags that a script sets after what stores the message, where nothing is stored any more. */
#ifndef FILTERS_SIEVE_FLAGS_ORDER_H
#define FILTERS_SIEVE_FLAGS_ORDER_H

#include "filters/sieve/check.h"

/* Warns of them, once a block. */
void flags_order_check(struct check *c, const struct sv_block *block);

#endif
