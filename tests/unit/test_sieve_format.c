/*
 * The canonical layout of scripts: script x layout; and for every script of the tests: nothing but
 * the layout changes.
 */
#include "tests/unit/table.h"

#include "filters/sieve/format.h"
#include "filters/sieve/lex.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *name, *script, *layout;
};

static const struct row rows[] = {
	{"nothing", "", ""},
	{"blanks only", " \n\t\r\n", ""},
	{"one command", "keep;", "keep;\n"},
	{"two commands in a line", "keep;stop;", "keep;\nstop;\n"},
	{"blanks around signs", "keep  ;\nif  true{stop ;}", "keep;\nif true {\n\tstop;\n}\n"},
	{"small letters for words and tags", "IF Header :IS \"Subject\" \"X\" {Keep;}",
		"if header :is \"Subject\" \"X\" {\n\tkeep;\n}\n"},
	{"a list", "require [ \"a\"\n,\"b\" ];", "require [\"a\", \"b\"];\n"},
	{"else after its brace", "if true{keep;}\nelse\n{stop;}",
		"if true {\n\tkeep;\n} else {\n\tstop;\n}\n"},
	{"an empty block", "if true {}", "if true {\n}\n"},
	{"a block in a block", "if true {if false {keep;}}",
		"if true {\n\tif false {\n\t\tkeep;\n\t}\n}\n"},
	{"one blank line stays", "keep;\n\n\n\nstop;", "keep;\n\nstop;\n"},
	{"no blank line is made", "keep;\nstop;", "keep;\nstop;\n"},
	{"a comment of its own", "# why\nkeep;", "# why\nkeep;\n"},
	{"a comment after a command", "keep;   # why\nstop;", "keep; # why\nstop;\n"},
	{"a comment in a block", "if true { # why\nkeep;\n# end\n}",
		"if true { # why\n\tkeep;\n\t# end\n}\n"},
	{"a comment in front of else", "if true { keep; }\n# other\nelse { stop; }",
		"if true {\n\tkeep;\n}\n# other\nelse {\n\tstop;\n}\n"},
	{"a comment at the end", "keep;\n\n# end", "keep;\n\n# end\n"},
	{"a bracketed comment", "keep /* why */ ;", "keep /* why */;\n"},
	{"a comment within a command", "redirect # to\n\"a@b.test\";",
		"redirect # to\n\t\"a@b.test\";\n"},
	{"CR LF", "keep;\r\n# why\r\nstop;\r\n", "keep;\n# why\nstop;\n"},
	{"a text block", "redirect text: # t\r\na@b.test\r\n.\r\n;",
		"redirect text: # t\na@b.test\n.\n;\n"},
	{"a test list that fits", "if anyof(true,not false){keep;}",
		"if anyof (true, not false) {\n\tkeep;\n}\n"},
	{"a test list that is too long",
		"if anyof (header :contains \"subject\" \"one long key\", header :contains "
		"\"from\" "
		"\"another one\") {keep;}",
		"if anyof (\n\theader :contains \"subject\" \"one long key\",\n\theader :contains "
		"\"from\" \"another one\"\n) {\n\tkeep;\n}\n"},
	{"a string list that is too long",
		"require [\"fileinto\", \"envelope\", \"variables\", \"relational\", "
		"\"imap4flags\", "
		"\"copy\"];",
		"require "
		"[\n\t\"fileinto\",\n\t\"envelope\",\n\t\"variables\",\n\t\"relational\",\n\t"
		"\"imap4flags\",\n\t\"copy\"\n];\n"},
	{"a comment in a list", "require [\"a\", # first\n\"b\"];",
		"require [\n\t\"a\", # first\n\t\"b\"\n];\n"},
	{"one long string stays",
		"fileinto \"a name that is longer than any line should be; one cannot break it, so "
		"it stays\";",
		"fileinto \"a name that is longer than any line should be; one cannot break it, so "
		"it stays\";\n"},
	{"a brace too many", "keep; } stop;", "keep;\n}\nstop;\n"},
	{"a bracket that is not closed", "require [\"a\";", "require [\"a\";\n"},
};

static char *format(const char *script, size_t n)
{
	struct arena *mem = arena_new();
	struct buf to = {0};
	format_script((struct str){script, n}, mem, &to);
	char *layout = strdup(buf_cstr(&to));
	assert_non_null(layout);
	buf_free(&to);
	arena_free(mem);
	return layout;
}

static void lays_out(void **state)
{
	const struct row *r = *state;
	char *layout = format(r->script, strlen(r->script));
	char *again = format(layout, strlen(layout));
	assert_string_equal(layout, r->layout);
	assert_string_equal(again, layout);
	free(layout);
	free(again);
}

/* The characters other than blanks, in lower case: comments, strings and signs in their order. */
static void assert_same_text(const char *a, const char *b, const char *path)
{
	for (;; a++, b++) {
		a += strspn(a, " \t\r\n");
		b += strspn(b, " \t\r\n");
		if (ascii_lower(*a) != ascii_lower(*b))
			fail_msg("%s: \"%.40s\" became \"%.40s\"", path, a, b);
		if (!*a)
			return;
	}
}

static void keeps(const char *path)
{
	static char script[1 << 18];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(script, 1, sizeof script - 1, f);
	fclose(f);
	script[n] = '\0';
	char *layout = format(script, n), *again = format(layout, strlen(layout));
	assert_same_text(script, layout, path);
	if (strcmp(layout, again) != 0)
		fail_msg("%s: a second run changes it", path);
	free(layout);
	free(again);
}

static void keeps_all(void **state)
{
	static const char *const places[] = {
		"tests/sieve/*.svtest", "tests/sieve/actions/*.sieve", "examples/sieve/*.sieve"};
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		glob_t found;
		assert_int_equal(glob(places[i], 0, NULL, &found), 0);
		for (size_t k = 0; k < found.gl_pathc; k++)
			keeps(found.gl_pathv[k]);
		globfree(&found);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(lays_out, rows),
		TABLE_OF_ONE(keeps_all, "only the layout of real scripts changes"),
	};
	return table_run("format", tables, sizeof tables / sizeof *tables);
}
