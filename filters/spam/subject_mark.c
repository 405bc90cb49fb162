#include "filters/spam/subject_mark.h"

#include "base/buf.h"

enum { LOOK_AT_MOST = 1000, PREFIX_MOST = 16, TAG_MOST = 80 };

/* A part of the value: plain text, or one encoded word. */
struct part {
	struct str frame; /* "=?utf-8?Q?"; empty: plain text */
	bool is_base64;
	size_t from, to; /* its units */
};

/* One character that a reader sees (or a byte of it), and how it is written; empty in base64. */
struct unit {
	char c;
	struct str raw;
	bool removed;
};

struct subject {
	struct unit *units;
	size_t count;
	struct part *parts;
	size_t part_count;
	struct str rest; /* what follows the part that was looked at */
	struct arena *mem;
};

/* ---- splitting the subject ---- */

static void add_unit(struct subject *s, char c, struct str raw)
{
	*(struct unit *)ARENA_PUSH(s->mem, s->units, s->count) = (struct unit){.c = c, .raw = raw};
}

static struct part *add_part(struct subject *s, struct str frame)
{
	struct part *p = ARENA_PUSH(s->mem, s->parts, s->part_count);
	*p = (struct part){.frame = frame, .from = s->count, .to = s->count};
	return p;
}

/* Charsets in which a byte below 0x80 is always the ASCII character. */
static bool contains_ascii(struct str charset)
{
	static const char *const starts[] = {
		"utf-8", "us-ascii", "iso-8859-", "windows-125", "koi8-"};
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (str_istarts(charset, str_of(starts[i])))
			return true;
	return false;
}

static int digit_value(const char *digits, char c)
{
	struct str all = str_of(digits);
	size_t at = str_find(all, c);
	return at < all.n ? (int)at : -1;
}

static void add_q(struct subject *s, struct str text)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0, n; i < text.n; i += n) {
		n = text.p[i] == '=' && i + 2 < text.n ? 3 : 1;
		int high = n == 3 ? digit_value(hex, ascii_lower(text.p[i + 1])) : -1;
		int low = n == 3 ? digit_value(hex, ascii_lower(text.p[i + 2])) : -1;
		char c = text.p[i] == '_' ? ' ' : text.p[i];
		if (high >= 0 && low >= 0)
			c = (char)(high << 4 | low);
		else
			n = 1;
		add_unit(s, c, str_slice(text, i, i + n));
	}
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_b(struct subject *s, struct str text)
{
	unsigned bits = 0, have = 0;
	for (size_t i = 0; i < text.n; i++) {
		int value = digit_value(base64, text.p[i]);
		if (value < 0)
			continue;
		bits = (bits << 6 | (unsigned)value) & 0xffffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		add_unit(s, (char)(bits >> have & 0xff), STR_EMPTY);
	}
}

/*
 * The length of the encoded word at the start of TEXT. 0: there is none, or it cannot be decoded
 * here.
 */
static size_t take_word(struct subject *s, struct str text)
{
	if (!str_istarts(text, STR_LIT("=?")))
		return 0;
	size_t charset = 2 + str_find(str_slice(text, 2, text.n), '?');
	size_t start = charset + 3;
	struct str body = str_slice(text, start, text.n);
	size_t n = str_ifind(body, STR_LIT("?="));
	if (start >= text.n || text.p[charset + 2] != '?' || n == body.n ||
		!contains_ascii(str_slice(text, 2, charset)))
		return 0;
	char encoding = ascii_lower(text.p[charset + 1]);
	if (encoding != 'q' && encoding != 'b')
		return 0;
	struct part *p = add_part(s, str_slice(text, 0, start));
	p->is_base64 = encoding == 'b';
	(p->is_base64 ? add_b : add_q)(s, str_slice(body, 0, n));
	s->parts[s->part_count - 1].to = s->count;
	return start + n + 2;
}

static size_t blanks(struct str s)
{
	size_t n = 0;
	while (n < s.n && ascii_isblank(s.p[n]))
		n++;
	return n;
}

/* Blanks between two encoded words are not part of the text (RFC 2047 section 6.2). */
static bool is_between_words(const struct subject *s, struct str rest)
{
	size_t n = blanks(rest);
	return n && s->part_count && s->parts[s->part_count - 1].frame.n &&
	       str_istarts(str_slice(rest, n, rest.n), STR_LIT("=?"));
}

static void take_apart(struct subject *s, struct str value)
{
	struct str rest = value;
	while (rest.n && s->count < LOOK_AT_MOST) {
		size_t skip = is_between_words(s, rest) ? blanks(rest) : 0;
		size_t n = take_word(s, str_slice(rest, skip, rest.n));
		if (n == 0 && str_istarts(rest, STR_LIT("=?")))
			break;
		if (n == 0 && skip)
			break;
		if (n == 0) {
			if (s->part_count == 0 || s->parts[s->part_count - 1].frame.n)
				(void)add_part(s, STR_EMPTY); /* it is the last one now */
			add_unit(s, rest.p[0], str_slice(rest, 0, 1));
			s->parts[s->part_count - 1].to = s->count;
			n = 1;
		}
		rest = str_slice(rest, skip + n, rest.n);
	}
	s->rest = rest;
}

