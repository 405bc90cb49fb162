#include "mda/conf_text.h"

struct scan {
	char *p;
	size_t n, at;
};

static bool starts(const struct scan *s, char first, char second)
{
	return s->at + 1 < s->n && s->p[s->at] == first && s->p[s->at + 1] == second;
}

/* `//` and the start of C's comment count only where a word could start: paths hold slashes. */
static bool at_word_start(const struct scan *s)
{
	char before = s->at ? s->p[s->at - 1] : '\n';
	return ascii_isblank(before) || str_find(STR_LIT("={}(),"), before) < 6;
}

static void blank_line(struct scan *s)
{
	while (s->at < s->n && s->p[s->at] != '\n')
		s->p[s->at++] = ' ';
}

/* False when the end is missing. */
static bool blank_block(struct scan *s)
{
	for (; s->at < s->n; s->at++) {
		if (starts(s, '*', '/')) {
			s->p[s->at++] = ' ';
			s->p[s->at++] = ' ';
			return true;
		}
		if (s->p[s->at] != '\n')
			s->p[s->at] = ' ';
	}
	return false;
}

static void skip_string(struct scan *s)
{
	char quote = s->p[s->at++];
	while (s->at < s->n && s->p[s->at] != quote)
		s->at += s->p[s->at] == '\\' ? 2 : 1;
	s->at++;
}

static int fail(const struct scan *s, struct str text, size_t at, const char *path,
	const char *what, struct err *err)
{
	unsigned line = 1, column = 1;
	for (size_t i = 0; i < at && i < s->n; i++) {
		column = text.p[i] == '\n' ? 1 : column + 1;
		line += text.p[i] == '\n';
	}
	return err_temp(err, "%s:%u:%u: %s", path, line, column, what);
}

int conf_text_blank(
	struct str text, const char *path, struct arena *mem, struct str *clean, struct err *err)
{
	*clean = arena_str(mem, text);
	struct scan s = {.p = (char *)clean->p, .n = text.n};
	size_t nul = str_find(text, '\0');
	if (nul < text.n)
		return fail(&s, text, nul, path, "a NUL byte; the file is to be plain text", err);
	while (s.at < s.n) {
		size_t start = s.at;
		if (s.p[s.at] == '"' || s.p[s.at] == '\'')
			skip_string(&s);
		else if (s.p[s.at] == '#' || (starts(&s, '/', '/') && at_word_start(&s)))
			blank_line(&s);
		else if (starts(&s, '/', '*') && at_word_start(&s) && !blank_block(&s))
			return fail(&s, text, start, path, "this comment does not end", err);
		else if (s.at == start)
			s.at++;
	}
	return 0;
}
