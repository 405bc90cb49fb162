/*
 * A text that is edited: held by descriptors, so that no name can be made to mean another file
 * meanwhile.
 */
#ifndef MDA_CONF_TEXTFILE_H
#define MDA_CONF_TEXTFILE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/stat.h>

struct textfile {
	int dir;          /* its directory, locked; -1: not open */
	const char *name; /* in there */
	const char *path; /* for messages */
	bool exists;
	struct stat before;
	struct str text; /* empty when it does not exist */
};

#define TEXTFILE_NONE                                                                              \
	{                                                                                          \
		.dir = -1                                                                          \
	}

/* Whose file it is, and whether its directory is made where it is missing. */
struct textfile_place {
	const char *path;
	/* root's own: only root's links are followed; of another those that its owner made */
	bool roots;
	mode_t dir_mode; /* of a directory that is made; 0: none is */
};

/* Waits for the lock of the directory and reads the text. Memory is MEM's. -1 on error. */
int textfile_open(
	const struct textfile_place *place, struct arena *mem, struct textfile *f, struct err *err);

/*
 * Replaces the text as a whole; the file keeps its mode and, by root's hand, its owner. A new one
 * gets the mode USUAL.
 */
int textfile_write(const struct textfile *f, struct str text, mode_t usual, struct err *err);

/* The file beside it whose name has SUFFIX at its end. */
bool textfile_has(const struct textfile *f, const char *suffix);
int textfile_put(const struct textfile *f, const char *suffix, struct str bytes, mode_t mode,
	struct err *err);
int textfile_remove(const struct textfile *f, const char *suffix, struct err *err);

/* Lets others at the text; nothing can be written any more. Closing it twice is fine. */
void textfile_close(struct textfile *f);

#endif
