#include "mda/tools/convert/convert.h"

#include "base/address_path.h"
#include "base/io.h"
#include "base/printable.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool convert_fail(struct convert *c, const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer reason is cut */
	va_end(args);
	c->reason = printable_line(str_of(text), '?', c->mem);
	return false;
}

/* ---- the script ---- */

struct convert_mark convert_mark(const struct convert *c)
{
	return (struct convert_mark){c->out.n, c->problem_count, c->needs};
}

void convert_reset(struct convert *c, struct convert_mark mark)
{
	c->out.n = mark.bytes;
	c->problem_count = mark.problems;
	c->needs = mark.needs;
}

static void indent(struct convert *c)
{
	for (unsigned i = 0; i < c->level; i++)
		buf_byte(&c->out, '\t');
}

void convert_line(struct convert *c, const char *fmt, ...)
{
	struct arena_mark before = arena_mark(c->mem);
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	char *text = arena_alloc(c->mem, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, again); /* it fits */
	va_end(again);
	va_end(args);
	indent(c);
	buf_add(&c->out, (struct str){text, (size_t)n});
	buf_byte(&c->out, '\n');
	arena_reset(c->mem, before);
}

/* Counts from the last place that was asked for. */
size_t convert_line_number(struct convert *c, size_t at)
{
	for (; c->line_at < at && c->line_at < c->source.n; c->line_at++)
		c->line += c->source.p[c->line_at] == '\n';
	for (; c->line_at > at; c->line_at--)
		c->line -= c->source.p[c->line_at - 1] == '\n';
	return c->line + 1;
}

/* A text of another program's never ends the comment that it is in. */
void convert_comment(struct convert *c, size_t from, size_t to)
{
	struct str rest = str_slice(c->source, from, to), line;
	size_t number = convert_line_number(c, from);
	*(struct convert_problem *)ARENA_PUSH(c->mem, c->problems, c->problem_count) =
		(struct convert_problem){c->file, number, c->reason};
	indent(c);
	buf_fmt(&c->out, "# NOT CONVERTED: line %zu%s" STR_FMT ": " STR_FMT "\n", number,
		c->file.n ? " of " : "", STR_ARGS(c->file), STR_ARGS(c->reason));
	while (str_line(&rest, &line)) {
		struct str shown = printable_line(line, '?', c->mem);
		indent(c);
		buf_text(&c->out, "#   ");
		buf_add(&c->out, shown);
		buf_byte(&c->out, '\n');
	}
}

/* ---- files that are included ---- */

static bool read_included(struct convert *c, struct str path, struct str *text)
{
	struct err err;
	struct str full = path, of_home = STR_LIT("$HOME/");
	if (str_starts(path, of_home) && c->home.n)
		full = ARENA_JOIN(c->mem, c->home, str_slice(path, of_home.n - 1, path.n));
	if (full.n == 0 || full.p[0] != '/' || str_find(full, '\0') < full.n ||
		str_find(full, CONVERT_MATCH) < full.n)
		return convert_fail(c, "the path of the file is not known");
	int found = io_read_file(arena_cstr(c->mem, full), CONVERT_LARGEST, c->mem, text, &err);
	if (found == 0)
		return convert_fail(c, "there is no such file");
	return found > 0 || convert_fail(c, "%s", err.text);
}

bool convert_include(struct convert *c, struct str path, void (*read)(void *of), void *of)
{
	struct convert saved = *c;
	struct str text = STR_EMPTY;
	if (c->included == CONVERT_INCLUDED)
		return convert_fail(c, "too many files are included");
	if (!read_included(c, path, &text))
		return false;
	if (text.n > CONVERT_LARGEST - c->included_bytes)
		return convert_fail(c, "the files that are included are too large");
	c->included++;
	c->included_bytes += text.n;
	c->source = text;
	c->file = printable_line(path, '?', c->mem);
	c->line_at = c->line = 0;
	convert_line(c, "# from " STR_FMT, STR_ARGS(c->file));
	read(of);
	convert_line(c, "# the end of " STR_FMT, STR_ARGS(c->file));
	c->source = saved.source;
	c->file = saved.file;
	c->line_at = saved.line_at;
	c->line = saved.line;
	return true;
}

/* ---- strings ---- */

struct str convert_string(struct convert *c, struct str text)
{
	struct buf b = {0};
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '$' && text.p[i + 1] == '{')
			return convert_fail(c, "${ has a meaning of its own"), STR_EMPTY;
	if (str_find(text, '\0') < text.n || str_find(text, '\r') < text.n || !utf8_valid(text)) {
		convert_fail(c, "a byte that cannot be in a Sieve script");
		return STR_EMPTY;
	}
	buf_byte(&b, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == CONVERT_MATCH) {
			buf_text(&b, "${match}");
			continue;
		}
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_byte(&b, '\\');
		buf_byte(&b, text.p[i]);
	}
	buf_byte(&b, '"');
	struct str quoted = arena_str(c->mem, buf_str(&b));
	buf_free(&b);
	return quoted;
}

struct str convert_strings(struct convert *c, const struct str *items, size_t count)
{
	struct buf b = {0};
	struct str list = STR_EMPTY;
	for (size_t i = 0; i < count; i++) {
		struct str one = convert_string(c, items[i]);
		if (one.n == 0)
			goto done;
		buf_text(&b, i ? ", " : count > 1 ? "[" : "");
		buf_add(&b, one);
	}
	buf_text(&b, count > 1 ? "]" : "");
	list = arena_str(c->mem, buf_str(&b));
done:
	buf_free(&b);
	return list;
}

