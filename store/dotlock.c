#include "store/dotlock.h"

#include "base/beneath.h"
#include "base/host.h"
#include "base/io.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CONTENTS = 512,
	HOST_BYTES = 256,
	FIRST_WAIT_MICROSECONDS = 1000,
	LAST_WAIT = 50000,
	EMPTY_SECONDS = 5,
	WATCH_SECONDS = 20,
	YOUNGER_SECONDS = 60
};

/* What a lock file looks like at one moment. */
struct sight {
	struct stat st;
	pid_t pid;  /* 0: none, or a process of another host */
	bool empty; /* just made, and without an owner yet */
	bool blank; /* zeros: its bytes were not on the disk before the power was lost */
};

static void name_of(char path[NAME_MAX + 1], const struct dotlock *lock)
{
	snprintf(path, NAME_MAX + 1, "%.200s.lock", lock->file); /* it fits: the name is cut here */
}

/* ---- somebody else's lock ---- */

static pid_t parse_pid(struct str contents)
{
	unsigned long long pid;
	const char *host = host_name();
	struct str text = str_trim(contents);
	size_t colon = str_find(text, ':');
	if (colon == text.n || !str_number(str_slice(text, 0, colon), INT_MAX, &pid) ||
		!str_eq(str_slice(text, colon + 1, text.n), str_of(host)))
		return 0;
	return (pid_t)pid;
}

static bool is_blank(const char *bytes, size_t n)
{
	size_t i = 0;
	while (i < n && bytes[i] == '\0')
		i++;
	return i == n;
}

