/* The text of a list while it is edited: held by descriptors, so that no name can be made to mean another file meanwhile. */
#ifndef MDA_LISTS_FILE_H
#define MDA_LISTS_FILE_H

#include "mda/lists_tool.h"

#include <sys/stat.h>

struct lists_file {
	int dir;          /* its directory, locked; -1: not open */
	const char *name; /* in there */
	const char *path; /* for messages */
	bool exists;
	struct stat before;
	struct str text; /* empty when it does not exist */
};

#define LISTS_FILE_NONE                                                                            \
	{                                                                                          \
		.dir = -1                                                                          \
	}

/*
 * Makes the directory where it is missing, waits for its lock and reads the text. Of root's own list (ROOTS) only root's links
 * are followed, of another those that its owner made. Memory is MEM's. -1 on error.
 */
int lists_file_open(const struct named_list *list, bool roots, struct arena *mem,
	struct lists_file *f, struct err *err);

/* Replaces the text as a whole; the file keeps its mode and, by root's hand, its owner. A new one gets the mode USUAL. */
int lists_file_write(const struct lists_file *f, struct str text, mode_t usual, struct err *err);

/* Is there a compiled form? Puts BYTES in its place, or removes it. */
bool lists_file_has_map(const struct lists_file *f);
int lists_file_write_map(const struct lists_file *f, struct str bytes, struct err *err);
int lists_file_remove_map(const struct lists_file *f, struct err *err);

/* Lets others at the text; nothing can be written any more. */
void lists_file_unlock(struct lists_file *f);
void lists_file_close(struct lists_file *f);

#endif
