#include "mda/tools/reindex/reindex_text.h"

#include "base/utf8.h"

const char reindex_text_title[] = "mda-uids 1";

static bool is_plain(struct str name)
{
	struct str rest = name;
	uint32_t c;
	if (name.n == 0)
		return false;
	while (rest.n) {
		if ((unsigned char)rest.p[0] <= ' ' || rest.p[0] == '"' || rest.p[0] == 0x7f)
			return false;
		if (!utf8_next(&rest, &c))
			return false;
	}
	return true;
}

void reindex_put_name(struct buf *to, struct str name)
{
	if (is_plain(name)) {
		buf_add(to, name);
		return;
	}
	buf_byte(to, '"');
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c == '"' || c == '\\')
			buf_fmt(to, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			buf_fmt(to, "\\x%02x", c);
		else
			buf_byte(to, (char)c);
	}
	buf_byte(to, '"');
}

/* Takes one escape sequence, after its backslash. */
static bool take_escape(struct str *rest, char *byte)
{
	if (rest->n && (rest->p[0] == '"' || rest->p[0] == '\\')) {
		*byte = rest->p[0];
		*rest = str_slice(*rest, 1, rest->n);
		return true;
	}
	if (rest->n < 3 || rest->p[0] != 'x' || ascii_hex(rest->p[1]) < 0 ||
		ascii_hex(rest->p[2]) < 0)
		return false;
	*byte = (char)(ascii_hex(rest->p[1]) * 16 + ascii_hex(rest->p[2]));
	*rest = str_slice(*rest, 3, rest->n);
	return true;
}

static bool take_quoted(struct str *rest, struct arena *mem, struct str *name)
{
	char *to = arena_alloc(mem, rest->n + 1);
	size_t n = 0;
	*rest = str_slice(*rest, 1, rest->n);
	while (rest->n && rest->p[0] != '"') {
		to[n] = rest->p[0];
		*rest = str_slice(*rest, 1, rest->n);
		if (to[n] == '\\' && !take_escape(rest, &to[n]))
			return false;
		n++;
	}
	if (rest->n == 0)
		return false;
	*rest = str_slice(*rest, 1, rest->n);
	to[n] = '\0';
	*name = (struct str){to, n};
	return true;
}

bool reindex_text_name(struct str *rest, struct arena *mem, struct str *name)
{
	if (rest->n && rest->p[0] == '"')
		return take_quoted(rest, mem, name);
	size_t n = str_find(*rest, ' ');
	*name = arena_str(mem, str_slice(*rest, 0, n));
	*rest = str_slice(*rest, n, rest->n);
	return name->n > 0;
}
