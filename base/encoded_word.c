#include "base/encoded_word.h"

#include "base/buf.h"
#include "base/printable.h"

/* 75 characters without "=?UTF-8?B?" and "?=": 60 characters of base64 hold 45 bytes. */
enum { LONGEST_LINE = 76, WORD_BYTES = 45, FRAME = 12 };

static bool is_plain(struct str s)
{
	/* Readers would take it for an encoded word. */
	return str_is_ascii(s) && str_ifind(s, STR_LIT("=?")) == s.n;
}

static void add_base64(struct buf *to, struct str s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < s.n; i += 3) {
		unsigned long n = 0;
		for (size_t k = 0; k < 3; k++)
			n = n << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_byte(to, i + k > s.n ? '=' : digits[n >> (18 - 6 * k) & 63]);
	}
}

/* As many whole characters as fit into N bytes, but at least one. */
static size_t whole_characters(struct str s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n ? n : 1;
}

static void add_words(struct buf *to, struct str text, size_t column)
{
	size_t room = column + FRAME + 8 < LONGEST_LINE ? (LONGEST_LINE - column - FRAME) / 4 * 3
							: WORD_BYTES;
	if (column + FRAME + 8 >= LONGEST_LINE)
		buf_text(to, "\n ");
	while (text.n) {
		size_t n = whole_characters(text, room < WORD_BYTES ? room : WORD_BYTES);
		buf_text(to, "=?UTF-8?B?");
		add_base64(to, str_slice(text, 0, n));
		buf_text(to, "?=");
		text = str_slice(text, n, text.n);
		if (text.n)
			buf_text(to, "\n ");
		room = WORD_BYTES;
	}
}

/* Folds at blanks; a word that is longer than a line is not broken. */
static void add_folded(struct buf *to, struct str text, size_t column)
{
	while (text.n) {
		size_t blanks = 0, end;
		while (blanks < text.n && text.p[blanks] == ' ')
			blanks++;
		for (end = blanks; end < text.n && text.p[end] != ' '; end++)
			;
		if (blanks && column + end > LONGEST_LINE) {
			buf_byte(to, '\n');
			column = 0;
		}
		buf_add(to, str_slice(text, 0, end));
		column += end;
		text = str_slice(text, end, text.n);
	}
}

static struct str write(struct str line, size_t name_length, struct arena *mem)
{
	struct buf to = {0};
	if (is_plain(line) && !str_has_control(line))
		add_folded(&to, line, name_length + 2);
	else
		add_words(&to, line, name_length + 2);
	struct str value = arena_str(mem, buf_str(&to));
	buf_free(&to);
	return value;
}

struct str encoded_word_value(struct str text, size_t name_length, struct arena *mem)
{
	return write(str_trim(printable_line(text, ' ', mem)), name_length, mem);
}

/* Unfolds as a reader does: a line end before a blank is dropped, any other becomes a blank. */
static struct str unfolded(struct str text, struct arena *mem)
{
	char *to = arena_alloc(mem, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool crlf = text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';
		if (text.p[i] != '\n' && !crlf) {
			to[n++] = text.p[i];
			continue;
		}
		i += crlf;
		if (i + 1 < text.n && ascii_isblank(text.p[i + 1]))
			i++;
		to[n++] = ' ';
	}
	return str_trim((struct str){to, n});
}

struct str encoded_word_exact(struct str text, size_t name_length, struct arena *mem)
{
	return write(unfolded(text, mem), name_length, mem);
}
