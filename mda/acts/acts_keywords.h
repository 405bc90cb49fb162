/*
 * Keywords that act: a message that a person flags with one, in an IMAP client, does what putting
 * it into a folder that acts does. It loses the keyword. If it is moved, to Junk or back to the
 * INBOX, it gets a mark, another keyword, by which a move back is seen: that takes the entry back.
 *
 * Only Dovecot's Maildir has keywords in the names of files, which is why a change of a folder's
 * cur/ shows that one was set.
 */
#ifndef MDA_ACTS_ACTS_KEYWORDS_H
#define MDA_ACTS_ACTS_KEYWORDS_H

#include "mda/acts/acts_change.h"
#include "mda/acts/acts_memory.h"

bool acts_keywords_wanted(const struct conf *conf);

/* Has cur/ of the INBOX or of Junk changed since the last look, or, with ALL, is there any? */
bool acts_keywords_have_changed(const struct acts *a, const struct acts_memory *memory, bool all);

/*
 * Looks at these two folders, if they have changed; with ALL at all folders but the Trash. The
 * memory gets the new times.
 */
void acts_keywords_look(struct acts_change *c, struct acts_memory *memory, bool all);

#endif
