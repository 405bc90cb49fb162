/*
 * procmail's recipes (procmailrc(5)):
 *
 *   :0 flags                  if, or elsif with E, allof with A
 *   * ^Name:expression        header (convert_pattern.c)
 *   * ! condition             not
 *   * < 1000, * > 1000        size
 *   * B ?? expression         body
 *   * 2^0 condition           every set of conditions whose score is above 0
 *   folder, folder/, .Folder/ fileinto; stop
 *   ! address                 redirect; stop
 *   { ... }                   a block
 *   /dev/null                 discard; stop
 *   NAME=value                put in where $NAME is used
 *   ^Name:left\/right         "right" in a group, which becomes the variable "match"
 *   INCLUDERC=file            the recipes of that file
 *
 * With the flag c there is no stop, and :copy. Locks need no counterpart.
 */
#include "mda/tools/convert/convert.h"
#include "mda/tools/convert/convert_conditions.h"
#include "mda/tools/convert/convert_program.h"
#include "mda/tools/convert/procmail.h"

#include <string.h>

/* What the flags A and E of the next recipe on this level mean. */
struct before {
	bool any, converted;
	bool is_else; /* it had the flag E itself */
	bool is_if;   /* an `elsif` may follow */
	struct str test;
};

struct recipe {
	size_t from;
	struct str flags;
	struct str conditions[CONVERT_CONDITIONS];
	size_t condition_count;
	bool good; /* else the reason is with the converter */
};

static void read_all(struct procmail_reader *r);

/* ---- a recipe ---- */

static bool has_flag(const struct recipe *p, char flag)
{
	return str_find(p->flags, flag) < p->flags.n;
}

static bool read_flags(struct procmail_reader *r, struct recipe *p)
{
	struct str line = procmail_take_line(r);
	size_t n = 0;
	while (n < line.n && ascii_isdigit(line.p[n]))
		n++;
	bool is_plain = n == 1 && line.p[0] == '0';
	line = procmail_without_comment(str_slice(line, n, line.n));
	size_t lock = str_find(line, ':');
	p->flags = str_trim(str_slice(line, 0, lock));
	if (!is_plain)
		return convert_fail(r->c, "a recipe of the old form");
	for (size_t i = 0; i < p->flags.n; i++)
		if (!strchr("HBDAaEehbfcwWir \t", p->flags.p[i]) || p->flags.p[i] == '\0')
			return convert_fail(r->c, "the flag %c is not known", p->flags.p[i]);
	if (has_flag(p, 'e'))
		return convert_fail(r->c, "it runs if the last one failed");
	return true;
}

static bool take_conditions(struct procmail_reader *r, struct recipe *p)
{
	bool good = true;
	for (;;) {
		procmail_skip_empty(r);
		if (procmail_peek(r) != '*')
			return good;
		r->at++;
		procmail_skip_blanks(r);
		struct str line = procmail_take_line(r);
		if (p->condition_count == CONVERT_CONDITIONS)
			good = convert_fail(r->c, "too many conditions");
		else
			p->conditions[p->condition_count++] = line;
	}
}

/* What a recipe of the same level adds to the test. */
static bool add_before(
	struct procmail_reader *r, const struct recipe *p, const struct before *b, struct str *test)
{
	bool also = has_flag(p, 'A') || has_flag(p, 'a'), otherwise = has_flag(p, 'E');
	if (!also && !otherwise)
		return true;
	if (!b->any || !b->converted || (also && (b->is_else || otherwise)))
		return convert_fail(r->c, "it depends on a recipe that is not converted");
	if (otherwise)
		return b->is_if || convert_fail(r->c, "it depends on a recipe that always runs");
	if (b->test.n && test->n) {
		const struct str both[] = {b->test, *test};
		*test = convert_tests(r->c, "allof", both, 2);
	} else if (b->test.n) {
		*test = b->test;
	}
	return true;
}

/* What procmail would use as the name of a directory is one level of a folder's name. */
static const char match_guard[] = "if string :regex \"${match}\" \"^[-A-Za-z0-9_+=@]+$\" {";

/* A recipe that is not for a copy ends the script. */
static bool end_action(struct convert *c, const struct recipe *p)
{
	if (!has_flag(p, 'c'))
		convert_line(c, "stop;");
	return true;
}

/* A folder; one with $MATCH is in an `if` of its own, for plain names. */
static bool file_into(struct convert *c, const struct recipe *p, struct str folder)
{
	bool with_match = str_find(folder, CONVERT_MATCH) < folder.n;
	if (with_match)
		convert_line(c, "%s", match_guard);
	c->level += with_match;
	if (!convert_fileinto(c, folder, has_flag(p, 'c')) || !end_action(c, p))
		return false;
	c->level -= with_match;
	if (with_match)
		convert_line(c, "}");
	return true;
}

