/*
 * Files by their whole path. What the admin wrote into the configuration is trusted. What is below
 * a home, a Maildir or a state directory belongs to its user, and is opened as beneath.h explains.
 * mda/conf/place.c knows where the user's part begins, and declares those directories with
 * path_declare(). A path in none of them is the admin's and is opened as it is.
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
 * From now on, in the whole process, what is below the directory ROOT belongs to a user. ROOT
 * itself may be a link or be reached through links. If one of two such directories is below the
 * other, the upper one counts.
 */
void path_declare(const char *root);
/* Forgets all declared directories; for tests. */
void path_declare_none(void);
/* Is the path below a declared directory? */
bool path_is_users(const char *path);
/*
 * Where a declared directory or a path below it leads: to the directory's own place, and below it
 * as the path says, because no link is followed there. A C string, in MEM. Empty for another path,
 * for one with "..", and if links are followed (see beneath_follow()).
 */
struct arena;
struct str path_users_real(const char *path, struct arena *mem);

/*
 * From now on, or no longer, users' directories that a path leads through stay open, a few of them.
 * For a process that handles one message: another directory that takes the place of one is not
 * seen.
 */
void path_keep(bool on);
/*
 * For a child that has not closed what it inherited: it uses the directories that its parent had
 * open. Returns how many, and their descriptors in FDS, which the child must not close. The others
 * are opened again when they are needed.
 */
enum { PATH_INHERITED_MOST = 32 };
size_t path_inherit(unsigned fds[PATH_INHERITED_MOST]);

int path_open(const char *path, int flags, mode_t mode);
int path_open_file(const char *path, int flags, mode_t mode);
/* Opens a directory with O_RDONLY. */
int path_open_dir(const char *path);
/*
 * The same where even an admin's path may be under a user's control: the last component must not be
 * a link (but see beneath_follow()).
 */
int path_open_dir_itself(const char *path);
/* Opens the directory of PATH with O_RDONLY. NAME points to the last component, in PATH. */
int path_open_parent(const char *path, const char **name);
/*
 * The same with O_PATH, only to reach what is in it: works even if the directory may not be read.
 */
int path_find_parent(const char *path, const char **name);
DIR *path_opendir(const char *path);
/* Like scandir(3), sorted with alphasort(3). */
int path_scandir(const char *path, struct dirent ***entries, int (*wanted)(const struct dirent *));

int path_stat(const char *path, struct stat *st);
int path_lstat(const char *path, struct stat *st);
/* Does the name exist, even as a link? 0, or -1 with errno. */
int path_exists(const char *path);
/* The same as 1 or 0; -1 when that cannot be determined right now, a passing error (see err.h). */
int path_there(const char *path, struct err *err);
bool path_is_directory(const char *path);

/*
 * The file that PATH means. PATH may be a user's link, as ManageSieve marks the active script with
 * one. If the link leads to something below its own directory, which the same user owns, the result
 * is that path. It need not exist, and opening it follows no link. In all other cases the result is
 * PATH itself. A C string, in MEM or PATH.
 */
struct str path_active(const char *path, struct arena *mem);

int path_mkdir(const char *path, mode_t mode);
int path_unlink(const char *path);
int path_rename(const char *from, const char *to);
int path_link(const char *from, const char *to);

#endif
