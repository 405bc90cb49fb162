#include "filters/authres_parse.h"

#include <string.h>

/* ---- the lexer ---- */

struct cursor {
	struct str rest;
	struct arena *mem;
	const char *wrong; /* NULL: no error so far */
};

static bool fails(struct cursor *c, const char *why)
{
	if (!c->wrong)
		c->wrong = why;
	return false;
}

static char here(const struct cursor *c)
{
	return c->rest.n ? c->rest.p[0] : '\0';
}

static void advance(struct cursor *c)
{
	c->rest = str_slice(c->rest, 1, c->rest.n);
}

/* Starts after the opening parenthesis; comments may be nested. */
static bool skip_comment(struct cursor *c)
{
	unsigned depth = 1;
	for (advance(c); c->rest.n; advance(c)) {
		if (here(c) == '\\')
			advance(c);
		else if (here(c) == '(' && ++depth > AUTHRES_NESTING_MOST)
			return fails(c, "comments are nested too deeply");
		else if (here(c) == ')' && --depth == 0) {
			advance(c);
			return true;
		}
	}
	return fails(c, "a comment does not end");
}

/* Skips CFWS: blanks, folds and comments (RFC 5322 section 3.2.2). */
static void skip(struct cursor *c)
{
	while (c->rest.n && !c->wrong) {
		if (here(c) == '(')
			(void)skip_comment(c); /* what is wrong is in C */
		else if (ascii_isblank(here(c)) || here(c) == '\r' || here(c) == '\n')
			advance(c);
		else
			return;
	}
}

static bool take(struct cursor *c, char byte)
{
	skip(c);
	if (c->wrong || here(c) != byte || c->rest.n == 0)
		return false;
	advance(c);
	return true;
}

/*
 * The length of a quoted string with its quotes, measured before it is copied: thousands of them
 * must not each take the memory of the whole field.
 */
static size_t quoted_length(struct str s)
{
	size_t n = 1;
	while (n < s.n && s.p[n] != '"')
		n += s.p[n] == '\\' ? 2 : 1;
	return n;
}

static struct str take_quoted(struct cursor *c)
{
	char *p = arena_alloc(c->mem, quoted_length(c->rest) + 1);
	size_t n = 0;
	for (advance(c); c->rest.n && here(c) != '"'; advance(c)) {
		if (here(c) == '\\')
			advance(c);
		if (here(c) != '\r' && here(c) != '\n')
			p[n++] = here(c);
	}
	if (c->rest.n == 0)
		fails(c, "a quoted string does not end");
	advance(c);
	return (struct str){p, n};
}

/* Takes bytes up to a blank or one of ENDS. A word has no NUL or other control. */
static struct str take_run(struct cursor *c, const char *ends)
{
	size_t n = 0;
	while (n < c->rest.n) {
		unsigned char b = (unsigned char)c->rest.p[n];
		if (b <= ' ' || b == 0x7f || strchr(ends, (char)b))
			break;
		n++;
	}
	struct str run = str_slice(c->rest, 0, n);
	c->rest = str_slice(c->rest, n, c->rest.n);
	return run;
}

/*
 * Takes a value: a quoted string, or a run of bytes. MTAs write more than RFC 8601 allows (base64,
 * IPv6 addresses).
 */
static struct str take_value(struct cursor *c)
{
	skip(c);
	if (here(c) != '"' || c->rest.n == 0)
		return take_run(c, ";()\"");
	struct str quoted = take_quoted(c);
	/* the form "local part"@domain */
	if (here(c) != '@')
		return quoted;
	struct str domain = take_run(c, ";()\"");
	return arena_fmt(c->mem, STR_FMT STR_FMT, STR_ARGS(quoted), STR_ARGS(domain));
}

static struct str take_keyword(struct cursor *c)
{
	skip(c);
	struct str word = take_run(c, ";()\"=./\\,:@<>[]?");
	if (word.n == 0)
		fails(c, "a word is missing");
	return word;
}

/* ---- the grammar ---- */

/* The results of another version of a method have an unknown meaning. */
static void take_version(struct cursor *c, struct authres_item *item)
{
	skip(c);
	if (!str_eq(take_run(c, "=;()\""), STR_LIT("1")))
		item->method = STR_EMPTY;
}

/* Decides what WORD, which was just read, begins: "reason=", "type.name=" or "name=". */
static bool read_pair(struct cursor *c, struct authres_item *item, struct str word)
{
	struct authres_property p = {.name = word};
	if (take(c, '.')) {
		p.type = word;
		p.name = take_keyword(c);
	}
	if (!take(c, '='))
		return fails(c, "= is missing after a property");
	p.value = take_value(c);
	if (p.type.n == 0 && str_ieq(word, STR_LIT("reason")) && item->reason.n == 0) {
		item->reason = p.value;
		return !c->wrong;
	}
	if (item->property_count == AUTHRES_PROPERTIES_MOST)
		return fails(c, "there are too many properties");
	*(struct authres_property *)ARENA_PUSH(c->mem, item->properties, item->property_count) = p;
	return !c->wrong;
}

static bool read_item(struct cursor *c, struct authres_field *field)
{
	struct authres_item item = {.method = take_keyword(c)};
	if (!c->wrong && take(c, '/'))
		take_version(c, &item);
	if (c->wrong || !take(c, '=')) {
		/* the form ";none" */
		skip(c);
		if (!c->wrong && str_ieq(item.method, STR_LIT("none")) && field->item_count == 0 &&
			c->rest.n == 0)
			return true;
		return fails(c, "= is missing after a method");
	}
	item.result = take_keyword(c);
	for (skip(c); !c->wrong && c->rest.n && here(c) != ';'; skip(c))
		if (!read_pair(c, &item, take_keyword(c)))
			return false;
	if (field->item_count == AUTHRES_ITEMS_MOST)
		return fails(c, "there are too many results");
	*(struct authres_item *)ARENA_PUSH(c->mem, field->items, field->item_count) = item;
	return !c->wrong;
}

static void read_field(struct cursor *c, struct authres_field *field)
{
	field->id = take_value(c);
	if (!c->wrong && field->id.n == 0)
		fails(c, "the authserv-id is missing");
	skip(c);
	if (ascii_isdigit(here(c))) {
		struct str version = take_run(c, ";()\"");
		if (!str_eq(version, STR_LIT("1")))
			fails(c, "the version is not 1");
	}
	skip(c);
	if (!c->wrong && c->rest.n == 0)
		fails(c, "there is no result");
	while (!c->wrong && take(c, ';')) {
		skip(c);
		if (c->rest.n == 0 && field->item_count)
			return;            /* some write a semicolon at the end */
		(void)read_item(c, field); /* what is wrong is in C */
	}
	skip(c);
	if (!c->wrong && c->rest.n)
		fails(c, "a semicolon is missing between results");
}

bool authres_parse(
	struct str value, struct arena *mem, struct authres_field *field, const char **why)
{
	struct cursor c = {.rest = value, .mem = mem};
	*field = (struct authres_field){0};
	if (value.n > AUTHRES_VALUE_MOST) {
		c.rest.n = AUTHRES_VALUE_MOST;
		read_field(&c, field);
		c.wrong = "it is too long";
	} else {
		read_field(&c, field);
	}
	*why = c.wrong;
	return c.wrong == NULL;
}

struct str authres_property(const struct authres_item *item, const char *type, const char *name)
{
	for (size_t i = 0; i < item->property_count; i++)
		if (str_ieq(item->properties[i].type, str_of(type)) &&
			str_ieq(item->properties[i].name, str_of(name)))
			return item->properties[i].value;
	return STR_EMPTY;
}