/* Reads the lock file into *SIGHT. False when it does not exist any more. */
static bool look(int dir, const char *path, struct sight *sight)
{
	char contents[CONTENTS];
	*sight = (struct sight){0};
	int fd = beneath_open(dir, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return beneath_lstat(dir, path, &sight->st) == 0;
	ssize_t n = io_read(fd, contents, sizeof contents);
	sight->empty = n == 0;
	sight->blank = n > 0 && is_blank(contents, (size_t)n);
	if (n > 0)
		sight->pid = parse_pid((struct str){contents, (size_t)n});
	int r = fstat(fd, &sight->st);
	close(fd); /* nothing was written */
	return r == 0;
}

static bool is_old(const struct stat *st, time_t now)
{
	return st->st_mtime < now - DOTLOCK_STALE_SECONDS;
}

/*
 * The start time, the 22nd field of /proc/PID/stat. The 2nd field may hold any bytes; its end is
 * the last closing parenthesis. 0: unknown.
 */
static unsigned long long start_ticks(pid_t pid)
{
	enum { AFTER_NAME = 20 };
	char path[64], text[CONTENTS * 2];
	unsigned long long ticks = 0;
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid); /* it fits */
	int fd = path_open(path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	ssize_t n = io_read(fd, text, sizeof text);
	close(fd); /* nothing was written */
	struct str rest = {text, n > 0 ? (size_t)n : 0}, field = STR_EMPTY;
	rest = str_slice(rest, str_rfind(rest, ')') + 1, rest.n);
	for (int i = 0; i < AFTER_NAME; i++)
		if (!str_word(&rest, &field))
			return 0;
	return str_number(field, ULLONG_MAX, &ticks) ? ticks : 0;
}

/*
 * Did the process start when the lock had already existed for a while? The clock may have been set
 * a little in between.
 */
static bool is_younger(pid_t pid, const struct stat *st)
{
	struct timespec up;
	unsigned long long ticks = start_ticks(pid);
	long rate = sysconf(_SC_CLK_TCK);
	if (ticks == 0 || rate <= 0 || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return false;
	long long age = (long long)up.tv_sec - (long long)(ticks / (unsigned long long)rate);
	return time(NULL) - age > st->st_mtime + YOUNGER_SECONDS;
}

/*
 * Is the process that made the lock still alive? We hold the mailbox's lock, so a lock with our own
 * number was made by an earlier process that had this number. A process that lives keeps its lock
 * as long as it likes, even if its disk hangs or the clock is set. But a process of another user
 * that began after the lock was made only got the number of a process that is gone. The user alone
 * proves nothing: a file system may show another owner, and somebody may change the files' owner.
 * (A process of root may have become the user.)
 */
static bool has_owner(const struct sight *sight)
{
	char path[64];
	struct stat st;
	if (sight->pid == getpid() || (kill(sight->pid, 0) < 0 && errno == ESRCH))
		return false;
	snprintf(path, sizeof path, "/proc/%ld", (long)sight->pid); /* it fits */
	return path_stat(path, &st) < 0 || st.st_uid == 0 || st.st_uid == sight->st.st_uid ||
	       !is_younger(sight->pid, &sight->st);
}

/*
 * By the clock, has nothing changed for long under the lock of another host, or of nobody known?
 * The clock may have been set, so this alone is not enough.
 */
static bool seems_forgotten(const struct dotlock *lock, const struct sight *sight)
{
	struct stat st;
	time_t now = time(NULL);
	return is_old(&sight->st, now) &&
	       (beneath_lstat(lock->dir, lock->file, &st) < 0 || is_old(&st, now));
}

/*
 * Looks again just before it removes the lock: another process may have broken the old one and
 * taken a new one.
 */
static void break_lock(const struct dotlock *lock, const char *path, const struct sight *sight)
{
	struct sight again;
	if (!look(lock->dir, path, &again) || again.st.st_ino != sight->st.st_ino ||
		again.st.st_dev != sight->st.st_dev || again.pid != sight->pid ||
		again.st.st_ctim.tv_sec != sight->st.st_ctim.tv_sec ||
		again.st.st_ctim.tv_nsec != sight->st.st_ctim.tv_nsec)
		return;
	beneath_unlink(lock->dir, path); /* if it fails, the next try finds the lock again */
}

/* Time that really passed, whatever the clock says. */
struct wait {
	struct sight first;
	long long since;
};

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* How long the same lock has been seen without a change. */
static long long seen_seconds(struct wait *w, const struct sight *now)
{
	if (!w->since || !is_same(&w->first.st, &now->st))
		*w = (struct wait){*now, io_microseconds()};
	return (io_microseconds() - w->since) / 1000000;
}

/*
 * A lock is written to at once after it was made, so if it stays empty, its writer is gone; a power
 * failure may leave such a file. A lock of zeros was left by one too, as nobody writes zeros. A
 * lock of another host must be old, and must stay unchanged while we watch: a change of the clock
 * alone does not make a lock stale.
 */
static bool is_stale(const struct dotlock *lock, struct wait *w, const struct sight *sight)
{
	long long seconds = seen_seconds(w, sight);
	if (sight->pid)
		return !has_owner(sight);
	if (sight->blank)
		return true;
	if (sight->empty)
		return seconds >= EMPTY_SECONDS || seems_forgotten(lock, sight);
	return seconds >= WATCH_SECONDS && seems_forgotten(lock, sight);
}

/* ---- our lock ---- */

static int write_owner(int fd)
{
	char text[HOST_BYTES + 32];
	const char *host = host_name();
	int n = snprintf(text, sizeof text, "%ld:%s", (long)getpid(), host);
	if (io_write(fd, (struct str){text, (size_t)n}, "a lock", NULL) == 0)
		return 0;
	(void)!ftruncate(fd, 0); /* a part of it does not name an owner */
	return -1;
}

/*
 * The file has no name until its contents are complete. Otherwise, if we were killed in between, a
 * lock without an owner would remain, and everybody would wait until it is stale.
 */
static int create_whole(const struct dotlock *lock, const char *path)
{
	int fd = beneath_open(lock->dir, ".", O_WRONLY | O_TMPFILE, 0600);
	if (fd < 0)
		return -1;
	share_file(fd, lock->dir, SHARE_MAIL);
	if (write_owner(fd) == 0 && beneath_link_open(fd, lock->dir, path) == 0)
		return fd;
	int e = errno;
	close(fd); /* it goes with it */
	errno = e;
	return -1;
}

/* For file systems that cannot do that, or are full: an empty file is a lock too. */
static int create_empty(const struct dotlock *lock, const char *path)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(lock->dir, path, how, lock->dir, SHARE_MAIL);
	if (fd >= 0)
		(void)write_owner(fd); /* an empty file is a lock too */
	return fd;
}

/* 1 taken, 0 somebody else has it, -1 error. */
static int try_lock(struct dotlock *lock, const char *path, struct err *err)
{
	struct stat st;
	int fd = create_whole(lock, path);
	if (fd < 0 && errno != EEXIST)
		fd = create_empty(lock, path);
	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot create the lock %s: %s", path, beneath_why(errno));
	lock->held = fstat(fd, &st) == 0;
	if (!lock->held) {
		err_temp(err, "cannot look at the lock %s: %s", path, beneath_why(errno));
		close(fd);                       /* only its inode number was needed */
		beneath_unlink(lock->dir, path); /* if it stays, the next try finds it again */
		return -1;
	}
	lock->fd = fd;
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	return 1;
}

static void wait_a_little(unsigned *microseconds)
{
	struct timespec t = {.tv_nsec = (long)*microseconds * 1000};
	nanosleep(&t, NULL); /* if a signal ends the wait early, the next look is early */
	if (*microseconds < LAST_WAIT)
		*microseconds *= 2;
}

int dotlock_take(struct dotlock *lock, int dir, const char *file, unsigned seconds, struct err *err)
{
	char path[NAME_MAX + 1];
	unsigned microseconds = FIRST_WAIT_MICROSECONDS;
	struct wait wait = {.since = 0};
	long long deadline = io_microseconds() + seconds * 1000000LL;
	*lock = (struct dotlock){.dir = dir, .file = file};
	name_of(path, lock);
	for (;;) {
		struct sight sight;
		int r = try_lock(lock, path, err);
		if (r != 0)
			return r < 0 ? -1 : 0;
		bool there = look(dir, path, &sight);
		if (there && is_stale(lock, &wait, &sight))
			break_lock(lock, path, &sight);
		if (io_microseconds() >= deadline)
			return err_temp(err, "%s is still locked by process %ld (%s)", file,
				(long)sight.pid, path);
		wait_a_little(&microseconds);
	}
}

int dotlock_check(const struct dotlock *lock, struct err *err)
{
	char path[NAME_MAX + 1];
	struct stat st;
	name_of(path, lock);
	if (lock->held && beneath_lstat(lock->dir, path, &st) == 0 && st.st_ino == lock->inode &&
		st.st_dev == lock->device)
		return 0;
	return err_temp(err,
		"the lock %s was lost: another process took it while this one was suspended", path);
}

void dotlock_release(struct dotlock *lock)
{
	char path[NAME_MAX + 1];
	if (!lock->held)
		return;
	name_of(path, lock);
	if (dotlock_check(lock, NULL) == 0)
		beneath_unlink(lock->dir, path); /* if it stays, it is stale once we end */
	close(lock->fd);                         /* nothing was written */
	lock->held = false;
}
