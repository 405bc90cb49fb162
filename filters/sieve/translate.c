#include "filters/sieve/translate.h"

#include "base/address.h"
#include "base/buf.h"
#include "base/message.h"
#include "base/printable.h"
#include "filters/sieve/dialect.h"
#include "filters/sieve/lex.h"

#include <limits.h>
#include <string.h>

struct walk {
	struct str file;
	struct lex_token *tokens;
	size_t at;
	struct arena *mem;
	struct translation *out;
	struct sv_errors *errors;
	struct buf check, run;
	unsigned check_line, run_line; /* the line that the next byte of each will be in */
	bool required[VOCABULARY_EXTENSIONS];
	struct str known; /* the names of all extensions, once an error has named them */
	bool known_complete;
};

/* ---- errors ---- */

void translate_error(struct sv_errors *errors, struct arena *mem, struct diag d)
{
	if (errors->count < TRANSLATE_MAX_ERRORS)
		*(struct diag *)ARENA_PUSH(mem, errors->items, errors->count) = d;
}

static void complain(struct walk *w, const struct lex_token *t, struct str text)
{
	translate_error(w->errors, w->mem,
		(struct diag){.file = w->file, .line = t->line, .column = t->column, .text = text});
}

/* TEXT as it appears in a message: printable and short. */
static struct str shown(struct walk *w, struct str text)
{
	enum { MOST = 60 };
	size_t n = text.n < MOST ? text.n : MOST;
	while (n && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--; /* a character is not cut in half */
	return printable_line(str_slice(text, 0, n), '?', w->mem);
}

/* ---- writing ---- */

static void write_at(struct buf *b, unsigned *here, unsigned line, struct str text)
{
	for (; *here < line; (*here)++)
		buf_byte(b, '\n');
	buf_byte(b, ' ');
	buf_add(b, text);
}

static void put_check(struct walk *w, unsigned line, struct str text)
{
	write_at(&w->check, &w->check_line, line, text);
}

static void put_run(struct walk *w, unsigned line, struct str text)
{
	write_at(&w->run, &w->run_line, line, text);
}

static void put(struct walk *w, unsigned line, struct str text)
{
	put_check(w, line, text);
	put_run(w, line, text);
}

static struct str number_string(struct walk *w, size_t n)
{
	return arena_fmt(w->mem, "\"%zu\"", n);
}

/* ---- extensions ---- */

static struct str known_extensions(struct walk *w)
{
	for (size_t i = 0; i < VOCABULARY_EXTENSIONS && !w->known_complete; i++)
		w->known = arena_fmt(w->mem, STR_FMT "%s%s", STR_ARGS(w->known), i ? ", " : "",
			vocabulary_extensions[i]);
	w->known_complete = true;
	return w->known;
}

/* Reports a missing extension, each only once. */
static void need_extension(struct walk *w, const struct lex_token *t, const char *name)
{
	size_t i = name ? vocabulary_extension(str_of(name)) : 0;
	if (!name || w->required[i])
		return;
	w->required[i] = true;
	complain(w, t,
		arena_fmt(w->mem, "\"" STR_FMT "\" needs: require \"%s\";",
			STR_ARGS(shown(w, t->raw)), name));
}

static void require_one(struct walk *w, const struct lex_token *t)
{
	size_t i = vocabulary_extension(t->text);
	if (i < VOCABULARY_EXTENSIONS) {
		w->required[i] = true;
		return;
	}
	complain(w, t,
		arena_fmt(w->mem, "unknown extension \"" STR_FMT "\"; this engine knows " STR_FMT,
			STR_ARGS(shown(w, t->text)), STR_ARGS(known_extensions(w))));
}

/*
 * The first line of both texts already requires everything, so this statement only has to be well
 * formed.
 */
static void walk_require(struct walk *w)
{
	put_check(w, w->tokens[w->at].line, STR_LIT("require"));
	for (w->at++;; w->at++) {
		struct lex_token *t = &w->tokens[w->at];
		if (t->kind == LEX_STRING) {
			require_one(w, t);
			put_check(w, t->line, STR_LIT("\"fileinto\""));
		} else if (lex_is_sign(t, '[') || lex_is_sign(t, ']') || lex_is_sign(t, ',')) {
			put_check(w, t->line, t->raw);
		} else {
			break;
		}
	}
	if (lex_is_sign(&w->tokens[w->at], ';'))
		put_check(w, w->tokens[w->at++].line, STR_LIT(";"));
}

/* ---- actions ---- */

/*
 * The value of T for the action. For an address, this is the address without a name around it (RFC
 * 5228 section 2.4.2.3).
 */
static struct str argument(
	struct walk *w, const struct sv_action_kind *kind, const struct lex_token *t)
{
	if (kind != &action_redirect)
		return t->text;
	struct address_list list = address_parse_list(t->text, w->mem);
	const struct address *a = list.items;
	if (list.count == 1 && !list.malformed && !list.group && !a->invalid && a->local.n &&
		a->domain.n)
		return a->spec;
	complain(w, t,
		arena_fmt(w->mem, "\"" STR_FMT "\" is not an address to redirect to",
			STR_ARGS(shown(w, t->text))));
	return t->text;
}

static void walk_other(struct walk *w);

static bool ends_arguments(const struct lex_token *t)
{
	return t->kind == LEX_END || t->kind == LEX_WORD || t->kind == LEX_ERROR ||
	       (t->kind == LEX_SIGN && strchr(";{}()", t->sign));
}

static void walk_action(struct walk *w, const struct vocabulary_word *word)
{
	const struct lex_token *t = &w->tokens[w->at];
	struct sv_action *c = ARENA_PUSH(w->mem, w->out->commands, w->out->command_count);
	struct str name = str_of(word->name);
	*c = (struct sv_action){.kind = word->action, .line = t->line};
	need_extension(w, t, word->extension);
	put_check(w, t->line, name);
	put_run(w, t->line, STR_LIT("fileinto"));
	put_run(w, t->line, number_string(w, w->out->command_count - 1));
	for (w->at++; !ends_arguments(&w->tokens[w->at]); w->at++) {
		t = &w->tokens[w->at];
		if (t->kind == LEX_TAG)
			complain(w, t,
				arena_fmt(w->mem,
					"\"" STR_FMT "\" does not take the tag \":" STR_FMT "\"",
					STR_ARGS(name), STR_ARGS(shown(w, t->text))));
		if (t->kind != LEX_STRING) {
			put_check(w, t->line, t->kind == LEX_TAG ? STR_LIT("") : t->raw);
			continue;
		}
		c->argument = argument(w, c->kind, t);
		put_check(w, t->line, str_of(word->sample));
	}
}

/* ---- tests ---- */

/* A test, as far as its tags describe it. */
struct test {
	struct translate_lookup lookup;
	enum dialect_key key;
	bool exists;
};

/* Is T an argument of a test? Outside a list, a comma belongs to allof or anyof. */
static bool is_argument(const struct lex_token *t, unsigned *depth)
{
	if (lex_is_sign(t, '['))
		return ++*depth;
	if (lex_is_sign(t, ']') && *depth)
		return (*depth)--;
	if (lex_is_sign(t, ','))
		return *depth;
	return t->kind == LEX_TAG || t->kind == LEX_STRING || t->kind == LEX_NUMBER;
}

static void look_at_tags(struct walk *w, struct test *test)
{
	unsigned depth = 0, parts = 0;
	for (size_t i = w->at + 1; is_argument(&w->tokens[i], &depth); i++) {
		const struct vocabulary_tag *tag = vocabulary_tag(&w->tokens[i]);
		if (tag && tag->key >= 0)
			test->key = (enum dialect_key)tag->key;
		if (!tag || tag->part < 0)
			continue;
		if (test->lookup.source == SOURCE_HEADER || parts++)
			complain(w, &w->tokens[i],
				STR_LIT("a part of an address cannot be chosen here"));
		test->lookup.part = (enum vocabulary_part)tag->part;
	}
	test->lookup.regex = test->key == DIALECT_REGEX;
}

static void check_name(struct walk *w, const struct test *test, const struct lex_token *t)
{
	if (!message_is_name(t->text))
		complain(w, t,
			arena_fmt(w->mem, "\"" STR_FMT "\" is not the name of a header",
				STR_ARGS(shown(w, t->text))));
	else if (test->lookup.source == SOURCE_ENVELOPE && !str_ieq(t->text, STR_LIT("from")) &&
		 !str_ieq(t->text, STR_LIT("to")))
		complain(w, t,
			arena_fmt(w->mem,
				"the envelope has \"from\" and \"to\", no \"" STR_FMT "\"",
				STR_ARGS(shown(w, t->text))));
}

static bool same_lookup(const struct translate_lookup *a, const struct translate_lookup *b)
{
	return a->source == b->source && a->part == b->part && a->regex == b->regex &&
	       str_ieq(a->name, b->name);
}

/* The number of the lookup in the table. A new one is added. */
static size_t add_lookup(struct walk *w, const struct test *test, const struct lex_token *t)
{
	struct translation *out = w->out;
	struct translate_lookup wanted = test->lookup;
	wanted.name = t->text;
	for (size_t i = 0; i < out->lookup_count; i++)
		if (same_lookup(&out->lookups[i], &wanted))
			return i;
	if (out->lookup_count == TRANSLATE_MAX_LOOKUPS) {
		complain(w, t,
			arena_fmt(w->mem, "more than %d different headers are asked for",
				TRANSLATE_MAX_LOOKUPS));
		return 0;
	}
	struct translate_lookup *l = ARENA_PUSH(w->mem, out->lookups, out->lookup_count);
	*l = wanted;
	return out->lookup_count - 1;
}

static void walk_tag(struct walk *w)
{
	struct lex_token *t = &w->tokens[w->at++], *next = &w->tokens[w->at];
	const struct vocabulary_tag *tag = vocabulary_tag(t);
	if (!tag) {
		complain(w, t,
			arena_fmt(w->mem, "unknown tag \":" STR_FMT "\"",
				STR_ARGS(shown(w, t->text))));
		return;
	}
	need_extension(w, t, tag->extension);
	/* The lookup already has the part of the address, so that tag is left out. */
	if (tag->part < 0)
		put(w, t->line, arena_lower(w->mem, t->raw));
	if (!tag->takes_string || next->kind != LEX_STRING)
		return;
	if (lex_is_tag(t, "comparator")) {
		struct str name = arena_fmt(w->mem, "comparator-" STR_FMT, STR_ARGS(next->text));
		size_t i = vocabulary_extension(name);
		if (i == VOCABULARY_EXTENSIONS)
			complain(w, next,
				arena_fmt(w->mem, "unknown comparator \"" STR_FMT "\"",
					STR_ARGS(shown(w, next->text))));
		else if (strstr(vocabulary_extensions[i], "numeric"))
			need_extension(w, next, vocabulary_extensions[i]);
	}
	put(w, next->line, dialect_quote(w->mem, next->text, DIALECT_PLAIN));
	w->at++;
}

static void walk_test_string(struct walk *w, const struct test *test, unsigned position)
{
	const struct lex_token *t = &w->tokens[w->at++];
	if (position > 0 && !test->exists) {
		put(w, t->line, dialect_quote(w->mem, t->text, test->key));
		return;
	}
	check_name(w, test, t);
	put(w, t->line, number_string(w, add_lookup(w, test, t)));
}

static void walk_test(struct walk *w, const struct vocabulary_word *word)
{
	const struct lex_token *t = &w->tokens[w->at];
	struct test test = {.exists = lex_is_word(t, "exists")};
	unsigned position = 0, depth = 0;
	test.lookup.source = word->source;
	need_extension(w, t, word->extension);
	look_at_tags(w, &test);
	put(w, t->line, test.exists ? STR_LIT("exists") : STR_LIT("header"));
	w->at++;
	while (is_argument(t = &w->tokens[w->at], &depth)) {
		if (t->kind == LEX_STRING)
			walk_test_string(w, &test, position);
		else
			walk_other(w);
		position += t->kind != LEX_TAG && depth == 0;
	}
}

/* ---- the script ---- */

/* libsieve counts with int and does not accept a lower-case k. */
static struct str decimal(struct walk *w, unsigned long long n)
{
	return arena_fmt(w->mem, "%llu", n < INT_MAX ? n : INT_MAX);
}

static void walk_other(struct walk *w)
{
	const struct lex_token *t = &w->tokens[w->at];
	struct str text = t->raw;
	if (t->kind == LEX_TAG) {
		walk_tag(w);
		return;
	}
	w->at++;
	if (t->kind == LEX_ERROR) {
		complain(w, t, t->text);
		return;
	}
	if (t->kind == LEX_STRING)
		text = dialect_quote(w->mem, t->text, DIALECT_PLAIN);
	else if (t->kind == LEX_NUMBER)
		text = decimal(w, t->number);
	else if (t->kind == LEX_WORD)
		text = arena_lower(w->mem, t->text);
	put(w, t->line, text);
}

static void walk_word(struct walk *w)
{
	const struct lex_token *t = &w->tokens[w->at];
	const struct vocabulary_word *word = vocabulary_word(t);
	if (!word) {
		complain(w, t,
			arena_fmt(w->mem, "unknown command or test \"" STR_FMT "\"",
				STR_ARGS(shown(w, t->text))));
		walk_other(w);
	} else if (word->role == ROLE_REQUIRE) {
		walk_require(w);
	} else if (word->role == ROLE_ACTION) {
		walk_action(w, word);
	} else if (word->role == ROLE_TEST) {
		walk_test(w, word);
	} else {
		walk_other(w);
	}
}

static void walk_script(struct walk *w)
{
	bool only_requires = true;
	put(w, 1, STR_LIT("require [\"fileinto\", \"reject\", \"relational\", \"regex\"];"));
	while (w->tokens[w->at].kind != LEX_END) {
		only_requires = only_requires && lex_is_word(&w->tokens[w->at], "require");
		if (w->tokens[w->at].kind == LEX_WORD)
			walk_word(w);
		else
			walk_other(w);
	}
	/* libsieve wants a command after them. An error at the end must be one of the last line. */
	put(w, w->tokens[w->at].line, only_requires ? STR_LIT("stop;") : STR_LIT(""));
	w->out->check = arena_str(w->mem, buf_str(&w->check));
	w->out->run = arena_str(w->mem, buf_str(&w->run));
	buf_free(&w->check);
	buf_free(&w->run);
}

void translate_script(struct str file, struct str text, struct arena *mem, struct translation *t,
	struct sv_errors *errors)
{
	size_t count;
	struct walk w = {.file = file,
		.mem = mem,
		.out = t,
		.errors = errors,
		.check_line = 1,
		.run_line = 1};
	*t = (struct translation){0};
	if (text.n > TRANSLATE_MAX_SCRIPT) {
		translate_error(errors, mem,
			(struct diag){.file = file,
				.text = arena_fmt(mem, "the script is larger than %d bytes",
					TRANSLATE_MAX_SCRIPT)});
		return;
	}
	w.tokens = lex_all(text, mem, &count);
	walk_script(&w);
}
