/*
 * Filters of maildrop (maildropfilter(7)):
 *
 *   if (EXPRESSION) { } elsif () { } else { }    if, elsif, else
 *   /^Name:expression/                           header (convert_pattern.c); :b body, :D with case
 *   &&, ||, !, ( )                               allof, anyof, not
 *   $SIZE < 1000, $SIZE > 1000                   size
 *   hasaddr("ann@example.com")                   address
 *   to "FOLDER", to "! ADDRESS"                  fileinto, redirect; stop
 *   cc "FOLDER", cc "! ADDRESS"                  the same with :copy
 *   exception { }                                its content
 *   NAME="value"                                 put in where $NAME is used
 */
#include "mda/tools/convert/convert.h"
#include "mda/tools/convert/convert_program.h"
#include "mda/tools/convert/maildrop.h"

#include <string.h>

static void read_all(struct maildrop_reader *r);
static bool write_statement(struct maildrop_reader *r);

/* ---- commands ---- */

/* Paths are relative to the home. */
static struct str without_home(struct str path)
{
	while (str_starts(path, STR_LIT("./")))
		path = str_slice(path, 2, path.n);
	return str_starts(path, STR_LIT("$HOME/")) ? str_slice(path, 6, path.n) : path;
}

static bool write_folder(struct maildrop_reader *r, struct str path, bool copy)
{
	struct convert *c = r->c;
	const struct str bases[] = {without_home(convert_value(&r->variables, STR_LIT("DEFAULT"))),
		STR_LIT("Maildir"), STR_LIT("$MAILDIR")};
	struct str folder;
	path = without_home(path);
	if (str_eq(path, STR_LIT("/dev/null"))) {
		if (!copy)
			convert_line(c, "discard;");
		return true;
	}
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		struct str base = bases[i];
		while (base.n && base.p[base.n - 1] == '/')
			base.n--;
		if (base.n && str_starts(path, base) && (path.n == base.n || path.p[base.n] == '/'))
			return convert_folder(c, path, base, &folder) &&
			       convert_fileinto(c, folder, copy);
	}
	return convert_fail(c, "the path is not below the Maildir");
}

static bool write_delivery(struct maildrop_reader *r, bool copy)
{
	struct str to;
	if (!maildrop_take_text(r, &to))
		return false;
	to = str_trim(to);
	if (to.n && to.p[0] == '|')
		return convert_program(r->c, str_slice(to, 1, to.n), false);
	bool forward = to.n && to.p[0] == '!', any = false;
	struct str rest = str_slice(to, 1, to.n), word;
	for (; forward && str_word(&rest, &word); any = true)
		if (!convert_redirect(r->c, word, copy))
			return false;
	if (forward && !any)
		return convert_fail(r->c, "there is no address");
	if (!forward && !write_folder(r, to, copy))
		return false;
	if (!copy)
		convert_line(r->c, "stop;");
	return true;
}

/* A block in braces, or one statement. What it sets is not known afterwards. */
static bool write_body(struct maildrop_reader *r, bool inside)
{
	size_t before = r->variables.changes;
	bool good = true;
	maildrop_skip_space(r);
	if (r->depth + 1 == CONVERT_NESTING)
		return convert_fail(r->c, "too many blocks in one another");
	r->depth++;
	r->c->level += inside;
	if (maildrop_take(r, "{")) {
		read_all(r);
		good = maildrop_take(r, "}") || convert_fail(r->c, "a block that is not closed");
	} else {
		good = write_statement(r);
	}
	r->c->level -= inside;
	r->depth--;
	convert_variables_doubt(&r->variables, before);
	return good;
}

static bool write_if(struct maildrop_reader *r)
{
	for (const char *word = "if"; word;) {
		struct str test = STR_EMPTY;
		if (strcmp(word, "else") != 0) {
			if (!maildrop_expect(r, "("))
				return false;
			test = maildrop_expression(r);
			if (test.n == 0 || !maildrop_expect(r, ")"))
				return false;
		}
		convert_line(r->c, "%s%s" STR_FMT " {", word, test.n ? " " : "", STR_ARGS(test));
		if (!write_body(r, true))
			return false;
		convert_line(r->c, "}");
		size_t after = r->at;
		maildrop_skip_space(r);
		word = test.n && maildrop_take(r, "elsif")  ? "elsif"
		       : test.n && maildrop_take(r, "else") ? "else"
							    : NULL;
		if (!word)
			r->at = after;
	}
	return true;
}

static bool write_exception(struct maildrop_reader *r)
{
	return write_body(r, false);
}

