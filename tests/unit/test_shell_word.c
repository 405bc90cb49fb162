/* A word of a command that is shown: as it is or quoted, and what /bin/sh makes of it. */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "base/shell_word.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *text, *word;
} rows[] = {
	{"a path", "/var/mail/example.com/bob/Maildir", "/var/mail/example.com/bob/Maildir"},
	{"an address", "bob+lists@example.com", "bob+lists@example.com"},
	{"nothing", "", "''"},
	{"a blank", "/var/mail/bob and ann", "'/var/mail/bob and ann'"},
	{"an apostrophe", "o'brien@example.com", "'o'\\''brien@example.com'"},
	{"only apostrophes", "''", "''\\'''\\'''"},
	{"another command", "/home/x; touch bad", "'/home/x; touch bad'"},
	{"a command in a word", "`touch bad`@example.com", "'`touch bad`@example.com'"},
	{"the same in the other form", "$(touch bad)", "'$(touch bad)'"},
	{"a variable", "$HOME", "'$HOME'"},
	{"a home", "~bob", "'~bob'"},
	{"a pattern", "*@example.com", "'*@example.com'"},
	{"one character", "?", "'?'"},
	{"a comment", "#", "'#'"},
	{"braces", "{a,b}", "'{a,b}'"},
	{"a history expansion", "hi!ho", "'hi!ho'"},
	{"a backslash", "a\\b", "'a\\b'"},
	{"quotation marks", "\"a b\"@example.com", "'\"a b\"@example.com'"},
	{"a line end", "a\nb", "'a\nb'"},
	{"an assignment", "PATH=bad", "'PATH=bad'"},
	{"UTF-8", "j\xc3\xb6rg@example.com", "'j\xc3\xb6rg@example.com'"},
};

static void quotes(void **state)
{
	const struct row *r = *state;
	struct arena *mem = arena_new();
	assert_string_equal(shell_word(str_of(r->text), mem).p, r->word);
	arena_free(mem);
}

/* What a shell prints for the word must be the text. */
static void is_one_word(void **state)
{
	const struct row *r = *state;
	struct arena *mem = arena_new();
	char got[256];
	const char *command =
		arena_fmt(mem, "printf '%%s|' %s end", shell_word(str_of(r->text), mem).p).p;
	FILE *f = popen(command, "r");
	assert_non_null(f);
	size_t n = fread(got, 1, sizeof got - 1, f);
	got[n] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_string_equal(got, arena_fmt(mem, "%s|end|", r->text).p);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(quotes, rows),
		TABLE(is_one_word, rows),
	};
	return table_run("shell_word", tables, sizeof tables / sizeof *tables);
}
