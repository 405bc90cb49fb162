/*
 * The decompressors for packed.c: one external library and one file each. They read untrusted
 * bytes.
 */
#ifndef BASE_PACKED_CODEC_H
#define BASE_PACKED_CODEC_H

#include "base/buf.h"

#include <stdbool.h>

enum packed_end {
	PACKED_WHOLE, /* all of it was unpacked */
	PACKED_CUT,   /* there is more than was asked for; the first part was unpacked */
	PACKED_BROKEN /* it is damaged or ends too early; what came before was unpacked */
};

struct packed_codec {
	const char *library; /* the name by which it is loaded */
	/* Finds the functions in the library; false when one is missing. */
	bool (*load)(void *library);
	/* Appends the text of IN to OUT, at most MOST bytes. */
	enum packed_end (*unpack)(struct str in, size_t most, struct buf *out);
};

extern const struct packed_codec packed_gzip, packed_bzip2, packed_zstd, packed_lz4;

enum { PACKED_CHUNK = 64 * 1024 };

/* Appends the N bytes at P, or as many as MOST allows. False when some are left. */
static inline bool packed_take(struct buf *out, size_t most, const char *p, size_t n)
{
	size_t room = most > out->n ? most - out->n : 0;
	buf_add(out, (struct str){p, n < room ? n : room});
	return n <= room;
}

#endif
