/*
 * A folder as the Maildir and the UID database have it at one moment, in sorted arrays. Each
 * message takes some 80 bytes and its name.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_VIEW_H
#define MDA_TOOLS_REINDEX_REINDEX_VIEW_H

#include "mda/tools/reindex/reindex.h"

/* A message file: in new/ or cur/, under a name whose first `base` bytes are its base name. */
struct view_file {
	size_t at; /* in the view's names */
	uint16_t n, base;
	bool in_cur;
};

struct view_uid {
	size_t at;
	uint16_t n;
	uint32_t uid;
	bool crossed; /* the base name leads to another UID, or to none */
};

struct view {
	bool has_directory, has_record;
	struct uiddb_folder record; /* UIDVALIDITY, UIDNEXT */
	struct view_file *files;    /* by base name */
	size_t file_count;
	struct view_uid *uids; /* by UID */
	size_t uid_count;
	struct buf names;
};

/* Reads the folder with that directory name. Free *V in any case. */
int reindex_view_load(struct reindex *r, struct str directory, struct view *v, struct err *err);
void reindex_view_free(struct view *v);

struct str reindex_view_file_name(const struct view *v, const struct view_file *f);
struct str reindex_view_file_base(const struct view *v, const struct view_file *f);
struct str reindex_view_uid_base(const struct view *v, const struct view_uid *u);
/* The first file with that base name, or NULL. */
const struct view_file *reindex_view_find_file(const struct view *v, struct str base);
/* Indexes of v->uids, sorted by base name; free them with free(). */
size_t *reindex_view_sort_bases(const struct view *v);

/*
 * The same, and sets *EXACT if the list of files is certain: neither directory changed while it was
 * read, so that no file was missed because a reader renamed it. Tries for a while.
 */
int reindex_view_load_exactly(
	struct reindex *r, struct str directory, struct view *v, bool *exact, struct err *err);

/* Has nothing changed in the folder for the last seconds? */
bool reindex_view_is_at_rest(struct reindex *r, struct str directory);

/*
 * The directories of the folders to work on: that of --folder, or all in the Maildir or the
 * database, sorted, each once. They are in r->mem. It is an error if the folder of --folder does
 * not exist.
 */
int reindex_view_folders(struct reindex *r, struct str_list *directories, struct err *err);

#endif
