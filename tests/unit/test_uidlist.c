/* The files of IMAP servers: syntax, reading line by line, marks, and the lock. */
#include "tests/unit/test_store.h"

#include "base/buf.h"
#include "base/limits.h"
#include "store/dotlock.h"
#include "store/uidlist.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define S(text) STR_LIT(text)
#define GUID    "G0123456789abcdef0123456789abcdef"

/* ---- lines ---- */

struct header_row {
	const char *name;
	struct str line;
	bool good;
	unsigned version;
	uint32_t uidvalidity, uidnext;
	const char *others;
};

static const struct header_row headers[] = {
	{"header: Dovecot's", S("3 V17 N5 " GUID), true, 3, 17, 5, GUID},
	{"header: without a GUID", S("3 V17 N5"), true, 3, 17, 5, ""},
	{"header: fields that nobody knows", S("3 V17 N5 Xy Z"), true, 3, 17, 5, "Xy Z"},
	{"header: several blanks", S("3 V17  N5   " GUID), true, 3, 17, 5, GUID},
	{"header: N before V", S("3 N5 V17 " GUID), true, 3, 17, 5, GUID},
	{"header: the highest numbers", S("3 V4294967295 N4294967295"), true, 3, 4294967295,
		4294967295, ""},
	{"header: Courier's", S("1 17 5"), true, 1, 17, 5, ""},
	{"header: empty", S(""), false, 0, 0, 0, ""},
	{"header: the version alone", S("3"), false, 0, 0, 0, ""},
	{"header: no blank", S("3V1 N1"), false, 0, 0, 0, ""},
	{"header: version 2", S("2 V1 N1"), false, 0, 0, 0, ""},
	{"header: version 13", S("13 V1 N1"), false, 0, 0, 0, ""},
	{"header: a letter for the version", S("V 1 1"), false, 0, 0, 0, ""},
	{"header: no V", S("3 N1"), false, 0, 0, 0, ""},
	{"header: no N", S("3 V1"), false, 0, 0, 0, ""},
	{"header: V0", S("3 V0 N1"), false, 0, 0, 0, ""},
	{"header: N0", S("3 V1 N0"), false, 0, 0, 0, ""},
	{"header: V empty", S("3 V N1"), false, 0, 0, 0, ""},
	{"header: V too high", S("3 V4294967296 N1"), false, 0, 0, 0, ""},
	{"header: V is no number", S("3 V1x N1"), false, 0, 0, 0, ""},
	{"header: N negative", S("3 V1 N-1"), false, 0, 0, 0, ""},
	{"header: short GUID", S("3 V1 N1 G0123"), false, 0, 0, 0, ""},
	{"header: GUID with a wrong digit", S("3 V1 N1 Gx123456789abcdef0123456789abcdef"), false,
		0, 0, 0, ""},
	{"header: a NUL", S("3 V1 N1 \0"), false, 0, 0, 0, ""},
	{"header: Courier's without a next UID", S("1 17"), false, 0, 0, 0, ""},
	{"header: Courier's with a next UID 0", S("1 17 0"), false, 0, 0, 0, ""},
};

static void test_header(void **state)
{
	const struct header_row *row = *state;
	struct uidlist_header h;
	assert_int_equal(uidlist_parse_header(row->line, &h), row->good);
	if (!row->good)
		return;
	assert_int_equal(h.version, row->version);
	assert_int_equal(h.uidvalidity, row->uidvalidity);
	assert_int_equal(h.uidnext, row->uidnext);
	assert_true(str_eq(h.others, str_of(row->others)));
}

struct record_row {
	const char *name;
	unsigned version;
	struct str line;
	bool good;
	uint32_t uid;
	const char *fields, *base;
};

#define NAME_255                                                                                   \
	"5555555555555555555555555555555555555555555555555555555555555555"                         \
	"5555555555555555555555555555555555555555555555555555555555555555"                         \
	"5555555555555555555555555555555555555555555555555555555555555555"                         \
	"555555555555555555555555555555555555555555555555555555555555555"

