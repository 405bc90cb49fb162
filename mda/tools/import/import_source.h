/* Where messages are imported from: an mbox file or a Maildir. */
#ifndef MDA_TOOLS_IMPORT_IMPORT_SOURCE_H
#define MDA_TOOLS_IMPORT_IMPORT_SOURCE_H

#include "mda/tools/import/import_fields.h"
#include "mda/tools/import/import_mbox.h"
#include "mda/tools/refile/refile_mail.h"
#include "store/keywords.h"

#include <sys/stat.h>

/* A larger message is left out: all of it is in memory. */
#define IMPORT_LARGEST ((uint64_t)1 << 30)

/* A folder of the source, and the one that it goes to. */
struct import_folder {
	struct str name, directory;        /* of the target, for people and below the Maildir */
	struct str keywords[KEYWORDS_MAX]; /* what letters mean in a Maildir */
};

struct import_message {
	int64_t date; /* of arrival */
	uint32_t folder;
	size_t number; /* in the source */
};

struct import_source {
	const char *path;
	bool is_mbox;
	int fd;
	struct import_mbox mbox;
	struct refile_mail mail;
	struct import_folder *folders;
	size_t folder_count;
	struct import_message *messages; /* by folder, and in it by date */
	size_t count;
	size_t left_out; /* subfolders that were not asked for */
	int64_t changed; /* the time of the file */
	struct arena *mem;
};

struct import_wishes {
	const char *path; /* "-": the file that is standard input */
	enum import_dialect dialect;
	bool maildir_only; /* --format maildir */
	struct str folder; /* where it goes; empty: the INBOX */
	bool subfolders;
	const struct conf *conf; /* how the target names its folders */
};

/* One message with what is known of it. */
struct import_mail {
	struct buf bytes;
	struct import_fields fields;
	bool failed;       /* it could not be read, although it is there */
	struct arena *mem; /* of FIELDS */
};

/*
 * Finds the messages, as the user that the process is. S->mem must be set; import_source_close() it
 * in any case. -1 with the reason.
 */
int import_source_open(
	struct import_source *s, const struct import_wishes *wishes, struct err *err);
void import_source_close(struct import_source *s);

/* Is it the directory with device and inode of ST? */
bool import_source_is(const struct import_source *s, const struct stat *st);

/*
 * Reads message M. 1; 0 when it is left out, with the reason in ERR; -1 when the source cannot be
 * read.
 */
int import_source_read(const struct import_source *s, const struct import_message *m,
	struct import_mail *mail, struct err *err);

/* "line 12" or the file's name; in MEM. */
struct str import_source_where(
	const struct import_source *s, const struct import_message *m, struct arena *mem);

#endif
