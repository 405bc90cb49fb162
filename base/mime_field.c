#include "base/mime_field.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/str_list.h"
#include "base/utf8.h"

#include <stdlib.h>

/* ---- pieces between semicolons ---- */

struct reader {
	struct str rest;
	struct arena *mem;
	bool no_comment, no_quote; /* no closing byte follows, so it is not searched for again */
	const char *doubt;
};

static void doubt(struct reader *r, const char *why)
{
	if (!r->doubt)
		r->doubt = why;
}

/* The place after the parenthesis that closes the one at the start of S, or 0. */
static size_t comment_length(struct str s)
{
	size_t depth = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

struct str mime_field_type(struct str value)
{
	struct str s = str_trim(value);
	for (size_t n = 1; n && s.n && s.p[0] == '(';) {
		n = comment_length(s);
		s = str_trim(str_slice(s, n, s.n));
	}
	s = str_slice(s, 0, str_find(s, ';'));
	return str_trim(str_slice(s, 0, str_find(s, '(')));
}

/* The length of the comment or quoted string at AT, or 0. *IS_COMMENT says which it is. */
static size_t enclosed_length(struct reader *r, size_t at, bool *is_comment)
{
	char c = r->rest.p[at];
	size_t n = 0;
	*is_comment = c == '(';
	if (c == '(' && !r->no_comment) {
		n = comment_length(str_slice(r->rest, at, r->rest.n));
		r->no_comment = n == 0;
	} else if (c == '"' && !r->no_quote) {
		n = str_quoted(str_slice(r->rest, at, r->rest.n));
		r->no_quote = n == 0;
		if (n == 0)
			doubt(r, "a quotation mark that is not closed");
	}
	return n;
}

/* What comes before the next semicolon. CLEAN is the same without comments. */
struct piece {
	struct str raw, clean;
};

/*
 * Some readers do not know comments, or know quotation marks only at the start of a value: for them
 * semicolons inside count.
 */
static void doubt_enclosed(struct reader *r, struct str enclosed, char before)
{
	if (enclosed.n < 2 || str_find(enclosed, ';') == enclosed.n)
		return;
	if (enclosed.p[0] == '(')
		doubt(r, "a semicolon in a comment");
	else if (before != '=')
		doubt(r, "a quotation mark within a word");
}

static bool next_piece(struct reader *r, struct piece *piece)
{
	struct buf clean = {0};
	size_t at = 0, length;
	char before = 0; /* the last character that is not a blank */
	bool is_comment;
	if (r->rest.n == 0)
		return false;
	while (at < r->rest.n && r->rest.p[at] != ';') {
		length = enclosed_length(r, at, &is_comment);
		doubt_enclosed(r, str_slice(r->rest, at, at + length), before);
		if (length == 0)
			length = 1;
		else if (is_comment)
			buf_byte(&clean, ' ');
		if (!is_comment || length == 1)
			buf_add(&clean, str_slice(r->rest, at, at + length));
		if (!ascii_isblank(r->rest.p[at]) && !(is_comment && length > 1))
			before = r->rest.p[at];
		at += length;
	}
	piece->raw = str_trim(str_slice(r->rest, 0, at));
	piece->clean = str_trim(arena_str(r->mem, buf_str(&clean)));
	buf_free(&clean);
	r->rest = str_slice(r->rest, at + 1, r->rest.n);
	return true;
}

/* ---- one parameter ---- */

static struct str unquote(struct str quoted, struct arena *mem)
{
	char *to = arena_alloc(mem, quoted.n + 1);
	size_t n = 0;
	for (size_t i = 1; i + 1 < quoted.n; i++) {
		if (quoted.p[i] == '\\' && i + 2 < quoted.n)
			i++;
		to[n++] = quoted.p[i];
	}
	return (struct str){to, n};
}

/* Reads the "*1*" after a name: a section number, and that it is encoded. */
static void read_section(struct mime_parameter *p, struct str mark)
{
	unsigned long long number;
	p->section = MIME_WHOLE;
	p->extended = mark.n > 0 && mark.p[mark.n - 1] == '*';
	struct str digits = str_slice(mark, 1, mark.n - (p->extended && mark.n > 1));
	if (mark.n == 0 || digits.n == 0)
		return;
	bool good = str_number(digits, LIMIT_MIME_PARAMETERS, &number) &&
		    (digits.n == 1 || digits.p[0] != '0');
	p->section = good ? (int)number : MIME_BAD_SECTION;
}

static void read_value(struct reader *r, struct mime_parameter *p, struct str text)
{
	size_t length = text.n && text.p[0] == '"' ? str_quoted(text) : 0;
	p->quoted = length > 0;
	p->value = length ? unquote(str_slice(text, 0, length), r->mem) : text;
	if (length && length < text.n)
		doubt(r, "text after a quoted value");
}

static bool read_parameter(struct reader *r, const struct piece *p, struct mime_parameter *w)
{
	size_t equals = str_find(p->clean, '=');
	struct str name = str_trim(str_slice(p->clean, 0, equals));
	size_t star = str_find(name, '*');
	if (equals == p->clean.n)
		return false;
	*w = (struct mime_parameter){.name = str_slice(name, 0, star)};
	w->raw = str_trim(str_slice(p->raw, str_find(p->raw, '=') + 1, p->raw.n));
	read_section(w, str_slice(name, star, name.n));
	read_value(r, w, str_trim(str_slice(p->clean, equals + 1, p->clean.n)));
	return true;
}

struct mime_field mime_field_read(struct str text, struct arena *mem)
{
	struct reader r = {.rest = text, .mem = mem};
	struct mime_field f = {.value = STR_EMPTY};
	struct mime_parameter p;
	struct piece piece;
	if (next_piece(&r, &piece))
		f.value = piece.clean;
	while (next_piece(&r, &piece)) {
		if (!read_parameter(&r, &piece, &p))
			continue;
		if (f.count == LIMIT_MIME_PARAMETERS) {
			doubt(&r, "too many parameters");
			break;
		}
		p.order = f.count;
		*(struct mime_parameter *)ARENA_PUSH(mem, f.items, f.count) = p;
	}
	f.doubt = r.doubt;
	return f;
}

/* ---- decoding ---- */

static void add_percent_decoded(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex(s.p[i + 2]) : -1;
		buf_byte(to, low >= 0 ? (char)(high * 16 + low) : s.p[i]);
		i += low >= 0 ? 2 : 0;
	}
}

