/* Marks that earlier deliveries have put into a subject: "Re: [External] Offer". */
#ifndef FILTERS_SPAM_SUBJECT_MARK_H
#define FILTERS_SPAM_SUBJECT_MARK_H

#include "base/arena.h"

/*
 * Removes MARKS (such as "[External]") from VALUE, the raw value of a Subject field. Only marks
 * before the text are removed, where replies and lists leave them: among "Re:", "AW:" and "[list]".
 * The result is in MEM; it is VALUE itself when there are no marks. Encoded words are read if their
 * charset contains ASCII.
 */
struct str subject_mark_remove(struct str value, const struct str_list *marks, struct arena *mem);

#endif
