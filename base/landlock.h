/* Landlock (landlock(7)): which files a process may still read, and that it may change none. */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include "base/str.h"

/*
 * From now on this process opens files for reading only below READABLE (files and directories as C
 * strings; missing ones are skipped), and changes none. Unless NETWORK, it binds and connects no
 * TCP sockets and signals no other process, as far as the kernel supports that. 1 done, 0 the
 * kernel has no Landlock, -1 with errno. Needs PR_SET_NO_NEW_PRIVS.
 */
int landlock_confine(const struct str_list *readable, bool network);

/* Does the kernel have Landlock? */
bool landlock_exists(void);

#endif
