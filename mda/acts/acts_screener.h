/*
 * What a person does with the messages that the screener holds. One that they have moved out of its
 * folder approves its sender; moved to Junk, it blocks the sender; deleted or moved to the Trash,
 * it does neither. One that they move back into the folder takes the decision back. What a message
 * looks like is all that is compared, so any mail program will do.
 */
#ifndef MDA_ACTS_ACTS_SCREENER_H
#define MDA_ACTS_ACTS_SCREENER_H

#include "mda/acts/acts.h"
#include "mda/acts/acts_memory.h"

/* Is there a screener, or may people turn one on? */
bool acts_screener_wanted(const struct conf *conf);

/* Has a folder of the screener changed since the last look? With ALL: is there one? */
bool acts_screener_has_changed(const struct acts *a, const struct acts_memory *memory, bool all);

/*
 * Looks at the folders that have changed, or with ALL at each of them. The state is locked. Returns
 * how many messages it dealt with; what fails is a note, and is tried again by the next look.
 */
size_t acts_screener_look(const struct acts *a, struct acts_memory *memory, bool all);

/* From now on the folder DIRECTORY is looked at. 0, or -1. */
int acts_screener_watch(const struct acts *a, struct str directory, struct err *err);

#endif
