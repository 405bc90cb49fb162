/* Waiting for a lock: it is free, held for ever, given up while we wait, or cannot be taken. */
#include "tests/unit/table.h"

#include "base/lock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[] = "/tmp/mda-lock-XXXXXX";

static const struct flock byte = {
	.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 7, .l_len = 1};
static const struct flock other_byte = {
	.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 8, .l_len = 1};

static int take(bool range, int fd, unsigned seconds)
{
	const struct lock_wait wait = {seconds, 100000, 3200000};
	return range ? lock_range(fd, &byte, &wait) : lock_file(fd, &wait);
}

static int open_file(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* ---- at once ---- */

enum held { FREE, HELD, HELD_ELSEWHERE, BAD };

static const struct row {
	const char *name;
	bool range;
	enum held held;
	int expected; /* errno, or 0 if the lock is taken */
} rows[] = {
	{"file: free", false, FREE, 0},
	{"file: held by another", false, HELD, EWOULDBLOCK},
	{"file: not a descriptor", false, BAD, EBADF},
	{"range: free", true, FREE, 0},
	{"range: held by another", true, HELD, EWOULDBLOCK},
	{"range: another one is held", true, HELD_ELSEWHERE, 0},
	{"range: not a descriptor", true, BAD, EBADF},
};

static void test_at_once(void **state)
{
	const struct row *row = *state;
	const struct lock_wait none = {0, 0, 0};
	int holder = open_file(), fd = open_file();
	if (row->held == HELD)
		assert_int_equal(take(row->range, holder, 0), 0);
	if (row->held == HELD_ELSEWHERE)
		assert_int_equal(lock_range(holder, &other_byte, &none), 0);
	errno = 0;
	int r = take(row->range, row->held == BAD ? -1 : fd, 0);
	assert_int_equal(errno, row->expected);
	assert_int_equal(r, row->expected ? -1 : 0);
	close(fd);
	close(holder);
}

/* ---- after a while ---- */

static const struct kind {
	const char *name;
	bool range;
} kinds[] = {{"file: its holder ends", false}, {"range: its holder ends", true}};

/* Holds the lock, says so, and ends soon. */
static void hold(bool range, int said)
{
	if (take(range, open_file(), 0) < 0 || write(said, "", 1) != 1)
		_exit(1);
	usleep(50000);
	_exit(0);
}

static void test_after_a_while(void **state)
{
	const struct kind *kind = *state;
	int said[2], status, fd = open_file();
	char byte_read;
	assert_int_equal(pipe(said), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		hold(kind->range, said[1]);
	assert_int_equal(read(said[0], &byte_read, 1), 1);
	assert_int_equal(take(kind->range, fd, 300), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(said[0]);
	close(said[1]);
	close(fd);
}

int main(void)
{
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	const struct table tables[] = {TABLE(test_at_once, rows), TABLE(test_after_a_while, kinds)};
	int failed = table_run("lock", tables, sizeof tables / sizeof *tables);
	unlink(path);
	return failed;
}
