#include "store/uidlist.h"

#include "base/io.h"
#include "base/limits.h"
#include "store/base_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, NAME_BYTES = 255, GUID_DIGITS = 32, TAIL_BYTES = 256 };

/* ---- syntax ---- */

/* Removes the word up to the next blank, and the blanks that follow, from *REST. */
static struct str take_word(struct str *rest)
{
	size_t n = str_find(*rest, ' ');
	struct str word = str_slice(*rest, 0, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = str_slice(*rest, n, rest->n);
	return word;
}

static bool parse_number(struct str word, uint32_t *value)
{
	unsigned long long v;
	if (!str_number(word, UINT32_MAX, &v) || v == 0)
		return false;
	*value = (uint32_t)v;
	return true;
}

static bool is_guid(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!ascii_isdigit(value.p[i]) &&
			(ascii_lower(value.p[i]) < 'a' || ascii_lower(value.p[i]) > 'f'))
			return false;
	return value.n == GUID_DIGITS;
}

/* Reads one field of a version 3 header; unknown fields are kept. */
static bool parse_field(struct str word, struct uidlist_header *h)
{
	struct str value = str_slice(word, 1, word.n);
	switch (word.p[0]) {
	case 'V':
		return parse_number(value, &h->uidvalidity);
	case 'N':
		return parse_number(value, &h->uidnext);
	case 'G':
		return is_guid(value);
	default:
		return true;
	}
}

/* Every writer puts V and N first, so what follows them is one slice. */
static bool parse_fields(struct str rest, struct uidlist_header *h)
{
	struct str others = rest;
	while (rest.n) {
		bool ours = rest.p[0] == 'V' || rest.p[0] == 'N';
		if (!parse_field(take_word(&rest), h))
			return false;
		if (ours)
			others = rest;
	}
	h->others = others;
	return true;
}

static bool has_nul(struct str line)
{
	return str_find(line, '\0') < line.n;
}

bool uidlist_parse_header(struct str line, struct uidlist_header *h)
{
	*h = (struct uidlist_header){.others = STR_EMPTY};
	if (line.n < 2 || line.n > UIDLIST_LINE_MAX || line.p[1] != ' ' || has_nul(line))
		return false;
	struct str rest = str_slice(line, 2, line.n);
	h->version = (unsigned)(line.p[0] - '0');
	if (h->version == UIDLIST_DOVECOT)
		return parse_fields(rest, h) && h->uidvalidity && h->uidnext;
	return h->version == UIDLIST_COURIER && parse_number(take_word(&rest), &h->uidvalidity) &&
	       parse_number(take_word(&rest), &h->uidnext);
}

static bool is_base(struct str base)
{
	return base.n > 0 && base.n <= NAME_BYTES && str_find(base, '/') == base.n;
}

/*
 * The fields of a record end at the first word that starts with a colon: that is the name, which
 * may contain blanks.
 */
