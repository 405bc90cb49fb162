/*
 * Which system calls a confined process may still use: a filter in the kernel (seccomp(2)), made
 * with libseccomp.
 */
#ifndef BASE_SYSCALLS_H
#define BASE_SYSCALLS_H

#include <stdbool.h>

/*
 * From now on this process can compute, use its memory, open files for reading, and read and write
 * its descriptors; with NETWORK it can also talk to a server. Everything else fails with EPERM, or
 * with ENOSYS where callers then try another way. 1 done, 0 the kernel has no such filters, -1 with
 * errno. Needs PR_SET_NO_NEW_PRIVS.
 */
int syscalls_confine(bool network);

/* Does the kernel have such filters? */
bool syscalls_exist(void);

#endif
