/*
 * A text file that is edited. It is accessed through descriptors, so that nobody can put another
 * file in its place meanwhile.
 */
#ifndef MDA_CONF_TEXTFILE_H
#define MDA_CONF_TEXTFILE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/stat.h>

struct textfile {
	int dir;          /* its directory, locked; -1: not open */
	const char *name; /* its name in that directory */
	const char *path; /* for messages */
	bool exists;
	struct stat before;
	struct str text; /* empty when it does not exist */
};

#define TEXTFILE_NONE                                                                              \
	{                                                                                          \
		.dir = -1                                                                          \
	}

/* Whose file it is, and whether a missing directory is made. */
struct textfile_place {
	const char *path;
	/* it is root's own: only links of root's are followed; otherwise links of its owner's */
	bool roots;
	mode_t dir_mode; /* of a directory that is made; 0: none is */
};

/* Waits for the lock of the directory and reads the text. Memory is MEM's. -1 on error. */
int textfile_open(
	const struct textfile_place *place, struct arena *mem, struct textfile *f, struct err *err);

/*
 * Replaces the whole text. The file keeps its mode and, if root replaces it, its owner. A new file
 * gets the mode USUAL.
 */
int textfile_write(const struct textfile *f, struct str text, mode_t usual, struct err *err);

/* The file beside it, whose name is that of the text with SUFFIX at the end. */
bool textfile_has(const struct textfile *f, const char *suffix);
int textfile_put(const struct textfile *f, const char *suffix, struct str bytes, mode_t mode,
	struct err *err);
int textfile_remove(const struct textfile *f, const char *suffix, struct err *err);

/* Unlocks the text, which cannot be written after that. It may be closed twice. */
void textfile_close(struct textfile *f);

#endif
