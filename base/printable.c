#include "base/printable.h"

#include "base/io.h"
#include "base/utf8.h"

#include <unistd.h>

bool printable_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_iscntrl(s.p[i]))
			return true;
	return false;
}

void printable_overwrite(char *p, size_t n, char instead)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_iscntrl(p[i]))
			p[i] = instead;
}

struct str printable_line(struct str text, char instead, struct arena *mem)
{
	struct str line = arena_str(mem, text);
	printable_overwrite((char *)line.p, line.n, instead);
	return line;
}

bool printable_is_deceptive(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, /* soft hyphen */
		{0x61c, 0x61c},                        /* Arabic letter mark */
		{0x180e, 0x180e},                      /* Mongolian vowel separator */
		{0x200b, 0x200f},                      /* zero width, directions */
		{0x2028, 0x202e},                      /* line ends, directions */
		{0x2060, 0x206f},                      /* invisible signs, directions */
		{0xfeff, 0xfeff},                      /* byte order mark */
		{0xfff9, 0xfffb},                      /* annotations */
		{0xe0000, 0xe007f},                    /* tags */
	};
	if (c >= 0x20 && c < 0x7f)
		return false;
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

struct str printable_next(struct str *rest)
{
	struct str whole = *rest;
	uint32_t c = 0;
	if (!utf8_next(rest, &c)) {
		*rest = str_slice(*rest, 1, rest->n);
		return STR_LIT("?");
	}
	if (c == '\t')
		return STR_LIT(" ");
	return printable_is_deceptive(c) ? STR_LIT("?") : str_slice(whole, 0, whole.n - rest->n);
}

void printable_add(struct buf *to, struct str text)
{
	while (text.n)
		buf_add(to, printable_next(&text));
}

int printable_write(int fd, struct str text, const char *what, struct err *err)
{
	struct buf b = {0};
	if (!isatty(fd))
		return io_write(fd, text, what, err);
	while (text.n) {
		char c = text.p[0];
		if (c != '\n' && c != '\t') {
			buf_add(&b, printable_next(&text));
			continue;
		}
		buf_byte(&b, c);
		text = str_slice(text, 1, text.n);
	}
	int r = io_write(fd, buf_str(&b), what, err);
	buf_free(&b);
	return r;
}
