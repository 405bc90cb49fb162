/*
 * The file maildirsize of Maildir++. Its first line has the limits ("1000000S,1000C"); each other
 * line says what was added or removed ("bytes messages", both may be negative). The sum of these
 * lines is what the mailbox holds. Courier, maildrop, Dovecot and Exim read and write the file too,
 * without a lock.
 */
#ifndef STORE_MAILDIRSIZE_H
#define STORE_MAILDIRSIZE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <time.h>

/*
 * A file that has reached this size is written anew, because everybody who needs the sum must read
 * all of it.
 */
enum { MAILDIRSIZE_LARGE = 5120 };

/* Bytes and messages: of a mailbox, of a delivery, or as a limit (0: none). */
struct quota_amount {
	int64_t bytes, messages;
};

struct maildirsize {
	bool is_there;
	bool has_limits; /* the first line could be read; else LIMITS is empty */
	struct quota_amount limits;
	bool valid; /* the other lines could be read too: USED is their sum */
	struct quota_amount used;
	size_t lines; /* after the first */
	time_t changed;
};

/* Never fails: if the bytes make no sense, the result says so. */
void maildirsize_parse(struct str text, struct maildirsize *m);

/*
 * Reads the file of the Maildir ROOT. If it is not a regular file or is too large, M says so: it
 * exists and is not valid.
 */
void maildirsize_read(int root, struct maildirsize *m);

/*
 * Appends a line with one write. A missing file is not made. -1 when the line could not be written.
 */
int maildirsize_append(int root, struct quota_amount delta, struct err *err);

/*
 * Writes the file anew in tmp/, syncs it and renames it into place: the limits may be recorded
 * nowhere else.
 */
int maildirsize_replace(
	int root, struct quota_amount limits, struct quota_amount used, struct err *err);

#endif