static const struct record_row records[] = {
	{"record: a name", 3, S("7 :1.M2P3.h,S=4"), true, 7, "", "1.M2P3.h,S=4"},
	{"record: fields", 3, S("7 W12 S10 :a"), true, 7, "W12 S10", "a"},
	{"record: a field with a colon", 3, S("7 Px:y :a"), true, 7, "Px:y", "a"},
	{"record: a name with blanks", 3, S("7 :a b"), true, 7, "", "a b"},
	{"record: flags after the name", 3, S("7 :a:2,S"), true, 7, "", "a"},
	{"record: several blanks", 3, S("7   W1   :a"), true, 7, "W1", "a"},
	{"record: the highest UID", 3, S("4294967294 :a"), true, 4294967294, "", "a"},
	{"record: a name of 255 bytes", 3, S("7 :" NAME_255), true, 7, "", NAME_255},
	{"record: a name of 256 bytes", 3, S("7 :" NAME_255 "5"), false, 0, "", ""},
	{"record: a name in Latin 1", 3, S("7 :\xe9"), true, 7, "", "\xe9"},
	{"record: Courier's", 1, S("7 a"), true, 7, "", "a"},
	{"record: Courier's with a blank", 1, S("7 a b"), true, 7, "", "a b"},
	{"record: Courier's without a name", 1, S("7"), false, 0, "", ""},
	{"record: Courier's with a slash", 1, S("7 ../a"), false, 0, "", ""},
	{"record: empty", 3, S(""), false, 0, "", ""},
	{"record: UID 0", 3, S("0 :a"), false, 0, "", ""},
	{"record: UID too high", 3, S("4294967295 :a"), false, 0, "", ""},
	{"record: UID far too high", 3, S("99999999999999999999 :a"), false, 0, "", ""},
	{"record: UID negative", 3, S("-1 :a"), false, 0, "", ""},
	{"record: UID is no number", 3, S("x :a"), false, 0, "", ""},
	{"record: no UID", 3, S(":a"), false, 0, "", ""},
	{"record: a blank in front", 3, S(" 7 :a"), false, 0, "", ""},
	{"record: no name", 3, S("7 :"), false, 0, "", ""},
	{"record: no colon", 3, S("7 a"), false, 0, "", ""},
	{"record: fields without a name", 3, S("7 W1 S2"), false, 0, "", ""},
	{"record: a field in lower case", 3, S("7 w1 :a"), false, 0, "", ""},
	{"record: only flags", 3, S("7 ::2,S"), false, 0, "", ""},
	{"record: a slash", 3, S("7 :../a"), false, 0, "", ""},
	{"record: a slash after the flags", 3, S("7 :a:2,/"), false, 0, "", ""},
	{"record: a NUL", 3, S("7 :a\0b"), false, 0, "", ""},
};

static void test_record(void **state)
{
	const struct record_row *row = *state;
	struct uidlist_record r;
	assert_int_equal(uidlist_parse_record(row->line, row->version, &r), row->good);
	if (!row->good)
		return;
	assert_int_equal(r.uid, row->uid);
	assert_true(str_eq(r.fields, str_of(row->fields)));
	assert_true(str_eq(r.base, str_of(row->base)));
	struct buf out = {0};
	struct uidlist_record again;
	uidlist_put_record(&out, row->version, &r);
	struct str line = str_slice(buf_str(&out), 0, out.n - 1);
	assert_true(uidlist_parse_record(line, row->version, &again));
	assert_true(
		again.uid == r.uid && str_eq(again.fields, r.fields) && str_eq(again.base, r.base));
	buf_free(&out);
}

/* ---- reading ---- */

static int temporary(struct str bytes)
{
	FILE *f = tmpfile();
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	assert_int_equal(fflush(f), 0);
	int fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, 0);
	assert_true(fd >= 0);
	fclose(f);
	return fd;
}

struct lines_row {
	const char *name;
	size_t first, second; /* lengths of two lines */
	const char *end;      /* after the second */
	bool torn;
};

static const struct lines_row line_rows[] = {
	{"lines: short", 5, 7, "\n", false},
	{"lines: empty", 0, 0, "\n", false},
	{"lines: without an end", 5, 7, "", true},
	{"lines: with an end and a letter", 5, 7, "\nx", true},
	{"lines: as long as may be", UIDLIST_LINE_MAX, UIDLIST_LINE_MAX, "\n", false},
	{"lines: a chunk", 65535, 65535, "\n", false},
	{"lines: one more than a chunk", 65536, 65536, "\n", false},
	{"lines: several chunks", 200000, 10, "\n", false},
	{"lines: several chunks, the last", 10, 200000, "\n", false},
	{"lines: several chunks without an end", 10, 200000, "", true},
	{"lines: a chunk without an end", 10, 65525, "", true},
};

