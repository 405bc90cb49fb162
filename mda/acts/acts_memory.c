#include "mda/acts/acts_memory.h"

#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_MOST = 64 * 1024, LOCK_SECONDS = 10 };

static const char *file_of(const struct acts *a, const char *name)
{
	return arena_fmt(a->mem, "%s/%s", a->state, name).p;
}

/* ---- the times ---- */

static bool take_number(struct str *rest, unsigned long long most, unsigned long long *n)
{
	struct str word;
	return str_word(rest, &word) && str_number(word, most, n);
}

static void take_line(struct acts_memory *m, struct str line, struct arena *mem)
{
	unsigned long long seconds, nanoseconds;
	if (!take_number(&line, INT64_MAX, &seconds) ||
		!take_number(&line, 999999999, &nanoseconds))
		return;
	const struct timespec t = {(time_t)seconds, (long)nanoseconds};
	acts_memory_set(m, str_trim(line), t, mem);
}

void acts_memory_read(const struct acts *a, struct acts_memory *m)
{
	struct str text, line;
	*m = (struct acts_memory){NULL, 0};
	if (io_read_file(file_of(a, "acts"), MEMORY_MOST, a->mem, &text, NULL) <= 0)
		return;
	while (str_line(&text, &line))
		take_line(m, line, a->mem);
}

int acts_memory_write(const struct acts *a, const struct acts_memory *m, struct err *err)
{
	struct buf text = {0};
	for (size_t i = 0; i < m->count; i++)
		buf_fmt(&text, "%lld %ld " STR_FMT "\n", (long long)m->items[i].time.tv_sec,
			m->items[i].time.tv_nsec, STR_ARGS(m->items[i].directory));
	int r = io_replace_file(file_of(a, "acts"), buf_str(&text), 0600, err);
	buf_free(&text);
	return r;
}

static struct acts_seen *find(const struct acts_memory *m, struct str directory)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->items[i].directory, directory))
			return &m->items[i];
	return NULL;
}

struct timespec acts_memory_of(const struct acts_memory *m, struct str directory)
{
	const struct acts_seen *seen = find(m, directory);
	return seen ? seen->time : (struct timespec){0, 0};
}

void acts_memory_set(
	struct acts_memory *m, struct str directory, struct timespec time, struct arena *mem)
{
	struct acts_seen *seen = find(m, directory);
	if (!seen)
		seen = ARENA_PUSH(mem, m->items, m->count);
	*seen = (struct acts_seen){directory, time};
}

/* ---- taking back ---- */

struct str acts_memory_undone(const struct acts *a)
{
	struct str text;
	int r = io_read_file(file_of(a, "acts.undone"), MEMORY_MOST, a->mem, &text, NULL);
	return r > 0 ? str_trim(text) : STR_EMPTY;
}

int acts_memory_set_undone(const struct acts *a, struct str base, struct err *err)
{
	const char *path = file_of(a, "acts.undone");
	if (base.n)
		return io_replace_file(path, base, 0600, err);
	if (path_unlink(path) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s: %s", path, strerror(errno));
	return 0;
}

/* ---- the lock ---- */

int acts_memory_lock(const struct acts *a)
{
	const struct lock_wait wait = {LOCK_SECONDS, 1000000, 100000000};
	int fd = path_open_file(file_of(a, "acts.lock"), O_RDWR | O_CREAT, 0600);
	if (fd < 0 || lock_file(fd, &wait) == 0)
		return fd;
	close(fd); /* nothing was written */
	return -1;
}
