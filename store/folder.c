#include "store/folder.h"

#include "mda/base/buf.h"
#include "mda/base/utf8.h"

/* RFC 3501 section 5.1.3: base64 with ',' for '/', and no padding. */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static const struct str inbox = {"INBOX", 5};

/* ---- to modified UTF-7 ---- */

struct shift {
	unsigned bits, count; /* bits that wait for their digit */
	bool on;
};

static void put_unit(struct buf *to, struct shift *s, unsigned unit)
{
	if (!s->on)
		buf_byte(to, '&');
	s->on = true;
	s->bits = s->bits << 16 | unit;
	s->count += 16;
	while (s->count >= 6) {
		s->count -= 6;
		buf_byte(to, digits[s->bits >> s->count & 0x3f]);
	}
	s->bits &= (1u << s->count) - 1;
}

static void end_shift(struct buf *to, struct shift *s)
{
	if (!s->on)
		return;
	if (s->count)
		buf_byte(to, digits[s->bits << (6 - s->count) & 0x3f]);
	buf_byte(to, '-');
	*s = (struct shift){0};
}

static void put_code_point(struct buf *to, struct shift *s, uint32_t c)
{
	if (c >= 0x20 && c < 0x7f) {
		end_shift(to, s);
		buf_byte(to, (char)c);
		if (c == '&')
			buf_byte(to, '-');
	} else if (c < 0x10000) {
		put_unit(to, s, c);
	} else {
		put_unit(to, s, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(to, s, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

static int refuse(struct str folder, const char *why, struct err *err)
{
	return err_temp(err, "the folder name \"" STR_FMT "\" %s",
		STR_ARGS(str_slice(folder, 0, 120)), why);
}

static int add_level(struct str folder, struct str level, struct buf *to, struct err *err)
{
	struct shift s = {0};
	uint32_t c;
	if (level.n == 0)
		return refuse(folder, "has an empty level", err);
	buf_byte(to, '.');
	while (level.n) {
		if (!utf8_next(&level, &c))
			return refuse(folder, "is not UTF-8", err);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return refuse(folder, "holds a control character", err);
		put_code_point(to, &s, c);
	}
	end_shift(to, &s);
	return 0;
}

static struct str take_level(struct str *rest, bool *more)
{
	size_t end = 0;
	while (end < rest->n && rest->p[end] != '/' && rest->p[end] != '.')
		end++;
	struct str level = str_slice(*rest, 0, end);
	*more = end < rest->n;
	*rest = str_slice(*rest, end + 1, rest->n);
	return level;
}

static int add_levels(struct str folder, struct buf *to, struct err *err)
{
	struct str rest = folder;
	bool more = folder.n > 0, first = true;
	for (unsigned levels = 0; more; first = false) {
		struct str level = take_level(&rest, &more);
		if (first && str_ieq(level, inbox))
			continue;
		if (++levels > FOLDER_MAX_LEVELS)
			return refuse(folder, "has too many levels", err);
		if (add_level(folder, level, to, err) < 0)
			return -1;
		if (to->n > FOLDER_MAX_BYTES)
			return refuse(folder, "is too long", err);
	}
	return 0;
}

int folder_directory(struct str folder, struct arena *mem, struct str *directory, struct err *err)
{
	struct buf b = {0};
	int r = add_levels(folder, &b, err);
	if (r == 0)
		*directory = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return r;
}

/* ---- and back ---- */

static bool take_digit(struct str *rest, unsigned *value)
{
	size_t i = rest->n ? str_find(str_of(digits), rest->p[0]) : 64;
	if (i >= 64)
		return false;
	*value = (unsigned)i;
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

/* UTF-16 units become code points as they come. */
static bool put_utf16(struct buf *to, unsigned *high, unsigned unit)
{
	if (*high) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return false;
		utf8_put(to, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
		*high = 0;
		return true;
	}
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return false;
	if (unit >= 0xd800 && unit <= 0xdbff)
		*high = unit;
	else
		utf8_put(to, unit);
	return true;
}

static bool decode_shift(struct str *rest, struct buf *to)
{
	unsigned bits = 0, count = 0, high = 0, digit;
	if (rest->n && rest->p[0] == '-') {
		buf_byte(to, '&');
		*rest = str_slice(*rest, 1, rest->n);
		return true;
	}
	while (take_digit(rest, &digit)) {
		bits = bits << 6 | digit;
		count += 6;
		if (count < 16)
			continue;
		count -= 16;
		if (!put_utf16(to, &high, bits >> count & 0xffff))
			return false;
		bits &= (1u << count) - 1;
	}
	if (high || rest->n == 0 || rest->p[0] != '-')
		return false;
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

static bool decode_level(struct str level, struct buf *to)
{
	while (level.n) {
		char c = level.p[0];
		level = str_slice(level, 1, level.n);
		if (c != '&')
			buf_byte(to, c);
		else if (!decode_shift(&level, to))
			return false;
	}
	return true;
}

static bool decode(struct str directory, struct buf *to)
{
	bool more = true;
	for (struct str rest = str_slice(directory, 1, directory.n); more;) {
		struct str level = take_level(&rest, &more);
		/* folder_directory() drops a first level of that name, so it stands behind another one. */
		if (to->n == 0 && str_ieq(level, inbox))
			buf_text(to, "INBOX/");
		if (!decode_level(level, to))
			return false;
		if (more)
			buf_byte(to, '/');
	}
	return true;
}

/* Only a name that leads back is one: others could hide a separator, or look like a name that they are not. */
static bool leads_back(struct str name, struct str directory, struct arena *mem)
{
	struct str back;
	return folder_directory(name, mem, &back, NULL) == 0 && str_eq(back, directory);
}

struct str folder_name(struct str directory, struct arena *mem)
{
	struct buf b = {0};
	if (directory.n == 0)
		return inbox;
	bool fine = decode(directory, &b) && leads_back(buf_str(&b), directory, mem);
	struct str name = arena_str(mem, fine ? buf_str(&b) : directory);
	buf_free(&b);
	return name;
}
