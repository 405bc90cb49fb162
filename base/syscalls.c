#include "base/syscalls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * computing[] and talking[]: the calls that base/make/syscalls_filter.c leaves to each kind of
 * process.
 */
#include "syscalls_filter.h"

bool syscalls_exist(void)
{
	const uint32_t action = SECCOMP_RET_ERRNO;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int syscalls_confine(bool network)
{
	const struct sock_fprog filter = {.len = network ? sizeof talking / sizeof *talking
							 : sizeof computing / sizeof *computing,
		.filter = network ? talking : computing};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0)
		return 1;
	/* A container's own filter may forbid it. EINVAL: a kernel without filters. */
	return errno == ENOSYS || errno == EPERM || errno == EACCES || errno == EINVAL ? 0 : -1;
}
