#include "base/packed_codec.h"

#include <dlfcn.h>
#include <zstd.h>

static struct {
	ZSTD_DStream *(*create)(void);
	size_t (*decompress)(ZSTD_DStream *z, ZSTD_outBuffer *to, ZSTD_inBuffer *from);
	unsigned (*is_error)(size_t code);
	size_t (*destroy)(ZSTD_DStream *z);
} lib;

static bool load(void *library)
{
	*(void **)&lib.create = dlsym(library, "ZSTD_createDStream");
	*(void **)&lib.decompress = dlsym(library, "ZSTD_decompressStream");
	*(void **)&lib.is_error = dlsym(library, "ZSTD_isError");
	*(void **)&lib.destroy = dlsym(library, "ZSTD_freeDStream");
	return lib.create && lib.decompress && lib.is_error && lib.destroy;
}

/* 0 is the end of a frame; another may follow. The library limits the window to 128 MB. */
static enum packed_end decompress_all(
	ZSTD_DStream *z, ZSTD_inBuffer *from, size_t most, struct buf *out)
{
	static char chunk[PACKED_CHUNK];
	for (;;) {
		size_t before = from->pos;
		ZSTD_outBuffer to = {chunk, sizeof chunk, 0};
		size_t r = lib.decompress(z, &to, from);
		if (lib.is_error(r))
			return PACKED_BROKEN;
		if (!packed_take(out, most, chunk, to.pos))
			return PACKED_CUT;
		if (r == 0 && from->pos == from->size)
			return PACKED_WHOLE;
		if (to.pos == 0 && from->pos == before)
			return PACKED_BROKEN;
	}
}

static enum packed_end unpack(struct str in, size_t most, struct buf *out)
{
	ZSTD_inBuffer from = {in.p, in.n, 0};
	ZSTD_DStream *z = lib.create();
	if (!z)
		return PACKED_BROKEN;
	enum packed_end end = decompress_all(z, &from, most, out);
	lib.destroy(z);
	return end;
}

const struct packed_codec packed_zstd = {"libzstd.so.1", load, unpack};
