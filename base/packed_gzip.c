#include "base/packed_codec.h"

#include <dlfcn.h>
#include <stdint.h>
#include <zlib.h>

static struct {
	int (*start)(z_stream *z, int bits, const char *version, int size);
	int (*inflate)(z_stream *z, int flush);
	int (*reset)(z_stream *z);
	int (*end)(z_stream *z);
} lib;

static bool load(void *library)
{
	*(void **)&lib.start = dlsym(library, "inflateInit2_");
	*(void **)&lib.inflate = dlsym(library, "inflate");
	*(void **)&lib.reset = dlsym(library, "inflateReset");
	*(void **)&lib.end = dlsym(library, "inflateEnd");
	return lib.start && lib.inflate && lib.reset && lib.end;
}

/* A file may consist of several streams. */
static enum packed_end inflate_all(z_stream *z, size_t most, struct buf *out)
{
	static unsigned char chunk[PACKED_CHUNK];
	for (;;) {
		z->next_out = chunk;
		z->avail_out = sizeof chunk;
		int r = lib.inflate(z, Z_NO_FLUSH);
		if (!packed_take(out, most, (const char *)chunk, sizeof chunk - z->avail_out))
			return PACKED_CUT;
		if (r == Z_STREAM_END && z->avail_in == 0)
			return PACKED_WHOLE;
		if (r == Z_STREAM_END)
			r = lib.reset(z);
		if (r != Z_OK)
			return PACKED_BROKEN;
	}
}

static enum packed_end unpack(struct str in, size_t most, struct buf *out)
{
	enum { GZIP_ONLY = 16 + MAX_WBITS };
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
	if (lib.start(&z, GZIP_ONLY, ZLIB_VERSION, (int)sizeof z) != Z_OK)
		return PACKED_BROKEN;
	enum packed_end end = inflate_all(&z, most, out);
	lib.end(&z);
	return end;
}

const struct packed_codec packed_gzip = {"libz.so.1", load, unpack};
