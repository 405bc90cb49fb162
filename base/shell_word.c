#include "base/shell_word.h"

#include "base/buf.h"

#include <string.h>

/* A tilde or an equals sign means something in some places only, but a path seldom has one. */
static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("@%_+:,./-", c));
}

static bool all_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_plain(text.p[i]))
			return false;
	return text.n > 0;
}

struct str shell_word(struct str text, struct arena *mem)
{
	struct buf b = {0};
	if (all_plain(text))
		return arena_str(mem, text);
	buf_byte(&b, '\'');
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			buf_text(&b, "'\\''");
		else
			buf_byte(&b, text.p[i]);
	buf_byte(&b, '\'');
	struct str word = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return word;
}
