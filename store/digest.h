/*
 * What a message file is known by when it was renamed: SHA-512, cut to 128 bits, over its size and
 * its first 128 KB. A message's head, with its trace fields, is like no other; and a large message
 * costs no more than a small one.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "base/err.h"
#include "base/str.h"

enum { DIGEST_BYTES = 16 };

/* Of a file that is the pieces one after the other. */
void digest_of_pieces(const struct str *pieces, size_t count, unsigned char digest[DIGEST_BYTES]);
/* Of an open regular file, read with pread(). -1 when it cannot be read. */
int digest_of_file(int fd, unsigned char digest[DIGEST_BYTES], struct err *err);

#endif