/* ---- finding the marks ---- */

static bool has(const struct subject *s, size_t at, struct str text)
{
	if (text.n > s->count - at)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (s->units[at + i].c != text.p[i])
			return false;
	return text.n > 0;
}

static size_t blanks_at(const struct subject *s, size_t at)
{
	size_t n = 0;
	while (at + n < s->count && ascii_isblank(s->units[at + n].c))
		n++;
	return n;
}

/* The length of a "[list]" at AT; 0: none. */
static size_t tag_at(const struct subject *s, size_t at)
{
	if (at == s->count || s->units[at].c != '[')
		return 0;
	for (size_t n = 1; n < TAG_MOST && at + n < s->count; n++)
		if (s->units[at + n].c == ']')
			return n + 1;
	return 0;
}

/*
 * The length of "Re:", "AW :", "Re[2]:" or any other short word with a colon, also a wide one; 0:
 * none.
 */
static size_t prefix_at(const struct subject *s, size_t at)
{
	size_t n = 0;
	while (n < PREFIX_MOST && at + n < s->count && !ascii_isblank(s->units[at + n].c)) {
		if (n && s->units[at + n].c == ':')
			return n + 1;
		if (n && has(s, at + n, STR_LIT("\xef\xbc\x9a")))
			return n + 3;
		n++;
	}
	size_t gap = n ? blanks_at(s, at + n) : 0;
	return gap && has(s, at + n + gap, STR_LIT(":")) ? n + gap + 1 : 0;
}

static void remove_units(struct subject *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		s->units[i].removed = true;
}

static bool has_line_end(const struct subject *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (s->units[i].c == '\n')
			return true;
	return false;
}

/*
 * Removes the mark and the blanks after it. If the line is folded after it, the blanks before it
 * are removed instead, because the fold must stay.
 */
static void remove_mark(struct subject *s, size_t at, size_t end)
{
	size_t next = end + blanks_at(s, end);
	if (!has_line_end(s, end, next)) {
		remove_units(s, at, next);
		return;
	}
	while (at && ascii_isblank(s->units[at - 1].c))
		at--;
	remove_units(s, at, end);
}

static bool remove_marks(struct subject *s, const struct str_list *marks)
{
	bool removed = false;
	for (size_t at = blanks_at(s, 0), n; at < s->count; at += n) {
		n = 0;
		for (size_t i = 0; i < marks->count && n == 0; i++)
			if (has(s, at, marks->items[i]))
				n = marks->items[i].n;
		if (n) {
			remove_mark(s, at, at + n);
			removed = true;
		} else {
			n = tag_at(s, at);
		}
		if (n == 0)
			n = prefix_at(s, at);
		if (n == 0)
			break;
		n += blanks_at(s, at + n);
	}
	return removed;
}

/* ---- writing the subject ---- */

static void write_base64(struct buf *to, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i += 3) {
		unsigned long n = 0;
		for (size_t k = 0; k < 3; k++)
			n = n << 8 | (i + k < count ? (unsigned char)bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_byte(to, i + k > count ? '=' : base64[n >> (18 - 6 * k) & 63]);
	}
}

static void write_part(struct buf *to, const struct subject *s, const struct part *p)
{
	char *bytes = arena_alloc(s->mem, p->to - p->from);
	size_t n = 0;
	buf_add(to, p->frame);
	for (size_t i = p->from; i < p->to; i++) {
		if (s->units[i].removed)
			continue;
		bytes[n++] = s->units[i].c;
		if (!p->is_base64)
			buf_add(to, s->units[i].raw);
	}
	if (p->is_base64)
		write_base64(to, bytes, n);
	buf_text(to, p->frame.n ? "?=" : "");
}

static bool is_all_removed(const struct subject *s, const struct part *p)
{
	for (size_t i = p->from; i < p->to; i++)
		if (!s->units[i].removed)
			return false;
	return p->from < p->to;
}

static struct str put_together(const struct subject *s)
{
	struct buf to = {0};
	bool after_word = false;
	for (size_t i = 0; i < s->part_count; i++) {
		const struct part *p = &s->parts[i];
		if (is_all_removed(s, p))
			continue;
		if (after_word && p->frame.n)
			buf_text(&to, "\n ");
		write_part(&to, s, p);
		after_word = p->frame.n;
	}
	buf_add(&to, s->rest);
	struct str value = arena_str(s->mem, buf_str(&to));
	buf_free(&to);
	return value;
}

struct str subject_mark_remove(struct str value, const struct str_list *marks, struct arena *mem)
{
	struct subject s = {.mem = mem};
	take_apart(&s, value);
	return remove_marks(&s, marks) ? put_together(&s) : value;
}
