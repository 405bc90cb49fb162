/*
 * A digest that recognises a message file after it was renamed: SHA-512 over its size and its first
 * 128 KB, cut to 128 bits. The head of each message is different because of its trace fields, and a
 * large message costs no more than a small one.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "base/err.h"
#include "base/str.h"

enum { DIGEST_BYTES = 16 };

/* The digest of a file that consists of the pieces one after the other. */
void digest_of_pieces(const struct str *pieces, size_t count, unsigned char digest[DIGEST_BYTES]);
/* The digest of an open regular file, read with pread(). -1 when it cannot be read. */
int digest_of_file(int fd, unsigned char digest[DIGEST_BYTES], struct err *err);

#endif
