/* Which allow entries let spam through, as its owner says by moving it to Junk. */
#ifndef MDA_ACTS_ACTS_SPAM_H
#define MDA_ACTS_ACTS_SPAM_H

#include "mda/acts/acts.h"

/*
 * Counts a message that arrived at the time ARRIVED and is spam for each allow entry, of the person
 * or of the administrator, that it came through. An entry that is younger counts no message.
 * Returns how many there are; -1 on error.
 */
int acts_spam(const struct acts *a, struct str message, int64_t arrived, struct err *err);

#endif