static bool is_harmless(struct str name)
{
	static const char *const names[] = {"VERBOSE", "LOGNAME", "PATH", "SHELL", "SENDMAIL",
		"UMASK", "FLOCK", "LOCKEXT", "LOCKSLEEP", "LOCKTIMEOUT", "LOCKREFRESH"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return false;
}

static bool write_setting(struct maildrop_reader *r, struct str name)
{
	struct str value = STR_EMPTY;
	while (maildrop_peek(r) == ' ' || maildrop_peek(r) == '\t')
		r->at++;
	bool good = maildrop_take_text(r, &value);
	convert_set(r->c, &r->variables, name, value, good);
	return good || is_harmless(name);
}

static bool write_statement(struct maildrop_reader *r)
{
	struct str word = maildrop_take_word(r), text;
	if (str_eq(word, STR_LIT("if")))
		return write_if(r);
	if (str_eq(word, STR_LIT("to")) || str_eq(word, STR_LIT("cc")))
		return write_delivery(r, word.p[0] == 'c');
	if (str_eq(word, STR_LIT("exception")))
		return write_exception(r);
	if (str_eq(word, STR_LIT("logfile")) || str_eq(word, STR_LIT("log")))
		return maildrop_take_text(r, &text);
	while (maildrop_peek(r) == ' ' || maildrop_peek(r) == '\t')
		r->at++;
	if (word.n && maildrop_take(r, "="))
		return write_setting(r, word);
	if (str_eq(word, STR_LIT("xfilter"))) {
		text = maildrop_rest_of(r);
		return convert_program(r->c, str_slice(text, 0, str_find(text, '\n')), true);
	}
	return convert_fail(r->c,
		word.n ? STR_FMT " has no counterpart" : "this is not a statement", STR_ARGS(word));
}

/* ---- the whole ---- */

/* A text in quotation marks or an expression in slashes, which ends on its line; else one byte. */
static void skip_token(struct maildrop_reader *r)
{
	struct str s = maildrop_rest_of(r);
	char first = s.p[0];
	size_t end = 1;
	bool opens = strchr("\"'`", first) ||
		     (first == '/' && r->at && strchr("(!|& \t", r->c->source.p[r->at - 1]));
	while (opens && end < s.n && s.p[end] != first && s.p[end] != '\n')
		end += 1 + (s.p[end] == '\\');
	r->at += opens && end < s.n && s.p[end] == first ? end + 1 : 1;
}

/* Does a statement begin here to which the next one belongs, if it has no braces? */
static bool at_control(struct maildrop_reader *r)
{
	static const char *const words[] = {"if", "elsif", "else", "foreach", "while"};
	struct str word = maildrop_rest_of(r);
	word.n = convert_name_length(word);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq(word, str_of(words[i])))
			return true;
	return false;
}

/* The end of a line outside of all blocks: does the statement go on behind it? */
static bool goes_on(struct maildrop_reader *r, bool *wants_body)
{
	maildrop_skip_space(r);
	char byte = maildrop_peek(r);
	if (r->at == r->c->source.n || byte == '}')
		return false;
	if (byte == '{')
		return true;
	bool is_else = str_starts(maildrop_rest_of(r), STR_LIT("els"));
	if (!is_else && !*wants_body)
		return false;
	*wants_body = at_control(r);
	return true;
}

/*
 * Past a statement that became a comment: to the end of its line, of its blocks, and of the
 * statement that is done under its condition. If a brace is not what it seems to be, too much
 * becomes a comment.
 */
static void skip_statement(struct maildrop_reader *r)
{
	size_t depth = 0;
	bool wants_body = at_control(r);
	while (r->at < r->c->source.n) {
		char byte = maildrop_peek(r);
		char before = r->at ? r->c->source.p[r->at - 1] : '\n';
		size_t end = r->at + 1;
		if (byte == '}' && depth == 0)
			return;
		if (byte == '#' && (ascii_isblank(before) || before == '\n')) {
			maildrop_skip_comment(r);
			continue;
		}
		depth += byte == '{' ? 1 : byte == '}' ? (size_t)-1 : 0;
		wants_body = wants_body && byte != '{';
		if (byte != '\n' || before == '\\') {
			skip_token(r);
			continue;
		}
		r->at = end;
		if (depth == 0 && !goes_on(r, &wants_body)) {
			r->at = end;
			return;
		}
	}
}

static void read_one(struct maildrop_reader *r)
{
	struct convert *c = r->c;
	struct convert_mark mark = convert_mark(c);
	size_t before = r->variables.changes;
	size_t from = r->at;
	unsigned level = c->level, depth = r->depth;
	convert_line(c, "# line %zu", convert_line_number(c, from));
	size_t start = c->out.n;
	if (write_statement(r)) {
		if (c->out.n == start)
			convert_reset(c, mark);
		return;
	}
	convert_reset(c, mark);
	c->level = level;
	r->depth = depth;
	r->at = from;
	skip_statement(r);
	if (r->at == from)
		r->at++;
	convert_comment(c, from, r->at);
	convert_variables_doubt(&r->variables, before);
}

/* Until the brace that ends the block, or the end of the file. */
static void read_all(struct maildrop_reader *r)
{
	for (;;) {
		maildrop_skip_space(r);
		while (maildrop_take(r, ";"))
			maildrop_skip_space(r);
		if (r->at >= r->c->source.n || (maildrop_peek(r) == '}' && r->depth))
			return;
		read_one(r);
	}
}

void convert_maildrop(struct convert *c)
{
	static const char *const words[] = {"HOME", "LOGNAME", "USER", "DEFAULT", "MAILDIR"};
	struct maildrop_reader r = {.c = c};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		convert_set(c, &r.variables, str_of(words[i]), arena_fmt(c->mem, "$%s", words[i]),
			true);
	read_all(&r);
}
