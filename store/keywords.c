#include "store/keywords.h"

#include "base/arena.h"
#include "base/beneath.h"
#include "base/buf.h"
#include "base/io.h"
#include "store/server_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char file_name[] = "dovecot-keywords";
static const char temporary_name[] = "dovecot-keywords.lock"; /* Dovecot uses the same name */

enum { NAME_MAX_BYTES = 50, FILE_MAX_BYTES = 16 * 1024 };

/* The file as it is now, and how it will be. */
struct keywords {
	int folder, fd;
	struct str text;
	time_t changed;
	struct str names[KEYWORDS_MAX]; /* empty: the letter is free */
	bool added;
	struct arena *mem;
};

bool keywords_is_name(struct str name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || strchr("(){%*\"\\]", name.p[i]))
			return false;
	return true;
}

/* ---- reading ---- */

static int read_text(struct keywords *k, struct err *err)
{
	struct stat st;
	const int how = O_RDONLY | O_NONBLOCK;
	k->fd = beneath_open(k->folder, file_name, how, 0);
	if (k->fd < 0 && errno == ENOENT)
		return 0;
	if (k->fd < 0 || fstat(k->fd, &st) < 0)
		return err_temp(err, "cannot open %s: %s", file_name, beneath_why(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)
		return err_temp(err, "%s is not a file of keywords", file_name);
	k->changed = st.st_mtime;
	struct buf text = {0};
	int r = io_read_all(k->fd, FILE_MAX_BYTES, &text, file_name, err);
	if (r == 0)
		k->text = arena_str(k->mem, buf_str(&text));
	buf_free(&text);
	return r;
}

/*
 * Lines with errors are skipped, as Dovecot does. If a number occurs twice, the last line counts.
 */
static void take_line(struct keywords *k, struct str line)
{
	unsigned long long number;
	size_t blank = str_find(line, ' ');
	if (blank == line.n || !str_number(str_slice(line, 0, blank), KEYWORDS_MAX - 1, &number))
		return;
	k->names[number] = str_slice(line, blank + 1, line.n);
}

static int read_names(struct keywords *k, struct err *err)
{
	if (read_text(k, err) < 0)
		return -1;
	struct str rest = k->text, line;
	while (str_line(&rest, &line))
		take_line(k, str_trim(line));
	return 0;
}

/* ---- finding letters ---- */

static size_t find_name(const struct keywords *k, struct str name)
{
	size_t i = 0;
	while (i < KEYWORDS_MAX && !str_ieq(k->names[i], name))
		i++;
	return i;
}

static size_t find_free(const struct keywords *k)
{
	size_t i = 0;
	while (i < KEYWORDS_MAX && k->names[i].n)
		i++;
	return i;
}

/* Known names come first: a later failure does not affect them. */
static unsigned known_bits(const struct keywords *k, const struct str *names, size_t count)
{
	unsigned bits = 0;
	for (size_t i = 0; i < count; i++) {
		size_t at = find_name(k, names[i]);
		if (at < KEYWORDS_MAX)
			bits |= (unsigned)KEYWORDS_FIRST_BIT << at;
	}
	return bits;
}

/* If no letter is left for a name, the others are still added. */
static int add_names(struct keywords *k, const struct str *names, size_t count, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < count; i++) {
		if (find_name(k, names[i]) < KEYWORDS_MAX)
			continue;
		size_t at = find_free(k);
		if (at == KEYWORDS_MAX) {
			r = err_temp(err,
				"the keyword " STR_FMT " is left out: the folder already has %d",
				STR_ARGS(names[i]), KEYWORDS_MAX);
			continue;
		}
		k->names[at] = names[i];
		k->added = true;
	}
	return r;
}

/* ---- writing ---- */

/* Dovecot compares the file's time in whole seconds to see whether it changed. */
static int set_time(const struct keywords *k, int fd, struct err *err)
{
	struct timespec now;
	if (k->fd < 0)
		return 0;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || now.tv_sec > k->changed)
		return 0;
	const struct timespec times[] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = k->changed + 1}};
	if (futimens(fd, times) < 0)
		return err_temp(
			err, "cannot set the time of %s: %s", file_name, beneath_why(errno));
	return 0;
}

static int write_names(const struct keywords *k, int fd, struct err *err)
{
	struct buf text = {0};
	for (size_t i = 0; i < KEYWORDS_MAX; i++) {
		if (k->names[i].n == 0)
			continue;
		buf_fmt(&text, "%zu ", i);
		buf_add(&text, k->names[i]); /* another program's name, which may have any bytes */
		buf_byte(&text, '\n');
	}
	int r = io_write(fd, buf_str(&text), temporary_name, err);
	buf_free(&text);
	return r < 0 ? r : set_time(k, fd, err);
}

static int replace(const struct keywords *k, struct err *err)
{
	int fd = server_file_start(k->folder, temporary_name, err);
	if (fd < 0)
		return -1;
	int r = write_names(k, fd, err);
	return server_file_finish(k->folder, temporary_name, file_name, fd, r == 0, err);
}

int keywords_names(int folder, struct arena *mem, struct str *names, struct err *err)
{
	struct keywords k = {.folder = folder, .fd = -1, .mem = mem};
	int r = read_names(&k, err);
	for (size_t i = 0; i < KEYWORDS_MAX; i++)
		names[i] = k.names[i];
	if (k.fd >= 0)
		close(k.fd); /* nothing was written through it */
	return r;
}

int keywords_find(
	int folder, const struct str *names, size_t count, unsigned *bits, struct err *err)
{
	struct keywords k = {.folder = folder, .fd = -1, .mem = arena_new()};
	*bits = 0;
	int r = read_names(&k, err);
	if (r == 0) {
		*bits = known_bits(&k, names, count);
		r = add_names(&k, names, count, err);
	}
	if (k.added && replace(&k, r == 0 ? err : NULL) < 0)
		r = -1;
	else if (k.added)
		*bits = known_bits(&k, names, count);
	if (k.fd >= 0)
		close(k.fd); /* nothing was written through it */
	arena_free(k.mem);
	return r;
}
