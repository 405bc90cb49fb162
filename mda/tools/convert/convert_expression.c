#include "mda/tools/convert/convert_expression.h"

#include "mda/tools/convert/convert_names.h"

#include <string.h>

enum { GROUPS_MOST = 20 };

/* ---- expressions ---- */

/* A set in brackets at *AT. */
static bool copy_set(struct convert *c, const struct convert_pattern *p, struct str x, size_t *at,
	struct buf *to)
{
	size_t from = *at, i = from + 1;
	bool negative = i < x.n && x.p[i] == '^';
	i += negative;
	i += i < x.n && x.p[i] == ']';
	while (i < x.n && x.p[i] != ']') {
		if (x.p[i] == '\\')
			return convert_fail(c, "a backslash in brackets");
		if (x.p[i] == '[' && i + 1 < x.n && strchr(":.=", x.p[i + 1])) {
			size_t end = str_find(str_slice(x, i, x.n), ']');
			if (!p->is_pcre || x.p[i + 1] != ':' || i + end >= x.n)
				return convert_fail(c, "a class in brackets");
			i += end;
		}
		i++;
	}
	if (i >= x.n)
		return convert_fail(c, "a bracket that is not closed");
	if (negative && p->in_body)
		return convert_fail(c, "a set that can match the end of a line");
	buf_add(to, str_slice(x, from, i + 1));
	*at = i + 1;
	return true;
}

static bool copy_escape(struct convert *c, const struct convert_pattern *p, char letter,
	struct buf *to, struct buf *plain, bool *is_plain)
{
	static const struct {
		char letter;
		const char *set;
	} sets[] = {{'s', "[ \t]"}, {'d', "[0-9]"}, {'w', "[A-Za-z0-9_]"}, {'S', "[^ \t]"},
		{'D', "[^0-9]"}};
	for (size_t i = 0; p->is_pcre && !p->in_body && i < sizeof sets / sizeof *sets; i++) {
		if (sets[i].letter != letter)
			continue;
		buf_text(to, sets[i].set);
		*is_plain = false;
		return true;
	}
	if (ascii_isalnum(letter) || (unsigned char)letter >= 0x80 || ascii_iscntrl(letter) ||
		(!p->is_pcre && strchr("<>/", letter)))
		return convert_fail(c, "the expression has \\%c", letter);
	if (strchr(".*+?()|[]{}^$\\", letter))
		buf_byte(to, '\\');
	buf_byte(to, letter);
	buf_byte(plain, letter);
	return true;
}

static bool is_count(char byte)
{
	return byte == '*' || byte == '+' || byte == '?';
}

/* What comes before a count. */
static bool may_count(struct convert *c, struct str x, size_t at)
{
	if (at == 0 || strchr("(|", x.p[at - 1]) ||
		(is_count(x.p[at - 1]) && (at < 2 || x.p[at - 2] != '\\')))
		return convert_fail(c, "a %c without something before it", x.p[at]);
	return true;
}

static bool copy_special(
	struct convert *c, const struct convert_pattern *p, struct str x, size_t at, struct buf *to)
{
	char byte = x.p[at];
	if (is_count(byte) && !may_count(c, x, at))
		return false;
	if (byte == '.' && p->in_body) {
		buf_text(to, "[^\n]");
		return true;
	}
	if (byte == '(' && at + 1 < x.n && x.p[at + 1] == '?')
		return convert_fail(c, "the expression has (?");
	if (byte == '^' || byte == '$')
		return convert_fail(c, "%c inside of the expression", byte);
	if (!p->is_pcre && (byte == '{' || byte == '}'))
		buf_byte(to, '\\');
	buf_byte(to, byte);
	return true;
}

/* Translates X. Its parentheses are balanced, or our engine would not take it either. */
bool convert_translate(struct convert *c, const struct convert_pattern *p, struct str x,
	struct convert_expression *e)
{
	struct buf to = {0}, plain = {0};
	size_t depth = 0, groups = 0;
	bool good = true;
	e->is_plain = true;
	for (size_t at = 0; at < x.n && good;) {
		char byte = x.p[at];
		if (byte == '[') {
			e->is_plain = false;
			good = copy_set(c, p, x, &at, &to);
			continue;
		}
		if (byte == '\\') {
			good = at + 1 < x.n
				       ? copy_escape(c, p, x.p[at + 1], &to, &plain, &e->is_plain)
				       : convert_fail(c, "a backslash at the end");
			at += 2;
			continue;
		}
		groups += byte == '(';
		depth += byte == '(';
		if (byte == ')' && depth-- == 0)
			good = convert_fail(c, "a parenthesis that is not open");
		if (groups > GROUPS_MOST)
			good = convert_fail(c, "too many groups");
		if (good && (unsigned char)byte >= 0x80 && !p->in_body)
			good = convert_fail(c, "letters that mail encodes");
		if (good && (ascii_iscntrl(byte) && byte != '\t'))
			good = convert_fail(c, "a control character");
		if (good && strchr(".*+?()|{}^$", byte)) {
			e->is_plain = e->is_plain && !p->is_pcre && (byte == '{' || byte == '}');
			good = copy_special(c, p, x, at, &to);
		} else if (good) {
			buf_byte(&to, byte);
		}
		buf_byte(&plain, byte);
		at++;
	}
	if (good && depth)
		good = convert_fail(c, "a parenthesis that is not closed");
	e->text = arena_str(c->mem, buf_str(&to));
	e->plain = arena_str(c->mem, buf_str(&plain));
	buf_free(&to);
	buf_free(&plain);
	if (good && str_ifind(e->plain, STR_LIT("=?")) < e->plain.n)
		good = convert_fail(c, "it looks at encoded words, which Sieve decodes");
	return good;
}

