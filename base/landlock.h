/* Landlock (landlock(7)): which files a process may still read, and that it may change none. */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include "base/str.h"

/*
 * From here on this process opens files for reading below READABLE alone (files and directories, C
 * strings; what is missing is passed over), changes none, and, unless NETWORK, binds and connects
 * no TCP socket and signals no other process, as far as the kernel knows how. 1 done, 0 there is no
 * Landlock to be had, -1 with errno. Needs PR_SET_NO_NEW_PRIVS.
 */
int landlock_confine(const struct str_list *readable, bool network);

/* Does the kernel have it? */
bool landlock_exists(void);

#endif
