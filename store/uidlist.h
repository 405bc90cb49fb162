/*
 * The UID files of IMAP servers: Dovecot's dovecot-uidlist (version 3; version 1 can be read) and
 * Courier's courierimapuiddb (version 1). Here is their syntax and how they are read and written;
 * mirror.c decides what they mean for the UIDs.
 *
 *   3 V<uidvalidity> N<uidnext> G<32 hex>          1 <uidvalidity> <uidnext>
 *   <uid>[ <A-Z><value>...] :<base name>           <uid> <base name>
 */
#ifndef STORE_UIDLIST_H
#define STORE_UIDLIST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* No record is longer: a base name of 255 bytes and a few values. A longer line is damaged. */
enum { UIDLIST_LINE_MAX = 8192, UIDLIST_COURIER = 1, UIDLIST_DOVECOT = 3 };

/* The highest UID that can be given: UIDNEXT needs one more. */
#define UIDLIST_LAST_UID (UINT32_MAX - 1)

struct uidlist_header {
	unsigned version;
	uint32_t uidvalidity, uidnext;
	struct str others; /* version 3: the other fields as they are, such as "G0123..." */
};

struct uidlist_record {
	uint32_t uid;
	struct str fields; /* version 3: as they are, such as "W120 S117" */
	struct str base;   /* without flags */
};

/*
 * Read one line without its LF. The slices point into LINE. False when an IMAP server would treat
 * the line as damaged.
 */
bool uidlist_parse_header(struct str line, struct uidlist_header *h);
bool uidlist_parse_record(struct str line, unsigned version, struct uidlist_record *r);

/* Append one line. */
void uidlist_put_header(struct buf *to, const struct uidlist_header *h);
void uidlist_put_record(struct buf *to, unsigned version, const struct uidlist_record *r);

/* ---- reading a file, line by line, in constant memory ---- */

struct uidlist_reader {
	int fd;
	unsigned long long offset; /* after the last line that was returned */
	/*
	 * Set at the end of the file if the last line has no LF, or if lines that are too long have
	 * more than LIMIT_UIDLIST_SKIPPED bytes: what follows is not read.
	 */
	bool torn;
	unsigned long long skipped; /* bytes of such lines */
	char *bytes;
	size_t from, to;
	bool at_end;
};

/* Reads FD, which stays the caller's, from OFFSET on. Free with uidlist_reader_free(). */
void uidlist_reader_init(struct uidlist_reader *r, int fd, unsigned long long offset);
void uidlist_reader_free(struct uidlist_reader *r);
/*
 * 1 and the next line, which is valid until the next call; 0 at the end; -1 when reading fails. Of
 * a line that is too long only the beginning is returned, which is too long as well.
 */
int uidlist_next_line(struct uidlist_reader *r, struct str *line, struct err *err);

/* ---- how far a file was read ---- */

/*
 * A place after a line of a file that is only appended to or replaced. The digest covers the first
 * line and what is just before the place, because a new file may have the inode number of an old
 * one.
 */
struct uidlist_mark {
	uint64_t device, inode, offset, digest;
	uint32_t last_uid;
};

/* Makes the mark for OFFSET in FD. -1 on error. */
int uidlist_mark(int fd, unsigned long long offset, uint32_t last_uid, struct uidlist_mark *mark,
	struct err *err);
/* Is FD the file that the mark was made for, unchanged up to the mark? 1, 0, -1 on error. */
int uidlist_mark_holds(int fd, const struct uidlist_mark *mark, struct err *err);

/* ---- writing, under the server's lock ---- */

/*
 * Appends whole lines to FD and syncs it. On failure -1, and the file is as before. NAME is for the
 * error.
 */
int uidlist_append(int fd, const char *name, struct str lines, struct err *err);

#endif
