/* Folder names: UTF-8 as people and scripts write them, and Maildir++ directory names in modified UTF-7. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "mda/base/arena.h"
#include "mda/base/err.h"

/* A directory name must fit into one name of the file system, and nobody nests deeper. */
enum { FOLDER_MAX_BYTES = 255, FOLDER_MAX_LEVELS = 32 };

/*
 * The directory of FOLDER below the Maildir: "" for the INBOX, ".Lists.Foo" for Lists/Foo. Levels are separated by '/' or
 * '.', a leading "INBOX" level is dropped. -1 when a level is empty, or a byte is a control character or no UTF-8,
 * or the name is too long or deep; so no name leads out of the Maildir.
 */
int folder_directory(struct str folder, struct arena *mem, struct str *directory, struct err *err);

/*
 * The name of a directory as people read it: levels with '/', decoded; "INBOX" for "". folder_directory() of it is
 * DIRECTORY again. What no folder name leads to, such as a directory that another program made, is given as it stands.
 */
struct str folder_name(struct str directory, struct arena *mem);

#endif
