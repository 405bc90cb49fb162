#include "store/digest.h"

#include "base/arena.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 128 * 1024 };

static void start(struct sha512_ctx *sha, uint64_t size)
{
	unsigned char bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(size >> (8 * i));
	sha512_init(sha);
	sha512_update(sha, sizeof bytes, bytes);
}

static void finish(struct sha512_ctx *sha, unsigned char digest[DIGEST_BYTES])
{
	sha512_digest(sha, DIGEST_BYTES, digest);
}

void digest_of_pieces(const struct str *pieces, size_t count, unsigned char digest[DIGEST_BYTES])
{
	struct sha512_ctx sha;
	size_t size = 0, room = HEAD_BYTES;
	for (size_t i = 0; i < count; i++)
		size += pieces[i].n;
	start(&sha, size);
	for (size_t i = 0; i < count && room; i++) {
		size_t n = pieces[i].n < room ? pieces[i].n : room;
		if (n)
			sha512_update(&sha, n, (const uint8_t *)pieces[i].p);
		room -= n;
	}
	finish(&sha, digest);
}

/* Reads the head of the file; fewer bytes when the file is shorter. */
static ssize_t read_head(int fd, char *to, size_t room)
{
	size_t have = 0;
	while (have < room) {
		ssize_t n = pread(fd, to + have, room - have, (off_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int digest_of_file(int fd, unsigned char digest[DIGEST_BYTES], struct err *err)
{
	struct sha512_ctx sha;
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_temp(err, "cannot look at a message");
	size_t want = st.st_size < HEAD_BYTES ? (size_t)st.st_size : HEAD_BYTES;
	char *head = mem_alloc(want + 1);
	ssize_t n = read_head(fd, head, want);
	if (n < 0)
		err_temp(err, "cannot read a message: %s", strerror(errno));
	if (n >= 0) {
		start(&sha, (uint64_t)st.st_size);
		sha512_update(&sha, (size_t)n, (const uint8_t *)head);
		finish(&sha, digest);
	}
	free(head);
	return n < 0 ? -1 : 0;
}
