#include "store/orphan.h"

#include "base/beneath.h"
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPARE_CHUNK = 64 * 1024 };

struct search {
	int root, folder;
	const struct str *pieces;
	size_t count, size;
	struct arena *mem;
	const char *base;
	bool failed;
};

/* 1 the file continues with these bytes, 0 with others, -1 error. */
static int goes_on(int fd, struct str bytes)
{
	char chunk[COMPARE_CHUNK];
	while (bytes.n) {
		size_t want = bytes.n < sizeof chunk ? bytes.n : sizeof chunk;
		ssize_t n = read(fd, chunk, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		if (memcmp(chunk, bytes.p, (size_t)n) != 0)
			return 0;
		bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
	return 1;
}

static int has_bytes(const struct search *s, const char *path)
{
	int fd = beneath_open(s->folder, path, O_RDONLY | O_NONBLOCK, 0);
	int same = 1;
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; i < s->count && same == 1; i++)
		same = goes_on(fd, s->pieces[i]);
	close(fd); /* nothing was written */
	return same;
}

static bool look_at(void *context, const char *name)
{
	struct search *s = context;
	struct stat st;
	const char *path = arena_fmt(s->mem, "tmp/%s", name).p;
	if (maildir_unseen_base(name) || beneath_lstat(s->folder, path, &st) < 0 ||
		!S_ISREG(st.st_mode) || st.st_nlink < 2 ||
		(unsigned long long)st.st_size != s->size)
		return true;
	int shown = maildir_was_shown(s->root, s->folder, name, NULL, NULL);
	if (shown == 0)
		return true;
	s->failed = shown < 0;
	if (s->failed)
		return false;
	int same = has_bytes(s, path);
	s->failed = same < 0;
	if (same == 1)
		s->base = path + strlen("tmp/");
	return same == 0;
}

int orphan_find(int root, int folder, const struct str *pieces, size_t count, struct arena *mem,
	const char **base, struct err *err)
{
	struct search s = {
		.root = root, .folder = folder, .pieces = pieces, .count = count, .mem = mem};
	for (size_t i = 0; i < count; i++)
		s.size += pieces[i].n;
	if (maildir_walk(folder, "tmp", look_at, &s, err) < 0)
		return -1;
	if (s.failed)
		return err_temp(err, "cannot read a file in tmp/");
	*base = s.base;
	return s.base != NULL;
}
