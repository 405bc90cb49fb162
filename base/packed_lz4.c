/*
 * Dovecot's own format: the magic bytes that packed.c looks for, the size of the largest chunk
 * (four bytes, big-endian), then chunks: the size of the block, in the same form, and a block of
 * LZ4.
 */
#include "base/packed_codec.h"

#include "base/arena.h"

#include <dlfcn.h>
#include <lz4.h>
#include <stdint.h>
#include <stdlib.h>

enum { MAGIC_BYTES = 15, NUMBER_BYTES = 4, CHUNK_MOST = 1 << 20 };

static int (*decompress)(const char *from, char *to, int size, int room);

static bool load(void *library)
{
	*(void **)&decompress = dlsym(library, "LZ4_decompress_safe");
	return decompress;
}

/* Takes a number off the front; false when there is none. */
static bool take_number(struct str *in, uint32_t *number)
{
	if (in->n < NUMBER_BYTES)
		return false;
	*number = 0;
	for (size_t i = 0; i < NUMBER_BYTES; i++)
		*number = *number << 8 | (unsigned char)in->p[i];
	*in = str_slice(*in, NUMBER_BYTES, in->n);
	return true;
}

static enum packed_end unpack_chunks(
	struct str in, char *chunk, uint32_t room, size_t most, struct buf *out)
{
	while (in.n) {
		uint32_t size;
		if (!take_number(&in, &size) || size == 0 || size > in.n || size > INT32_MAX)
			return PACKED_BROKEN;
		int n = decompress(in.p, chunk, (int)size, (int)room);
		if (n <= 0)
			return PACKED_BROKEN;
		if (!packed_take(out, most, chunk, (size_t)n))
			return PACKED_CUT;
		in = str_slice(in, size, in.n);
	}
	return PACKED_WHOLE;
}

static enum packed_end unpack(struct str in, size_t most, struct buf *out)
{
	uint32_t room;
	in = str_slice(in, MAGIC_BYTES, in.n);
	if (!take_number(&in, &room) || room == 0 || room > CHUNK_MOST)
		return PACKED_BROKEN;
	char *chunk = mem_alloc(room);
	enum packed_end end = unpack_chunks(in, chunk, room, most, out);
	free(chunk);
	return end;
}

const struct packed_codec packed_lz4 = {"liblz4.so.1", load, unpack};