static bool write_mailbox(struct procmail_reader *r, const struct recipe *p, struct str line)
{
	struct convert *c = r->c;
	struct str text = procmail_without_comment(line), path, folder;
	if (has_flag(p, 'h') != has_flag(p, 'b'))
		return convert_fail(c, "only a part of the message is kept");
	if (!convert_expand(r->c, &r->variables, text, &path))
		return false;
	if (str_find(line, CONVERT_MATCH) < line.n)
		return convert_fail(c, "a control character");
	if (path.n == 0 || !procmail_is_word(text, path))
		return convert_fail(c, "this is not one folder");
	if (str_eq(path, STR_LIT("/dev/null"))) {
		if (!has_flag(p, 'c'))
			convert_line(c, "discard;");
		return end_action(c, p);
	}
	if (str_eq(path, convert_value(&r->variables, STR_LIT("DEFAULT"))) ||
		str_eq(path, convert_value(&r->variables, STR_LIT("ORGMAIL"))))
		return file_into(c, p, STR_EMPTY);
	return convert_folder(c, path, convert_value(&r->variables, STR_LIT("MAILDIR")), &folder) &&
	       file_into(c, p, folder);
}

static bool write_forward(struct procmail_reader *r, const struct recipe *p, struct str line)
{
	struct str all, word;
	bool any = false;
	if (has_flag(p, 'h') != has_flag(p, 'b'))
		return convert_fail(r->c, "only a part of the message is sent");
	if (!convert_expand(r->c, &r->variables, procmail_without_comment(line), &all))
		return false;
	while (str_word(&all, &word)) {
		/* "a@example.com, b@example.com" */
		word.n -= word.n > 1 && word.p[word.n - 1] == ',';
		if (!convert_redirect(r->c, word, has_flag(p, 'c')))
			return false;
		any = true;
	}
	return any ? end_action(r->c, p) : convert_fail(r->c, "there is no address");
}

/* The action at the place of the reader, without a block. */
static bool write_action(struct procmail_reader *r, const struct recipe *p)
{
	char first = procmail_peek(r);
	struct str line = procmail_take_line(r);
	size_t name = convert_name_length(line);
	if (first == '!')
		return write_forward(r, p, str_slice(line, 1, line.n));
	if (first == '|' || (name && str_starts(str_slice(line, name, line.n), STR_LIT("=|"))))
		return convert_program(r->c, str_slice(line, 1, line.n), false);
	return first ? write_mailbox(r, p, line) : convert_fail(r->c, "there is no action");
}

/* Past the block that begins here, without looking into it: it may be nested deeply. */
static void skip_block(struct procmail_reader *r)
{
	size_t depth = 0;
	do {
		procmail_skip_empty(r);
		char byte = procmail_peek(r);
		if (byte == '{' || byte == '}') {
			depth += byte == '{' ? 1 : (size_t)-1;
			r->at++;
			continue;
		}
		struct str rest = str_slice(r->c->source, r->at, r->c->source.n);
		size_t name = convert_name_length(rest);
		if (name && str_starts(str_slice(rest, name, rest.n), STR_LIT("=")))
			(void)procmail_take_value(r); /* it is a part of the comment */
		else
			(void)procmail_take_line(r); /* likewise */
	} while (depth && r->at < r->c->source.n);
}

/* A block without a condition is one with what is around it. */
static void write_block(struct procmail_reader *r, bool inside)
{
	size_t before = r->variables.changes;
	r->at++;
	r->depth++;
	r->c->level += inside;
	read_all(r);
	r->c->level -= inside;
	r->depth--;
	convert_variables_doubt(&r->variables, before);
}

static void open_if(struct convert *c, const struct recipe *p, struct str test)
{
	const char *word = has_flag(p, 'E') ? "elsif" : "if";
	if (test.n)
		convert_line(c, "%s " STR_FMT " {", word, STR_ARGS(test));
	else if (has_flag(p, 'E'))
		convert_line(c, "else {");
}

/* $MATCH is known in this recipe: another test would change the group. */
static void write_match(struct procmail_reader *r)
{
	struct convert *c = r->c;
	static const char known[] = {CONVERT_MATCH};
	c->needs |= NEEDS_VARIABLES;
	c->level++;
	convert_line(c, "set \"match\" \"${%u}\";", c->match);
	c->level--;
	convert_set(c, &r->variables, STR_LIT("MATCH"), (struct str){known, 1}, true);
}

/* Conditions and action, written. */
static bool write_recipe(
	struct procmail_reader *r, const struct recipe *p, const struct before *b, struct str *test)
{
	struct convert *c = r->c;
	bool is_block = procmail_peek(r) == '{';
	if (p->good && has_flag(p, 'f'))
		return convert_program(c, procmail_take_line(r), true);
	if (!p->good ||
		!convert_conditions(r->c, p->flags, p->conditions, p->condition_count, test) ||
		!add_before(r, p, b, test))
		return false;
	if (is_block && has_flag(p, 'c'))
		return convert_fail(c, "a block that works on a copy");
	if (is_block && r->depth + 1 == CONVERT_NESTING)
		return convert_fail(c, "too many blocks in one another");
	bool inside = test->n || has_flag(p, 'E');
	open_if(c, p, *test);
	if (c->match)
		write_match(r);
	if (is_block) {
		write_block(r, inside);
	} else {
		c->level += inside;
		if (!write_action(r, p))
			return false;
		c->level -= inside;
	}
	if (inside)
		convert_line(c, "}");
	return true;
}