/* ---- the blank behind the colon ---- */

/* The length of an atom for a blank at the start of X; 0: there is none. */
static size_t blank_atom(struct str x)
{
	static const char *const atoms[] = {
		"[[:space:]]", "[[:blank:]]", "[ \t]", "[\t ]", "[ ]", "\\s", " "};
	for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++)
		if (str_starts(x, str_of(atoms[i])))
			return strlen(atoms[i]);
	return 0;
}

/* Takes what stands for the blank off X. */
bool convert_take_blanks(struct convert *c, struct str *x, struct convert_start *s)
{
	size_t least = 0, n;
	bool any = false;
	*s = (struct convert_start){.anchored = true};
	while ((n = blank_atom(*x))) {
		char count = x->n > n ? x->p[n] : '\0';
		least += count != '*' && count != '?';
		any = true;
		*x = str_slice(*x, n + is_count(count), x->n);
	}
	if (least > 1)
		return convert_fail(c, "it needs several blanks after the colon");
	if (str_starts(*x, STR_LIT(".*")) || (str_starts(*x, STR_LIT(".+")) && !any)) {
		/* "Subject:.+x": the first dot matches the blank. */
		s->sees_blank = x->p[1] == '*' && least == 0;
		s->anchored = false;
		*x = str_slice(*x, 2, x->n);
	} else if (!any && x->n && x->p[0] == '.' && !(x->n > 1 && is_count(x->p[1]))) {
		*x = str_slice(*x, 1, x->n);
	} else if (!any && x->n) {
		return convert_fail(c, "it leaves no room for the blank after the colon");
	}
	s->may_be_blank = any && least == 0 && s->anchored;
	return true;
}

/* Can the set, a dot or a letter at the start of X match a blank? *N is its length. -1: unknown. */
int convert_matches_blank(struct str x, size_t *n)
{
	*n = 1;
	if (x.n == 0 || x.p[0] == '(' || x.p[0] == '|')
		return -1;
	if (x.p[0] == '\\') {
		*n = 2;
		return x.n > 1 && !ascii_isalnum(x.p[1]) ? x.p[1] == ' ' : -1;
	}
	if (x.p[0] != '[')
		return x.p[0] == ' ' || x.p[0] == '.';
	bool negative = x.n > 1 && x.p[1] == '^';
	size_t from = 1 + negative, end = from + 1;
	while (end < x.n && x.p[end] != ']')
		end++;
	struct str set = str_slice(x, from, end);
	*n = end + 1;
	if (end >= x.n || str_find(set, '[') < set.n)
		return -1;
	for (size_t i = 0; i < set.n; i++) {
		bool is_range = i + 2 < set.n && set.p[i + 1] == '-';
		if (set.p[i] == ' ' || (is_range && set.p[i] < ' ' && set.p[i + 2] > ' '))
			return !negative;
	}
	return negative;
}

static bool begins_visibly(struct convert *c, struct str x, unsigned depth);

/* The same of the group at the start of X; it is not counted. */
static bool group_begins_visibly(struct convert *c, struct str x, unsigned depth)
{
	struct str_list parts = {0};
	size_t end = 1;
	while ((end = convert_part_end(x, end)) < x.n && x.p[end] == '|')
		end++;
	if (depth == GROUPS_MOST || end >= x.n || (end + 1 < x.n && strchr("*?{", x.p[end + 1])) ||
		!convert_split(c, str_slice(x, 1, end), &parts))
		return false;
	for (size_t i = 0; i < parts.count; i++)
		if (!begins_visibly(c, parts.items[i], depth + 1))
			return false;
	return true;
}

/* Does X begin with a sign that is never a blank and never missing? */
static bool begins_visibly(struct convert *c, struct str x, unsigned depth)
{
	size_t n;
	if (x.n && x.p[0] == '(')
		return group_begins_visibly(c, x, depth);
	return x.n && convert_matches_blank(x, &n) == 0 && !(n < x.n && strchr("*?{", x.p[n]));
}

bool convert_begins_visibly(struct convert *c, struct str x)
{
	return begins_visibly(c, x, 0) ||
	       convert_fail(c, "it may begin with the blank after the colon");
}

/*
 * X is searched for anywhere behind the colon, and the blank there is not in the value. Sets
 * *BEFORE to what has to come before X: "(^|A)" for an atom A that may match that blank.
 */
bool convert_consider_blank(struct convert *c, struct str *x, struct str *atom)
{
	size_t n;
	*atom = STR_EMPTY;
	for (;;) {
		int matches = x->n ? convert_matches_blank(*x, &n) : 0;
		if (matches == 0)
			return true;
		if (matches < 0)
			return convert_begins_visibly(c, *x);
		char count = n < x->n ? x->p[n] : '\0';
		if (count == '{')
			return convert_fail(c, "it may begin with the blank after the colon");
		if (count != '*' && count != '?') {
			*atom = str_slice(*x, 0, n);
			*x = str_slice(*x, n + (count == '+'), x->n);
			return true;
		}
		*x = str_slice(*x, n + 1, x->n);
	}
}

/* A letter that is counted: "x*y" anywhere is "y" anywhere, and so may begin with the blank. */
bool convert_begins_plainly(struct convert *c, const struct convert_pattern *p, struct str x)
{
	size_t n;
	if (x.n && convert_matches_blank(x, &n) == 0 && n < x.n &&
		(x.p[n] == '*' || x.p[n] == '?' ||
			(x.p[n] == '{' && p->is_pcre &&
				(n + 1 == x.n || x.p[n + 1] < '1' || x.p[n + 1] > '9'))))
		return convert_fail(c, "it may begin with the blank after the colon");
	return true;
}
