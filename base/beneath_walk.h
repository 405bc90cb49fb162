/*
 * A path below a directory, walked component by component: for kernels without openat2(2), for
 * seccomp filters that forbid it, and for links of root's, which no call of the kernel knows.
 */
#ifndef BASE_BENEATH_WALK_H
#define BASE_BENEATH_WALK_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * As openat(2), with errno as beneath_open() sets it. PATH is relative and has no "..". With LINKS
 * links that root made are followed, wherever they lead.
 */
int beneath_walk(int dir, const char *path, int flags, mode_t mode, bool links);

/* FLAGS with those that are always set; openat2(2) refuses some that O_PATH does not use. */
int beneath_usual(int flags);

/* Closes what was opened with O_PATH, or only looked at; errno stays. */
void beneath_close(int fd);

#endif
