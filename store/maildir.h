/*
 * The files of a Maildir++: directories, writing to tmp/ and moving into place. It knows nothing of
 * UIDs; store.c says in which order things happen. Directories are descriptors, so that nobody can
 * put another in their place.
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

#include "base/arena.h"
#include "base/err.h"
#include "store/written.h"

#include <stdbool.h>

/*
 * Opens the directory at PATH. One that is missing is made, 0700, with those above it, or with MAKE
 * false an error. It must not be a symbolic link (see follow_links in mda.conf(5)). The descriptor,
 * or -1.
 */
int maildir_open_root(const char *path, bool make, struct err *err);

/*
 * Opens the folder DIRECTORY ("" is the INBOX) of the Maildir ROOT; a missing one is made with new,
 * cur, tmp and the file maildirfolder, with the Maildir's mode and group (base/share.h), and is on
 * the disk on return. The same rule for links. The descriptor, or -1.
 */
int maildir_open_folder(int root, const char *directory, struct err *err);

/* Is the folder there, as a whole? */
bool maildir_has_folder(int root, const char *directory);

/*
 * Writes tmp/BASE from PIECES, with the folder's mode and group, and the second name that written.h
 * explains, and syncs it. On failure -1 and nothing is left. A full disk or quota is told by its
 * own status code (RFC 3463 sections 3.3 and 3.4), here and below.
 */
int maildir_write(int folder, const char *base, const struct str *pieces, size_t count,
	struct written *written, struct err *err);

/*
 * The second name of the file BASE of tmp/, in PATH_MAX bytes; and how much of NAME is the first
 * one, when it is a second.
 */
void maildir_unseen_name(char *name, const char *base);
size_t maildir_unseen_base(const char *name);

/* Removes tmp/BASE with its second name; that it is gone already is fine. */
int maildir_forget(int folder, const char *base, struct err *err);

/*
 * 1, 0, or -1 when it cannot be told, which is not the same as no: who takes it for one delivers
 * twice.
 */
/* Is tmp/BASE there, a file of SIZE bytes? */
int maildir_has_tmp(int folder, const char *base, size_t size, struct err *err);
/*
 * Was tmp/BASE of FOLDER shown? It has a name in new/ or cur/ of some folder of ROOT, wherever a
 * reader moved it since; or its second name is gone, and it is what was WRITTEN (written.h; NULL:
 * not known). How many names it has proves nothing: a backup by hard links makes more of them.
 */
int maildir_was_shown(
	int root, int folder, const char *base, const struct written *written, struct err *err);
/* Is tmp/BASE there, in a folder that need not be open? */
int maildir_has_marker(int root, const char *directory, const char *base, struct err *err);
int maildir_forget_marker(int root, const char *directory, const char *base, struct err *err);

enum maildir_part { MAILDIR_NEW, MAILDIR_CUR };

/*
 * Shows tmp/BASE to readers: as new/BASE, or as cur/BASE:2,FLAGS (of verdict.h; new/ has none).
 * tmp/BASE stays; another file is never overwritten.
 */
int maildir_show(
	int folder, enum maildir_part part, const char *base, unsigned flags, struct err *err);

/* fsync of the directory. */
int maildir_sync(int folder, enum maildir_part part, struct err *err);

/* Is a message of that base name in new/ or cur/, with any flags? 1, 0, -1 on error. */
int maildir_has(int folder, const char *base, struct err *err);

/*
 * Calls VISIT for every file of a part ("new", "cur", "tmp"); names that start with a dot are none.
 * VISIT returns false to end the walk. -1 when the directory cannot be read; a missing one is
 * empty.
 */
int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err);

/* The same for the directories of folders below ROOT, the INBOX ("") first. */
int maildir_walk_folders(int root, bool (*visit)(void *context, const char *directory),
	void *context, struct err *err);

#endif
