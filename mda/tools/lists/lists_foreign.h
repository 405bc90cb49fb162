/* Recognises entries in the language of other filters, which our lists cannot have. */
#ifndef MDA_TOOLS_LISTS_LISTS_FOREIGN_H
#define MDA_TOOLS_LISTS_LISTS_FOREIGN_H

#include "base/str.h"

/*
 * What other filters mean by ENTRY, which cannot be read here, and how to write that here. NULL if
 * it is not known.
 */
const char *lists_foreign(struct str entry);

#endif
