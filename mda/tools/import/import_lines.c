#include "mda/tools/import/import_lines.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 256 * 1024 };

void import_lines_init(struct import_lines *l, int fd, const char *name)
{
	*l = (struct import_lines){.fd = fd, .name = name, .bytes = mem_alloc(WINDOW)};
}

void import_lines_free(struct import_lines *l)
{
	free(l->bytes);
	l->bytes = NULL;
}

long import_lines_peek(
	struct import_lines *l, uint64_t offset, char *to, size_t room, struct err *err)
{
	size_t done = 0;
	while (done < room) {
		ssize_t n = pread(l->fd, to + done, room - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_temp(err, "cannot read %s: %s", l->name, strerror(errno));
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (long)done;
}

/* 1 there is more, 0 at the end, -1. */
static int fill(struct import_lines *l, struct err *err)
{
	if (l->used < l->filled)
		return 1;
	if (l->at_end)
		return 0;
	l->at += l->filled;
	l->filled = l->used = 0;
	long n = import_lines_peek(l, l->at, l->bytes, WINDOW, err);
	if (n < 0)
		return -1;
	l->filled = (size_t)n;
	l->at_end = n < WINDOW;
	return n > 0;
}

static void keep(struct import_lines *l, const char *p, size_t n)
{
	size_t room = sizeof l->head - l->head_size;
	if (n > room)
		n = room;
	memcpy(l->head + l->head_size, p, n);
	l->head_size += n;
}

int import_lines_next(struct import_lines *l, struct err *err)
{
	int more = fill(l, err);
	if (more <= 0)
		return more;
	l->number++;
	l->offset = l->at + l->used;
	l->size = l->head_size = 0;
	for (bool ended = false; !ended && more > 0; more = ended ? 1 : fill(l, err)) {
		const char *p = l->bytes + l->used;
		size_t n = l->filled - l->used;
		const char *lf = memchr(p, '\n', n);
		ended = lf != NULL;
		if (ended)
			n = (size_t)(lf + 1 - p);
		keep(l, p, n);
		l->used += n;
		l->size += n;
	}
	struct str head = import_lines_head(l);
	l->is_blank = head.n == 0 && l->size <= 2 && l->head_size == l->size &&
		      l->head[l->head_size - 1] == '\n';
	return more < 0 ? -1 : 1;
}

struct str import_lines_head(const struct import_lines *l)
{
	struct str head = {l->head, l->head_size};
	if (l->size == head.n && head.n && head.p[head.n - 1] == '\n')
		head.n--;
	if (head.n < l->size && head.n && head.p[head.n - 1] == '\r')
		head.n--;
	return head;
}
