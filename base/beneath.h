/*
 * Files in a directory whose contents somebody else controls. A path leads from the directory down
 * and never out of it: an absolute path, "..", and a symbolic link anywhere in it are refused, even
 * if the link appears while we look. Mount points and hard links are followed; a hard link is a
 * name like any other, which only the kernel's protected_hardlinks limits.
 *
 * openat2(2) does this in one call. Where the kernel lacks it, or a seccomp filter forbids it, the
 * path is walked component by component. All functions set errno as the system call of that name
 * does; ELOOP means a symbolic link, EXDEV a path that leads out, EMEDIUMTYPE something that is not
 * a regular file. beneath_why() puts these in words.
 *
 * base/path.h gives the same for whole paths. No other file opens, renames or removes files by name
 * (tests/layers).
 */
#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

/*
 * Which symbolic links are followed below such a directory. For the whole process; none at first.
 */
enum beneath_links {
	BENEATH_NO_LINKS,
	BENEATH_ADMIN_LINKS, /* those that root owns: they may lead anywhere, by way of no others */
};
void beneath_follow(enum beneath_links links);

/* For tests: walk component by component although the kernel has openat2(2). */
void beneath_by_steps(bool always);

/* The descriptor, or -1. O_CLOEXEC and O_NOCTTY are implied. */
int beneath_open(int dir, const char *path, int flags, mode_t mode);
/* The same for a regular file. It never waits for the other end of a FIFO. */
int beneath_open_file(int dir, const char *path, int flags, mode_t mode);
/*
 * FD, just opened with O_NONBLOCK, when it is a regular file; anything else is closed: -1 with
 * errno.
 */
int beneath_regular(int fd);
/* The directory PATH to read its names; closedir() ends it. NULL on error. */
DIR *beneath_opendir(int dir, const char *path);

/*
 * beneath_stat() fails with ELOOP on a link that is not followed; beneath_lstat() describes the
 * last component itself.
 */
int beneath_stat(int dir, const char *path, struct stat *st);
int beneath_lstat(int dir, const char *path, struct stat *st);
/* Is there anything of that name, a link included? 0, or -1 with errno. */
int beneath_exists(int dir, const char *path);

/* These act on the name itself and follow no link in the last component. */
int beneath_mkdir(int dir, const char *path, mode_t mode);
int beneath_unlink(int dir, const char *path);
int beneath_rename(int from_dir, const char *from, int to_dir, const char *to);
/* The same, but EEXIST when there is a file TO; EINVAL where the file system cannot do that. */
int beneath_rename_new(int from_dir, const char *from, int to_dir, const char *to);
int beneath_link(int from_dir, const char *from, int to_dir, const char *to);
/* Gives the file that FD is open on, which may have none, the name PATH. */
int beneath_link_open(int fd, int dir, const char *path);

/* strerror() with words for what only these functions report. */
const char *beneath_why(int error);

#endif
