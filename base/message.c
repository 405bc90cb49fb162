#include "base/message.h"

#include "base/buf.h"
#include "base/io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* No more is read than the spool file could take: what is in memory stays near its limit. */
enum { CHUNK = 64 * 1024, READ_MOST = 1024 * 1024 };

struct message {
	struct buf memory; /* the bytes, if they are in memory */
	void *mapping;     /* else the mapped spool file */
	size_t mapping_size;
	int spool;        /* its descriptor while it is read; -1: none */
	struct str bytes; /* header and body, without a "From " line */
	struct str body;
	struct str from_line; /* the address in it */
	bool separated;       /* a blank line follows the header */
	bool *beyond;         /* set when more than the header is asked for; NULL: all is here */
	struct header *fields;
	size_t field_count;
	struct arena *mem;
};

/* ---- reading ---- */

/*
 * Reads on to the end: if the MTA saw a closed pipe before it has written everything, it would take
 * that for a failure of its own. A file has nobody who waits, and may grow for ever.
 */
static int refuse_too_large(int fd, size_t largest, struct err *err)
{
	char rest[CHUNK];
	bool is_file = lseek(fd, 0, SEEK_CUR) >= 0;
	while (!is_file && io_read(fd, rest, sizeof rest) > 0)
		;
	return err_coded(
		err, FAULT_REFUSED, "5.3.4", "the message is larger than %zu bytes", largest);
}

/* Moves what was read so far to the file SPOOL, and appends the rest of FD. */
static int spool_rest(
	int fd, int spool, const struct buf *start, size_t largest, size_t *size, struct err *err)
{
	char chunk[CHUNK];
	ssize_t n = 0;
	if (io_write(spool, buf_str(start), "the spool file", err) < 0)
		return -1;
	*size = start->n;
	while ((n = io_read(fd, chunk, sizeof chunk)) > 0) {
		*size += (size_t)n;
		if (largest && *size > largest)
			return refuse_too_large(fd, largest, err);
		if (io_write(spool, (struct str){chunk, (size_t)n}, "the spool file", err) < 0)
			return -1;
	}
	if (n < 0)
		return err_temp(err, "cannot read the message: %s", strerror(errno));
	return 0;
}

static int map_spool(struct message *m, int spool, size_t size, struct err *err)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, spool, 0);
	if (p == MAP_FAILED)
		return err_temp(err, "cannot map the spool file: %s", strerror(errno));
	m->mapping = p;
	m->mapping_size = size;
	m->bytes = (struct str){p, size};
	return 0;
}

static int read_into_file(
	struct message *m, int fd, const struct message_limits *limits, struct err *err)
{
	size_t size;
	int spool = io_spool(limits->spool_dir, err);
	if (spool < 0)
		return -1;
	m->spool = spool;
	int r = spool_rest(fd, spool, &m->memory, limits->largest, &size, err);
	buf_free(&m->memory);
	return r == 0 ? map_spool(m, spool, size, err) : r;
}

/*
 * Makes the bytes unchangeable: from here on a child process changes only its own copy of the
 * mapping. No descriptor and no mapping can change the file any more, and nobody reads it after us.
 */
static int seal_spool(struct message *m, struct err *err)
{
	if (m->spool < 0)
		return 0;
	void *p = m->mapping ? mmap(m->mapping, m->mapping_size, PROT_READ, MAP_PRIVATE | MAP_FIXED,
				       m->spool, 0)
			     : NULL;
	int reason = errno;
	close(m->spool); /* the mapping keeps the file */
	m->spool = -1;
	return p == MAP_FAILED ? err_temp(err, "cannot map the spool file: %s", strerror(reason))
			       : 0;
}

static int read_bytes(
	struct message *m, int fd, const struct message_limits *limits, struct err *err)
{
	for (;;) {
		size_t room;
		char *p = buf_space(&m->memory, CHUNK, &room);
		ssize_t n = io_read(fd, p, room < READ_MOST ? room : READ_MOST);
		if (n < 0)
			return err_temp(err, "cannot read the message: %s", strerror(errno));
		if (n == 0)
			break;
		m->memory.n += (size_t)n;
		if (limits->largest && m->memory.n > limits->largest)
			return refuse_too_large(fd, limits->largest, err);
		if (m->memory.n > limits->in_memory)
			return read_into_file(m, fd, limits, err);
	}
	m->bytes = buf_str(&m->memory);
	return 0;
}

