#include "mda/tools/import/import_mbox.h"

#include "base/message.h"
#include "mda/tools/import/import_from.h"
#include "mda/tools/import/import_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *const import_mbox_names[IMPORT_DIALECTS] = {[IMPORT_AUTO] = "auto",
	[IMPORT_MBOXO] = "mboxo",
	[IMPORT_MBOXRD] = "mboxrd",
	[IMPORT_MBOXCL] = "mboxcl",
	[IMPORT_MBOXCL2] = "mboxcl2"};

/* Between a body and the next From line there may be so many empty lines. */
enum { BLANK_LINES = 2 };

struct scan {
	struct import_lines lines;
	struct import_mbox *found;
	struct arena *mem;
	bool by_length;
	/* the message that is being read */
	bool begun, in_header, has_length;
	uint64_t length, body;  /* of Content-Length; where the body begins */
	uint64_t end;           /* of the message if the line before is its last one */
	uint64_t skip_to, stop; /* by Content-Length: where the next From line is, and its end */
	bool after_blank,
		after_from; /* was the line before empty; or a From line after such a one? */
	struct err *err;
};

/* ---- the beginning and the end of a message ---- */

static struct import_place *current(const struct scan *s)
{
	return &s->found->messages[s->found->count - 1];
}

/* NEXT: where the From line of the next message is, or the end of the file. */
static void finish(struct scan *s, uint64_t next)
{
	struct import_mbox *found = s->found;
	if (!s->begun)
		return;
	struct import_place *m = current(s);
	bool by_length = s->stop != 0;
	uint64_t end = by_length ? s->stop : s->end;
	m->size = end - m->offset;
	bool right =
		s->has_length && !s->in_header &&
		(by_length || (s->length <= next - s->body &&
				      (s->body + s->length == end || s->body + s->length == next)));
	found->right += right;
	found->missing += !s->has_length;
	if (!s->has_length || right)
		return;
	if (found->wrong++ == 0)
		found->wrong_line = m->line;
}

static int begin(struct scan *s, bool has_date, int64_t date)
{
	const struct import_lines *l = &s->lines;
	finish(s, l->offset);
	if (s->found->count == IMPORT_MBOX_MOST)
		return err_temp(s->err, "%s has more than %d messages; split it", l->name,
			IMPORT_MBOX_MOST);
	struct import_place *m = ARENA_PUSH(s->mem, s->found->messages, s->found->count);
	*m = (struct import_place){.offset = l->offset + l->size,
		.line = l->number,
		.date = date,
		.has_date = has_date};
	s->begun = s->in_header = true;
	s->has_length = s->after_from = s->after_blank = false;
	s->skip_to = s->stop = 0;
	s->end = m->offset;
	return 0;
}

/* ---- Content-Length ---- */

static void take_field(struct scan *s, struct str line)
{
	static const struct str name = {"Content-Length:", 15};
	unsigned long long n;
	if (!str_istarts(line, name) || s->has_length)
		return;
	s->has_length = true;
	/* A length that is no number is a wrong one. */
	s->length = str_number(str_trim(str_slice(line, name.n, line.n)), INT64_MAX, &n)
			    ? n
			    : UINT64_MAX / 4;
}

/* How many bytes at the start of TEXT are an empty line; 0: none. */
static size_t blank_line(struct str text)
{
	if (text.n && text.p[0] == '\n')
		return 1;
	return str_starts(text, STR_LIT("\r\n")) ? 2 : 0;
}

/*
 * Does a message follow the body that has this length, or the end of the file? Then it is skipped
 * by its length. -1 when the file cannot be read.
 */
static int take_length(struct scan *s)
{
	char head[IMPORT_LINE_HEAD];
	int64_t date;
	uint64_t stop = s->body + s->length, skip = 0;
	if (!s->has_length || s->length > INT64_MAX / 4)
		return 0;
	long n = import_lines_peek(&s->lines, stop, head, sizeof head, s->err);
	if (n < 0)
		return -1;
	struct str rest = {head, (size_t)n};
	for (int i = 0; i < BLANK_LINES && blank_line(rest); i++) {
		size_t blank = blank_line(rest);
		skip += blank;
		rest = str_slice(rest, blank, rest.n);
	}
	struct str line = str_slice(rest, 0, str_find(rest, '\n'));
	/* Nothing at all is the end of the file only if the body before it is there. */
	char last;
	bool whole =
		s->length == 0 || import_lines_peek(&s->lines, stop - 1, &last, 1, s->err) == 1;
	if (!whole || (rest.n && !import_from_date(line, &date)))
		return 0;
	s->stop = stop;
	s->skip_to = stop + skip;
	return 0;
}

/* ---- lines ---- */

static bool is_field(struct str line)
{
	size_t colon = str_find(line, ':');
	return colon < line.n && message_is_name(str_slice(line, 0, colon));
}

/* A line of a body that is skipped by its length. */
static void pass_line(struct scan *s, struct str line, bool has_date)
{
	s->found->messages_inside += s->after_from && is_field(line);
	s->after_from = has_date && s->after_blank;
	s->after_blank = s->lines.is_blank;
	s->found->inside += has_date;
}

static void count_quotes(struct scan *s, struct str line)
{
	size_t quotes = import_from_quotes(line);
	s->found->quoted += quotes == 1;
	s->found->quoted_twice += quotes > 1;
}

static int fail_start(struct scan *s, uint64_t line)
{
	return err_temp(s->err,
		"%s, line %llu: this is not an mbox file: it does not begin with \"From \"",
		s->lines.name, (unsigned long long)line);
}