static bool take_fields(struct str *rest, struct str *fields)
{
	struct str all = *rest;
	while (rest->n && rest->p[0] != ':') {
		char key = take_word(rest).p[0];
		if (key < 'A' || key > 'Z')
			return false;
	}
	*fields = str_trim(str_slice(all, 0, all.n - rest->n));
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

bool uidlist_parse_record(struct str line, unsigned version, struct uidlist_record *r)
{
	struct str rest = line;
	*r = (struct uidlist_record){.fields = STR_EMPTY};
	if (line.n > UIDLIST_LINE_MAX || has_nul(line) ||
		!parse_number(take_word(&rest), &r->uid) || r->uid > UIDLIST_LAST_UID)
		return false;
	if (version == UIDLIST_DOVECOT && !take_fields(&rest, &r->fields))
		return false;
	r->base = base_name_of(rest);
	return is_base(r->base) && is_base(rest);
}

void uidlist_put_header(struct buf *to, const struct uidlist_header *h)
{
	unsigned long validity = h->uidvalidity, next = h->uidnext;
	if (h->version == UIDLIST_DOVECOT)
		buf_fmt(to, "3 V%lu N%lu%s", validity, next, h->others.n ? " " : "");
	else
		buf_fmt(to, "1 %lu %lu", validity, next);
	if (h->version == UIDLIST_DOVECOT)
		buf_add(to, h->others);
	buf_byte(to, '\n');
}

void uidlist_put_record(struct buf *to, unsigned version, const struct uidlist_record *r)
{
	buf_fmt(to, "%lu ", (unsigned long)r->uid);
	if (version == UIDLIST_DOVECOT) {
		buf_add(to, r->fields);
		buf_text(to, r->fields.n ? " :" : ":");
	}
	buf_add(to, r->base);
	buf_byte(to, '\n');
}

/* ---- reading ---- */

void uidlist_reader_init(struct uidlist_reader *r, int fd, unsigned long long offset)
{
	*r = (struct uidlist_reader){.fd = fd, .offset = offset, .bytes = mem_alloc(CHUNK)};
}

void uidlist_reader_free(struct uidlist_reader *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

static ssize_t read_at(int fd, char *p, size_t n, unsigned long long offset)
{
	ssize_t got;
	do {
		got = pread(fd, p, n, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* Reads more bytes after what is left of the last chunk, if there is room. */
static int fill(struct uidlist_reader *r, struct err *err)
{
	memmove(r->bytes, r->bytes + r->from, r->to - r->from);
	r->to -= r->from;
	r->from = 0;
	if (r->to == CHUNK)
		return 0;
	ssize_t n = read_at(r->fd, r->bytes + r->to, CHUNK - r->to, r->offset + r->to);
	if (n < 0)
		return err_temp(err, "cannot read a UID list: %s", strerror(errno));
	r->at_end = n == 0;
	r->to += (size_t)n;
	return 0;
}

static bool take_line(struct uidlist_reader *r, struct str *line)
{
	struct str ahead = {r->bytes + r->from, r->to - r->from};
	size_t n = str_find(ahead, '\n');
	if (n == ahead.n)
		return false;
	*line = str_slice(ahead, 0, n);
	r->from += n + 1;
	r->offset += n + 1;
	return true;
}

/*
 * A line fills the whole buffer: skips to its end. The beginning is returned, which is too long as
 * well.
 */
static int skip_line(struct uidlist_reader *r, struct str *line, struct err *err)
{
	unsigned long long start = r->offset;
	*line = (struct str){r->bytes, UIDLIST_LINE_MAX + 1};
	for (;;) {
		char *p = r->bytes + UIDLIST_LINE_MAX + 1;
		size_t room = CHUNK - UIDLIST_LINE_MAX - 1;
		ssize_t n = read_at(r->fd, p, room, r->offset);
		if (n < 0)
			return err_temp(err, "cannot read a UID list: %s", strerror(errno));
		struct str more = {p, (size_t)n};
		size_t end = str_find(more, '\n');
		if (n == 0)
			r->offset = start; /* the line has no end */
		else
			r->offset += end < more.n ? end + 1 : end;
		r->skipped += (unsigned long long)n;
		bool is_over = n == 0 || r->skipped > LIMIT_UIDLIST_SKIPPED;
		if (is_over || end < more.n) {
			r->from = r->to = 0;
			r->at_end = r->torn = is_over;
			return is_over ? 0 : 1;
		}
	}
}

int uidlist_next_line(struct uidlist_reader *r, struct str *line, struct err *err)
{
	while (!take_line(r, line)) {
		if (r->at_end) {
			r->torn = r->torn || r->to > r->from;
			return 0;
		}
		if (r->to - r->from == CHUNK)
			return skip_line(r, line, err);
		if (fill(r, err) < 0)
			return -1;
	}
	return 1;
}

/* ---- marks ---- */

/*
 * FNV-1a. It protects only against accidents: a person who could forge a mark owns the mailbox
 * anyway.
 */
static uint64_t digest(uint64_t hash, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		hash = (hash ^ (unsigned char)bytes.p[i]) * 0x100000001b3ULL;
	return hash;
}

static int digest_at(int fd, unsigned long long offset, uint64_t *result, struct err *err)
{
	char first[TAIL_BYTES], tail[TAIL_BYTES];
	size_t n = offset < TAIL_BYTES ? (size_t)offset : TAIL_BYTES;
	ssize_t a = read_at(fd, first, n, 0), b = read_at(fd, tail, n, offset - n);
	if (a < 0 || b < 0)
		return err_temp(err, "cannot read a UID list: %s", strerror(errno));
	struct str line = {first, (size_t)a};
	uint64_t hash = digest(0xcbf29ce484222325ULL, str_slice(line, 0, str_find(line, '\n')));
	*result = digest(hash, (struct str){tail, (size_t)b});
	return 0;
}

int uidlist_mark(int fd, unsigned long long offset, uint32_t last_uid, struct uidlist_mark *mark,
	struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot look at a UID list: %s", strerror(errno));
	*mark = (struct uidlist_mark){
		.device = st.st_dev, .inode = st.st_ino, .offset = offset, .last_uid = last_uid};
	return digest_at(fd, offset, &mark->digest, err);
}

int uidlist_mark_holds(int fd, const struct uidlist_mark *mark, struct err *err)
{
	struct stat st;
	uint64_t now = 0;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot look at a UID list: %s", strerror(errno));
	if (st.st_dev != mark->device || st.st_ino != mark->inode ||
		(uint64_t)st.st_size < mark->offset)
		return 0;
	if (digest_at(fd, mark->offset, &now, err) < 0)
		return -1;
	return now == mark->digest;
}

/* ---- writing ---- */

/*
 * If only a part can be written, it is removed again: the next writer's line would be joined to it.
 */
int uidlist_append(int fd, const char *name, struct str lines, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_END) < 0)
		return err_temp(err, "cannot look at %s: %s", name, strerror(errno));
	if (io_write(fd, lines, name, err) == 0 && io_fsync(fd, name, err) == 0)
		return 0;
	(void)!ftruncate(fd, st.st_size); /* if this fails, the next reader finds a torn line */
	return -1;
}