/* ---- line ends and the "From " line ---- */

static bool is_crlf_throughout(struct str s)
{
	const char *end = s.p + s.n;
	const char *lf = s.n ? memchr(s.p, '\n', s.n) : NULL;
	if (!lf)
		return false;
	for (; lf; lf = lf + 1 < end ? memchr(lf + 1, '\n', (size_t)(end - lf - 1)) : NULL)
		if (lf == s.p || lf[-1] != '\r')
			return false;
	return true;
}

/* In place: each byte moves forward or stays. */
static size_t drop_crs(char *p, size_t n)
{
	char *to = p;
	const char *from = p, *end = p + n;
	while (from < end) {
		const char *lf = memchr(from, '\n', (size_t)(end - from));
		size_t line = (size_t)((lf ? lf - 1 : end) - from);
		memmove(to, from, line);
		to += line;
		if (!lf)
			break;
		*to++ = '\n';
		from = lf + 1;
	}
	return (size_t)(to - p);
}

bool message_is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == ':')
			return false;
	return name.n > 0;
}

/* Blanks may follow it (RFC 5322 section 4.5). */
static struct str field_name(struct str line)
{
	size_t colon = str_find(line, ':');
	struct str name = str_slice(line, 0, colon);
	if (colon == line.n)
		return (struct str){line.p, 0};
	while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
		name.n--;
	return message_is_name(name) ? name : (struct str){line.p, 0};
}

/*
 * Is it mbox's separator line, which begins with this word? A field with the same name has a colon
 * after the blanks. *SENDER may be set to empty.
 */
static bool is_from_line(struct str line, struct str word, struct str *sender)
{
	*sender = STR_EMPTY;
	if (!str_starts(line, word))
		return false;
	line = str_slice(line, word.n, line.n);
	return !str_word(&line, sender) || sender->p[0] != ':';
}

/*
 * More such lines, which mailers have quoted or put there twice. The text of a message without a
 * header may start like this too, so a line is removed only if a field follows.
 */
static void skip_quoted_from_lines(struct message *m)
{
	struct str rest = m->bytes, line, sender;
	bool skips = false;
	while (str_line(&rest, &line) && (is_from_line(line, STR_LIT(">From "), &sender) ||
						 is_from_line(line, STR_LIT("From "), &sender)))
		skips = true;
	if (skips && field_name(line).n)
		m->bytes = str_slice(m->bytes, (size_t)(line.p - m->bytes.p), m->bytes.n);
}

/* Mailers that do not know the sender write a minus. */
static void take_from_lines(struct message *m)
{
	struct str rest = m->bytes, line, sender;
	if (str_line(&rest, &line) && is_from_line(line, STR_LIT("From "), &sender)) {
		if (!str_eq(sender, STR_LIT("-")))
			m->from_line = sender;
		m->bytes = rest;
	}
	skip_quoted_from_lines(m);
}

/* ---- the header index ---- */

static bool is_blank_line(struct str line)
{
	return line.n == 0 || (line.n == 1 && line.p[0] == '\r');
}

/* Takes one line and its continuation lines off REST. */
static struct str take_field(struct str *rest)
{
	size_t end = 0;
	do {
		end += str_find(str_slice(*rest, end, rest->n), '\n');
		end = end < rest->n ? end + 1 : end;
	} while (end < rest->n && (rest->p[end] == ' ' || rest->p[end] == '\t'));
	struct str whole = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end, rest->n);
	return whole;
}

