/*
 * Mbox files in all their dialects. Each message follows a line "From sender date", and an empty
 * line ends it. The dialects differ in what they do to lines of a message that look like that one:
 *
 *   mboxo    writes ">From " for "From "
 *   mboxrd   puts one more ">" before each line of ">"s and "From ", so nothing is lost
 *   mboxcl   as mboxo, and a field Content-Length has the length of the body
 *   mboxcl2  has Content-Length alone, so a line "From " may be in a body
 *
 * The file is read in pieces of fixed size, so its lines may have any length. Of each message only
 * its place is kept.
 */
#ifndef MDA_TOOLS_IMPORT_IMPORT_MBOX_H
#define MDA_TOOLS_IMPORT_IMPORT_MBOX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum import_dialect {
	IMPORT_AUTO,
	IMPORT_MBOXO,
	IMPORT_MBOXRD,
	IMPORT_MBOXCL,
	IMPORT_MBOXCL2,
	IMPORT_DIALECTS
};
/* Their names, as on the command line. */
extern const char *const import_mbox_names[IMPORT_DIALECTS];

/* A file with more messages is refused. */
enum { IMPORT_MBOX_MOST = 5000000 };

struct import_place {
	uint64_t offset, size; /* of the message, without its From line and the line that ends it */
	uint64_t line;         /* the number of its From line, from 1 on */
	int64_t date;          /* of its From line */
	bool has_date;
};

/* What was found in the file; each line number is that of the first such line, or 0. */
struct import_mbox {
	enum import_dialect dialect; /* never IMPORT_AUTO */
	struct import_place *messages;
	size_t count;
	size_t right, wrong, missing; /* messages whose Content-Length is so */
	size_t quoted, quoted_twice;  /* lines ">From ", and with more ">" */
	size_t inside;                /* lines "From " with a date within a body */
	size_t messages_inside;       /* of these, those that look like the start of a message */
	size_t undated;               /* lines "From " without a date, which count as text */
	uint64_t wrong_line, undated_line;
};

/*
 * Finds the messages of FD, a regular file called NAME. With IMPORT_AUTO the dialect is chosen: by
 * Content-Length only if it is right for every message of the file and no body seems to have
 * messages in it, because a sender may write that field too; mboxrd if a line has two or more ">"
 * before "From "; else mboxo. -1 when it is not an mbox file or cannot be read.
 */
int import_mbox_find(int fd, const char *name, enum import_dialect dialect, struct arena *mem,
	struct import_mbox *found, struct err *err);

/* Reads the message at PLACE into *TO, without the dialect's quotes. -1 when it cannot be read. */
int import_mbox_read(int fd, const struct import_place *place, enum import_dialect dialect,
	struct buf *to, struct err *err);

#endif
