/*
 * The decompressors of packed.c: one external library each, one file each. They read bytes that
 * nobody vouches for.
 */
#ifndef BASE_PACKED_CODEC_H
#define BASE_PACKED_CODEC_H

#include "base/buf.h"

#include <stdbool.h>

enum packed_end {
	PACKED_WHOLE, /* all of it was unpacked */
	PACKED_CUT,   /* it is more than was asked for, of which so much is there */
	PACKED_BROKEN /* it is damaged, or the input ends too early; what comes before is there */
};

struct packed_codec {
	const char *library; /* as it is loaded */
	/* Finds its functions in the library; false when one is missing. */
	bool (*load)(void *library);
	/* Appends what IN holds to OUT, at most MOST bytes of it. */
	enum packed_end (*unpack)(struct str in, size_t most, struct buf *out);
};

extern const struct packed_codec packed_gzip, packed_bzip2, packed_zstd, packed_lz4;

enum { PACKED_CHUNK = 64 * 1024 };

/* Appends N bytes of P, or as many as MOST leaves room for. False: that was not all. */
static inline bool packed_take(struct buf *out, size_t most, const char *p, size_t n)
{
	size_t room = most > out->n ? most - out->n : 0;
	buf_add(out, (struct str){p, n < room ? n : room});
	return n <= room;
}

#endif
