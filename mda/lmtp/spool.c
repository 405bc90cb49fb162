#include "mda/lmtp/spool.h"

#include "base/io.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

void spool_init(struct spool *s)
{
	*s = (struct spool){.fd = -1};
}

void spool_drop(struct spool *s, struct spool_room *room)
{
	if (s->is_in_memory)
		room->used -= s->size;
	if (s->fd >= 0)
		close(s->fd); /* it disappears with its descriptor */
	spool_init(s);
}

static int begin(struct spool *s, struct err *err)
{
	s->fd = memfd_create("message", MFD_CLOEXEC);
	if (s->fd < 0)
		return err_system(err, errno, "cannot keep a message in memory");
	s->is_in_memory = true;
	return 0;
}

static int copy(int from, int to, size_t n, struct err *err)
{
	off_t at = 0;
	while ((size_t)at < n) {
		ssize_t r = sendfile(to, from, &at, n - (size_t)at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return err_system(err, r < 0 ? errno : EIO, "cannot write the spool file");
	}
	return 0;
}

static int move_to_file(struct spool *s, struct spool_room *room, const char *dir, struct err *err)
{
	int file = io_spool(dir, err);
	if (file < 0)
		return -1;
	if (copy(s->fd, file, s->size, err) < 0) {
		close(file); /* it disappears with its descriptor */
		return -1;
	}
	close(s->fd); /* nothing of it is needed */
	s->fd = file;
	s->is_in_memory = false;
	room->used -= s->size;
	return 0;
}

int spool_add(struct spool *s, struct spool_room *room, const char *dir, struct str bytes,
	struct err *err)
{
	if (s->fd < 0 && begin(s, err) < 0)
		return -1;
	if (s->is_in_memory && room->used + bytes.n > room->most &&
		move_to_file(s, room, dir, err) < 0)
		return -1;
	if (io_write(s->fd, bytes, "the message", err) < 0)
		return -1;
	s->size += bytes.n;
	if (s->is_in_memory)
		room->used += bytes.n;
	return 0;
}

int spool_take(struct spool *s, struct spool_room *room, struct err *err)
{
	if (s->fd < 0 && begin(s, err) < 0)
		return -1;
	int fd = s->fd;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_system(err, errno, "cannot read the message");
	if (s->is_in_memory)
		room->used -= s->size;
	spool_init(s);
	return fd;
}