static void test_lines(void **state)
{
	const struct lines_row *row = *state;
	struct uidlist_reader r;
	struct err err;
	struct str line;
	struct buf b = {0};
	memset(buf_grow(&b, row->first), 'a', row->first);
	b.n += row->first;
	buf_byte(&b, '\n');
	memset(buf_grow(&b, row->second), 'b', row->second);
	b.n += row->second;
	size_t whole = b.n;
	buf_text(&b, row->end);
	int fd = temporary(buf_str(&b));
	uidlist_reader_init(&r, fd, 0);
	assert_int_equal(uidlist_next_line(&r, &line, &err), 1);
	assert_true(line.n == row->first || (line.n > UIDLIST_LINE_MAX && line.n < row->first));
	assert_true(line.n == 0 || line.p[line.n - 1] == 'a');
	assert_int_equal(r.offset, row->first + 1);
	if (row->end[0]) {
		assert_int_equal(uidlist_next_line(&r, &line, &err), 1);
		assert_true(line.n == row->second ||
			    (line.n > UIDLIST_LINE_MAX && line.n < row->second));
		assert_true(line.n == 0 || line.p[line.n - 1] == 'b');
		assert_int_equal(r.offset, whole + 1);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(uidlist_next_line(&r, &line, &err), 0);
	assert_int_equal(r.torn, row->torn);
	assert_int_equal(r.offset, row->end[0] ? whole + 1 : row->first + 1);
	uidlist_reader_free(&r);
	close(fd);
	buf_free(&b);
}

/* A file can have terabytes without taking room on the disk. */
static void test_hole(void **state)
{
	enum { HOLE = 3 * LIMIT_UIDLIST_SKIPPED };
	struct uidlist_reader r;
	struct err err;
	struct str line;
	(void)state;
	int fd = temporary(STR_LIT("a\n"));
	assert_int_equal(pwrite(fd, "\nb\n", 3, HOLE), 3);
	uidlist_reader_init(&r, fd, 0);
	assert_int_equal(uidlist_next_line(&r, &line, &err), 1);
	assert_int_equal(line.n, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(uidlist_next_line(&r, &line, &err), 0);
	assert_true(r.torn && r.skipped < HOLE);
	uidlist_reader_free(&r);
	close(fd);
}

/* ---- marks ---- */

static const char list[] = "3 V17 N5 " GUID "\n1 :aaa\n2 :bbb\n";

struct mark_row {
	const char *name;
	long at; /* where the file is changed; negative: nowhere */
	const char *bytes;
	long size; /* then it is cut or grown to this; negative: not */
	int holds;
};

static const struct mark_row marks[] = {
	{"mark: nothing changed", -1, "", -1, 1},
	{"mark: appended", sizeof list - 1, "3 :ccc\n", -1, 1},
	{"mark: another header", 3, "9", -1, 0},
	{"mark: another last record", sizeof list - 3, "x", -1, 0},
	{"mark: another record before", sizeof list - 10, "x", -1, 0},
	{"mark: cut short", -1, "", sizeof list - 2, 0},
	{"mark: empty", -1, "", 0, 0},
};

static void test_mark(void **state)
{
	const struct mark_row *row = *state;
	struct err err;
	struct uidlist_mark mark;
	int fd = temporary(str_of(list));
	assert_int_equal(uidlist_mark(fd, sizeof list - 1, 2, &mark, &err), 0);
	if (row->at >= 0)
		assert_true(pwrite(fd, row->bytes, strlen(row->bytes), row->at) > 0);
	if (row->size >= 0)
		assert_int_equal(ftruncate(fd, row->size), 0);
	assert_int_equal(uidlist_mark_holds(fd, &mark, &err), row->holds);
	close(fd);
}

static void test_mark_of_another(void **state)
{
	struct err err;
	struct uidlist_mark mark;
	int one = temporary(str_of(list)), other = temporary(str_of(list));
	(void)state;
	assert_int_equal(uidlist_mark(one, sizeof list - 1, 2, &mark, &err), 0);
	assert_int_equal(uidlist_mark_holds(other, &mark, &err), 0);
	close(one);
	close(other);
}

/* A line that was written only in part must not stay, because the next writer would continue it. */
static void test_append(void **state)
{
	struct err err;
	struct stat st;
	int fd = temporary(str_of(list));
	(void)state;
	assert_int_equal(uidlist_append(fd, "list", STR_LIT("3 :ccc\n"), &err), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, sizeof list - 1 + 7);
	close(fd);
	fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(uidlist_append(fd, "list", STR_LIT("3 :ccc\n"), &err), -1);
	assert_non_null(strstr(err.text, "No space left"));
	close(fd);
}

/* ---- the lock ---- */

enum owner { NOBODY, GONE, ALIVE, OTHERS, OURSELVES, ELSEWHERE, NO_NAME };

struct lock_row {
	const char *name;
	enum owner owner;
	const char *contents; /* in place of "pid:host" */
	long age;             /* seconds */
	bool file_is_old, taken;
};

static const struct lock_row locks[] = {
	{"lock: free", NOBODY, NULL, 0, false, true},
	{"lock: of a process that is gone", GONE, NULL, 0, false, true},
	{"lock: of a process that lives", ALIVE, NULL, 0, false, false},
	{"lock: of one that lives, old, but the file is in use", ALIVE, NULL, 300, false, false},
	{"lock: of one that lives and does nothing", ALIVE, NULL, 300, true, false},
	{"lock: of one that lives, from last year", ALIVE, NULL, 31536000, true, false},
	{"lock: of another user's that lives", OTHERS, NULL, 0, false, false},
	{"lock: of another user's that lives, a while ago", OTHERS, NULL, 30, true, false},
	{"lock: its number has become another user's", OTHERS, NULL, 300, false, true},
	{"lock: with our own number", OURSELVES, NULL, 0, false, true},
	{"lock: of another host", ELSEWHERE, NULL, 0, false, false},
	{"lock: of another host, two minutes ago", ELSEWHERE, NULL, 115, true, false},
	{"lock: of another host, long ago", ELSEWHERE, NULL, 125, true, true},
	{"lock: empty", NO_NAME, "", 0, false, false},
	{"lock: empty, and it stays so", NO_NAME, "", -1000, true, true},
	{"lock: empty, long ago", NO_NAME, "", 125, true, true},
	{"lock: a number alone", NO_NAME, "1", 0, false, false},
	{"lock: no number", NO_NAME, "x:y", 0, false, false},
	{"lock: process 0", NO_NAME, "0:h", 0, false, false},
	{"lock: process -1", NO_NAME, "-1:h", 0, false, false},
	{"lock: from the future", ELSEWHERE, NULL, -1000, true, false},
};

static pid_t dead_process(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return child;
}

static void wait_for_user(pid_t pid, uid_t user)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "/proc/%ld", (long)pid);
	do
		assert_int_equal(stat(path, &st), 0);
	while (st.st_uid != user);
}

