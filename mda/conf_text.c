#include "mda/conf_text.h"

#include "mda/conf_lex.h"

#include <string.h>

static const struct {
	struct str type;
	enum conf_scope scope;
} apart_types[] = {
	{STR_LIT("address"), SCOPE_ADDRESS},
	{STR_LIT("domain"), SCOPE_DOMAIN},
};

enum { APART_TYPES = sizeof apart_types / sizeof *apart_types };

/* ---- places ---- */

unsigned conf_text_line(const struct conf_text *text, size_t at)
{
	unsigned line = 1;
	const char *p = text->p, *end = text->p + at;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return line;
}

int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err)
{
	struct str before = {text->p, at < text->n ? at : text->n};
	size_t line_end = str_rfind(before, '\n');
	size_t column = line_end < before.n ? before.n - line_end : before.n + 1;
	return err_temp(
		err, "%s:%u:%zu: %s", text->path, conf_text_line(text, before.n), column, message);
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

size_t conf_text_find(const struct conf_text *text, size_t from, unsigned line, struct str word)
{
	struct str rest = {text->p + from, text->n - from}, one = rest;
	for (unsigned n = 0; n < line && str_line(&rest, &one); n++)
		;
	size_t at = find_word(one, word);
	return (size_t)(one.p - text->p) + (at < one.n ? at : 0);
}

const struct conf_place *conf_text_place(const struct conf_section *section, struct str key)
{
	for (size_t i = section->count; i-- > 0;)
		if (str_eq(section->places[i].key, key))
			return &section->places[i];
	return NULL;
}

struct str conf_text_title(const struct conf_text *text, const struct conf_apart *apart)
{
	return (struct str){text->p + apart->title, apart->title_length};
}

/* ---- sections and keys ---- */

/* What was read of a line such as `domain "title" {` or `key = { "a", "b" }`. */
struct conf_scan {
	struct conf_lexer lexer;
	struct conf_sections *sections;
	struct arena *mem;
	struct conf_token before, word; /* the last two words that were no values */
	size_t words;                   /* of this statement */
	struct conf_place *place;       /* that gets values; NULL when none is wanted */
	bool in_list, in_section, is_inside;
	size_t list_at, section_at; /* of their braces */
	bool in_include;
	struct str_list include;
	size_t line_at; /* up to here lines were counted: */
	unsigned line;
};

static unsigned line_of(struct conf_scan *s, size_t at)
{
	const struct conf_text *text = s->lexer.text;
	const struct conf_text rest = {.p = text->p + s->line_at};
	s->line += conf_text_line(&rest, at - s->line_at) - 1;
	s->line_at = at;
	return s->line;
}

static void add_section(struct conf_scan *s, struct str type)
{
	struct conf_section *section = ARENA_PUSH(s->mem, s->sections->items, s->sections->count);
	section->type = type;
}

static void add_place(struct conf_scan *s)
{
	struct conf_section *in = &s->sections->items[s->in_section ? s->sections->count - 1 : 0];
	s->place = ARENA_PUSH(s->mem, in->places, in->count);
	s->place->text = s->lexer.text;
	s->place->key = s->word.word;
	s->place->at = s->word.at;
	s->place->line = line_of(s, s->word.at);
}

static void end_statement(struct conf_scan *s)
{
	s->words = 0;
	s->place = NULL;
	s->in_list = false;
}

static void read_value(struct conf_scan *s, const struct conf_token *t)
{
	*(size_t *)ARENA_PUSH(s->mem, s->place->values, s->place->value_count) = t->at;
	if (s->in_include)
		*(struct str *)ARENA_PUSH(s->mem, s->include.items, s->include.count) = t->word;
	if (!s->in_list)
		end_statement(s);
}

static void read_word(struct conf_scan *s, const struct conf_token *t)
{
	if (s->place) {
		read_value(s, t);
		return;
	}
	s->before = s->word;
	s->word = *t;
	s->words++;
}

/* What makes no sense here is left for libconfuse to refuse. */
static void read_sign(struct conf_scan *s, const struct conf_token *t)
{
	if (t->sign == '=') {
		add_place(s);
	} else if (t->sign == '{' && s->place) {
		s->in_list = true;
		s->list_at = t->at;
	} else if (t->sign == '{') {
		add_section(s, s->before.word);
		s->in_section = true;
		s->section_at = t->at;
		s->words = 0;
	} else if (t->sign == '}' && s->in_list) {
		end_statement(s);
	} else if (t->sign == '}') {
		s->in_section = false;
		s->words = 0;
	}
}

/* ---- what libconfuse does not see ---- */

static bool between_statements(const struct conf_scan *s)
{
	return s->words == 0 && !s->place && !s->in_section && !s->is_inside;
}

static int set_apart(struct conf_scan *s, enum conf_scope scope, struct str title)
{
	struct conf_text *text = s->lexer.text;
	size_t from = s->lexer.at;
	if (conf_lex_skip_braces(&s->lexer, from - 1) < 0)
		return -1;
	struct conf_apart *a = ARENA_PUSH(s->mem, text->apart, text->apart_count);
	a->title = (uint32_t)(title.p - text->p);
	a->title_length = (uint16_t)title.n;
	a->from = (uint32_t)from;
	a->to = (uint32_t)(s->lexer.at - 1);
	a->scope = (uint16_t)scope;
	return 1;
}

/* 1 when a section was set apart, 0 when none starts here. */
static int take_apart(struct conf_scan *s)
{
	struct str title;
	for (size_t i = 0; i < APART_TYPES && between_statements(s); i++)
		if (conf_lex_section(&s->lexer, apart_types[i].type, &title))
			return set_apart(s, apart_types[i].scope, title);
	return 0;
}

/* `include = "file"`, between other statements. */
static bool starts_include(const struct conf_scan *s, const struct conf_token *t)
{
	return t->kind == CONF_SIGN && t->sign == '=' && s->words == 1 && !s->place &&
	       !s->in_section && !s->is_inside && str_eq(s->word.word, STR_LIT("include"));
}

static int check_end(const struct conf_scan *s)
{
	const struct conf_text *text = s->lexer.text;
	if (s->in_list)
		return conf_text_fail(text, s->list_at, "this list does not end", s->lexer.err);
	if (s->in_section)
		return conf_text_fail(
			text, s->section_at, "this section does not end", s->lexer.err);
	return 0;
}

/* ---- stretches ---- */

/* Up to the end of the files' names. */
static int read_include(struct conf_scan *s, struct conf_stretch *stretch)
{
	struct conf_token t = {0};
	stretch->include_at = s->word.at;
	s->in_include = true;
	s->include = (struct str_list){0};
	add_place(s);
	while (s->place) {
		if (conf_lex_next(&s->lexer, &t) < 0)
			return -1;
		if (t.kind == CONF_WORD && t.is_plain && t.word.n)
			read_value(s, &t);
		else if (t.kind == CONF_SIGN && strchr("{},", t.sign) &&
			 s->in_list == (t.sign != '{'))
			read_sign(s, &t);
		else
			return conf_text_fail(s->lexer.text, t.at,
				"include takes the name of a file, or { names }, without "
				"escapes and variables",
				s->lexer.err);
	}
	s->in_include = false;
	stretch->include = s->include;
	return 1;
}

static bool is_blank(const struct conf_text *text, size_t from, size_t to)
{
	return str_trim((struct str){text->p + from, to - from}).n == 0;
}

int conf_text_next(struct conf_scan *s, struct conf_stretch *stretch)
{
	struct conf_token t = {.kind = CONF_WORD};
	struct conf_text *text = s->lexer.text;
	*stretch = (struct conf_stretch){.from = s->lexer.at};
	while (s->lexer.at < s->lexer.end) {
		stretch->to = s->lexer.at;
		int apart = take_apart(s);
		if (apart < 0)
			return -1;
		if (apart && !is_blank(text, stretch->from, stretch->to))
			return 1;
		if (apart) {
			stretch->from = s->lexer.at;
			continue;
		}
		if (conf_lex_next(&s->lexer, &t) < 0)
			return -1;
		stretch->to = s->word.at; /* should it be an include's */
		if (starts_include(s, &t))
			return read_include(s, stretch);
		if (t.kind == CONF_WORD)
			read_word(s, &t);
		else if (t.kind == CONF_SIGN)
			read_sign(s, &t);
	}
	if (check_end(s) < 0)
		return -1;
	stretch->to = s->lexer.end;
	return !is_blank(text, stretch->from, stretch->to);
}

struct conf_scan *conf_text_scan(struct conf_text *text, size_t from, size_t to, bool is_inside,
	struct conf_sections *sections, struct arena *mem, struct err *err)
{
	struct conf_scan *s = arena_alloc(mem, sizeof *s);
	*s = (struct conf_scan){.lexer = {text, from, to, err},
		.sections = sections,
		.mem = mem,
		.is_inside = is_inside,
		.line = 1};
	if (sections->count == 0)
		add_section(s, (struct str){"", 0});
	if (is_inside)
		return s;
	const char *nul = memchr(text->p, '\0', text->n);
	if (nul) {
		conf_text_fail(text, (size_t)(nul - text->p),
			"a NUL byte; the file is to be plain text", err);
		return NULL;
	}
	if (text->n >= 3 && memcmp(text->p, "\xef\xbb\xbf", 3) == 0)
		memset(text->p, ' ', 3);
	return s;
}
