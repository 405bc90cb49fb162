/*
 * Which system calls a confined process has left: a filter of the kernel's (seccomp(2)), made by
 * libseccomp.
 */
#ifndef BASE_SYSCALLS_H
#define BASE_SYSCALLS_H

#include <stdbool.h>

/*
 * From here on this process can compute, use its memory, open files for reading, and read and write
 * the descriptors that it has; with NETWORK also talk to a server. Everything else fails with
 * EPERM, or ENOSYS where a caller knows another way. 1 done, 0 the kernel has no such filters, -1
 * with errno. Needs PR_SET_NO_NEW_PRIVS.
 */
int syscalls_confine(bool network);

/* Does the kernel have them? */
bool syscalls_exist(void);

#endif