static const char *contents_of(struct box *b, const struct lock_row *row, pid_t *child)
{
	char host[256] = "";
	assert_int_equal(gethostname(host, sizeof host - 1), 0);
	pid_t pid = row->owner == OURSELVES ? getpid() : 1;
	if (row->owner == GONE)
		pid = dead_process();
	if (row->owner == ALIVE || row->owner == OTHERS) {
		pid = *child = fork();
		if (pid == 0 && row->owner == OTHERS && setuid(12345) < 0)
			_exit(1);
		if (pid == 0)
			for (;;)
				pause();
	}
	if (row->owner == OTHERS)
		wait_for_user(pid, 12345);
	if (row->contents)
		return row->contents;
	return arena_fmt(
		b->mem, "%ld:%s%s", (long)pid, host, row->owner == ELSEWHERE ? ".elsewhere" : "")
		.p;
}

static void make_older(struct box *b, const char *path, long seconds)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}};
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, box_path(b, path), times, 0), 0);
}

static void test_lock(void **state)
{
	const struct lock_row *row = *state;
	struct box *b = box_new();
	struct dotlock lock;
	pid_t child = 0;
	if (row->owner == OTHERS && geteuid() != 0) {
		box_free(b);
		skip();
	}
	box_write(b, "list", "x");
	if (row->file_is_old)
		make_older(b, "list", 1000);
	if (row->owner != NOBODY) {
		box_write(b, "list.lock", contents_of(b, row, &child));
		make_older(b, "list.lock", row->age);
	}
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dotlock_take(&lock, dir, "list", row->taken ? 60 : 0, &b->err);
	assert_int_equal(r, row->taken ? 0 : -1);
	assert_true(box_has(b, "list.lock"));
	dotlock_release(&lock);
	dotlock_release(&lock);
	assert_int_equal(box_has(b, "list.lock"), !row->taken);
	if (child) {
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
	}
	close(dir);
	box_free(b);
}

