/* Compiled lists. */
#ifndef MDA_TOOLS_LISTS_LISTS_COMPILE_H
#define MDA_TOOLS_LISTS_LISTS_COMPILE_H

#include "mda/conf/textfile.h"
#include "mda/tools/lists/lists_tool.h"

/*
 * Compiles root's own LIST, whose directory F holds: ACCOUNT reads the text and makes the compiled
 * form in a directory of its own, and root puts the bytes in place. What is to be printed is
 * appended to SAID, if not NULL. 1; 0 when there is no such list; -1.
 */
int lists_compile_roots(const struct named_list *list, bool json, const struct textfile *f,
	const struct user *account, struct buf *said, struct err *err);

#endif
