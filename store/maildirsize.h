/*
 * The file maildirsize of Maildir++: on its first line the limits ("1000000S,1000C"), on every
 * other one what came and went ("bytes messages", both may be negative). Their sums are what the
 * mailbox holds. Courier, maildrop, Dovecot and Exim read and write it as well, without a lock.
 */
#ifndef STORE_MAILDIRSIZE_H
#define STORE_MAILDIRSIZE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <time.h>

/*
 * From so many bytes on it is written anew, as everybody who needs the sums has to read it whole.
 */
enum { MAILDIRSIZE_LARGE = 5120 };

/* Bytes and messages: of a mailbox, of a delivery, or a limit (0: none). */
struct quota_amount {
	int64_t bytes, messages;
};

struct maildirsize {
	bool is_there;
	bool has_limits; /* the first line could be read; else LIMITS are none */
	struct quota_amount limits;
	bool valid; /* the other lines as well: USED are their sums */
	struct quota_amount used;
	size_t lines; /* behind the first */
	time_t changed;
};

/* Never fails: of bytes that make no sense the result says so. */
void maildirsize_parse(struct str text, struct maildirsize *m);

/*
 * Reads the file of the Maildir ROOT. What is no regular file, or too large, is there and not
 * valid.
 */
void maildirsize_read(int root, struct maildirsize *m);

/*
 * Appends a line, with one write. A file that is not there is not made. -1 when it could not be
 * written.
 */
int maildirsize_append(int root, struct quota_amount delta, struct err *err);

/* Writes it anew in tmp/, synced, and renames it into place: the limits may stand nowhere else. */
int maildirsize_replace(
	int root, struct quota_amount limits, struct quota_amount used, struct err *err);

#endif