static void test_lock_of_another(void **state)
{
	struct box *b = box_new();
	struct dotlock lock;
	(void)state;
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(dotlock_take(&lock, dir, "list", 0, &b->err), 0);
	box_write(b, "other", "1:elsewhere");
	assert_int_equal(rename(box_path(b, "other"), box_path(b, "list.lock")), 0);
	dotlock_release(&lock);
	assert_true(box_has(b, "list.lock"));
	close(dir);
	box_free(b);
}

/*
 * Another host broke the lock, and holds it or has released it: a process that stood still
 * meanwhile must not write.
 */
static void test_lost_lock(void **state)
{
	struct box *b = box_new();
	struct dotlock lock;
	(void)state;
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(dotlock_take(&lock, dir, "list", 0, &b->err), 0);
	assert_int_equal(dotlock_check(&lock, &b->err), 0);
	assert_int_equal(unlink(box_path(b, "list.lock")), 0);
	assert_int_equal(dotlock_check(&lock, &b->err), -1);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	box_write(b, "list.lock", "1:elsewhere");
	assert_int_equal(dotlock_check(&lock, &b->err), -1);
	dotlock_release(&lock);
	assert_true(box_has(b, "list.lock"));
	assert_int_equal(dotlock_check(&lock, &b->err), -1);
	close(dir);
	box_free(b);
}

/* The clock steps by an hour: a lock of another host, made just now, looks old all at once. */
static void test_clock_step(void **state)
{
	struct box *b = box_new();
	struct dotlock lock;
	(void)state;
	box_write(b, "list", "x");
	box_write(b, "list.lock", "1:elsewhere");
	make_older(b, "list", 3600);
	make_older(b, "list.lock", 3600);
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(dotlock_take(&lock, dir, "list", 2, &b->err), -1);
	assert_true(box_has(b, "list.lock"));
	close(dir);
	box_free(b);
}

enum { LOCKERS = 4, TURNS = 200 };

/* Each adds one to a number in a file: a lock that two have loses some. */
static void count_up(const char *dir_path)
{
	struct dotlock lock;
	char number[32] = "";
	int dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < TURNS; i++) {
		if (dotlock_take(&lock, dir, "list", 60, NULL) < 0)
			_exit(1);
		int fd = openat(dir, "list", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		ssize_t n = pread(fd, number, sizeof number - 1, 0);
		number[n > 0 ? n : 0] = '\0';
		n = snprintf(number, sizeof number, "%d", atoi(number) + 1);
		if (pwrite(fd, number, (size_t)n, 0) != n)
			_exit(1);
		close(fd);
		/* At the end it dies with the lock. */
		if (i + 1 == TURNS)
			_exit(0);
		dotlock_release(&lock);
	}
	_exit(0);
}

static void test_lockers(void **state)
{
	struct box *b = box_new();
	(void)state;
	for (int i = 0; i < LOCKERS; i++)
		if (fork() == 0)
			count_up(b->dir);
	for (int i = 0; i < LOCKERS; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 1); /* valgrind has others */
	}
	FILE *f = fopen(box_path(b, "list"), "r");
	assert_non_null(f);
	char number[32] = "";
	assert_non_null(fgets(number, sizeof number, f));
	fclose(f);
	assert_int_equal(atoi(number), LOCKERS * TURNS);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_header, headers),
		TABLE(test_record, records),
		TABLE(test_lines, line_rows),
		TABLE_OF_ONE(test_hole, "a hole instead of lines"),
		TABLE(test_mark, marks),
		TABLE_OF_ONE(test_mark_of_another, "mark: the same bytes in another file"),
		TABLE_OF_ONE(test_append, "append: whole or not at all"),
		TABLE(test_lock, locks),
		TABLE_OF_ONE(test_lost_lock, "lock: lost while we stood still"),
		TABLE_OF_ONE(test_clock_step, "lock: the clock steps"),
		TABLE_OF_ONE(test_lock_of_another, "lock: broken by another is not ours to remove"),
		TABLE_OF_ONE(test_lockers, "lock: four processes, 200 turns each"),
	};
	return table_run("UID lists", tables, sizeof tables / sizeof *tables);
}
