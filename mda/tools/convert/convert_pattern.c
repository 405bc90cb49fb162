#include "mda/tools/convert/convert_pattern.h"

#include "base/str_list.h"
#include "mda/tools/convert/convert_names.h"

#include <string.h>

/*
 * procmail and maildrop search the text "Name: value". A Sieve test gets the value without the
 * blank, so this blank is what makes the difference: an expression may match it, or need it.
 */

enum { GROUPS_MOST = 20 };

/* What procmail's words stand for (procmailrc(5), and regexp.c of its source). */
static const char *const to_names = "((Original-)?(Resent-)?(To|Cc|Bcc)|"
				    "(X-Envelope|Apparently(-Resent)?)-To):";
struct expression {
	struct str text;  /* in the syntax of our engine */
	struct str plain; /* the same as a text */
	bool is_plain;
};

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
static bool translate(
	struct convert *c, const struct convert_pattern *p, struct str x, struct expression *e)
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

struct start {
	bool anchored;     /* X has to match at the start of the value */
	bool sees_blank;   /* what is unanchored could begin with the blank */
	bool may_be_blank; /* what is anchored could begin with it */
};

/* Takes what stands for the blank off X. */
static bool take_blanks(struct convert *c, struct str *x, struct start *s)
{
	size_t least = 0, n;
	bool any = false;
	*s = (struct start){.anchored = true};
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
static int matches_blank(struct str x, size_t *n)
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

/* Is X a group whose alternatives begin with a letter or a digit that is not counted? */
static bool begins_with_letters(struct convert *c, struct str x)
{
	struct str inside = convert_whole_group(x);
	struct str_list parts = {0};
	bool good = inside.n && convert_split(c, inside, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		struct str part = parts.items[i];
		good = good && part.n && ascii_isalnum(part.p[0]) &&
		       (part.n == 1 || !(is_count(part.p[1]) || part.p[1] == '{'));
	}
	return good || convert_fail(c, "it may begin with the blank after the colon");
}

/*
 * X is searched for anywhere behind the colon, and the blank there is not in the value. Sets
 * *BEFORE to what has to come before X: "(^|A)" for an atom A that may match that blank.
 */
static bool consider_blank(struct convert *c, struct str *x, struct str *atom)
{
	size_t n;
	*atom = STR_EMPTY;
	for (;;) {
		int matches = x->n ? matches_blank(*x, &n) : 0;
		if (matches == 0)
			return true;
		if (matches < 0) {
			return begins_with_letters(c, *x);
		}
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
static bool begins_plainly(struct convert *c, const struct convert_pattern *p, struct str x)
{
	size_t n;
	if (x.n && matches_blank(x, &n) == 0 && n < x.n &&
		(x.p[n] == '*' || x.p[n] == '?' ||
			(x.p[n] == '{' && p->is_pcre &&
				(n + 1 == x.n || x.p[n + 1] < '1' || x.p[n + 1] > '9'))))
		return convert_fail(c, "it may begin with the blank after the colon");
	return true;
}

/* ---- the tests ---- */

static const char comparator[] = " :comparator \"i;octet\"";

static struct str header_test(struct convert *c, const struct convert_pattern *p, const char *how,
	const struct str_list *names, struct str key)
{
	struct str list = convert_strings(c, names->items, names->count);
	struct str text = convert_string(c, key);
	if (list.n == 0 || text.n == 0)
		return STR_EMPTY;
	if (strcmp(how, ":regex") == 0)
		c->needs |= NEEDS_REGEX;
	return arena_fmt(c->mem, "header%s %s " STR_FMT " " STR_FMT, p->with_case ? comparator : "",
		how, STR_ARGS(list), STR_ARGS(text));
}

/* "^Names:REST" */
static struct str field_test(struct convert *c, const struct convert_pattern *p,
	const struct str_list *names, struct str x)
{
	struct start s;
	struct str atom = STR_EMPTY;
	struct expression e, first = {0};
	if (x.n == 0 || str_eq(x, STR_LIT(".*")))
		return header_test(c, p, ":contains", names, STR_EMPTY);
	bool at_end = x.p[x.n - 1] == '$' && (x.n < 2 || x.p[x.n - 2] != '\\');
	x = str_slice(x, 0, x.n - at_end);
	if (convert_part_end(x, 0) < x.n)
		return convert_fail(c, "alternatives without a group"), STR_EMPTY;
	if (!take_blanks(c, &x, &s))
		return STR_EMPTY;
	size_t n;
	if (s.may_be_blank && x.n &&
		(matches_blank(x, &n) != 0 ? !begins_with_letters(c, x) : !begins_plainly(c, p, x)))
		return STR_EMPTY;
	if (s.sees_blank && (!begins_plainly(c, p, x) || !consider_blank(c, &x, &atom)))
		return STR_EMPTY;
	if (!translate(c, p, x, &e) || !translate(c, p, atom, &first))
		return STR_EMPTY;
	if (!s.anchored && x.n == 0 && atom.n == 0)
		return header_test(c, p, ":contains", names, STR_EMPTY);
	if (atom.n == 0 && e.is_plain && !s.anchored && !at_end)
		return header_test(c, p, ":contains", names, e.plain);
	if (atom.n == 0 && e.is_plain && s.anchored && at_end)
		return header_test(c, p, ":is", names, e.plain);
	struct str key = arena_fmt(c->mem, "%s%s" STR_FMT "%s" STR_FMT "%s", s.anchored ? "^" : "",
		atom.n ? "(^|" : "", STR_ARGS(first.text), atom.n ? ")" : "", STR_ARGS(e.text),
		at_end ? "$" : "");
	return header_test(c, p, ":regex", names, key);
}

/* ^TO_x: a word of an address. */
static struct str to_test(
	struct convert *c, const struct convert_pattern *p, const char *border, struct str x)
{
	struct str_list names = {0};
	struct expression e;
	struct str all = str_of(to_names);
	if (convert_part_end(x, 0) < x.n)
		return convert_fail(c, "alternatives without a group"), STR_EMPTY;
	size_t n;
	if (x.n == 0 || matches_blank(x, &n) != 0)
		return convert_fail(c, "it may begin with the blank after the colon"), STR_EMPTY;
	if (!begins_plainly(c, p, x) || !convert_names(c, str_slice(all, 0, all.n - 1), &names) ||
		!translate(c, p, x, &e))
		return STR_EMPTY;
	return header_test(c, p, ":regex", &names,
		arena_fmt(c->mem, "(^|%s)" STR_FMT, border, STR_ARGS(e.text)));
}

/* ^FROM_MAILER and ^FROM_DAEMON are long; what they mean is converted, not how they say it. */
static struct str mailer_test(struct convert *c)
{
	convert_fail(c, "^FROM_DAEMON and ^FROM_MAILER: compare list-id, precedence and "
			"auto-submitted instead (RFC 3834)");
	return STR_EMPTY;
}

static struct str body_test(struct convert *c, const struct convert_pattern *p, struct str x)
{
	struct expression e;
	bool at_line = x.n && x.p[0] == '^';
	x = str_slice(x, at_line, x.n);
	if (x.n == 0 || !translate(c, p, x, &e))
		return x.n ? STR_EMPTY : (convert_fail(c, "an empty expression"), STR_EMPTY);
	bool is_plain = e.is_plain && !at_line;
	struct str key = is_plain  ? e.plain
			 : at_line ? arena_fmt(c->mem, "(^|\n)(" STR_FMT ")", STR_ARGS(e.text))
				   : e.text;
	struct str text = convert_string(c, key);
	if (text.n == 0)
		return STR_EMPTY;
	c->needs |= NEEDS_BODY | (is_plain ? 0u : NEEDS_REGEX);
	return arena_fmt(c->mem, "body :raw%s %s " STR_FMT, p->with_case ? comparator : "",
		is_plain ? ":contains" : ":regex", STR_ARGS(text));
}

/* ---- the whole ---- */

static struct str one_test(struct convert *c, const struct convert_pattern *p, struct str x)
{
	static const struct {
		const char *word, *border;
	} to_words[] = {{"^TO_", "[^-a-zA-Z0-9_.]"}, {"^TO", "[^a-zA-Z]"}};
	struct str_list names = {0};
	if (p->in_body)
		return body_test(c, p, x);
	if (!p->is_pcre && str_starts(x, STR_LIT("^FROM_")))
		return mailer_test(c);
	for (size_t i = 0; !p->is_pcre && i < sizeof to_words / sizeof *to_words; i++) {
		struct str word = str_of(to_words[i].word);
		if (str_starts(x, word) && (i == 0 || str_find(x, ':') == x.n))
			return to_test(c, p, to_words[i].border, str_slice(x, word.n, x.n));
	}
	size_t colon = str_find(x, ':');
	if (x.n < 2 || x.p[0] != '^' || colon < 2 || colon == x.n)
		return convert_fail(c, "it does not look at named fields (^Name:...)"), STR_EMPTY;
	struct str name = str_slice(x, 1, colon);
	if (!convert_names(c, name, &names))
		return STR_EMPTY;
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i].n == 0 || str_find(names.items[i], '_') < names.items[i].n)
			return convert_fail(c, "the name of the field is not plain"), STR_EMPTY;
	return field_test(c, p, &names, str_slice(x, colon + 1, x.n));
}

/* "(A|B)" and "^(A|B)" become two patterns, if each has its own field. */
static struct str distribute(struct convert *c, const struct convert_pattern *p)
{
	struct str text = p->text, inside = convert_whole_group(text);
	bool at_line = text.n && text.p[0] == '^';
	struct str_list parts = {0};
	if (inside.n == 0 && at_line)
		inside = convert_whole_group(str_slice(text, 1, text.n));
	if (inside.n)
		text = inside;
	at_line = at_line && inside.n;
	if (!convert_split(c, text, &parts))
		return STR_EMPTY;
	struct str *tests = arena_alloc(c->mem, parts.count * sizeof *tests);
	for (size_t i = 0; i < parts.count; i++) {
		struct str part = parts.items[i];
		tests[i] = one_test(c, p, at_line ? ARENA_JOIN(c->mem, STR_LIT("^"), part) : part);
		if (tests[i].n == 0)
			return STR_EMPTY;
	}
	return convert_tests(c, "anyof", tests, parts.count);
}

struct str convert_pattern(struct convert *c, const struct convert_pattern *p)
{
	if (p->text.n == 0)
		return convert_fail(c, "an empty expression"), STR_EMPTY;
	if (p->in_body)
		return one_test(c, p, p->text);
	return distribute(c, p);
}
