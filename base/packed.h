/*
 * Message files that Dovecot's plugins have changed: compressed (zlib plugin: gz, bz2, zstd, lz4)
 * or encrypted (mail_crypt). Compressed files are unpacked in a confined child, by libraries that
 * are loaded only there.
 */
#ifndef BASE_PACKED_H
#define BASE_PACKED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum packed {
	PACKED_NOT, /* or a form that is not known here */
	PACKED_GZIP,
	PACKED_BZIP2,
	PACKED_ZSTD,
	PACKED_LZ4,
	PACKED_XZ,        /* recognised, but not read */
	PACKED_ENCRYPTED, /* the same */
};

/* The form of the regular file FD. */
enum packed packed_look(int fd);
/* "compressed by zstd" or "encrypted"; for messages. */
const char *packed_name(enum packed kind);

/* -1, and says so, if the file FD, called NAME, is packed: for files that are only read plain. */
int packed_refuse(int fd, const char *name, struct err *err);

/*
 * Takes over FD, a message file, and returns a descriptor to read from: FD itself if the file is
 * plain, else a file in memory with the text. With HEAD it has at least the first HEAD bytes, with
 * HEAD 0 all of it (at most LIMIT_PACKED_BYTES). -1: FAULT_REFUSED when it can never be read
 * (encrypted, damaged, too large), FAULT_TEMP when the library is missing or the system lacks
 * memory.
 */
int packed_open(int fd, size_t head, struct err *err);

/* Counts messages that were not read, for a tool's last line. */
struct packed_tally {
	size_t encrypted, others;
};
/* Counts a file of that kind for which packed_open() failed. */
void packed_count(struct packed_tally *tally, enum packed kind);
/* "2 encrypted messages were not read", in MEM; empty when there were none. */
struct str packed_tally_text(const struct packed_tally *tally, struct arena *mem);

#endif
