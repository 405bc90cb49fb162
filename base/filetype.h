/*
 * What data is, by its bytes (libmagic), and what stands in a zip archive (libzip). Both are loaded
 * when first asked.
 */
#ifndef BASE_FILETYPE_H
#define BASE_FILETYPE_H

#include "base/arena.h"

/*
 * The MIME type, in MEM: "application/pdf". Empty, with a sentence in *WHY, when libmagic cannot
 * say.
 */
struct str filetype_of(struct str data, struct arena *mem, const char **why);

/*
 * Does DATA, which libmagic takes for TYPE, disagree with what it is declared to be, by its
 * Content-Type or by the end of its file name? Either may be empty. Only what is certain counts:
 * unknown types and generic ones never disagree.
 */
bool filetype_disagrees(struct str type, struct str declared, struct str filename);

/*
 * The names of the files in a zip archive, at most LIMIT of them. False: it is none, or libzip is
 * missing.
 */
bool filetype_zip_names(struct str data, size_t limit, struct arena *mem, struct str_list *names);

/*
 * For those who trust no archive. Adds to NAMES, as they are written, slices of DATA, all names by
 * which some unpacker may call a file in it: of the directory at the end, and of the header in
 * front of each file, also of archives within that are not compressed. NULL: DATA is no zip
 * archive, or one that was read to its end; else why not, such as more than LIMIT names.
 */
const char *filetype_zip_all_names(
	struct str data, size_t limit, struct arena *mem, struct str_list *names);

#endif
