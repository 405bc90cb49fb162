/*
 * The files of a Maildir++: directories, base names, writing to tmp/ and moving into place. It knows nothing of UIDs;
 * store.c says in which order things happen.
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

#include "mda/base/arena.h"
#include "mda/base/err.h"

/*
 * Opens the directory at PATH and makes it, 0700, with those above it, when it is missing. A symbolic link is followed
 * only to a directory of our own (effective uid). The descriptor, or -1.
 */
int maildir_open_root(const char *path, struct err *err);

/*
 * Opens the folder DIRECTORY ("" is the INBOX) of the Maildir ROOT; a missing one is made with new, cur, tmp and the
 * file maildirfolder, and is on the disk on return. The same rule for links. The descriptor, or -1.
 */
int maildir_open_folder(int root, const char *directory, struct err *err);

/* Makes those of new, cur and tmp that are missing in the folder. */
int maildir_make_parts(int folder, struct err *err);

/*
 * A new base name: <secs>.M<usecs>P<pid>Q<n>.<host>,S=<size>,W=<size with CRLF>, sizes being those of PIECES as
 * written. In MEM.
 */
const char *maildir_base_name(const struct str *pieces, size_t count, struct arena *mem);

/* Writes tmp/BASE and syncs it. On failure -1 and nothing is left. */
int maildir_write(
	int folder, const char *base, const struct str *pieces, size_t count, struct err *err);

/* Removes tmp/BASE; that it is gone already is fine. */
void maildir_forget(int folder, const char *base);

/* Moves tmp/BASE to new/BASE, or with FLAGS (of verdict.h) to cur/BASE:2,FLAGS. */
int maildir_show(int folder, const char *base, unsigned flags, struct err *err);

/* fsync of the directory that maildir_show() moved a file into. */
int maildir_sync(int folder, unsigned flags, struct err *err);

/* Is a message of that base name in new/ or cur/, with any flags? 1, 0, -1 on error. */
int maildir_has(int folder, const char *base, struct err *err);

/* The base name of a file name: without the flags behind the colon. */
struct str maildir_base_of(struct str name);

/*
 * Calls VISIT for every message file of a part ("new" or "cur"); names that start with a dot are none. VISIT returns
 * false to end the walk. -1 when the directory cannot be read; a missing one is empty.
 */
int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err);

/* The same for the directories of folders below ROOT, the INBOX ("") first. */
int maildir_walk_folders(int root, bool (*visit)(void *context, const char *directory),
	void *context, struct err *err);

#endif
