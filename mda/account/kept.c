#include "mda/account/kept.h"

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/share.h"
#include "mda/account/account_frame.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char newest[] = "explain", magic[] = "MDAK";

enum {
	HEAD = 4 + 4 + 8,
	DAY = 24 * 3600,
	FILE_MOST = LIMIT_EXPLAIN_FILES / 8, /* then a new one is begun */
};

static void put_number(char *to, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (char)(number >> (8 * i));
}

static uint64_t get_number(const char *from, size_t size)
{
	uint64_t number = 0;
	for (size_t i = size; i-- > 0;)
		number = number << 8 | (unsigned char)from[i];
	return number;
}

/* Of words of 8 bytes; for damage, and no protection against the owner of the file. */
static uint64_t checksum(struct str bytes)
{
	uint64_t sum = bytes.n, word;
	for (size_t i = 0; i < bytes.n; i += sizeof word) {
		size_t n = bytes.n - i < sizeof word ? bytes.n - i : sizeof word;
		word = 0;
		memcpy(&word, bytes.p + i, n);
		sum = (sum ^ le64toh(word)) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 32;
	}
	return sum;
}

/* ---- the files ---- */

static int is_older(const struct dirent *entry)
{
	struct str name = str_of(entry->d_name), prefix = STR_LIT("explain.");
	if (!str_starts(name, prefix) || name.n != prefix.n + 16)
		return 0;
	for (size_t i = prefix.n; i < name.n; i++)
		if (!ascii_isdigit(name.p[i]) && (name.p[i] < 'a' || name.p[i] > 'f'))
			return 0;
	return 1;
}

/* When the file was full, from its name. */
static uint64_t end_of(const char *name)
{
	return strtoull(name + strlen("explain."), NULL, 16);
}

static const char *path_of(const char *state_dir, const char *name, struct arena *mem)
{
	return arena_fmt(mem, "%s/%s", state_dir, name).p;
}

static void free_names(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

/*
 * Removes files that ended more than KEEP seconds ago, and the oldest, so that there is room for a
 * new one. The names are in the order of time. What cannot be removed is left for the next time.
 */
static void prune(const char *state_dir, uint64_t now, size_t keep, struct arena *mem)
{
	struct dirent **entries;
	int count = path_scandir(state_dir, &entries, is_older);
	uint64_t total = FILE_MOST, age = (uint64_t)keep * 1000000;
	for (int i = count - 1; i >= 0; i--) {
		struct stat st;
		const char *path = path_of(state_dir, entries[i]->d_name, mem);
		if (path_lstat(path, &st) == 0)
			total += (uint64_t)st.st_size;
		uint64_t end = end_of(entries[i]->d_name);
		if (total > LIMIT_EXPLAIN_FILES || (end < now && now - end > age))
			(void)path_unlink(path); /* the next prune tries again */
	}
	if (count >= 0)
		free_names(entries, count);
}

/* ---- adding ---- */

static bool is_full(const struct stat *st, uint64_t now)
{
	uint64_t today = now / 1000000 / DAY;
	return st->st_size > 0 &&
	       (st->st_size >= FILE_MOST || (uint64_t)st->st_mtime / DAY != today);
}

static int open_newest(const char *state_dir, struct arena *mem, struct stat *st)
{
	int fd = path_open(
		path_of(state_dir, newest, mem), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ENOENT)
		fd = share_open_in(
			state_dir, newest, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, SHARE_STATE);
	if (fd < 0 || (fstat(fd, st) == 0 && S_ISREG(st->st_mode)))
		return fd;
	close(fd); /* nothing was written */
	errno = EINVAL;
	return -1;
}

/*
 * One delivery renames the full file; others go on with it, and find the new one next time. Never
 * waits: if another has the lock, it renames.
 */
static void turn(
	const char *state_dir, int fd, const struct stat *full, uint64_t now, struct arena *mem)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;
	char name[40];
	const char *from = path_of(state_dir, newest, mem);
	if (fcntl(fd, F_OFD_SETLK, &all) < 0 || path_lstat(from, &st) < 0 ||
		st.st_ino != full->st_ino || st.st_dev != full->st_dev)
		return;
	snprintf(name, sizeof name, "explain.%016llx", (unsigned long long)now); /* it fits */
	/* If it fails, the next delivery tries again. */
	(void)path_rename(from, path_of(state_dir, name, mem));
}

static int append(const char *state_dir, struct str record, size_t keep, uint64_t now,
	struct arena *mem, struct err *err)
{
	struct stat st;
	int fd = open_newest(state_dir, mem, &st);
	if (fd >= 0 && is_full(&st, now)) {
		turn(state_dir, fd, &st, now, mem);
		close(fd); /* nothing was written */
		prune(state_dir, now, keep, mem);
		fd = open_newest(state_dir, mem, &st);
	}
	if (fd < 0)
		return err_temp(
			err, "cannot open %s/%s: %s", state_dir, newest, beneath_why(errno));
	/* One call: records of deliveries at the same time do not mix. A part of one is skipped. */
	ssize_t n = write(fd, record.p, record.n);
	int e = n < 0 ? errno : ENOSPC;
	if (close(fd) < 0 && n == (ssize_t)record.n) {
		e = errno;
		n = -1;
	}
	if (n == (ssize_t)record.n)
		return 0;
	return err_temp(err, "cannot write to %s/%s: %s", state_dir, newest, strerror(e));
}

static void encode(struct buf *to, const struct account *a)
{
	static const char empty[HEAD];
	buf_clear(to);
	buf_add(to, (struct str){empty, HEAD});
	account_frame_write(to, a);
	struct str frame = str_slice(buf_str(to), HEAD, to->n);
	memcpy(to->p, magic, 4);
	put_number(to->p + 4, frame.n, 4);
	put_number(to->p + 8, checksum(frame), 8);
}