struct str convert_tests(struct convert *c, const char *word, const struct str *items, size_t count)
{
	struct buf b = {0};
	if (count == 1)
		return items[0];
	buf_fmt(&b, "%s (", word);
	for (size_t i = 0; i < count; i++) {
		buf_text(&b, i ? ", " : "");
		buf_add(&b, items[i]);
	}
	buf_text(&b, ")");
	struct str all = arena_str(c->mem, buf_str(&b));
	buf_free(&b);
	return all;
}

/* ---- actions ---- */

bool convert_fileinto(struct convert *c, struct str folder, bool copy)
{
	if (folder.n == 0 && !copy) {
		convert_line(c, "keep;");
		return true;
	}
	struct str name = convert_string(c, folder.n ? folder : STR_LIT("INBOX"));
	if (name.n == 0)
		return false;
	c->needs |= NEEDS_FILEINTO | (folder.n ? NEEDS_MAILBOX : 0u) | (copy ? NEEDS_COPY : 0u);
	convert_line(c, "fileinto%s%s " STR_FMT ";", folder.n ? " :create" : "",
		copy ? " :copy" : "", STR_ARGS(name));
	return true;
}

static bool is_address(struct str text)
{
	size_t at = str_find(text, '@');
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_isalnum(text.p[i]) && !strchr("@.-_+=", text.p[i]))
			return false;
	return at > 0 && at + 1 < text.n && str_rfind(text, '@') == at && text.p[0] != '-' &&
	       text.p[0] != '.';
}

bool convert_redirect(struct convert *c, struct str address, bool copy)
{
	if (!is_address(address))
		return convert_fail(c, "\"" STR_FMT "\" is not an address with a domain",
			STR_ARGS(str_slice(address, 0, 60)));
	c->needs |= copy ? NEEDS_COPY : 0u;
	convert_line(c, "redirect%s \"" STR_FMT "\";", copy ? " :copy" : "", STR_ARGS(address));
	return true;
}

/* "Lists/Foo" of ".Lists.Foo" or "lists/foo". */
static bool name_levels(struct convert *c, struct str path, struct str *folder)
{
	struct str name = arena_str(c->mem, path);
	bool flat = name.p[0] == '.';
	name = str_slice(name, flat, name.n);
	for (size_t i = 0; i < name.n; i++) {
		char here = name.p[i], before = i ? name.p[i - 1] : '/';
		if (here == '.' && flat)
			((char *)name.p)[i] = here = '/';
		if ((here == '/' && (before == '/' || flat != (path.p[i + flat] == '.'))) ||
			here == '.')
			return convert_fail(c, "the path is not that of a folder");
		/* Maildir++ has names in modified UTF-7, where & is special. */
		if (here == '$' || here == '&' || here == '*' || here == '%' || here == '"' ||
			here == '\\' || here == '~' ||
			(ascii_iscntrl(here) && here != CONVERT_MATCH))
			return convert_fail(c, "the path contains %c", here);
	}
	if (name.n == 0 || name.p[name.n - 1] == '/')
		return convert_fail(c, "the path is not that of a folder");
	*folder = name;
	return true;
}

/* "$MAILDIR/.A" is "/home/ann/Maildir//.A" if the value of MAILDIR ends in a slash. */
static struct str single_slashes(struct convert *c, struct str path)
{
	struct buf b = {0};
	for (size_t i = 0; i < path.n; i++)
		if (i == 0 || path.p[i] != '/' || path.p[i - 1] != '/')
			buf_byte(&b, path.p[i]);
	path = arena_str(c->mem, buf_str(&b));
	buf_free(&b);
	return path;
}

bool convert_folder(struct convert *c, struct str path, struct str maildir, struct str *folder)
{
	path = single_slashes(c, path);
	maildir = single_slashes(c, maildir);
	while (maildir.n && maildir.p[maildir.n - 1] == '/')
		maildir.n--;
	*folder = STR_EMPTY;
	if (maildir.n && str_starts(path, maildir) &&
		(path.n == maildir.n || path.p[maildir.n] == '/'))
		path = str_slice(path, maildir.n + 1, path.n);
	else if (path.n && (path.p[0] == '/' || path.p[0] == '$' || path.p[0] == '~'))
		return convert_fail(c, "the path is not below the Maildir");
	while (str_starts(path, STR_LIT("./")))
		path = str_slice(path, 2, path.n);
	/* "folder/" is a Maildir, "folder/." one of MH, "folder" an mbox file. */
	if (path.n > 1 && path.p[path.n - 1] == '.' && path.p[path.n - 2] == '/')
		path.n--;
	if (path.n && path.p[path.n - 1] == '/')
		path.n--;
	if (path.n == 0)
		return true;
	return name_levels(c, path, folder);
}

/* ---- the whole ---- */

void convert_finish(struct convert *c, const char *from, struct buf *script)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{NEEDS_FILEINTO, "fileinto"}, {NEEDS_MAILBOX, "mailbox"}, {NEEDS_COPY, "copy"},
		{NEEDS_REGEX, "regex"}, {NEEDS_BODY, "body"}, {NEEDS_ENVELOPE, "envelope"},
		{NEEDS_VARIABLES, "variables"}};
	const char *before = "require [";
	buf_fmt(script, "# Made by mda-convert from rules of %s.\n", from);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(c->needs & names[i].bit))
			continue;
		buf_fmt(script, "%s\"%s\"", before, names[i].name);
		before = ", ";
	}
	buf_text(script, c->needs ? "];\n" : "");
	buf_add(script, buf_str(&c->out));
}
