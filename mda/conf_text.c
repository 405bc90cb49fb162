#include "mda/conf_text.h"

#include <string.h>

/* The words and signs of libconfuse's lexer. */
enum kind { END, WORD, SIGN };

struct token {
	enum kind kind;
	char sign;
	size_t at;
	unsigned line;
	struct str word; /* without quotes */
};

struct scanner {
	struct conf_text *text;
	struct arena *mem;
	char *p; /* the clean text */
	size_t n, at;
	unsigned line;
	struct err *err;
};

/* ---- places ---- */

int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err)
{
	struct str before = str_slice(text->written, 0, at);
	size_t line_end = str_rfind(before, '\n');
	size_t column = line_end < before.n ? before.n - line_end : before.n + 1;
	unsigned line = 1;
	for (size_t i = 0; i < before.n; i++)
		line += before.p[i] == '\n';
	return err_temp(err, "%s:%u:%zu: %s", text->path, line, column, message);
}

static bool is_word_part(struct str s, size_t i)
{
	return i < s.n && (ascii_isalnum(s.p[i]) || s.p[i] == '_');
}

/* Where WORD stands, not as a part of another; S.n when it does not. */
static size_t find_word(struct str s, struct str word)
{
	for (size_t from = 0; word.n && from < s.n;) {
		size_t at = from + str_ifind(str_slice(s, from, s.n), word);
		bool joined = is_word_part(word, 0) &&
			      ((at && is_word_part(s, at - 1)) || is_word_part(s, at + word.n));
		if (at == s.n || !joined)
			return at;
		from = at + 1;
	}
	return s.n;
}

size_t conf_text_find(const struct conf_text *text, unsigned line, struct str word)
{
	struct str rest = text->written, one = rest;
	for (unsigned n = 0; n < line && str_line(&rest, &one); n++)
		;
	size_t at = find_word(one, word);
	return (size_t)(one.p - text->written.p) + (at < one.n ? at : 0);
}

const struct conf_place *conf_text_place(const struct conf_section *section, struct str key)
{
	for (size_t i = section->count; i-- > 0;)
		if (str_eq(section->places[i].key, key))
			return &section->places[i];
	return NULL;
}

/* ---- words and signs ---- */

static int fail(const struct scanner *s, size_t at, const char *message)
{
	return conf_text_fail(s->text, at, message, s->err);
}

static char peek(const struct scanner *s, size_t ahead)
{
	return s->at + ahead < s->n ? s->p[s->at + ahead] : '\0';
}

static void move(struct scanner *s, size_t to)
{
	for (; s->at < to; s->at++)
		s->line += s->p[s->at] == '\n';
}

static void blank(struct scanner *s, size_t to)
{
	size_t from = s->at;
	move(s, to);
	for (size_t i = from; i < to; i++)
		if (s->p[i] != '\n')
			s->p[i] = ' ';
}

/* 1 when it was one, 0 when none stands here, -1 when it has no end. */
static int skip_comment(struct scanner *s)
{
	struct str rest = {s->p + s->at, s->n - s->at};
	if (peek(s, 0) == '#' || (peek(s, 0) == '/' && peek(s, 1) == '/')) {
		blank(s, s->at + str_find(rest, '\n'));
		return 1;
	}
	if (peek(s, 0) != '/' || peek(s, 1) != '*')
		return 0;
	size_t end = 2 + str_ifind(str_slice(rest, 2, rest.n), STR_LIT("*/"));
	if (end == rest.n)
		return fail(s, s->at, "this comment does not end");
	blank(s, s->at + end + 2);
	return 1;
}

static int skip_blanks(struct scanner *s)
{
	int more = 1;
	while (more > 0) {
		char c = peek(s, 0);
		if (c == ' ' || c == '\t' || c == '\n')
			move(s, s->at + 1);
		else if (c == '\r' && peek(s, 1) == '\n')
			blank(s, s->at + 1);
		else
			more = skip_comment(s);
	}
	return more;
}

/* The length of "${NAME}" at the offset AT, 0 when none stands there. The name may hold anything, quotes as well. */
static size_t variable(const struct scanner *s, size_t at)
{
	struct str rest = {s->p + at, s->n - at};
	if (rest.n < 2 || rest.p[0] != '$' || rest.p[1] != '{')
		return 0;
	size_t end = str_find(rest, '}');
	return end < rest.n ? end + 1 : 0;
}

