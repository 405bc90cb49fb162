/*
 * Files by their whole path. What the admin wrote in the configuration is trusted; what is below a
 * home, a Maildir or a state directory is its user's, and is reached as beneath.h says. Where the
 * one ends and the other begins is decided by mda/conf/place.c, which declares the directories with
 * path_declare(). A path that lies in none of them is the admin's, and is opened as it stands.
 *
 * All functions set errno as those of beneath.h do. Every file that is opened by its path is opened
 * here.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/beneath.h"
#include "base/err.h"
#include "base/str.h"

/*
 * What is below the directory ROOT belongs to a user from now on, in the whole process. ROOT itself
 * may be a link or have links above it. Of two such directories, one below the other, the upper one
 * counts.
 */
void path_declare(const char *root);
/* No directory is any more; for tests. */
void path_declare_none(void);
/* Is the path below a declared directory? */
bool path_is_users(const char *path);

int path_open(const char *path, int flags, mode_t mode);
int path_open_file(const char *path, int flags, mode_t mode);
/* A directory to work in, with O_RDONLY. */
int path_open_dir(const char *path);
/*
 * The same where even an admin's path may be in a user's hands: the last component is no link (but
 * see beneath_follow()).
 */
int path_open_dir_itself(const char *path);
/* The directory that PATH is in, with O_RDONLY; NAME points to the last component, in PATH. */
int path_open_parent(const char *path, const char **name);
/*
 * The same to reach what is in it alone (O_PATH): also where the directory itself may not be read.
 */
int path_find_parent(const char *path, const char **name);
DIR *path_opendir(const char *path);
/* As scandir(3), sorted with alphasort(3). */
int path_scandir(const char *path, struct dirent ***entries, int (*wanted)(const struct dirent *));

int path_stat(const char *path, struct stat *st);
int path_lstat(const char *path, struct stat *st);
/* Is there anything of that name, a link included? 0, or -1 with errno. */
int path_exists(const char *path);
/* The same as 1 or 0; -1 where that cannot be told at this moment, which is passing (err.h). */
int path_there(const char *path, struct err *err);
bool path_is_directory(const char *path);

/*
 * The file that counts under the name PATH, which may be a user's link: ManageSieve marks the
 * active script with one. Of a link that leads to something below the directory that it is in,
 * which is the same user's, the path of that; it may not exist, and when it is opened no link is
 * followed. PATH itself when it is anything else. A string with its NUL, in MEM or PATH.
 */
struct arena;
struct str path_active(const char *path, struct arena *mem);

int path_mkdir(const char *path, mode_t mode);
int path_unlink(const char *path);
int path_rename(const char *from, const char *to);
int path_link(const char *from, const char *to);

#endif
