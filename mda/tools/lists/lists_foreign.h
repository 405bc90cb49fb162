/* Entries in the language of other filters, which lists of ours cannot have. */
#ifndef MDA_TOOLS_LISTS_LISTS_FOREIGN_H
#define MDA_TOOLS_LISTS_LISTS_FOREIGN_H

#include "base/str.h"

/*
 * What other filters mean by ENTRY, which cannot be read here, and how it is written here. NULL:
 * nobody knows.
 */
const char *lists_foreign(struct str entry);

#endif
