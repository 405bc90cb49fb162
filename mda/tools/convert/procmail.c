#include "mda/tools/convert/procmail.h"

/* ---- lines ---- */

char procmail_peek(const struct procmail_reader *r)
{
	return r->at < r->c->source.n ? r->c->source.p[r->at] : '\0';
}

void procmail_skip_blanks(struct procmail_reader *r)
{
	while (procmail_peek(r) == ' ' || procmail_peek(r) == '\t')
		r->at++;
}

/* To the first byte of a statement. */
void procmail_skip_empty(struct procmail_reader *r)
{
	struct str s = r->c->source;
	for (;;) {
		while (r->at < s.n && (ascii_isblank(s.p[r->at]) || s.p[r->at] == '\n'))
			r->at++;
		if (procmail_peek(r) != '#')
			return;
		r->at += str_find(str_slice(s, r->at, s.n), '\n');
	}
}

/* The rest of the line, with lines that a backslash continues, in the memory of the converter. */
struct str procmail_take_line(struct procmail_reader *r)
{
	struct buf b = {0};
	struct str s = r->c->source;
	for (bool more = true; more;) {
		struct str line =
			str_slice(s, r->at, r->at + str_find(str_slice(s, r->at, s.n), '\n'));
		r->at += line.n + (r->at + line.n < s.n);
		more = line.n && line.p[line.n - 1] == '\\' && r->at < s.n;
		buf_add(&b, str_slice(line, 0, line.n - more));
		if (more)
			procmail_skip_blanks(r);
	}
	struct str kept = arena_str(r->c->mem, buf_str(&b));
	buf_free(&b);
	return kept;
}

struct str procmail_without_comment(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || ascii_isblank(line.p[i - 1])))
			return str_trim(str_slice(line, 0, i));
	return str_trim(line);
}

static bool has_blank(struct str s)
{
	return str_find(s, ' ') < s.n || str_find(s, '\t') < s.n;
}

bool procmail_is_word(struct str text, struct str value)
{
	char quote = '\0';
	for (size_t i = 0; i < text.n; i++) {
		char byte = text.p[i];
		if (!quote && (ascii_isblank(byte) || (byte == '$' && has_blank(value))))
			return false;
		if (byte == '\\' && quote != '\'')
			i++;
		else if (byte == quote)
			quote = '\0';
		else if (!quote && (byte == '"' || byte == '\''))
			quote = byte;
	}
	return true;
}

/* ---- settings ---- */

/* Settings of procmail's own that change nothing about where mail goes. */
static bool is_harmless(struct str name)
{
	static const char *const names[] = {"LOGFILE", "LOG", "LOGABSTRACT", "VERBOSE", "LOCKFILE",
		"LOCKEXT", "LOCKTIMEOUT", "LOCKSLEEP", "TIMEOUT", "NORESRETRY", "SUSPEND", "UMASK",
		"SHELL", "SHELLFLAGS", "SHELLMETAS", "PATH", "COMSAT", "SENDMAIL", "SENDMAILFLAGS",
		"LINEBUF", "MSGPREFIX", "DROPPRIVS", "FORMAIL", "PROCMAILOVERFLOW"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return false;
}

static bool is_command(struct str name)
{
	static const char *const names[] = {
		"SWITCHRC", "EXITCODE", "HOST", "TRAP", "SHIFT", "ORGMAIL", "LASTFOLDER"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return false;
}

/* A value up to a blank that is not in quotation marks, as it is written. */
struct str procmail_take_value(struct procmail_reader *r)
{
	struct str s = str_slice(r->c->source, r->at, r->c->source.n);
	size_t n = 0;
	char quote = '\0';
	while (n < s.n && (quote || (!ascii_isblank(s.p[n]) && s.p[n] != '\n'))) {
		if (s.p[n] == '\\' && quote != '\'')
			n++;
		else if (s.p[n] == quote)
			quote = '\0';
		else if (!quote && (s.p[n] == '"' || s.p[n] == '\'' || s.p[n] == '`'))
			quote = s.p[n];
		n++;
	}
	n = n < s.n ? n : s.n;
	r->at += n;
	return str_slice(s, 0, n);
}

/* What is found when mail comes is not a place of all folders. */
static bool may_have_match(struct convert *c, struct str name, struct str value)
{
	return str_find(value, CONVERT_MATCH) == value.n ||
	       !(str_eq(name, STR_LIT("MAILDIR")) || str_eq(name, STR_LIT("DEFAULT"))) ||
	       convert_fail(c, STR_FMT " depends on the message", STR_ARGS(name));
}

void procmail_read_assignment(struct procmail_reader *r, size_t from, struct str *included)
{
	struct convert *c = r->c;
	struct str name = str_slice(c->source, from, c->source.n), value = STR_EMPTY;
	name.n = convert_name_length(name);
	r->at = from + name.n;
	bool has_value = procmail_peek(r) == '=', good = true;
	r->at += has_value;
	struct str text = has_value ? procmail_take_value(r) : STR_EMPTY;
	if (!has_value && !ascii_isblank(procmail_peek(r)) && procmail_peek(r) != '\n' &&
		procmail_peek(r) != '\0')
		good = convert_fail(c, "this is neither a recipe nor a setting");
	else if (is_command(name))
		good = convert_fail(c, STR_FMT " has no counterpart", STR_ARGS(name));
	else
		good = convert_expand(c, &r->variables, text, &value) &&
		       may_have_match(c, name, value);
	if (good && str_eq(name, STR_LIT("INCLUDERC"))) {
		*included = value;
		return;
	}
	convert_set(c, &r->variables, name, value, good);
	if (good || is_harmless(name))
		return;
	if (!has_value)
		(void)procmail_take_line(r); /* it is a part of the comment */
	convert_comment(c, from, r->at);
}
