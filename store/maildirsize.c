#include "store/maildirsize.h"

#include "base/beneath.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file_name[] = "maildirsize";

/*
 * A petabyte, more than any mailbox has. So few lines are read that their sum cannot overflow.
 */
#define LARGEST (1LL << 50)

/* ---- reading ---- */

static void take_limit(struct str word, struct maildirsize *m)
{
	unsigned long long v;
	word = str_trim(word);
	if (word.n == 0 || !str_number(str_slice(word, 0, word.n - 1), LARGEST, &v))
		return;
	char unit = word.p[word.n - 1];
	if (unit == 'S')
		m->limits.bytes = (int64_t)v;
	else if (unit == 'C')
		m->limits.messages = (int64_t)v;
	m->has_limits = m->has_limits || unit == 'S' || unit == 'C';
}

static void take_limits(struct str line, struct maildirsize *m)
{
	while (line.n) {
		size_t comma = str_find(line, ',');
		take_limit(str_slice(line, 0, comma), m);
		line = str_slice(line, comma + 1, line.n);
	}
}

static bool take_number(struct str *rest, int64_t *sum)
{
	struct str word;
	unsigned long long v;
	if (!str_word(rest, &word))
		return false;
	bool negative = word.p[0] == '-';
	if (!str_number(str_slice(word, negative, word.n), LARGEST, &v))
		return false;
	*sum += negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/*
 * A line without an end was not written completely, and the next line that is appended would be
 * joined to it.
 */
void maildirsize_parse(struct str text, struct maildirsize *m)
{
	struct str line, rest = text;
	*m = (struct maildirsize){.is_there = true};
	if (str_line(&rest, &line))
		take_limits(line, m);
	m->valid = text.n < MAILDIRSIZE_LARGE && rest.n && text.p[text.n - 1] == '\n';
	while (m->valid && str_line(&rest, &line)) {
		m->lines++;
		m->valid = take_number(&line, &m->used.bytes) &&
			   take_number(&line, &m->used.messages) && str_trim(line).n == 0;
	}
	m->valid = m->valid && m->used.bytes >= 0 && m->used.messages >= 0;
}

/*
 * Reads the first MAILDIRSIZE_LARGE bytes. A file that has so many is too large, and the limits are
 * in its first line anyway.
 */
static void read_opened(int fd, struct maildirsize *m)
{
	char text[MAILDIRSIZE_LARGE];
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	while (n < sizeof text && (got = io_read(fd, text + n, sizeof text - n)) > 0)
		n += (size_t)got;
	maildirsize_parse((struct str){text, n}, m);
	m->valid = m->valid && got == 0;
	m->changed = st.st_mtime;
}

void maildirsize_read(int root, struct maildirsize *m)
{
	*m = (struct maildirsize){.is_there = true};
	int fd = beneath_open(root, file_name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0) {
		m->is_there = errno != ENOENT;
		return;
	}
	read_opened(fd, m);
	close(fd); /* nothing was written */
}

/* ---- writing ---- */

static int append(int fd, struct str line, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot look at %s: %s", file_name, beneath_why(errno));
	if (!S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a regular file", file_name);
	return io_write(fd, line, file_name, err);
}

int maildirsize_append(int root, struct quota_amount delta, struct err *err)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%lld %lld\n", (long long)delta.bytes,
		(long long)delta.messages);
	int fd = beneath_open(root, file_name, O_WRONLY | O_APPEND | O_NONBLOCK, 0);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", file_name, beneath_why(errno));
	int r = append(fd, (struct str){line, (size_t)n}, err);
	if (io_close(fd, file_name, r == 0 ? err : NULL) < 0)
		r = -1;
	return r;
}

/* Dovecot writes the same: a line without a limit says 0 bytes, which means the same. */
static void put_text(struct buf *to, struct quota_amount limits, struct quota_amount used)
{
	if (limits.bytes || !limits.messages)
		buf_fmt(to, "%lldS", (long long)limits.bytes);
	if (limits.messages)
		buf_fmt(to, "%s%lldC", limits.bytes ? "," : "", (long long)limits.messages);
	buf_fmt(to, "\n%lld %lld\n", (long long)used.bytes, (long long)used.messages);
}

static int write_new(int root, const char *path, struct str text, struct err *err)
{
	int fd = share_open(root, path, O_WRONLY | O_CREAT | O_EXCL, root, SHARE_MAIL);
	if (fd < 0)
		return err_temp(err, "cannot create %s: %s", path, beneath_why(errno));
	int r = io_write(fd, text, path, err);
	if (r == 0)
		r = io_fsync(fd, path, err);
	if (io_close(fd, path, r == 0 ? err : NULL) < 0)
		r = -1;
	if (r == 0 && beneath_rename(root, path, root, file_name) < 0)
		r = err_temp(
			err, "cannot rename %s to %s: %s", path, file_name, beneath_why(errno));
	return r;
}

int maildirsize_replace(
	int root, struct quota_amount limits, struct quota_amount used, struct err *err)
{
	struct buf text = {0};
	char path[64];
	snprintf(path, sizeof path, "tmp/%lld.P%ld.%s", (long long)time(NULL), (long)getpid(),
		file_name); /* it fits */
	put_text(&text, limits, used);
	int r = write_new(root, path, buf_str(&text), err);
	if (r < 0)
		(void)beneath_unlink(root, path); /* the first error is reported */
	buf_free(&text);
	return r;
}
