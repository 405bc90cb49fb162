/*
 * Changes a person's own block or allow list for a folder that acts. If the other list has the
 * entry because of such a folder, that is taken back, and nothing is added: so moving a message to
 * the opposite folder undoes what the first one did.
 */
#ifndef MDA_ACTS_ACTS_LIST_H
#define MDA_ACTS_ACTS_LIST_H

#include "mda/acts/acts.h"
#include "mda/conf/textfile.h"

/* Is ENTRY in the opposite list because of a folder that acts? 1, 0, -1 on error. */
int acts_list_undoes(
	const struct acts *a, const struct acts_folder *folder, struct str entry, struct err *err);

/* Removes ENTRY from the opposite list. It is not an error if it is gone. */
int acts_list_take_back(
	const struct acts *a, const struct acts_folder *folder, struct str entry, struct err *err);

/*
 * Adds ENTRY with the date and the folder's name, and REMARK; it is removed from the opposite list.
 * It is not an error if it is there. -1 when the list cannot be changed.
 */
int acts_list_add(const struct acts *a, const struct acts_folder *folder, struct str entry,
	struct str remark, struct err *err);

/*
 * Writes what could not be done into the file of the list's name with ".errors" at its end, for the
 * person; an empty TEXT removes it.
 */
int acts_list_report(const struct acts *a, bool allows, struct str text, struct err *err);

/* The path of the list, in MEM; NULL when mda.conf has none. */
const char *acts_list_path(const struct acts *a, bool allows);

/*
 * Opens the person's own list for a change, and replaces its text, compiled again if it was; that
 * closes it. -1 on error.
 */
int acts_list_open(const struct acts *a, bool allows, struct textfile *f, struct err *err);
int acts_list_replace(struct textfile *f, struct str text, struct err *err);

#endif
