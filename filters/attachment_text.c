#include "filters/attachment_text.h"

enum { UU_BLANK = 0x20, UU_LAST = 0x60, UU_LINE = 62 };

/* Takes a line. A CR alone ends a line too, because some readers take it so. */
static struct str take_line(struct str *rest)
{
	struct str line = str_slice(*rest, 0, str_find(*rest, '\n'));
	line = str_slice(line, 0, str_find(line, '\r'));
	*rest = str_slice(*rest, line.n + 1, rest->n);
	return line;
}

static bool is_mode(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < '0' || word.p[i] > '7')
			return false;
	return word.n >= 3 && word.n <= 4;
}

/* A line of uuencode begins with its length. Prose has letters that uuencode does not use. */
static bool is_uu_line(struct str line)
{
	if (line.n < 2 || line.n > UU_LINE || line.p[0] == UU_BLANK)
		return false;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < UU_BLANK || line.p[i] > UU_LAST)
			return false;
	return true;
}

/* Reads "begin 644 name" or "begin-base64 644 name". */
static bool begins_uuencode(struct str line, struct str next, struct str *name)
{
	struct str rest = line, word, mode;
	if (!str_istarts(line, STR_LIT("begin")) || !str_word(&rest, &word) ||
		!str_word(&rest, &mode) || !is_mode(mode))
		return false;
	*name = str_trim(rest);
	return str_eq(word, STR_LIT("begin-base64")) ||
	       (str_ieq(word, STR_LIT("begin")) && is_uu_line(next));
}

static bool begins_yenc(struct str line, struct str *name)
{
	size_t at = str_ifind(line, STR_LIT(" name="));
	if (!str_istarts(line, STR_LIT("=ybegin ")))
		return false;
	*name = str_trim(str_slice(line, at + 6, line.n));
	return true;
}

const char *attachment_text_kind(struct str text, struct str *name)
{
	while (text.n) {
		struct str line = take_line(&text), ahead = text, next = take_line(&ahead);
		/* After CR LF, which counts as two line ends, there is an empty line. */
		if (next.n == 0)
			next = take_line(&ahead);
		if (begins_uuencode(line, next, name))
			return "a file in uuencode, in text";
		if (begins_yenc(line, name))
			return "a file in yEnc, in text";
		*name = STR_LIT("");
		if (str_istarts(line, STR_LIT("(This file must be converted with BinHex")))
			return "a file in BinHex, in text";
	}
	return NULL;
}