int kept_add(
	const char *state_dir, struct account *a, size_t keep, struct arena *mem, struct err *err)
{
	struct buf record = {0};
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	a->time = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	a->id = arena_fmt(mem, "%llx-%x", (unsigned long long)a->time, (unsigned)getpid());
	encode(&record, a);
	if (record.n > LIMIT_EXPLAIN_RECORD) {
		struct account less = *a;
		less.finding_count = less.notes.count = less.unanswered.count = 0;
		encode(&record, &less);
	}
	int r = record.n > LIMIT_EXPLAIN_RECORD
			? err_temp(err, "the record would be larger than %d bytes",
				  LIMIT_EXPLAIN_RECORD)
			: append(state_dir, buf_str(&record), keep, a->time, mem, err);
	buf_free(&record);
	if (r < 0)
		a->id = STR_EMPTY;
	return r;
}

/* ---- reading ---- */

static void note_damage(struct kept_damage *damage, const char *why)
{
	if (damage->places++ == 0)
		(void)err_temp(&damage->why, "%s", why);
}

/* The frame of the record at the start of BYTES; NULL in WHY if it is whole. */
static struct str frame_at(struct str bytes, const char **why)
{
	*why = "it does not begin like a record";
	if (bytes.n < HEAD || memcmp(bytes.p, magic, 4) != 0)
		return STR_EMPTY;
	uint64_t n = get_number(bytes.p + 4, 4);
	*why = "a record does not end";
	if (n > LIMIT_EXPLAIN_RECORD || n > bytes.n - HEAD)
		return STR_EMPTY;
	struct str frame = str_slice(bytes, HEAD, HEAD + (size_t)n);
	*why = get_number(bytes.p + 8, 8) == checksum(frame) ? NULL : "a record is damaged";
	return frame;
}

/* Where the next record may begin, after the first byte. */
static size_t next_magic(struct str bytes)
{
	const char *p = bytes.n > 1 ? memmem(bytes.p + 1, bytes.n - 1, magic, 4) : NULL;
	return p ? (size_t)(p - bytes.p) : bytes.n;
}

/* Searching for the next record must not hash the same bytes again and again. */
enum { DAMAGE_MOST = 1000 };

bool kept_walk_bytes(struct str bytes, uint64_t since, kept_visit *visit, void *context,
	struct kept_damage *damage)
{
	struct arena *mem = arena_new();
	bool goes_on = true, skips = false;
	while (bytes.n && goes_on && damage->places < DAMAGE_MOST) {
		struct arena_mark mark = arena_mark(mem);
		struct account a;
		struct err err;
		const char *why;
		struct str frame = frame_at(bytes, &why);
		if (!why && account_frame_read(frame, mem, &a, &err) < 0)
			why = err.text;
		if (!why && a.time >= since)
			goes_on = visit(context, &a);
		if (why && !skips)
			note_damage(damage, why);
		else if (why)
			damage->places++;
		skips = why != NULL;
		bytes = str_slice(bytes, why ? next_magic(bytes) : HEAD + frame.n, bytes.n);
		arena_reset(mem, mark);
	}
	arena_free(mem);
	return goes_on;
}

static int read_file(const char *path, struct arena *mem, struct str *bytes, struct err *err)
{
	*bytes = STR_EMPTY;
	return io_read_file(path, LIMIT_EXPLAIN_FILES, mem, bytes, err) < 0 ? -1 : 0;
}

static int walk_file(const char *state_dir, const char *name, uint64_t since, kept_visit *visit,
	void *context, struct kept_damage *damage, bool *goes_on, struct err *err)
{
	struct arena *mem = arena_new();
	struct str bytes;
	int r = read_file(path_of(state_dir, name, mem), mem, &bytes, err);
	if (r == 0)
		*goes_on = kept_walk_bytes(bytes, since, visit, context, damage);
	arena_free(mem);
	return r;
}

int kept_walk(const char *state_dir, uint64_t since, kept_visit *visit, void *context,
	struct kept_damage *damage, struct err *err)
{
	struct dirent **entries = NULL;
	bool goes_on = true;
	*damage = (struct kept_damage){.places = 0};
	int r = 0, count = path_scandir(state_dir, &entries, is_older);
	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0)
		return err_temp(err, "cannot read %s: %s", state_dir, beneath_why(errno));
	for (int i = 0; i < count && r == 0 && goes_on; i++)
		if (end_of(entries[i]->d_name) >= since)
			r = walk_file(state_dir, entries[i]->d_name, since, visit, context, damage,
				&goes_on, err);
	free_names(entries, count);
	if (r == 0 && goes_on)
		r = walk_file(state_dir, newest, since, visit, context, damage, &goes_on, err);
	return r;
}

int kept_forget(const char *state_dir, size_t *files, struct err *err)
{
	struct dirent **entries = NULL;
	struct arena *mem = arena_new();
	int count = path_scandir(state_dir, &entries, is_older), r = 0;
	*files = 0;
	for (int i = 0; i <= count && r == 0; i++) {
		const char *path = path_of(state_dir, i < count ? entries[i]->d_name : newest, mem);
		r = path_unlink(path);
		*files += r == 0;
		if (r < 0 && errno == ENOENT)
			r = 0;
		else if (r < 0)
			err_temp(err, "cannot remove %s: %s", path, beneath_why(errno));
	}
	if (count >= 0)
		free_names(entries, count);
	arena_free(mem);
	return r;
}
