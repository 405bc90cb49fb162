/*
 * The files of a Maildir++: making directories, writing to tmp/, moving into place. UIDs are not
 * known here, and store.c decides in which order things happen. Directories are passed as
 * descriptors, so that nobody can replace them in between.
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

#include "base/arena.h"
#include "base/err.h"
#include "store/written.h"

#include <stdbool.h>

/*
 * Opens the directory at PATH. If it is missing, it is made (mode 0700) with the directories above
 * it, or without MAKE that is an error. It must not be a symbolic link (see follow_links in
 * mda.conf(5)). Returns the descriptor, or -1.
 */
int maildir_open_root(const char *path, bool make, struct err *err);

/*
 * Opens the folder DIRECTORY ("" is the INBOX) of the Maildir ROOT. A missing folder is made, with
 * new, cur, tmp and the file maildirfolder, and with the Maildir's mode and group (base/share.h),
 * and is on the disk on return. It must not be a link either. Returns the descriptor, or -1.
 */
int maildir_open_folder(int root, const char *directory, struct err *err);

/* Does the folder exist, with all its parts? */
bool maildir_has_folder(int root, const char *directory);

/*
 * Writes PIECES to tmp/BASE, with the folder's mode and group and with the second name that
 * written.h explains, and syncs it. On failure it returns -1 and leaves no file. Here and below, a
 * full disk or quota has a status code of its own (RFC 3463 sections 3.3 and 3.4).
 */
int maildir_write(int folder, const char *base, const struct str *pieces, size_t count,
	struct written *written, struct err *err);

/*
 * The second name of the file BASE in tmp/, in PATH_MAX bytes. And, if NAME is such a second name,
 * how many bytes of it are the first one.
 */
void maildir_unseen_name(char *name, const char *base);
size_t maildir_unseen_base(const char *name);

/* Removes tmp/BASE and its second name. It is not an error if they are gone already. */
int maildir_forget(int folder, const char *base, struct err *err);

/*
 * 1, 0, or -1 when the answer is unknown. That is not the same as no: a caller who takes it for a
 * no delivers twice.
 */
/* Is tmp/BASE there, a file of SIZE bytes? */
int maildir_has_tmp(int folder, const char *base, size_t size, struct err *err);
/*
 * Was tmp/BASE of FOLDER shown to readers? Yes, if the file has a name in new/ or cur/ of any
 * folder of ROOT, where a reader may have moved it, or if its second name is gone and the file is
 * the one that was WRITTEN (see written.h; NULL: not known). The number of its names proves
 * nothing: a backup with hard links adds names.
 */
int maildir_was_shown(
	int root, int folder, const char *base, const struct written *written, struct err *err);
/* Is tmp/BASE in the folder, which need not be open? */
int maildir_has_marker(int root, const char *directory, const char *base, struct err *err);
int maildir_forget_marker(int root, const char *directory, const char *base, struct err *err);

enum maildir_part { MAILDIR_NEW, MAILDIR_CUR };

/*
 * Shows tmp/BASE to readers, as new/BASE or as cur/BASE:2,FLAGS (flags of verdict.h; new/ has
 * none). tmp/BASE stays. Another file is never overwritten.
 */
int maildir_show(
	int folder, enum maildir_part part, const char *base, unsigned flags, struct err *err);

/* Syncs the directory. */
int maildir_sync(int folder, enum maildir_part part, struct err *err);

/* Is a message with that base name in new/ or cur/, with any flags? 1, 0, -1 on error. */
int maildir_has(int folder, const char *base, struct err *err);

/*
 * Calls VISIT for every file of a part ("new", "cur", "tmp") whose name does not start with a dot.
 * VISIT returns false to end the walk. -1 when the directory cannot be read; a missing one counts
 * as empty.
 */
int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err);

/* The same for the directories of all folders below ROOT; the INBOX ("") comes first. */
int maildir_walk_folders(int root, bool (*visit)(void *context, const char *directory),
	void *context, struct err *err);

#endif