/* Takes "charset'language'" off S; empty when there is none. */
static struct str take_charset(struct str *s)
{
	size_t first = str_find(*s, '\'');
	struct str after = str_slice(*s, first + 1, s->n);
	size_t second = str_find(after, '\'');
	if (first == s->n || second == after.n)
		return STR_EMPTY;
	struct str charset = str_slice(*s, 0, first);
	*s = str_slice(after, second + 1, after.n);
	return charset;
}

/* BYTES converted to UTF-8; unchanged when the charset is unknown. */
static struct str recode(struct str charset, struct str bytes, struct arena *mem)
{
	struct mime_bytes out;
	bool is_utf8 = charset.n == 0 || str_ieq(charset, STR_LIT("utf-8")) ||
		       str_ieq(charset, STR_LIT("us-ascii"));
	if ((is_utf8 && utf8_valid(bytes)) || mime_unavailable() ||
		!mime_functions()->to_utf8_lossy(arena_cstr(mem, charset), bytes.p, bytes.n, &out))
		return bytes;
	struct str text = arena_str(mem, (struct str){out.p, out.n});
	free(out.p);
	return utf8_mended(text, mem); /* iconv goes beyond U+10FFFF */
}

static struct str finish(struct buf *bytes, struct str charset, struct arena *mem)
{
	struct str text = recode(charset, arena_str(mem, buf_str(bytes)), mem);
	buf_free(bytes);
	return text;
}

static struct str decoded(const struct mime_parameter *p, struct arena *mem)
{
	struct buf bytes = {0};
	struct str text = p->value, charset;
	if (!p->extended)
		return mime_decode(text, mem);
	charset = take_charset(&text);
	add_percent_decoded(&bytes, text);
	return finish(&bytes, charset, mem);
}

/* ---- pieces of one value ---- */

