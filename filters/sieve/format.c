/*
 * The script's tokens are printed in ranges. A range that fits on the line is printed as it is. If
 * it does not fit, its outermost groups, (test lists) before [string lists], are printed with one
 * item on each line. Only the tokens and the kind of each comment matter, not their places, so a
 * second run changes nothing.
 */
#include "filters/sieve/format.h"

#include "filters/sieve/lex.h"

#include <string.h>

enum { LINE_WIDTH = 80, TAB_WIDTH = 8 };

struct format {
	struct lex_token *tokens;
	size_t count;
	struct arena *mem;
	struct buf *to;
	size_t column;   /* in the output; 0 at the start of a line */
	unsigned indent; /* of the current command */
	bool joined;     /* nothing separates the last token from the next one */
};

/* ---- printing ---- */

static void end_line(struct format *f)
{
	if (f->column == 0)
		return;
	buf_byte(f->to, '\n');
	f->column = 0;
}

static void start_line(struct format *f, unsigned indent)
{
	if (f->column)
		return;
	for (unsigned i = 0; i < indent; i++)
		buf_byte(f->to, '\t');
	f->column = (size_t)indent * TAB_WIDTH;
	f->joined = true;
}

/* Prints without the CR of line ends. Characters are counted, not bytes. */
static void put_text(struct format *f, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		buf_byte(f->to, s.p[i]);
		if (s.p[i] == '\n')
			f->column = 0;
		else if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			f->column++;
	}
}

