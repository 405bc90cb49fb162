#include "base/packed_codec.h"

#include <bzlib.h>
#include <dlfcn.h>
#include <stdint.h>

static struct {
	int (*start)(bz_stream *z, int verbosity, int small);
	int (*decompress)(bz_stream *z);
	int (*end)(bz_stream *z);
} lib;

static bool load(void *library)
{
	*(void **)&lib.start = dlsym(library, "BZ2_bzDecompressInit");
	*(void **)&lib.decompress = dlsym(library, "BZ2_bzDecompress");
	*(void **)&lib.end = dlsym(library, "BZ2_bzDecompressEnd");
	return lib.start && lib.decompress && lib.end;
}

/* BZ_OK without any progress means that the input ended too early. */
static enum packed_end decompress_all(bz_stream *z, size_t most, struct buf *out)
{
	static char chunk[PACKED_CHUNK];
	for (;;) {
		unsigned left = z->avail_in;
		z->next_out = chunk;
		z->avail_out = sizeof chunk;
		int r = lib.decompress(z);
		size_t made = sizeof chunk - z->avail_out;
		if (!packed_take(out, most, chunk, made))
			return PACKED_CUT;
		if (r == BZ_STREAM_END)
			return PACKED_WHOLE;
		if (r != BZ_OK || (made == 0 && z->avail_in == left))
			return PACKED_BROKEN;
	}
}

static enum packed_end unpack(struct str in, size_t most, struct buf *out)
{
	bz_stream z = {.next_in = (char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
	if (lib.start(&z, 0, 0) != BZ_OK)
		return PACKED_BROKEN;
	enum packed_end end = decompress_all(&z, most, out);
	lib.end(&z);
	return end;
}

const struct packed_codec packed_bzip2 = {"libbz2.so.1.0", load, unpack};
