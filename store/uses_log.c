#include "store/uses_log.h"

#include "base/buf.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char file_name[] = "uses.log";
static const struct str head = STR_LIT("uses 1 ");

/* A delivery waits for less: somebody may hold the lock of their own file for ever. */
enum { LOG_MOST = 4 << 20, LOCK_SECONDS = 10, ADD_SECONDS = 3, USES_AT_ONCE = 100 };

static const char *path_of(const char *state_dir, struct arena *mem)
{
	return arena_fmt(mem, "%s/%s", state_dir, file_name).p;
}

/* Several may add and read at once (F_RDLCK), but only one empties (F_WRLCK). */
static int lock_as(int fd, short type, unsigned seconds)
{
	const struct flock range = {.l_type = type, .l_whence = SEEK_SET};
	const struct lock_wait wait = {seconds, 1000000, 100000000};
	return lock_range(fd, &range, &wait);
}

/* ---- adding ---- */

static int open_to_add(const char *state_dir, const char *path)
{
	int fd = path_open_file(path, O_RDWR | O_APPEND, 0);
	if (fd < 0 && errno == ENOENT)
		fd = share_open_in(state_dir, file_name, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK,
			SHARE_STATE);
	return fd;
}

/* Opens it locked: whoever empties the file waits until the lines are written. */
static int open_locked(const char *state_dir, const char *path, struct stat *st)
{
	int fd = open_to_add(state_dir, path);
	if (fd < 0 || (lock_as(fd, F_RDLCK, ADD_SECONDS) == 0 && fstat(fd, st) == 0))
		return fd;
	int e = errno;
	close(fd); /* nothing was written */
	errno = e;
	return -1;
}

/* If several processes begin the file at once, the first of these lines counts. */
static void put_head(struct buf *to)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	buf_fmt(to, "uses 1 %llu\n",
		(unsigned long long)now.tv_sec * 1000000000 + (unsigned long long)now.tv_nsec);
}

static void put_line(struct buf *to, const struct use *u, int64_t now)
{
	buf_fmt(to, "%lld %u%c " STR_FMT "\n", (long long)now, u->list, u->is_spam ? '!' : '+',
		STR_ARGS(u->entry));
}

static int add_to(const char *state_dir, const char *path, const struct use *uses, size_t count,
	int64_t now, uint64_t *size, struct buf *lines, struct err *err)
{
	struct stat st;
	int fd = open_locked(state_dir, path, &st);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", path, beneath_why(errno));
	if (st.st_size == 0)
		put_head(lines);
	for (size_t i = 0; i < count && i < USES_AT_ONCE; i++)
		put_line(lines, &uses[i], now);
	*size = (uint64_t)st.st_size + lines->n;
	int r = *size > LOG_MOST ? err_temp(err, "%s is too large", path)
				 : io_write(fd, buf_str(lines), path, err);
	if (io_close(fd, path, r == 0 ? err : NULL) < 0)
		r = -1;
	return r;
}

int uses_log_add(const char *state_dir, const struct use *uses, size_t count, int64_t now,
	uint64_t *size, struct err *err)
{
	struct arena *mem = arena_new();
	struct buf lines = {0};
	int r = add_to(state_dir, path_of(state_dir, mem), uses, count, now, size, &lines, err);
	buf_free(&lines);
	arena_free(mem);
	return r;
}

/* ---- reading ---- */

static int lock(int fd, bool empties, const char *path, struct err *err)
{
	if (lock_as(fd, empties ? F_WRLCK : F_RDLCK, LOCK_SECONDS) < 0)
		return err_temp(err, "cannot lock %s: %s", path, strerror(errno));
	return 0;
}

static void read_head(struct uses_log *log)
{
	struct str rest = log->text, line;
	unsigned long long n;
	if (str_line(&rest, &line) && str_starts(line, head) &&
		str_number(str_slice(line, head.n, line.n), UINT64_MAX, &n))
		log->generation = n;
}

static int read_locked(
	struct uses_log *log, const char *path, bool empties, struct arena *mem, struct err *err)
{
	struct buf text = {0};
	if (lock(log->fd, empties, path, err) < 0)
		return -1;
	int r = io_read_all(log->fd, LOG_MOST, &text, path, err);
	log->text = arena_str(mem, buf_str(&text));
	buf_free(&text);
	read_head(log);
	return r;
}

int uses_log_open(const char *state_dir, bool empties, struct arena *mem, struct uses_log *log,
	struct err *err)
{
	const char *path = path_of(state_dir, mem);
	*log = (struct uses_log){.fd = path_open_file(path, empties ? O_RDWR : O_RDONLY, 0)};
	if (log->fd < 0)
		return errno == ENOENT
			       ? 0
			       : err_temp(err, "cannot open %s: %s", path, beneath_why(errno));
	if (read_locked(log, path, empties, mem, err) == 0)
		return 0;
	uses_log_close(log);
	return -1;
}

int uses_log_sync(const struct uses_log *log, struct err *err)
{
	return io_fsync(log->fd, file_name, err);
}

int uses_log_empty(const struct uses_log *log, struct err *err)
{
	if (ftruncate(log->fd, 0) < 0)
		return err_temp(err, "cannot empty %s: %s", file_name, strerror(errno));
	return 0;
}

void uses_log_close(struct uses_log *log)
{
	if (log->fd >= 0)
		close(log->fd); /* nothing was written through it */
	log->fd = -1;
}

/* ---- a line ---- */

static bool take(struct str line, struct uses_line *l)
{
	struct str word;
	unsigned long long seconds;
	if (!str_word(&line, &word) || !str_number(word, INT64_MAX, &seconds) ||
		!str_word(&line, &word) || word.n != 2 || word.p[0] < '0' ||
		word.p[0] >= '0' + USES_LISTS || (word.p[1] != '+' && word.p[1] != '!'))
		return false;
	struct str entry = str_trim(line);
	*l = (struct uses_line){
		(int64_t)seconds, {(enum uses_list)(word.p[0] - '0'), word.p[1] == '!', entry}};
	return entry.n > 0 && entry.n <= USES_ENTRY_MOST;
}

bool uses_log_next(struct str *text, struct uses_line *line)
{
	struct str one;
	while (str_line(text, &one))
		if (take(one, line))
			return true;
	return false;
}
