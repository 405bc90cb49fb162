/* Compiles lists. */
#ifndef MDA_TOOLS_LISTS_LISTS_COMPILE_H
#define MDA_TOOLS_LISTS_LISTS_COMPILE_H

#include "mda/conf/textfile.h"
#include "mda/tools/lists/lists_tool.h"

/*
 * Compiles root's own LIST, which is in the directory of F. ACCOUNT reads the text and writes the
 * compiled form in a directory of its own; root copies the bytes to their place. Appends what is to
 * be printed to SAID, if that is not NULL. 1; 0 if there is no such list; -1 on error.
 */
int lists_compile_roots(const struct named_list *list, bool json, const struct textfile *f,
	const struct user *account, struct buf *said, struct err *err);

#endif