static int take_string(struct scanner *s, struct token *t)
{
	char quote = peek(s, 0);
	size_t i = s->at + 1;
	while (i < s->n && s->p[i] != quote) {
		size_t skip = quote == '"' ? variable(s, i) : 0;
		i += skip ? skip : s->p[i] == '\\' ? 2 : 1;
	}
	if (i >= s->n)
		return fail(s, s->at, "this string does not end");
	t->word = (struct str){s->p + s->at + 1, i - s->at - 1};
	move(s, i + 1);
	return 0;
}

static void take_word(struct scanner *s, struct token *t)
{
	size_t n = variable(s, s->at);
	if (n == 0)
		while (s->at + n < s->n && !strchr(" \t\n\"'={}()+*,#", s->p[s->at + n]) &&
			!(peek(s, n) == '\r' && peek(s, n + 1) == '\n'))
			n++;
	t->word = (struct str){s->p + s->at, n};
	move(s, s->at + n);
}

static int next(struct scanner *s, struct token *t)
{
	if (skip_blanks(s) < 0)
		return -1;
	char c = peek(s, 0);
	*t = (struct token){.kind = WORD, .at = s->at, .line = s->line};
	if (s->at == s->n) {
		t->kind = END;
		return 0;
	}
	if (c == '"' || c == '\'')
		return take_string(s, t);
	if (c == '*' || (c == '+' && peek(s, 1) != '='))
		return fail(s, s->at, "a value with a \"+\" or \"*\" wants quotes");
	if (!strchr("={}()+,", c)) {
		take_word(s, t);
		return 0;
	}
	t->kind = SIGN;
	t->sign = c;
	move(s, s->at + 1);
	return 0;
}

/* ---- sections and keys ---- */

/* What was read of a line such as `domain "title" {` or `key = { "a", "b" }`. */
struct reading {
	struct token word, before; /* the last two words that were no values */
	struct conf_place *place;  /* that gets values; NULL when none is wanted */
	bool in_list, in_section;
	size_t list_at, section_at; /* of their braces */
};

static void add_section(struct scanner *s, struct str type)
{
	struct conf_section *section = ARENA_PUSH(s->mem, s->text->sections, s->text->count);
	section->type = type;
}

static void add_place(struct scanner *s, struct reading *r)
{
	struct conf_section *in = &s->text->sections[r->in_section ? s->text->count - 1 : 0];
	r->place = ARENA_PUSH(s->mem, in->places, in->count);
	r->place->key = r->word.word;
	r->place->at = r->word.at;
	r->place->line = r->word.line;
}

static void read_word(struct scanner *s, struct reading *r, const struct token *t)
{
	if (!r->place) {
		r->before = r->word;
		r->word = *t;
		return;
	}
	*(size_t *)ARENA_PUSH(s->mem, r->place->values, r->place->value_count) = t->at;
	if (!r->in_list)
		r->place = NULL;
}

/* What makes no sense here is left for libconfuse to refuse. */
static void read_sign(struct scanner *s, struct reading *r, const struct token *t)
{
	if (t->sign == '=') {
		add_place(s, r);
	} else if (t->sign == '{' && r->place) {
		r->in_list = true;
		r->list_at = t->at;
	} else if (t->sign == '{') {
		add_section(s, r->before.word);
		r->in_section = true;
		r->section_at = t->at;
	} else if (t->sign == '}' && r->in_list) {
		r->in_list = false;
		r->place = NULL;
	} else if (t->sign == '}') {
		r->in_section = false;
	}
}

static int read_all(struct scanner *s)
{
	struct reading r = {0};
	struct token t;
	do {
		if (next(s, &t) < 0)
			return -1;
		if (t.kind == WORD)
			read_word(s, &r, &t);
		else if (t.kind == SIGN)
			read_sign(s, &r, &t);
	} while (t.kind != END);
	if (r.in_list)
		return fail(s, r.list_at, "this list does not end");
	if (r.in_section)
		return fail(s, r.section_at, "this section does not end");
	return 0;
}

int conf_text_scan(const char *path, struct str written, struct arena *mem, struct conf_text *text,
	struct err *err)
{
	size_t nul = str_find(written, '\0');
	*text = (struct conf_text){
		.path = path, .written = written, .clean = arena_str(mem, written)};
	struct scanner s = {.text = text,
		.mem = mem,
		.p = (char *)text->clean.p,
		.n = written.n,
		.line = 1,
		.err = err};
	add_section(&s, (struct str){"", 0});
	if (nul < written.n)
		return fail(&s, nul, "a NUL byte; the file is to be plain text");
	if (str_istarts(written, STR_LIT("\xef\xbb\xbf")))
		blank(&s, 3);
	return read_all(&s);
}
