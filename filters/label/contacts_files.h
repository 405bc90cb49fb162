/* The vCard files of an address book, and their state when they were read. */
#ifndef FILTERS_LABEL_CONTACTS_FILES_H
#define FILTERS_LABEL_CONTACTS_FILES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/*
 * A file or folder whose change changes the book. In a folder, files are replaced, which changes
 * the folder.
 */
struct book_source {
	struct str path;
	int64_t size, seconds, nanoseconds; /* size -1: it does not exist */
	bool is_root;                       /* named in the configuration */
};

struct book_files {
	struct book_source *sources;
	size_t source_count;
	struct str_list files;
	uint64_t bytes; /* of all files */
};

/* Finds the files below PATHS, in MEM. -1 when a folder cannot be read. */
int contacts_files_find(
	const struct str_list *paths, struct arena *mem, struct book_files *files, struct err *err);
/* Does any of PATHS exist? */
bool contacts_files_exist(const struct str_list *paths, struct arena *mem);

/* The sources as bytes; and whether BYTES are the sources of PATHS, unchanged. */
struct str contacts_files_write(const struct book_files *files, struct arena *mem);
bool contacts_files_unchanged(struct str bytes, const struct str_list *paths, struct arena *mem);

#endif
