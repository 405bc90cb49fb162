/*
 * How often the entries of lists were used. Each mailbox counts in its own state, also the uses of
 * the administrator's lists, because a delivery may not write anywhere else.
 */
#ifndef MDA_TOOLS_LISTS_LISTS_USES_H
#define MDA_TOOLS_LISTS_LISTS_USES_H

#include "mda/tools/lists/lists_tool.h"
#include "store/uses.h"

/* Which of the lists in a mailbox's state LIST is; USES_LISTS: none, so that it is not counted. */
enum uses_list lists_uses_of(const struct named_list *list);

/*
 * Adds up the uses of the administrator's lists in all mailboxes. Only for root, who still is: a
 * process for each mailbox becomes its owner. A mailbox that cannot be read is complained of. -1
 * when the mailboxes cannot be found.
 */
int lists_uses_of_all(const struct lists_tool *tool, struct uses *uses, struct err *err);

#endif
