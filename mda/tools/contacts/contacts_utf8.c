#include "mda/tools/contacts/contacts_utf8.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

enum { LOOK_AT = 64, CHUNK = 4096 };

/* Every other byte is zero, as in UTF-16 text. */
static bool has_zeros(struct str bytes, size_t first)
{
	size_t zeros = 0, seen = 0;
	for (size_t i = first; i < bytes.n && i < LOOK_AT; i += 2, seen++)
		zeros += bytes.p[i] == '\0';
	return seen > 1 && zeros > seen / 2;
}

static const char *charset_of(struct str bytes, size_t *mark)
{
	static const struct {
		struct str mark;
		const char *charset;
	} marks[] = {
		{STR_LIT("\xef\xbb\xbf"), "UTF-8"},
		{STR_LIT("\xff\xfe"), "UTF-16LE"},
		{STR_LIT("\xfe\xff"), "UTF-16BE"},
	};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		*mark = marks[i].mark.n;
		if (str_starts(bytes, marks[i].mark))
			return marks[i].charset;
	}
	*mark = 0;
	if (has_zeros(bytes, 1))
		return "UTF-16LE";
	if (has_zeros(bytes, 0))
		return "UTF-16BE";
	return utf8_valid(bytes) ? "UTF-8" : "WINDOWS-1252";
}

/* Skips the bytes at which iconv() stopped, because they are not a character. False at the end. */
static bool skip_one(char **in, size_t *left, size_t width, struct buf *text)
{
	size_t n = *left < width ? *left : width;
	buf_text(text, "\xef\xbf\xbd");
	*in += n;
	*left -= n;
	return *left > 0;
}

static void convert(iconv_t cd, struct str bytes, size_t width, struct buf *text)
{
	char *in = (char *)bytes.p; /* iconv() does not write to it */
	size_t left = bytes.n;
	while (left) {
		char *room = buf_grow(text, CHUNK), *out = room;
		size_t free_bytes = CHUNK;
		size_t r = iconv(cd, &in, &left, &out, &free_bytes);
		text->n += (size_t)(out - room);
		if (r == (size_t)-1 && errno != E2BIG && !skip_one(&in, &left, width, text))
			return;
	}
}

int contacts_utf8(struct str bytes, struct buf *text, const char *name, struct err *err)
{
	size_t mark;
	const char *charset = charset_of(bytes, &mark);
	bytes = str_slice(bytes, mark, bytes.n);
	if (strcmp(charset, "UTF-8") == 0 && utf8_valid(bytes)) {
		buf_add(text, bytes);
		return 0;
	}
	iconv_t cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1)
		return err_temp(err, "%s: cannot convert %s: %s", name, charset, strerror(errno));
	convert(cd, bytes, strncmp(charset, "UTF-16", 6) == 0 ? 2 : 1, text);
	iconv_close(cd);
	return 0;
}
