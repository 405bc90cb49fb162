/*
 * Message files as Dovecot's plugins may have written them: compressed (zlib plugin: gz, bz2, zstd,
 * lz4), or encrypted (mail_crypt). What is compressed is unpacked in a confined child, by libraries
 * that are loaded there and only then.
 */
#ifndef BASE_PACKED_H
#define BASE_PACKED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum packed {
	PACKED_NOT, /* or nothing that is known here */
	PACKED_GZIP,
	PACKED_BZIP2,
	PACKED_ZSTD,
	PACKED_LZ4,
	PACKED_XZ,        /* known, and not read */
	PACKED_ENCRYPTED, /* likewise */
};

/* What the regular file is that FD is open on. */
enum packed packed_look(int fd);
/* "compressed by zstd", "encrypted"; for messages. */
const char *packed_name(enum packed kind);

/*
 * Takes over FD, open on a message file: the result is what to read in its place, which is FD
 * itself when it is plain. Else it is a file in memory with the text, or with at least its first
 * HEAD bytes, if it has so many; HEAD 0 is all of it, which is at most LIMIT_PACKED_BYTES. -1:
 * FAULT_REFUSED when it can never be read, as it is encrypted, damaged or too large; FAULT_TEMP
 * when its library is missing, or the system has no room.
 */
int packed_open(int fd, size_t head, struct err *err);

/* Messages that were not read, for what a tool says in the end. */
struct packed_tally {
	size_t encrypted, others;
};
/* packed_open() failed on a file of that kind. */
void packed_count(struct packed_tally *tally, enum packed kind);
/* "2 encrypted messages were not read", in MEM; empty when there were none. */
struct str packed_tally_text(const struct packed_tally *tally, struct arena *mem);

#endif
