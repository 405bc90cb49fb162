/* What this program was built with, for `mda --version` and for reports of faults. */
#ifndef MDA_FEATURES_H
#define MDA_FEATURES_H

#include "base/buf.h"

/* Adds a line for each kind of feature. */
void features_add(struct buf *to);

#endif
