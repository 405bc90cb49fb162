/*
 * A person's own lists age: what was not used for `lists_expire` becomes a comment, and they are
 * told through which of their allow entries spam came. The administrator's lists are not changed.
 */
#ifndef MDA_ACTS_ACTS_AGE_H
#define MDA_ACTS_ACTS_AGE_H

#include "filters/lists/list_text.h"
#include "mda/acts/acts.h"
#include "store/uses.h"

/*
 * Since when an entry is not used: its last use, or when it was added, or when counting began if
 * that was later. KEY is from uses_entry(), RECORD may be NULL. 0: nothing is known yet.
 */
int64_t acts_age_idle_since(
	const struct uses *uses, const struct uses_record *record, const struct list_line *line);

/*
 * Looks at both lists, whose uses are in the state directory. What was not used for EXPIRE seconds
 * (0: nothing expires) expires; with DRY_RUN it is only noted. The notes say what was done. What is
 * to be known of the entries that stay is written into the file of the allow list's name with
 * ".notes" at its end, or that is removed. -1 on error.
 */
int acts_age(const struct acts *a, size_t expire, bool dry_run, struct err *err);

#endif
