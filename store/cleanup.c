#include "store/cleanup.h"

#include "base/beneath.h"
#include "base/share.h"
#include "store/journal.h"
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char due_name[] = "cleaned";

struct cleaner {
	int root, tmp;
	int64_t now;
	long removed;
	bool failed;
	struct err *err;
};

static void fail(struct cleaner *c, const char *what, const char *name)
{
	if (!c->failed)
		err_temp(c->err, "cannot %s %s in tmp: %s", what, name, beneath_why(errno));
	c->failed = true;
}

/*
 * A file whose message was shown has a second name elsewhere. It is the marker of a delivery, as is
 * an empty file where there are no hard links: the marker is needed for as long as the journal's
 * record of it. For any other file, a change of either time shows that somebody is still working on
 * it.
 */
static bool is_old(const struct cleaner *c, const struct stat *st, bool is_unseen)
{
	if ((st->st_nlink > 1 && !is_unseen) || st->st_size == 0)
		return st->st_mtime < c->now - JOURNAL_SECONDS;
	return st->st_mtime < c->now - CLEANUP_OLD_SECONDS &&
	       st->st_ctime < c->now - CLEANUP_OLD_SECONDS;
}

/*
 * Is NAME a second name whose marker still exists? The marker is removed first: alone, it would
 * mean that the message was shown (see written.h).
 */
static bool has_marker(const struct cleaner *c, const char *name)
{
	char marker[PATH_MAX];
	struct stat st;
	snprintf(marker, sizeof marker, "%.*s", (int)maildir_unseen_base(name),
		name); /* shorter than NAME */
	return marker[0] && beneath_lstat(c->tmp, marker, &st) == 0;
}

static bool visit_file(void *context, const char *name)
{
	struct cleaner *c = context;
	struct stat st, second;
	char unseen[PATH_MAX];
	if (has_marker(c, name))
		return true;
	maildir_unseen_name(unseen, name);
	if (beneath_lstat(c->tmp, name, &st) < 0) {
		if (errno != ENOENT)
			fail(c, "look at", name);
		return true;
	}
	bool is_unseen = beneath_lstat(c->tmp, unseen, &second) == 0;
	if (!S_ISREG(st.st_mode) || !is_old(c, &st, is_unseen))
		return true;
	if (beneath_unlink(c->tmp, name) == 0)
		c->removed++;
	else if (errno != ENOENT)
		fail(c, "remove", name);
	if (is_unseen && beneath_unlink(c->tmp, unseen) < 0 && errno != ENOENT)
		fail(c, "remove", unseen);
	return true;
}

static int open_tmp(int root, const char *directory)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s/tmp", directory[0] ? directory : ".") >=
		(int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
}

static bool visit_folder(void *context, const char *directory)
{
	struct cleaner *c = context;
	c->tmp = open_tmp(c->root, directory);
	if (c->tmp < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			fail(c, "open", directory);
		return true;
	}
	if (maildir_walk(c->tmp, ".", visit_file, c, c->failed ? NULL : c->err) < 0)
		c->failed = true;
	close(c->tmp); /* nothing was written through it */
	return true;
}

long cleanup_folders(int root, int64_t now, struct err *err)
{
	struct cleaner c = {.root = root, .now = now, .err = err};
	if (maildir_walk_folders(root, visit_folder, &c, err) < 0)
		return -1;
	return c.failed ? -1 : c.removed;
}

/* ---- when ---- */

/*
 * The time is set before the work: if the work fails, it is not tried again at every delivery. If
 * the process is killed in between, the work is a day late.
 */
static int claim(int state, int64_t now, struct err *err)
{
	struct stat st;
	if (beneath_lstat(state, due_name, &st) == 0) {
		if (st.st_mtime > now - CLEANUP_EVERY_SECONDS && st.st_mtime <= now)
			return 0;
	} else if (errno != ENOENT) {
		return err_temp(err, "cannot look at %s: %s", due_name, beneath_why(errno));
	}
	const struct timespec times[] = {{.tv_sec = now}, {.tv_sec = now}};
	int fd = share_open(state, due_name, O_WRONLY | O_CREAT, state, SHARE_STATE);
	int r = fd < 0 ? -1 : futimens(fd, times);
	if (r < 0 && fd >= 0 && errno == EPERM) /* somebody else's file: we may only set "now" */
		r = futimens(fd, NULL);
	if (r < 0)
		err_temp(err, "cannot set the time of %s: %s", due_name, beneath_why(errno));
	if (fd >= 0)
		close(fd); /* nothing was written */
	return r < 0 ? r : 1;
}

long cleanup_when_due(int root, int state, int64_t now, struct err *err)
{
	int due = claim(state, now, err);
	return due > 0 ? cleanup_folders(root, now, err) : due;
}
