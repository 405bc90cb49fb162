#include "base/packed.h"

#include "base/arena.h"
#include "base/confined.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/packed_codec.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	MAGIC_MOST = 16,
	HEAD_PACKED =
		1 << 20, /* compressed bytes that are read for a head: bzip2 blocks have 900 KB */
	MEMORY = 256 << 20, /* memory in addition to the text; zstd may need a window of 128 MB */
	CPU_SECONDS = 20,
	WALL_MILLISECONDS = 60000
};

static const struct kind {
	const char *magic;
	size_t length;
	const char *name;
	const struct packed_codec *codec; /* NULL: it cannot be read */
} kinds[] = {
	[PACKED_NOT] = {"", 0, "plain", NULL},
	[PACKED_GZIP] = {"\x1f\x8b\x08", 3, "compressed by gzip", &packed_gzip},
	[PACKED_BZIP2] = {"BZh", 3, "compressed by bzip2", &packed_bzip2},
	[PACKED_ZSTD] = {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", &packed_zstd},
	[PACKED_LZ4] = {"Dovecot-LZ4\x0d\x2a\x9b\xc5", 15, "compressed by lz4", &packed_lz4},
	[PACKED_XZ] = {"\xfd"
		       "7zXZ\0",
		6, "compressed by xz, which is not supported", NULL},
	[PACKED_ENCRYPTED] = {"CRYPTED\x03\x07", 9, "encrypted", NULL},
};

enum packed packed_look(int fd)
{
	char head[MAGIC_MOST] = "";
	ssize_t n = pread(fd, head, sizeof head, 0);
	for (size_t i = 1; n > 0 && i < sizeof kinds / sizeof *kinds; i++)
		if ((size_t)n >= kinds[i].length &&
			memcmp(head, kinds[i].magic, kinds[i].length) == 0)
			return (enum packed)i;
	return PACKED_NOT;
}

const char *packed_name(enum packed kind)
{
	return kinds[kind].name;
}

int packed_refuse(int fd, const char *name, struct err *err)
{
	enum packed kind = packed_look(fd);
	if (kind == PACKED_NOT)
		return 0;
	return err_temp(err, "%s is %s: unpack it, and give the file with its content", name,
		packed_name(kind));
}

void packed_count(struct packed_tally *tally, enum packed kind)
{
	if (kind == PACKED_ENCRYPTED)
		tally->encrypted++;
	else if (kind != PACKED_NOT)
		tally->others++;
}

struct str packed_tally_text(const struct packed_tally *tally, struct arena *mem)
{
	if (tally->encrypted + tally->others == 0)
		return STR_EMPTY;
	return arena_fmt(mem,
		"not read: %zu encrypted, %zu compressed and damaged, too large, or in "
		"an unknown form",
		tally->encrypted, tally->others);
}

/* ---- unpacking ---- */

struct unpacker {
	const struct kind *kind;
	struct str in;
	size_t most;
	struct err *err;
};

static const char *load(void *context)
{
	const struct unpacker *u = context;
	static char why[64];
	void *library = dlopen(u->kind->codec->library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library && u->kind->codec->load(library))
		return NULL;
	snprintf(why, sizeof why, "%s cannot be loaded",
		u->kind->codec->library); /* a longer text is cut */
	return why;
}

/* The last byte says how it ended. */
static void unpack(void *context, struct buf *out)
{
	const struct unpacker *u = context;
	buf_byte(out, (char)u->kind->codec->unpack(u->in, u->most, out));
}

static int unpack_confined(
	struct unpacker *u, struct arena *mem, struct str *text, enum packed_end *end)
{
	const struct confined_job job = {.what = "the process that unpacks a message",
		.context = u,
		.prepare = load,
		.work = unpack,
		.cpu_seconds = CPU_SECONDS,
		.wall_milliseconds = WALL_MILLISECONDS,
		.memory = 3 * u->most + MEMORY,
		.largest = u->most + 1};
	struct str result;
	if (confined_run(&job, mem, &result, u->err) != CONFINED_DONE)
		return -1;
	if (result.n == 0)
		return err_temp(u->err, "the process that unpacks a message returned nothing");
	*end = (enum packed_end)result.p[result.n - 1];
	*text = str_slice(result, 0, result.n - 1);
	return 0;
}

/* Makes a file in memory; it is read from its start. */
static int put_in_memory(struct str text, struct err *err)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	if (fd < 0)
		return err_temp(err, "cannot make a file in memory: %s", strerror(errno));
	if (io_write(fd, text, "a file in memory", err) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd); /* the error is in ERR already */
	return -1;
}

/* If only a head was unpacked, it does not matter that the input was cut. */
static int check_end(const struct unpacker *u, enum packed_end end, struct str text, size_t head)
{
	if (end == PACKED_WHOLE || (head && (end == PACKED_CUT || text.n >= head)))
		return 0;
	if (end == PACKED_CUT)
		return err_refused(u->err, "it is %s, and its text has more than %d MB",
			u->kind->name, LIMIT_PACKED_BYTES >> 20);
	return err_refused(u->err, "it is %s, and damaged", u->kind->name);
}

static int open_text(struct unpacker *u, size_t head, struct err *err)
{
	struct arena *mem = arena_new();
	struct str text = STR_EMPTY;
	enum packed_end end = PACKED_BROKEN;
	u->most = head ? head : LIMIT_PACKED_BYTES;
	int fd = unpack_confined(u, mem, &text, &end);
	if (fd == 0)
		fd = check_end(u, end, text, head);
	if (fd == 0)
		fd = put_in_memory(text, err);
	arena_free(mem);
	return fd;
}

/* Reads the compressed bytes: all, or what is needed for the head. */
static int read_bytes(int fd, size_t head, struct buf *bytes, struct err *err)
{
	size_t room = head ? HEAD_PACKED : LIMIT_PACKED_BYTES;
	if (!head)
		return io_read_all(fd, room, bytes, "a compressed message", err);
	ssize_t n = io_read(fd, buf_grow(bytes, room), room);
	if (n < 0)
		return err_temp(err, "cannot read a message: %s", strerror(errno));
	bytes->n = (size_t)n;
	return 0;
}

int packed_open(int fd, size_t head, struct err *err)
{
	enum packed kind = packed_look(fd);
	struct unpacker u = {.kind = &kinds[kind], .err = err};
	struct buf bytes = {0};
	int text = -1;
	if (kind == PACKED_NOT)
		return fd;
	if (!u.kind->codec)
		err_refused(err, "it is %s", u.kind->name);
	else if (read_bytes(fd, head, &bytes, err) == 0) {
		u.in = buf_str(&bytes);
		text = open_text(&u, head, err);
	}
	buf_free(&bytes);
	close(fd); /* nothing was written */
	return text;
}
