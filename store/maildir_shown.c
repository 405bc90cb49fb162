/*
 * Was a file in tmp/ shown to readers? Its names show it, but the number of its names does not,
 * because backups with hard links add names.
 */
#include "base/beneath.h"
#include "store/maildir_inside.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { LOOKS = 2 };

static const char unseen[] = ".unseen";

void maildir_unseen_name(char *name, const char *base)
{
	snprintf(name, PATH_MAX, "%.*s%s", PATH_MAX - (int)sizeof unseen, base,
		unseen); /* it fits: BASE is cut here */
}

size_t maildir_unseen_base(const char *name)
{
	size_t n = strlen(name), suffix = sizeof unseen - 1;
	return n > suffix && strcmp(name + n - suffix, unseen) == 0 ? n - suffix : 0;
}

int maildir_look_at_tmp(int folder, const char *base, struct stat *st, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "tmp/%s", base); /* see path_of() in maildir.c */
	if (beneath_lstat(folder, path, st) == 0)
		return S_ISREG(st->st_mode);
	return maildir_is_absent(errno) ? 0 : maildir_fail(err, "look at", folder, path);
}

/* ---- looking for a name among the messages ---- */

struct search {
	int root;
	const struct stat *file;
	bool found, failed;
	struct err *err;
};

static bool is_file(const struct search *s, DIR *dir, const struct dirent *entry)
{
	struct stat st;
	return entry->d_ino == s->file->st_ino &&
	       beneath_lstat(dirfd(dir), entry->d_name, &st) == 0 && st.st_ino == s->file->st_ino &&
	       st.st_dev == s->file->st_dev;
}

/* Our reader cannot have moved a message into a directory that we may not read. */
static bool is_closed(int error)
{
	return maildir_is_absent(error) || error == ENOTDIR || error == ELOOP || error == EACCES ||
	       error == EXDEV;
}

static void search_part(struct search *s, const char *directory, const char *name)
{
	char part[PATH_MAX];
	const struct dirent *entry;
	/* Nobody else could open it by such a path either. */
	if (snprintf(part, sizeof part, "%s/%s", directory[0] ? directory : ".", name) >=
		(int)sizeof part)
		return;
	DIR *dir = beneath_opendir(s->root, part);
	if (!dir) {
		s->failed = s->failed || !is_closed(errno);
		if (s->failed)
			maildir_fail(s->err, "open", s->root, part);
		return;
	}
	while (!s->found && (errno = 0, entry = readdir(dir)))
		s->found = is_file(s, dir, entry);
	if (!s->found && errno) {
		s->failed = true;
		maildir_fail(s->err, "read", s->root, part);
	}
	closedir(dir); /* nothing was written */
}

static bool search_folder(void *context, const char *directory)
{
	struct search *s = context;
	search_part(s, directory, "new");
	if (!s->found && !s->failed)
		search_part(s, directory, "cur");
	return !s->found && !s->failed;
}

/*
 * Does FILE have a name in new/ or cur/ of any folder of the Maildir? A reader may have moved it
 * there. If it is moved while we look, one look may miss it.
 */
static int is_among_messages(int root, const struct stat *file, struct err *err)
{
	struct search s = {.root = root, .file = file, .err = err};
	for (int i = 0; i < LOOKS && !s.found && !s.failed; i++)
		if (maildir_walk_folders(root, search_folder, &s, s.failed ? NULL : err) < 0)
			return -1;
	return s.found ? 1 : s.failed ? -1 : 0;
}

/* ---- the answer ---- */

/* Does FILE still have its second name in tmp/? 1, 0, -1. */
static int has_second(int folder, const char *base, const struct stat *file, struct err *err)
{
	char first[PATH_MAX], path[PATH_MAX];
	struct stat st;
	snprintf(first, sizeof first, "tmp/%s", base); /* see path_of() in maildir.c */
	maildir_unseen_name(path, first);
	if (beneath_lstat(folder, path, &st) == 0)
		return st.st_ino == file->st_ino && st.st_dev == file->st_dev;
	return maildir_is_absent(errno) ? 0 : maildir_fail(err, "look for", folder, path);
}

int maildir_was_shown(
	int root, int folder, const char *base, const struct written *written, struct err *err)
{
	struct stat st;
	int there = maildir_look_at_tmp(folder, base, &st, err);
	if (there <= 0)
		return there;
	int second = has_second(folder, base, &st, err);
	if (second < 0)
		return -1;
	/* Even with the second name: a loss of power may have brought that back. */
	int among = st.st_nlink > 1 + (nlink_t)second ? is_among_messages(root, &st, err) : 0;
	if (among != 0 || second)
		return among;
	return written && written_holds(written, &st);
}