static struct str without_line_end(struct str s)
{
	if (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static struct header make_field(struct str whole)
{
	struct header h = {.whole = whole};
	struct str line = without_line_end(whole);
	h.name = field_name(str_slice(line, 0, str_find(line, '\n')));
	if (h.name.n)
		h.value = str_slice(line, str_find(line, ':') + 1, line.n);
	else
		h.value = line;
	return h;
}

/*
 * The header ends at the first blank line. Lines that are not fields stay in the index without a
 * name: many readers continue after them, so the filters must see what follows. But if the very
 * first line is not a field, the message has no header.
 */
int message_index(struct message *m, struct err *err)
{
	struct str rest = m->bytes;
	m->body = rest;
	while (rest.n) {
		struct str peek = str_slice(rest, 0, str_find(rest, '\n'));
		if (is_blank_line(peek)) {
			m->separated = peek.n < rest.n;
			m->body = str_slice(rest, peek.n + 1, rest.n);
			return 0;
		}
		struct header h = make_field(take_field(&rest));
		if (m->field_count == 0 && h.name.n == 0)
			return 0;
		if (m->field_count == MESSAGE_MAX_FIELDS)
			return err_coded(err, FAULT_REFUSED, "5.6.0",
				"the header has more than %d fields", MESSAGE_MAX_FIELDS);
		*(struct header *)ARENA_PUSH(m->mem, m->fields, m->field_count) = h;
		m->body = rest;
	}
	return 0;
}

/* ---- public ---- */

struct message *message_read_bytes(int fd, const struct message_limits *limits, struct err *err)
{
	struct message *m = mem_alloc(sizeof *m);
	m->mem = arena_new();
	m->spool = -1;
	int r = read_bytes(m, fd, limits, err);
	/* A program that adds a From line may end it with LF, even if the message has CRLF. */
	if (r == 0)
		take_from_lines(m);
	if (r == 0 && is_crlf_throughout(m->bytes))
		m->bytes.n = drop_crs((char *)m->bytes.p, m->bytes.n);
	if (seal_spool(m, r < 0 ? NULL : err) < 0 || r < 0) {
		message_free(m);
		return NULL;
	}
	return m;
}

struct message *message_read(int fd, const struct message_limits *limits, struct err *err)
{
	struct message *m = message_read_bytes(fd, limits, err);
	if (!m || message_index(m, err) == 0)
		return m;
	message_free(m);
	return NULL;
}

struct message *message_borrow(struct str bytes, struct err *err)
{
	struct message *m = mem_alloc(sizeof *m);
	m->mem = arena_new();
	m->bytes = bytes;
	take_from_lines(m);
	if (message_index(m, err) == 0)
		return m;
	message_free(m);
	return NULL;
}

struct message *message_head(struct str header, bool *beyond)
{
	struct message *m = mem_alloc(sizeof *m);
	m->mem = arena_new();
	m->bytes = header;
	m->beyond = beyond;
	take_from_lines(m);
	return m;
}

static void ask_beyond(const struct message *m)
{
	if (m->beyond)
		*m->beyond = true;
}

void message_free(struct message *m)
{
	if (!m)
		return;
	if (m->mapping)
		munmap(m->mapping, m->mapping_size);
	buf_free(&m->memory);
	arena_free(m->mem);
	free(m);
}

struct str message_bytes(const struct message *m)
{
	ask_beyond(m);
	return m->bytes;
}

struct str message_body(const struct message *m)
{
	ask_beyond(m);
	return m->body;
}

bool message_needs_blank_line(const struct message *m)
{
	return m->field_count == 0 && !m->separated && m->body.n > 0;
}

struct str message_from_line(const struct message *m)
{
	return m->from_line;
}

size_t message_header_count(const struct message *m)
{
	return m->field_count;
}

const struct header *message_header(const struct message *m, size_t i)
{
	return i < m->field_count ? &m->fields[i] : NULL;
}

const struct header *message_next(const struct message *m, struct str name, size_t *at)
{
	for (; *at < m->field_count; ++*at)
		if (str_ieq(m->fields[*at].name, name))
			return &m->fields[(*at)++];
	return NULL;
}

const struct header *message_find(const struct message *m, struct str name)
{
	size_t at = 0;
	return message_next(m, name, &at);
}

struct str message_header_text(const struct header *h, struct arena *mem)
{
	struct str v = str_trim(h->value);
	if (str_find(v, '\n') == v.n)
		return v;
	char *to = arena_alloc(mem, v.n + 1);
	size_t n = 0;
	bool folded = false;
	for (size_t i = 0; i < v.n; i++) {
		bool line_end =
			v.p[i] == '\n' || (v.p[i] == '\r' && i + 1 < v.n && v.p[i + 1] == '\n');
		if (!line_end)
			to[n++] = folded && v.p[i] == '\t' ? ' ' : v.p[i];
		folded = line_end;
	}
	return (struct str){to, n};
}

size_t message_mail_size(struct str bytes)
{
	size_t size = bytes.n;
	const char *at = bytes.p, *end = bytes.p + bytes.n, *lf;
	for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1)
		size += lf == bytes.p || lf[-1] != '\r';
	return size;
}
