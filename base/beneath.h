/*
 * Files in a directory whose contents somebody else controls. A path leads down from the directory
 * and never out of it: an absolute path, "..", and a symbolic link anywhere in it are refused, even
 * if the link appears while we look. Mount points and hard links are followed: a hard link is a
 * name like any other, and only the kernel's protected_hardlinks limits it.
 *
 * openat2(2) does this in one call. If the kernel does not have it or a seccomp filter forbids it,
 * the path is walked component by component. All functions set errno as the system call of the same
 * name does; in addition, ELOOP means a symbolic link, EXDEV a path that leads out, and EMEDIUMTYPE
 * a file that is not regular. beneath_why() turns these into words.
 *
 * base/path.h does the same for whole paths. No other file opens, renames or removes files by name
 * (tests/layers).
 */
#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Which symbolic links are followed below such a directory: a setting of the whole process, at
 * first none.
 */
enum beneath_links {
	BENEATH_NO_LINKS,
	BENEATH_ADMIN_LINKS, /* root's links: they may lead anywhere, but not through other links */
};
void beneath_follow(enum beneath_links links);
enum beneath_links beneath_follows(void);

/* For tests: walks component by component although the kernel has openat2(2). */
void beneath_by_steps(bool always);

/*
 * Returns the descriptor, or -1. O_CLOEXEC and O_NOCTTY are always set. It never waits for the
 * other end of a FIFO: unless FLAGS has O_NONBLOCK, O_DIRECTORY or O_PATH, only a regular file is
 * opened.
 */
int beneath_open(int dir, const char *path, int flags, mode_t mode);
/* The same for a regular file only, whatever FLAGS has. */
int beneath_open_file(int dir, const char *path, int flags, mode_t mode);
/*
 * Returns FD, which was just opened with O_NONBLOCK, if it is a regular file. Otherwise closes it
 * and returns -1 with errno.
 */
int beneath_regular(int fd);
/* Opens the directory PATH for reading its names; end with closedir(). NULL on error. */
DIR *beneath_opendir(int dir, const char *path);

/*
 * beneath_stat() fails with ELOOP on a link that is not followed; beneath_lstat() describes the
 * last component itself, even if it is a link.
 */
int beneath_stat(int dir, const char *path, struct stat *st);
int beneath_lstat(int dir, const char *path, struct stat *st);
/* The text of the link itself; its length, or -1. Like readlinkat(2), it adds no NUL. */
ssize_t beneath_readlink(int dir, const char *path, char *text, size_t size);
/* Does the name exist, even as a link? 0, or -1 with errno. */
int beneath_exists(int dir, const char *path);

/* These act on the name itself and do not follow a link in the last component. */
int beneath_mkdir(int dir, const char *path, mode_t mode);
int beneath_unlink(int dir, const char *path);
int beneath_rename(int from_dir, const char *from, int to_dir, const char *to);
/*
 * The same, but fails with EEXIST if TO exists, and with EINVAL if the file system cannot do that.
 */
int beneath_rename_new(int from_dir, const char *from, int to_dir, const char *to);
int beneath_link(int from_dir, const char *from, int to_dir, const char *to);
/* Gives the open file FD, which may have no name, the name PATH. */
int beneath_link_open(int fd, int dir, const char *path);

/* strerror(), with words for the errors that only these functions report. */
const char *beneath_why(int error);

#endif
