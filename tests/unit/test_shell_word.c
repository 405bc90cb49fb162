/* A word of a command that is shown: as it is or quoted, and what /bin/sh makes of it. */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "base/shell_word.h"

#include <sys/wait.h>
#include <unistd.h>

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

/* What /bin/sh prints that runs the command, as a C string. */
static void run_shell(const char *command, char *got, size_t room)
{
	int ends[2], status;
	size_t n = 0;
	ssize_t r;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (n + 1 < room && (r = read(ends[0], got + n, room - 1 - n)) > 0)
		n += (size_t)r;
	close(ends[0]);
	got[n] = '\0';
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* What a shell prints for the word must be the text. */
static void is_one_word(void **state)
{
	const struct row *r = *state;
	struct arena *mem = arena_new();
	char got[256];
	struct str word = shell_word(str_of(r->text), mem);
	run_shell(arena_fmt(mem, "printf '%%s|' %s end", word.p).p, got, sizeof got);
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