/* A line within a message. */
static int take_text(struct scan *s)
{
	const struct import_lines *l = &s->lines;
	struct str line = import_lines_head(l);
	/* Before the first message, only empty lines. */
	if (!s->begun && !l->is_blank)
		return fail_start(s, l->number);
	if (!s->begun)
		return 0;
	count_quotes(s, line);
	/* The empty line before the next From line is not part of the message. */
	s->end = l->is_blank ? l->offset : l->offset + l->size;
	if (!s->in_header)
		return 0;
	if (!l->is_blank) {
		take_field(s, line);
		return 0;
	}
	s->in_header = false;
	s->body = l->offset + l->size;
	return s->by_length ? take_length(s) : 0;
}

static int take_line(struct scan *s)
{
	const struct import_lines *l = &s->lines;
	struct str line = import_lines_head(l);
	int64_t date = 0;
	bool is_from = import_from_word(line), skips = l->offset < s->skip_to;
	bool has_date = is_from && import_from_date(line, &date);
	if (skips) {
		pass_line(s, line, has_date);
		count_quotes(s, line);
		return 0;
	}
	if (has_date || (is_from && !s->begun))
		return begin(s, has_date, date);
	if (is_from && s->found->undated++ == 0)
		s->found->undated_line = l->number;
	return take_text(s);
}

/* Without reading all of a line that is as large as the file. */
static int check_start(struct scan *s)
{
	char head[IMPORT_LINE_HEAD];
	long n = import_lines_peek(&s->lines, 0, head, sizeof head, s->err);
	if (n < 0)
		return -1;
	struct str rest = {head, (size_t)n};
	unsigned line = 1;
	for (size_t blank; (blank = blank_line(rest)); line++)
		rest = str_slice(rest, blank, rest.n);
	/* More empty lines than that are taken one by one. */
	bool goes_on = (size_t)n == sizeof head && rest.n < 5;
	if (rest.n == 0 || goes_on || import_from_word(rest))
		return 0;
	return fail_start(s, line);
}

static int scan(int fd, const char *name, bool by_length, struct arena *mem,
	struct import_mbox *found, struct err *err)
{
	struct scan *s = arena_alloc(mem, sizeof *s);
	*s = (struct scan){.found = found, .mem = mem, .by_length = by_length, .err = err};
	*found = (struct import_mbox){.dialect = by_length ? IMPORT_MBOXCL : IMPORT_MBOXO};
	import_lines_init(&s->lines, fd, name);
	int more = check_start(s);
	for (bool goes_on = more == 0; goes_on; goes_on = more > 0) {
		more = import_lines_next(&s->lines, err);
		if (more > 0 && take_line(s) < 0)
			more = -1;
	}
	if (more == 0)
		finish(s, s->lines.offset + s->lines.size);
	import_lines_free(&s->lines);
	return more;
}

/* ---- the dialect ---- */

static bool all_right(const struct import_mbox *m)
{
	return m->count > 0 && m->right == m->count;
}

static int choose(
	int fd, const char *name, struct arena *mem, struct import_mbox *found, struct err *err)
{
	struct import_mbox lengths;
	if (scan(fd, name, false, mem, found, err) < 0)
		return -1;
	found->dialect = found->quoted_twice ? IMPORT_MBOXRD : IMPORT_MBOXO;
	if (all_right(found)) {
		found->dialect = IMPORT_MBOXCL;
		return 0;
	}
	if (found->right + found->wrong == 0)
		return 0;
	if (scan(fd, name, true, mem, &lengths, err) < 0)
		return -1;
	if (!all_right(&lengths) || lengths.messages_inside)
		return 0;
	*found = lengths;
	found->dialect = found->inside ? IMPORT_MBOXCL2 : IMPORT_MBOXCL;
	return 0;
}

int import_mbox_find(int fd, const char *name, enum import_dialect dialect, struct arena *mem,
	struct import_mbox *found, struct err *err)
{
	if (dialect == IMPORT_AUTO)
		return choose(fd, name, mem, found, err);
	bool by_length = dialect == IMPORT_MBOXCL || dialect == IMPORT_MBOXCL2;
	int r = scan(fd, name, by_length, mem, found, err);
	found->dialect = dialect;
	return r;
}

/* ---- reading a message ---- */

/* Removes one ">" from each line that the dialect has quoted, in place. */
static size_t unquote(char *p, size_t n, enum import_dialect dialect)
{
	size_t most = dialect == IMPORT_MBOXRD ? SIZE_MAX : dialect == IMPORT_MBOXCL2 ? 0 : 1;
	size_t to = 0;
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(p + at, '\n', n - at);
		size_t size = lf ? (size_t)(lf + 1 - (p + at)) : n - at;
		size_t quotes = import_from_quotes((struct str){p + at, size});
		size_t drop = quotes > 0 && quotes <= most;
		memmove(p + to, p + at + drop, size - drop);
		to += size - drop;
		at += size;
	}
	return to;
}

int import_mbox_read(int fd, const struct import_place *place, enum import_dialect dialect,
	struct buf *to, struct err *err)
{
	buf_clear(to);
	char *p = buf_grow(to, place->size);
	for (size_t done = 0; done < place->size;) {
		ssize_t n = pread(fd, p + done, place->size - done, (off_t)(place->offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_temp(err, "line %llu: cannot read the message: %s",
				(unsigned long long)place->line,
				n ? strerror(errno) : "the file became shorter");
		done += (size_t)n;
	}
	to->n = unquote(p, place->size, dialect);
	return 0;
}