static int by_section(const void *a, const void *b)
{
	const struct mime_parameter *const *x = a, *const *y = b;
	if ((*x)->section != (*y)->section)
		return (*x)->section < (*y)->section ? -1 : 1;
	return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

struct sections {
	const struct mime_parameter **items;
	size_t count;
	bool whole; /* pieces from 0 on, each exactly once */
};

static struct sections sections_of(const struct mime_field *f, struct str name, struct arena *mem)
{
	struct sections s = {.whole = true};
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].section != MIME_WHOLE && str_ieq(f->items[i].name, name))
			*(const struct mime_parameter **)ARENA_PUSH(mem, s.items, s.count) =
				&f->items[i];
	if (s.count)
		qsort(s.items, s.count, sizeof *s.items, by_section);
	for (size_t i = 0; i < s.count; i++)
		s.whole = s.whole && s.items[i]->section == (int)i;
	return s;
}

static struct str join(const struct sections *s, struct arena *mem)
{
	struct buf bytes = {0};
	struct str charset = STR_EMPTY;
	for (size_t i = 0; i < s->count; i++) {
		struct str text = s->items[i]->value;
		if (i == 0 && s->items[i]->extended)
			charset = take_charset(&text);
		if (s->items[i]->extended)
			add_percent_decoded(&bytes, text);
		else
			buf_add(&bytes, text);
	}
	struct str all = finish(&bytes, charset, mem);
	return charset.n ? all : mime_decode(all, mem);
}

/* ---- possible readings of a name ---- */

static const struct mime_parameter *find_whole(
	const struct mime_field *f, struct str name, bool extended)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].section == MIME_WHOLE && f->items[i].extended == extended &&
			str_ieq(f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

bool mime_field_parameter(
	const struct mime_field *f, struct str name, struct arena *mem, struct str *value)
{
	const struct mime_parameter *p = find_whole(f, name, true);
	struct sections s = {NULL, 0, false};
	if (!p)
		s = sections_of(f, name, mem);
	if (!p && s.count == 0)
		p = find_whole(f, name, false);
	if (!p && s.count == 0)
		return false;
	*value = p ? decoded(p, mem) : join(&s, mem);
	return true;
}

static void add(struct str_list *list, struct str s, struct arena *mem)
{
	if (s.n)
		str_list_add(list, s, mem);
}

/*
 * For a value without quotes, some readers stop at a blank, some take a comment as a part of it,
 * and some decode percent signs.
 */
static void add_whole(struct str_list *list, const struct mime_parameter *p, struct arena *mem)
{
	struct str text = decoded(p, mem), word = text, rest = text;
	add(list, text, mem);
	if (!p->quoted && str_word(&rest, &word) && word.n < text.n)
		add(list, word, mem);
	if (!str_eq(p->raw, p->value) && !p->quoted)
		add(list, p->raw, mem);
	if (str_find(p->value, '%') < p->value.n) {
		struct buf bytes = {0};
		add_percent_decoded(&bytes, p->value);
		add(list, finish(&bytes, STR_LIT(""), mem), mem);
	}
}

static struct str ending_of(struct str name)
{
	size_t dot = str_rfind(name, '.');
	return dot < name.n ? str_slice(name, dot + 1, name.n) : STR_LIT("");
}

/* Do two names have different endings, so that two readers may open different kinds of file? */
static bool differ(struct str a, struct str b)
{
	return a.n && b.n && !str_eq(a, b) && !str_ieq(ending_of(a), ending_of(b));
}

const char *mime_field_readings(
	const struct mime_field *f, struct str name, struct arena *mem, struct str_list *readings)
{
	const struct sections s = sections_of(f, name, mem);
	struct str first = STR_EMPTY, next;
	const char *why = s.whole ? NULL : "pieces of a name are missing";
	for (size_t i = 0; i < f->count; i++) {
		if (f->items[i].section != MIME_WHOLE || !str_ieq(f->items[i].name, name))
			continue;
		next = decoded(&f->items[i], mem);
		if (differ(first, next))
			why = "it has two names";
		first = first.n ? first : next;
		add_whole(readings, &f->items[i], mem);
	}
	if (s.count == 0)
		return why;
	next = join(&s, mem);
	add(readings, next, mem);
	return differ(first, next) ? "it has two names" : why;
}
