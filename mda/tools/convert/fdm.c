#include "mda/tools/convert/fdm.h"

#include <string.h>

static char byte_at(const struct fdm_reader *r, size_t ahead)
{
	struct str s = r->c->source;
	return ahead < s.n - r->at ? s.p[r->at + ahead] : '\0';
}

static void skip_space(struct fdm_reader *r)
{
	struct str s = r->c->source;
	while (r->at < s.n) {
		char byte = s.p[r->at];
		if (byte == '#')
			r->at += str_find(str_slice(s, r->at, s.n), '\n');
		else if (ascii_isblank(byte) || byte == '\n' || byte == '\r')
			r->at++;
		else
			return;
	}
}

static void cannot_read(struct fdm_reader *r, const char *why)
{
	r->good = convert_fail(r->c, "%s", why);
	r->why = r->c->reason;
}

/* "name}" of "${name}" at the place of the reader: its value. */
static void add_macro(struct fdm_reader *r, bool braces, struct buf *to)
{
	struct str name = str_slice(r->c->source, r->at, r->c->source.n);
	name.n = convert_name_length(name);
	r->at += name.n;
	if (name.n == 0 || (braces && byte_at(r, 0) != '}')) {
		cannot_read(r, "a macro that is not plain");
		return;
	}
	r->at += braces;
	struct str value = convert_value(&r->macros, name);
	if (value.n == 0)
		cannot_read(r, "a macro whose value is not known");
	buf_add(to, value);
}

/* What a backslash makes of the next byte. */
static char escaped(char byte)
{
	return byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == 't' ? '\t' : byte;
}

/* Up to QUOTE; in double ones, backslashes and macros mean something. */
static void read_text(struct fdm_reader *r, char quote)
{
	struct buf b = {0};
	struct str s = r->c->source;
	r->at++;
	while (r->at < s.n && s.p[r->at] != quote) {
		char byte = s.p[r->at++], next = byte_at(r, 0);
		if (quote == '"' && byte == '\\' && r->at < s.n) {
			buf_byte(&b, escaped(s.p[r->at++]));
		} else if (quote == '"' && (byte == '$' || byte == '%') && next == '(') {
			cannot_read(r, "it is the output of a program");
		} else if (quote == '"' && (byte == '$' || byte == '%') && next == '{') {
			r->at++;
			add_macro(r, true, &b);
		} else {
			buf_byte(&b, byte);
		}
		if (b.n > CONVERT_TEXT)
			cannot_read(r, "a text that is too long");
		b.n = b.n > CONVERT_TEXT ? 0 : b.n;
	}
	if (r->at == s.n)
		cannot_read(r, "a quotation mark that is not closed");
	r->at += r->at < s.n;
	r->text = arena_str(r->c->mem, buf_str(&b));
	buf_free(&b);
}

static void read_macro(struct fdm_reader *r)
{
	struct buf b = {0};
	r->at++;
	if (byte_at(r, 0) == '(') {
		cannot_read(r, "it is the output of a program");
		struct str rest = str_slice(r->c->source, r->at, r->c->source.n);
		size_t end = str_find(rest, ')');
		r->at += end < rest.n ? end + 1 : rest.n;
	} else {
		add_macro(r, false, &b);
	}
	r->text = arena_str(r->c->mem, buf_str(&b));
	buf_free(&b);
}

static size_t word_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && (ascii_isalnum(s.p[n]) || s.p[n] == '_' || (n && s.p[n] == '-')))
		n++;
	return n;
}

void fdm_next(struct fdm_reader *r)
{
	struct str s = r->c->source;
	r->ended = r->at;
	skip_space(r);
	r->from = r->at;
	r->good = true;
	struct str rest = str_slice(s, r->at, s.n);
	char byte = rest.n ? rest.p[0] : '\0';
	size_t n = word_length(rest);
	r->kind = rest.n == 0 ? FDM_END : n ? FDM_WORD : FDM_SIGN;
	r->text = str_slice(rest, 0, n ? n : 1);
	if (byte == '"' || byte == '\'' || byte == '$' || byte == '%') {
		r->kind = FDM_TEXT;
		if (byte == '"' || byte == '\'')
			read_text(r, byte);
		else
			read_macro(r);
		return;
	}
	r->at += r->text.n;
}