/* After a recipe that may have set $MATCH, it is not known. */
static void doubt_match(struct procmail_reader *r, size_t from)
{
	struct str text = str_slice(r->c->source, from, r->at);
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '\\' && text.p[i + 1] == '/') {
			convert_set(r->c, &r->variables, STR_LIT("MATCH"), STR_EMPTY, false);
			return;
		}
}

/* What a block from FROM on, which became a comment, sets is not known. */
static void doubt_settings(struct procmail_reader *r, size_t from)
{
	struct str rest = str_slice(r->c->source, from, r->at), line;
	while (str_line(&rest, &line)) {
		line = str_trim(line);
		while (line.n && (line.p[0] == '{' || ascii_isblank(line.p[0])))
			line = str_slice(line, 1, line.n);
		size_t n = convert_name_length(line);
		if (n && convert_is_set(&r->variables, str_slice(line, 0, n)))
			convert_set(r->c, &r->variables, str_slice(line, 0, n), STR_EMPTY, false);
	}
}

static void read_recipe(struct procmail_reader *r, struct before *b)
{
	struct convert *c = r->c;
	struct recipe p = {.from = r->at};
	struct str test = STR_EMPTY;
	r->at++;
	p.good = read_flags(r, &p);
	p.good = take_conditions(r, &p) && p.good;
	size_t action = r->at;
	unsigned level = c->level;
	struct convert_mark mark = convert_mark(c);
	convert_line(c, "# line %zu", convert_line_number(c, p.from));
	bool also = has_flag(&p, 'A') || has_flag(&p, 'a');
	bool good = write_recipe(r, &p, b, &test);
	if (!good) {
		convert_reset(c, mark);
		c->level = level;
		r->at = action;
		if (procmail_peek(r) == '{')
			skip_block(r);
		else
			(void)procmail_take_line(r); /* it is a part of the comment */
		convert_comment(c, p.from, r->at);
		doubt_settings(r, action);
	}
	doubt_match(r, p.from);
	/* A recipe with A looks at the last one without it. */
	if (!also)
		*b = (struct before){true, good, has_flag(&p, 'E'), good && test.n, test};
	else
		b->is_if = good && test.n;
}

/* ---- the whole ---- */

static void read_file(void *of)
{
	struct procmail_reader *r = of, outer = *r;
	r->at = 0;
	r->floor = r->depth;
	read_all(r);
	r->at = outer.at;
	r->floor = outer.floor;
}

static void read_other(struct procmail_reader *r, struct before *b)
{
	struct convert *c = r->c;
	size_t from = r->at;
	struct str included = STR_EMPTY;
	if (!convert_name_length(str_slice(c->source, from, c->source.n))) {
		convert_fail(c, "this is neither a recipe nor a setting");
		(void)procmail_take_line(r); /* it is a part of the comment */
		convert_comment(c, from, r->at);
		return;
	}
	procmail_read_assignment(r, from, &included);
	if (included.n == 0)
		return;
	*b = (struct before){0};
	if (!convert_include(c, included, read_file, r))
		convert_comment(c, from, r->at);
}

/* Until the end of the block, or of the file. */
static void read_all(struct procmail_reader *r)
{
	struct before before = {0};
	for (;;) {
		procmail_skip_empty(r);
		if (r->at >= r->c->source.n)
			return;
		if (procmail_peek(r) == '}') {
			r->at++;
			if (r->depth > r->floor)
				return;
			continue;
		}
		if (procmail_peek(r) == ':')
			read_recipe(r, &before);
		else
			read_other(r, &before);
	}
}

/* Mail that no recipe takes goes to DEFAULT. */
static void write_default(struct procmail_reader *r)
{
	struct str path = convert_value(&r->variables, STR_LIT("DEFAULT")), folder;
	/* Another path, such as /var/mail/ann, is the INBOX by another name. */
	if (convert_folder(r->c, path, convert_value(&r->variables, STR_LIT("MAILDIR")), &folder) &&
		folder.n)
		(void)convert_fileinto(r->c, folder, false); /* the folder was checked */
}

void convert_procmail(struct convert *c)
{
	static const char *const words[] = {"HOME", "LOGNAME", "USER", "ORGMAIL"};
	struct procmail_reader r = {.c = c};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		convert_set(c, &r.variables, str_of(words[i]), arena_fmt(c->mem, "$%s", words[i]),
			true);
	convert_set(c, &r.variables, STR_LIT("DEFAULT"), STR_LIT("$ORGMAIL"), true);
	convert_set(c, &r.variables, STR_LIT("MAILDIR"), STR_EMPTY, true);
	read_all(&r);
	write_default(&r);
}
