#include "mda/conf/user_become.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/conf/folders.h"
#include "mda/conf/place.h"
#include "mda/conf/user_source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int user_become(const struct user *user, struct err *err)
{
	if (user->conf)
		place_declare(user->conf, user);
	if (user->conf && folders_declare(user->conf, err) < 0)
		return -1;
	return user_account_become(user, err);
}

/* If even the directory above does not exist, a disk may be missing, and not the user. */
static bool is_mounted(const char *home)
{
	struct stat st;
	char above[PATH_MAX];
	const char *slash = strrchr(home, '/');
	/* It is cut only if HOME is longer than any path can be; then it is not found. */
	snprintf(
		above, sizeof above, "%.*s", slash && slash > home ? (int)(slash - home) : 1, home);
	return path_stat(above, &st) == 0;
}

int user_check_home(const struct conf *conf, const struct user *user, bool dry, struct err *err)
{
	struct stat st;
	const char *home = user->names.home.p;
	if (path_stat(home, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return err_temp(err, "the home %s is not a directory", home);
	}
	if (errno != ENOENT)
		return err_temp(err, "cannot look at the home %s: %s", home, beneath_why(errno));
	/* Who has a virtual home is known by it; the others exist without their homes. */
	if (!user_source(conf)->are_addresses ||
		(!user_source(conf)->have_virtual_home && !conf->create_home))
		return err_temp(err, "the home %s does not exist", home);
	/* A home is made only for a Maildir, and none is made here. */
	if (conf->create_home)
		return dry || !conf->create_maildir ? 0 : io_make_dirs(home, 0700, err);
	if (is_mounted(home))
		return err_no_user(
			err, "there is no mailbox for " STR_FMT, STR_ARGS(user->names.user));
	return err_temp(err, "the directory above the home %s does not exist", home);
}