void fdm_begin(struct fdm_reader *r, struct convert *c)
{
	*r = (struct fdm_reader){.c = c};
	fdm_next(r);
}

bool fdm_is_word(const struct fdm_reader *r, const char *word)
{
	return r->kind == FDM_WORD && str_eq(r->text, str_of(word));
}

bool fdm_is_sign(const struct fdm_reader *r, char sign)
{
	return r->kind == FDM_SIGN && r->text.p[0] == sign;
}

bool fdm_take_word(struct fdm_reader *r, const char *word)
{
	bool is = fdm_is_word(r, word);
	if (is)
		fdm_next(r);
	return is;
}

bool fdm_take_sign(struct fdm_reader *r, char sign)
{
	bool is = fdm_is_sign(r, sign);
	if (is)
		fdm_next(r);
	return is;
}

bool fdm_take_text(struct fdm_reader *r, struct str *text)
{
	*text = r->text;
	if (r->kind != FDM_TEXT)
		return convert_fail(r->c, "there is no text where it should be");
	struct str why = r->good ? STR_EMPTY : r->why;
	fdm_next(r);
	return why.n == 0 || convert_fail(r->c, STR_FMT, STR_ARGS(why));
}

/* What a unit multiplies by; 0: it is none. */
static unsigned long long unit(struct str word)
{
	static const struct {
		const char *names;
		unsigned long long bytes;
	} units[] = {{" b byte bytes ", 1}, {" k kb kbyte kbytes kilobyte kilobytes ", 1ULL << 10},
		{" m mb mbyte mbytes megabyte megabytes ", 1ULL << 20},
		{" g gb gbyte gbytes gigabyte gigabytes ", 1ULL << 30}};
	char spaced[16];
	if (word.n == 0 || word.n > sizeof spaced - 3)
		return 0;
	spaced[0] = ' ';
	for (size_t i = 0; i < word.n; i++)
		spaced[i + 1] = ascii_lower(word.p[i]);
	memcpy(spaced + word.n + 1, " ", 2);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strstr(units[i].names, spaced))
			return units[i].bytes;
	return 0;
}

bool fdm_take_size(struct fdm_reader *r, unsigned long long *size)
{
	size_t digits = 0;
	while (r->kind == FDM_WORD && digits < r->text.n && ascii_isdigit(r->text.p[digits]))
		digits++;
	struct str after = str_slice(r->text, digits, r->text.n);
	unsigned long long times = after.n ? unit(after) : 1;
	if (digits == 0 || times == 0 ||
		!str_number(str_slice(r->text, 0, digits), 1ULL << 30, size))
		return convert_fail(r->c, "a size that is not a number");
	fdm_next(r);
	if (after.n == 0 && r->kind == FDM_WORD && unit(r->text)) {
		times = unit(r->text);
		fdm_next(r);
	}
	*size *= times;
	return true;
}

bool fdm_at_statement(const struct fdm_reader *r)
{
	static const char *const words[] = {
		"match", "set", "account", "include", "cache", "ifdef", "ifndef", "endif"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (fdm_is_word(r, words[i]))
			return true;
	return r->kind == FDM_END || fdm_is_sign(r, '}');
}

bool fdm_is_definition(const struct fdm_reader *r)
{
	struct str s = r->c->source, rest = str_slice(s, r->from, s.n);
	if (rest.n < 2 || (rest.p[0] != '$' && rest.p[0] != '%'))
		return false;
	rest = str_slice(rest, 1, rest.n);
	size_t n = convert_name_length(rest);
	rest = str_slice(rest, n, rest.n);
	while (rest.n && ascii_isblank(rest.p[0]))
		rest = str_slice(rest, 1, rest.n);
	return n && rest.n && rest.p[0] == '=' && !(rest.n > 1 && rest.p[1] == '=');
}
