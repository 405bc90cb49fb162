/*
 * The type of data, from its bytes (libmagic), and the names in a zip archive (libzip). Both
 * libraries are loaded when first needed.
 */
#ifndef BASE_FILETYPE_H
#define BASE_FILETYPE_H

#include "base/arena.h"

/*
 * The MIME type, such as "application/pdf", in MEM. If libmagic does not know it, empty and a
 * sentence in *WHY.
 */
struct str filetype_of(struct str data, struct arena *mem, const char **why);

/*
 * Does DATA, which libmagic says is TYPE, disagree with its declaration, the Content-Type or the
 * end of its file name? Either may be empty. Only certain types count: unknown and generic types
 * never disagree.
 */
bool filetype_disagrees(struct str type, struct str declared, struct str filename);

/*
 * The names of the files in a zip archive, at most LIMIT, in MEM. False when it is not an archive,
 * or libzip is missing.
 */
bool filetype_zip_names(struct str data, size_t limit, struct arena *mem, struct str_list *names);

/*
 * For checks that must not trust the archive. Adds to NAMES every name by which any unpacker may
 * call a file in it: names in the directory at the end, in the header before each file, and in
 * archives inside that are not compressed. The names are slices of DATA, as they are written.
 * Returns NULL when DATA is not a zip archive or all of it was read, else why not, for example
 * because there are more than LIMIT names.
 */
const char *filetype_zip_all_names(
	struct str data, size_t limit, struct arena *mem, struct str_list *names);

#endif
