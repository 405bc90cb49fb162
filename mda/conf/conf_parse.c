#include "mda/conf/conf_parse.h"

#include "base/str_list.h"

#include <stdarg.h>
#include <stdio.h>

size_t conf_parse_work;

static const struct {
	struct str type;
	enum conf_scope scope;
	struct str usual; /* how it usually starts; empty: its inside is needed now */
} sections[] = {
	{STR_LIT("address"), SCOPE_ADDRESS, STR_LIT("address \"")},
	{STR_LIT("domain"), SCOPE_DOMAIN, STR_LIT("domain \"")},
	{STR_LIT("organization"), SCOPE_ORGANIZATION, STR_EMPTY},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* An include is parsed like a list. */
static const struct conf_key include_key = {.name = "include", .type = &conf_type_list};

/* ---- what is wrong ---- */

__attribute__((format(printf, 3, 4))) static int fail(
	const struct conf_parser *p, size_t at, const char *fmt, ...)
{
	char message[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args); /* a longer text is cut */
	va_end(args);
	return conf_text_fail(p->lexer.text, at, message, p->lexer.err);
}

/*
 * Reports the token T, which is not what was EXPECTED. At the end of the file, the place AT says
 * more than the place of the end.
 */
static int fail_expected(
	const struct conf_parser *p, const struct conf_token *t, size_t at, const char *expected)
{
	struct str found = str_slice(t->raw, 0, 60);
	if (t->kind == CONF_END)
		return fail(p, at, "expected %s, found the end of the %s", expected,
			p->scope == SCOPE_GLOBAL ? "file" : "section");
	if (t->kind == CONF_SIGN)
		return fail(p, t->at, "expected %s, found \"%s%c\"", expected,
			t->sign == '+' ? "+" : "", t->sign == '+' ? '=' : t->sign);
	return fail(p, t->at, "expected %s, found \"" STR_FMT "\"", expected, STR_ARGS(found));
}

/* The same; what was expected is "EXPECTED NAME", with the name of a key or section. */
static int fail_expected_of(const struct conf_parser *p, const struct conf_token *t, size_t at,
	const char *expected, const char *name)
{
	char text[200];
	snprintf(text, sizeof text, "%s %s", expected, name); /* a longer text is cut */
	return fail_expected(p, t, at, text);
}

static int fail_no_statement(const struct conf_parser *p, const struct conf_token *t)
{
	bool is_global = p->scope == SCOPE_GLOBAL;
	if (t->sign == '}')
		return fail(p, t->at, "unexpected closing brace: no section is open here");
	return fail_expected(p, t, t->at,
		is_global ? "key = value, key = { value, value } or section \"title\" { ... }"
			  : "key = value, key = { value, value } or \"}\"");
}

static int fail_unknown(const struct conf_parser *p, const struct conf_token *t, struct str name)
{
	struct str hint = conf_key_suggest(str_slice(name, 0, 60), p->scope, p->mem);
	return fail(p, t->at, "unknown key \"" STR_FMT "\"; " STR_FMT,
		STR_ARGS(str_slice(name, 0, 60)), STR_ARGS(hint));
}

/* ---- values ---- */

static bool is_sign(const struct conf_token *t, char sign)
{
	return t->kind == CONF_SIGN && t->sign == sign;
}

static int take_value(struct conf_parser *p, struct setting *s, const struct conf_token *t)
{
	struct str value;
	if (s->key == &include_key && (t->form != CONF_PLAIN || t->raw.n == 0))
		return fail(p, t->at,
			"include takes a file name or a list of file names, without escapes and "
			"variables");
	if (conf_lex_word(&p->lexer, t, p->mem, &value) < 0)
		return -1;
	str_list_add(&s->values, arena_str(p->mem, value), p->mem);
	*(struct conf_place *)ARENA_PUSH(p->mem, s->places, s->place_count) =
		(struct conf_place){p->lexer.text, t->at};
	return 0;
}

/* Parses a list from its opening brace, at OPEN, to its closing brace. */
static int take_list(struct conf_parser *p, struct setting *s, size_t open)
{
	struct conf_token t;
	for (bool is_value = true;; is_value = !is_value) {
		if (conf_lex_next(&p->lexer, &t) < 0)
			return -1;
		if (t.kind == CONF_END)
			return fail(p, open, "this list does not end");
		if (is_sign(&t, '}'))
			return 0;
		if (is_value && t.kind != CONF_WORD)
			return fail_expected_of(
				p, &t, open, "a value or \"}\" in the list", s->key->name);
		if (!is_value && !is_sign(&t, ','))
			return fail_expected_of(
				p, &t, open, "\",\" or \"}\" in the list", s->key->name);
		if (is_value && take_value(p, s, &t) < 0)
			return -1;
	}
}

/* Parses the value or values after the sign at AT. */
static int take_values(struct conf_parser *p, struct setting *s, size_t at)
{
	struct conf_token t;
	if (conf_lex_next(&p->lexer, &t) < 0)
		return -1;
	if (t.kind == CONF_WORD)
		return take_value(p, s, &t);
	if (is_sign(&t, '{') && s->key->type->is_list)
		return take_list(p, s, t.at);
	if (is_sign(&t, '{'))
		return fail(p, t.at, "%s takes one value, not a list in braces", s->key->name);
	return fail_expected_of(p, &t, at,
		s->key == &include_key ? "the name of a file for" : "a value for", s->key->name);
}

/* ---- statements ---- */

/* Parses what follows the key NAME. With "=", the old values of S are dropped. */
static int take_setting(struct conf_parser *p, const struct conf_key *key,
	const struct conf_token *name, struct setting *s)
{
	struct conf_token sign;
	if (conf_lex_next(&p->lexer, &sign) < 0)
		return -1;
	if (!is_sign(&sign, '=') && !is_sign(&sign, '+'))
		return fail_expected_of(p, &sign, name->at, "\"=\" after", key->name);
	if (sign.sign == '+' && (!key->type->is_list || key == &include_key))
		return fail(p, sign.at, "\"+=\" only adds to a list: use \"=\" for %s", key->name);
	if (sign.sign == '=')
		*s = (struct setting){.key = NULL};
	s->key = key;
	s->place = (struct conf_place){p->lexer.text, name->at};
	int r = take_values(p, s, sign.at);
	conf_parse_work += p->lexer.at - name->at;
	return r;
}

/* Parses a setting, which starts with the word T. */
static int take_statement(struct conf_parser *p, const struct conf_token *t, struct str name)
{
	const struct conf_key *key = conf_key_find(name, p->scope);
	if (!key)
		return fail_unknown(p, t, name);
	return take_setting(p, key, t, &p->settings[key - conf_keys]);
}

static int take_include(
	struct conf_parser *p, const struct conf_token *name, struct conf_stop_at *stop)
{
	struct setting s = {0};
	if (take_setting(p, &include_key, name, &s) < 0)
		return -1;
	*stop = (struct conf_stop_at){.kind = CONF_STOP_INCLUDE, .at = name->at, .files = s.values};
	return 0;
}

/* ---- sections ---- */

static int take_title(struct conf_parser *p, const struct conf_token *type, const char *name,
	struct conf_stop_at *stop)
{
	struct conf_token *title = &stop->title, brace;
	struct str meaning;
	if (conf_lex_next(&p->lexer, title) < 0)
		return -1;
	if (title->kind != CONF_WORD)
		return fail_expected_of(p, title, type->at, "a title after", name);
	if (conf_lex_word(&p->lexer, title, p->mem, &meaning) < 0 ||
		conf_lex_next(&p->lexer, &brace) < 0)
		return -1;
	if (!is_sign(&brace, '{'))
		return fail_expected_of(p, &brace, type->at, "\"{\" after the title of this", name);
	stop->kind = CONF_STOP_SECTION;
	stop->open = brace.at;
	return 0;
}

/* Notes the section, and skips its inside, which is parsed when it is needed. */
static int set_apart(struct conf_parser *p, struct conf_aparts *apart,
	const struct conf_token *title, enum conf_scope scope, size_t open)
{
	if (conf_lex_skip_braces(&p->lexer, open) < 0)
		return -1;
	conf_apart_add(apart, p->lexer.text, title, scope, p->mem);
	return 0;
}

static int take_section(struct conf_parser *p, struct conf_aparts *apart,
	const struct conf_token *type, size_t i, struct conf_stop_at *stop)
{
	if (take_title(p, type, sections[i].type.p, stop) < 0)
		return -1;
	if (sections[i].scope == SCOPE_ORGANIZATION)
		return 0;
	stop->kind = CONF_STOP_END;
	return set_apart(p, apart, &stop->title, sections[i].scope, stop->open);
}

/*
 * Sets the next section apart if its heading is written as it usually is: that is faster than what
 * take_section() does. 0 when it is not, -1 for an error.
 */
static int take_usual_section(struct conf_parser *p, struct conf_aparts *apart)
{
	struct conf_token title;
	size_t i = 0;
	while (i < SECTIONS &&
		!(sections[i].usual.n && conf_lex_heading(&p->lexer, sections[i].usual, &title)))
		i++;
	if (i == SECTIONS)
		return 0;
	size_t open = p->lexer.at - 1;
	return set_apart(p, apart, &title, sections[i].scope, open) < 0 ? -1 : 1;
}

static size_t section_type(struct str name)
{
	size_t i = 0;
	while (i < SECTIONS && !str_eq(name, sections[i].type))
		i++;
	return i;
}

/* Parses what starts with the word T, outside of sections. */
static int take_outside(struct conf_parser *p, struct conf_aparts *apart,
	const struct conf_token *t, struct conf_stop_at *stop)
{
	struct str name;
	if (conf_lex_word(&p->lexer, t, p->mem, &name) < 0)
		return -1;
	size_t i = section_type(name);
	if (i < SECTIONS)
		return take_section(p, apart, t, i, stop);
	if (str_eq(name, STR_LIT("include")))
		return take_include(p, t, stop);
	return take_statement(p, t, name);
}

int conf_parse_next(struct conf_parser *p, struct conf_aparts *apart, struct conf_stop_at *stop)
{
	struct conf_token t;
	int usual;
	*stop = (struct conf_stop_at){.kind = CONF_STOP_END};
	do {
		do {
			usual = take_usual_section(p, apart);
		} while (usual > 0);
		if (usual < 0 || conf_lex_next(&p->lexer, &t) < 0)
			return -1;
		if (t.kind == CONF_END)
			return 0;
		if (t.kind == CONF_SIGN)
			return fail_no_statement(p, &t);
		if (take_outside(p, apart, &t, stop) < 0)
			return -1;
	} while (stop->kind == CONF_STOP_END);
	return 0;
}

int conf_parse_inside(struct conf_parser *p, size_t open)
{
	struct conf_token t;
	struct str name;
	for (;;) {
		if (conf_lex_next(&p->lexer, &t) < 0)
			return -1;
		if (t.kind == CONF_END && open != SIZE_MAX)
			return fail(p, open, "this section does not end");
		if (t.kind == CONF_END || (is_sign(&t, '}') && open != SIZE_MAX))
			return 0;
		if (p->has_commas && is_sign(&t, ','))
			continue;
		if (t.kind == CONF_SIGN)
			return fail_no_statement(p, &t);
		if (conf_lex_word(&p->lexer, &t, p->mem, &name) < 0 ||
			take_statement(p, &t, name) < 0)
			return -1;
	}
}

struct setting *conf_parse_settings(struct arena *mem)
{
	return arena_alloc(mem, conf_key_count * sizeof(struct setting));
}