static size_t width_of(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* ---- what comes before a token ---- */

/*
 * Takes the next comment from BEFORE; *LINES is the number of line ends before it. False when there
 * is none.
 */
static bool take_comment(struct str *before, struct str *comment, unsigned *lines)
{
	*lines = 0;
	while (before->n && before->p[0] != '#' && before->p[0] != '/') {
		*lines += before->p[0] == '\n';
		*before = str_slice(*before, 1, before->n);
	}
	if (before->n == 0)
		return false;
	size_t n = str_find(*before, '\n');
	if (before->p[0] == '/') {
		const char *end = memmem(before->p + 2, before->n - 2, "*/", 2);
		n = end ? (size_t)(end - before->p) + 2 : before->n;
	}
	*comment = str_slice(*before, 0, n);
	*before = str_slice(*before, n, before->n);
	while (comment->p[0] == '#' && comment->n && ascii_isblank(comment->p[comment->n - 1]))
		comment->n--;
	return true;
}

static bool has_comment(const struct lex_token *t)
{
	struct str before = t->before, comment;
	unsigned lines;
	return take_comment(&before, &comment, &lines);
}

/*
 * Prints the comments before T. A comment at the end of a line stays there; others get lines of
 * their own. Where there were blank lines between comments, one is kept.
 */
static void put_comments(struct format *f, const struct lex_token *t, unsigned indent, bool command)
{
	struct str before = t->before, comment;
	unsigned lines;
	while (take_comment(&before, &comment, &lines)) {
		if (lines || (command && f->column == 0))
			end_line(f);
		if (command && lines > 1 && f->to->n)
			buf_byte(f->to, '\n');
		if (f->column && !f->joined)
			put_text(f, STR_LIT(" "));
		start_line(f, indent);
		put_text(f, comment);
		f->joined = false;
		if (comment.p[0] == '#')
			end_line(f);
	}
	if (command && lines) {
		end_line(f);
		if (lines > 1 && f->to->n && t->kind != LEX_END)
			buf_byte(f->to, '\n');
	}
}

/* ---- one token ---- */

static bool is_opening(const struct lex_token *t)
{
	return lex_is_sign(t, '(') || lex_is_sign(t, '[');
}

static bool is_closing(const struct lex_token *t)
{
	return lex_is_sign(t, ')') || lex_is_sign(t, ']');
}

/* Tokens that have no blank before them. */
static bool sticks(const struct lex_token *t)
{
	return is_closing(t) || lex_is_sign(t, ',') || lex_is_sign(t, ';');
}

static struct str text_of(const struct format *f, const struct lex_token *t)
{
	if (t->kind != LEX_WORD && t->kind != LEX_TAG)
		return t->raw;
	char *p = arena_alloc(f->mem, t->raw.n + 1);
	for (size_t i = 0; i < t->raw.n; i++)
		p[i] = ascii_lower(t->raw.p[i]);
	return (struct str){p, t->raw.n};
}

static bool is_text_block(const struct lex_token *t)
{
	return t->kind == LEX_STRING && t->raw.n && t->raw.p[0] != '"';
}

static void put_token(struct format *f, size_t at, unsigned indent)
{
	const struct lex_token *t = &f->tokens[at];
	put_comments(f, t, indent, false);
	start_line(f, indent);
	if (!f->joined && !sticks(t))
		put_text(f, STR_LIT(" "));
	put_text(f, text_of(f, t));
	f->joined = is_opening(t);
	if (is_text_block(t))
		end_line(f); /* nothing may follow the dot */
}

/* ---- ranges ---- */

/* The place after the group that opens at AT. */
static size_t group_end(const struct format *f, size_t at, size_t end)
{
	size_t depth = 0;
	for (size_t i = at; i < end; i++) {
		depth += is_opening(&f->tokens[i]);
		depth -= is_closing(&f->tokens[i]) && depth > 0;
		if (depth == 0)
			return i + 1;
	}
	return end;
}

/*
 * Can the range be on one line, and does it fit after what is printed, with REST more characters?
 */
static bool fits(const struct format *f, size_t from, size_t to, unsigned indent, size_t rest)
{
	size_t n = (f->column ? f->column : (size_t)indent * TAB_WIDTH) + rest;
	for (size_t i = from; i < to && n <= LINE_WIDTH; i++) {
		const struct lex_token *t = &f->tokens[i];
		bool first = i == from;
		if ((!first && has_comment(t)) || is_text_block(t) ||
			str_find(t->raw, '\n') < t->raw.n)
			return false;
		n += width_of(t->raw) + (!first && !sticks(t) && !is_opening(&f->tokens[i - 1]));
	}
	return n <= LINE_WIDTH;
}

static void put_range(struct format *f, size_t from, size_t to, unsigned indent, size_t rest);

/* Does a comment before the token at AT belong to the line that is being printed? */
static bool has_comment_after(const struct format *f, size_t at)
{
	const struct lex_token *t = &f->tokens[at];
	return f->column && has_comment(t) && str_find(t->before, '\n') > 0;
}

/* Prints one item on each line, and the closing sign on its own line. */
static void put_broken(struct format *f, size_t from, size_t to, unsigned indent)
{
	size_t start = from + 1;
	put_token(f, from, indent);
	for (size_t i = start; i + 1 < to; i++) {
		if (is_opening(&f->tokens[i]))
			i = group_end(f, i, to - 1) - 1;
		if (i + 2 < to && !lex_is_sign(&f->tokens[i + 1], ','))
			continue;
		size_t end = i + 2 < to ? i + 2 : i + 1; /* with its comma */
		if (!has_comment_after(f, start))
			end_line(f);
		put_range(f, start, end, indent + 1, 0);
		start = end;
		i = end - 1;
	}
	if (!has_comment(&f->tokens[to - 1]))
		end_line(f);
	put_comments(f, &f->tokens[to - 1], indent + 1, false);
	end_line(f);
	start_line(f, indent);
	put_text(f, f->tokens[to - 1].raw);
	f->joined = false;
}

static bool has_group(const struct format *f, size_t from, size_t to, char sign)
{
	for (size_t i = from; i < to; i++)
		if (lex_is_sign(&f->tokens[i], sign))
			return true;
	return false;
}

/* Does it have more than one item, or an item that must itself be broken? */
static bool is_worth_breaking(const struct format *f, size_t from, size_t to)
{
	for (size_t i = from + 1; i < to; i++)
		if (lex_is_sign(&f->tokens[i], ',') || has_comment(&f->tokens[i]))
			return true;
	return lex_is_sign(&f->tokens[from], '(');
}

static void put_range(struct format *f, size_t from, size_t to, unsigned indent, size_t rest)
{
	bool whole = fits(f, from, to, indent, rest);
	char sign = has_group(f, from, to, '(') ? '(' : '[';
	for (size_t i = from; i < to; i++) {
		size_t end = is_opening(&f->tokens[i]) ? group_end(f, i, to) : i + 1;
		bool breaks = !whole && end > i + 1 && lex_is_sign(&f->tokens[i], sign) &&
			      is_closing(&f->tokens[end - 1]) && is_worth_breaking(f, i, end);
		if (breaks)
			put_broken(f, i, end, indent);
		else
			put_token(f, i, i == from ? indent : indent + 1);
		i = breaks ? end - 1 : i;
	}
}

/* ---- commands ---- */

/* The place of the sign that ends the command: ; { or }, or the end. */
static size_t command_end(const struct format *f, size_t from)
{
	size_t i = from;
	while (i < f->count && f->tokens[i].kind != LEX_END && !lex_is_sign(&f->tokens[i], ';') &&
		!lex_is_sign(&f->tokens[i], '{') && !lex_is_sign(&f->tokens[i], '}'))
		i++;
	return i;
}

static bool goes_on(const struct lex_token *t)
{
	return lex_is_word(t, "elsif") || lex_is_word(t, "else");
}

/* "}" is alone on its line, except before elsif and else. */
static size_t close_block(struct format *f, size_t at)
{
	const struct lex_token *next = &f->tokens[at + 1];
	put_comments(f, &f->tokens[at], f->indent, true);
	end_line(f);
	f->indent -= f->indent > 0;
	start_line(f, f->indent);
	put_text(f, STR_LIT("}"));
	f->joined = false;
	if (!goes_on(next) || has_comment(next))
		f->joined = true; /* a comment after it keeps its line; the next command ends it */
	return at + 1;
}

static size_t put_command(struct format *f, size_t at)
{
	struct lex_token *first = &f->tokens[at];
	size_t end = command_end(f, at);
	bool same_line = goes_on(first) && f->column && !has_comment(first);
	if (!same_line) {
		f->joined = false;
		put_comments(f, first, f->indent, true);
		end_line(f);
	}
	first->before = STR_EMPTY; /* they are printed */
	put_range(f, at, end, f->indent, 2);
	if (end == f->count || f->tokens[end].kind == LEX_END || lex_is_sign(&f->tokens[end], '}'))
		return end;
	put_token(f, end, f->indent);
	f->joined = false;
	f->indent += lex_is_sign(&f->tokens[end], '{');
	return end + 1;
}

void format_script(struct str script, struct arena *mem, struct buf *to)
{
	struct format f = {.mem = mem, .to = to};
	f.tokens = lex_all(script, mem, &f.count);
	size_t at = 0;
	while (at < f.count && f.tokens[at].kind != LEX_END)
		at = lex_is_sign(&f.tokens[at], '}') ? close_block(&f, at) : put_command(&f, at);
	f.joined = false;
	if (at < f.count)
		put_comments(&f, &f.tokens[at], f.indent, true);
	end_line(&f);
}
