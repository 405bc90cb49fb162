/* What the checker says about scripts: script x errors with their places. */
#include "filters/sieve/check_tree.h"
#include "tests/unit/table.h"

#include <string.h>

#define ALL                                                                                        \
	"require [\"fileinto\",\"envelope\",\"copy\",\"reject\",\"relational\","                   \
	"\"comparator-i;ascii-numeric\"];\n"

/*
 * Errors as "LINE:COLUMN TEXT\n"; the list of known extensions is cut off. NULL: the script
 * compiles.
 */
static const struct row {
	const char *name, *script, *errors;
} rows[] = {
	/* RFC 5228 section 8.2: what parses */
	{"empty", "", NULL},
	{"commands", "keep; stop;", NULL},
	{"empty block", "if true {}", NULL},
	{"comment only", "# nothing\n/* at all */", NULL},
	{"all branches", "if true { keep; } elsif false { discard; } else { stop; }", NULL},
	{"list of one string", "if header [\"a\"] [\"b\"] { keep; }", NULL},
	{"tests nested", "if anyof (allof (true, not false), not not true) { keep; }", NULL},
	{"case of names", "KEEP; If TRUE { Discard; } eLsIf FALSE {}", NULL},
	{"tags in any order",
		ALL "if address :domain :comparator \"i;octet\" :is \"from\" \"x\" {}", NULL},
	{"byte order mark", "\357\273\277keep;", NULL},
	{"text as argument", ALL "reject text:\nno\n.\n;", NULL},
	/* semicolons and blocks */
	{"no semicolon at the end", "keep", "1:5 \";\" is missing here\n"},
	{"no semicolon before a brace", "if true { keep }", "1:15 \";\" is missing here\n"},
	{"no semicolon, next command", "keep\nstop;",
		"1:5 \";\" is missing here, before \"stop\"\n"},
	{"no semicolon, next has a block", "keep\nif true { stop; }",
		"1:5 \";\" is missing here, before \"if\"\n"},
	{"no semicolon after arguments", ALL "\nfileinto \"a\"\nkeep;",
		"3:13 \";\" is missing here, before \"keep\"\n"},
	{"two commands without semicolons", "keep\ndiscard\nstop;",
		"1:5 \";\" is missing here, before \"discard\"\n"
		"2:8 \";\" is missing here, before \"stop\"\n"},
	{"semicolon alone", "keep;;", "1:6 there is no command before this \";\"\n"},
	{"semicolon after a block", "if true { keep; };",
		"1:18 there is no command before this \";\"\n"},
	{"block alone", "{ keep; }", "1:1 there is no command before this block\n"},
	{"block after keep", "keep { stop; }",
		"1:5 \"keep\" does not take a block; write \";\" here\n"},
	{"no block after if", "if true;", "1:8 \"if\" needs a block in braces here\n"},
	{"no brace after if", "if true keep;", "1:8 \"{\" is missing here, before \"keep\"\n"},
	{"brace not closed", "if true { keep;\nstop;",
		"1:9 this block is not closed: \"}\" is missing\n"},
	{"two braces not closed", "if true {\n if true { keep; ",
		"1:9 this block is not closed: \"}\" is missing\n"
		"2:10 this block is not closed: \"}\" is missing\n"},
	{"brace too many", "keep; }\nstop;", "1:7 this \"}\" has no matching \"{\"\n"},
	{"brace too many, more errors", "} } kep;",
		"1:1 this \"}\" has no matching \"{\"\n"
		"1:3 this \"}\" has no matching \"{\"\n"
		"1:5 there is no command \"kep\"; did you mean \"keep\"?\n"},
	{"junk in front of a command", "\"x\"; keep;",
		"1:1 a command is expected here, not the string \"x\"\n"},
	{"number in front of a command", "12 keep;",
		"1:1 a command is expected here, not \"12\"\n"},
	{"error of the lexer", "keep; $$ stop;", "1:7 \"$\" is not allowed here\n"},
	{"string not closed", ALL "fileinto \"abc;\nkeep;",
		"2:10 the string has no closing quote\n"},
	{"comment not closed", "keep; /* stop;",
		"1:7 the comment is not closed: \"*/\" is missing\n"},
	/* lists */
	{"empty list", "if header [] \"a\" {}",
		"1:12 a list needs at least one string, not \"]\"\n"},
	{"no comma in a list", "if header [\"a\" \"b\"] \"c\" {}",
		"1:15 a comma is missing between these strings\n"},
	{"comma at the end of a list", "if header [\"a\",] \"c\" {}",
		"1:16 a string must follow the comma, not \"]\"\n"},
	{"comma at the start of a list", "if header [,\"a\"] \"c\" {}",
		"1:12 a list can only contain strings in quotes, not \",\"\n"},
	{"list not closed", "if header [\"a\", \"b\" {}",
		"1:21 a comma or \"]\" is expected here, not \"{\"\n"},
	{"number in a list", "if header [\"a\", 5] \"c\" {}",
		"1:17 a list can only contain strings in quotes, not \"5\"\n"},
	{"word in a list", "if header [subject] \"c\" {}",
		"1:12 a list can only contain strings in quotes, not \"subject\"\n"},
	{"tests not closed", "if anyof (true, false { keep; }",
		"1:23 a comma or \")\" is expected here, not \"{\"\n"},
	{"no test after a comma", "if anyof (true, ) { keep; }",
		"1:17 a test is expected here, not \")\"\n"},
	{"no comma between tests", "if anyof (true false) { keep; }",
		"1:15 \"true\" takes no test; is a comma missing before \"false\"?\n"},
	{"empty list of tests", "if anyof () { keep; }",
		"1:11 a test is expected here, not \")\"\n"},
	{"string among tests", "if anyof (\"a\") { keep; }",
		"1:11 a test is expected here (write a list of strings in [ ]), not the string "
		"\"a\"\n"},
	{"parenthesis too many", "if true) { keep; }",
		"1:8 an argument, a test, \";\" or a block is expected here, not \")\"\n"},
	{"bracket too many", "if header \"a\"] \"b\" { keep; }",
		"1:14 an argument, a test, \";\" or a block is expected here, not \"]\"\n"},
	/* names */
	{"unknown command", "kep;", "1:1 there is no command \"kep\"; did you mean \"keep\"?\n"},
	{"unknown command, nothing near", "frobnicate;",
		"1:1 there is no command \"frobnicate\"\n"},
	{"unknown test", "if headr \"a\" \"b\" {}",
		"1:4 there is no test \"headr\"; did you mean \"header\"?\n"},
	{"test as a command", "header \"a\" \"b\";", "1:1 \"header\" is a test, not a command\n"},
	{"command as a test", "if keep {}", "1:4 \"keep\" is a command, not a test\n"},
	{"unknown command, its block is looked at", "frobnicate { kep; }",
		"1:1 there is no command \"frobnicate\"\n"
		"1:14 there is no command \"kep\"; did you mean \"keep\"?\n"},
	{"unknown command, its test is looked at", "iff heder \"a\" \"b\" { keep; }",
		"1:1 there is no command \"iff\"; did you mean \"if\"?\n"
		"1:5 there is no test \"heder\"; did you mean \"header\"?\n"},
	{"unknown tag", "if header :contians \"a\" \"b\" {}",
		"1:11 \"header\" takes no \":contians\"; did you mean \":contains\"?\n"},
	{"tag of another test", "if header :domain \"a\" \"b\" {}",
		"1:11 \"header\" takes no \":domain\"\n"},
	{"tag of no test", "keep :foo;", "1:6 \"keep\" takes no \":foo\"\n"},
	{"unknown comparator", "if header :comparator \"i;foo\" \"a\" \"b\" {}",
		"1:23 there is no comparator \"i;foo\"\n"},
	/* require (section 3.2) */
	{"not required", "fileinto \"a\"; fileinto \"b\";",
		"1:1 \"fileinto\" needs require \"fileinto\"\n"},
	{"test not required", "if envelope \"from\" \"x\" {}",
		"1:4 \"envelope\" needs require \"envelope\"\n"},
	{"tag not required", "redirect :copy \"a@b.c\";",
		"1:10 \":copy\" needs require \"copy\"\n"},
	{"match type not required", "if header :count \"gt\" \"a\" \"1\" {}",
		"1:11 \":count\" needs require \"relational\"\n"},
	{"comparator not required", "if header :comparator \"i;ascii-numeric\" \"a\" \"b\" {}",
		"1:23 the comparator \"i;ascii-numeric\" needs require "
		"\"comparator-i;ascii-numeric\"\n"},
	{"comparators that need not be",
		"require [\"comparator-i;octet\", \"comparator-i;ascii-casemap\"];", NULL},
	{"words of other tools",
		"move \"x\"; forward \"a@b.c\"; delete; mark; if header :startswith \"a\" \"b\" {}",
		"1:1 there is no command \"move\": to store into a folder, write fileinto "
		"\"folder\"\n"
		"1:11 there is no command \"forward\": to send it on, write redirect \"address\"\n"
		"1:28 there is no command \"delete\": to throw it away, write discard\n"
		"1:36 there is no command \"mark\": to mark it, write addflag \"\\\\Flagged\" "
		"(extension imap4flags)\n"
		"1:52 \"header\" takes no \":startswith\": for what starts with a text, write "
		":matches \"text*\"\n"},
	{"the draft of notify",
		"require \"notify\"; denotify; notify :method \"mailto\"; notify :options "
		"\"a@b.c\";",
		"1:9 \"notify\" belongs to the extension \"enotify\"; require that\n"
		"1:19 there is no command \"denotify\": it is from a draft; with enotify (RFC "
		"5435), put an if around notify instead\n"
		"1:36 \"notify\" takes no \":method\": the method has no tag; write notify "
		"\"mailto:address\"\n"
		"1:60 \"notify\" needs a method here: a string\n"},
	{"a quotation mark within a string",
		"require \"vacation\"; vacation \"I am \"away\" until Monday\";",
		"1:37 the string ends before \"away\"; inside a string, write a quotation mark as "
		"\\\"\n"},
	{"curly quotes", "require \342\200\234fileinto\342\200\235; fileinto \"a\";",
		"1:9 these quotation marks are curly; write straight ones: \"\n"},
	{"a no-break space", "if header\302\240:contains \"a\" \"b\" { keep; }",
		"1:11 a no-break space (U+00A0) is before this; write a normal space\n"},
	{"single quotes", "require 'fileinto'; fileinto 'a';",
		"1:9 write a string in double quotes\n1:30 write a string in double quotes\n"},
	{"require of what needs none",
		"require [\"header\", \"keep\", \"addflag\"]; addflag \"x\";",
		"1:10 \"header\" is part of the base language and needs no require\n"
		"1:20 \"keep\" is part of the base language and needs no require\n"
		"1:28 \"addflag\" belongs to the extension \"imap4flags\"; require that\n"},
	{"require of what is refused", "require [\"vnd.dovecot.pipe\", \"imapsieve\"];",
		"1:10 the extension \"vnd.dovecot.pipe\" is not available: the admin has not "
		"allowed programs (programs_dir in mda.conf)\n"
		"1:30 the extension \"imapsieve\" is deliberately not supported: rules run only "
		"when mail is delivered (see sieve(7))\n"},
	{"required in vain", "require \"fileintoo\";",
		"1:9 there is no extension \"fileintoo\"; did you mean \"fileinto\"?\n"},
	{"required in vain, nothing near", "require \"vnd.acme.teleport\";",
		"1:9 there is no extension \"vnd.acme.teleport\"; known are: ...\n"},
	{"case of a required name", "require \"FileInto\";",
		"1:9 there is no extension \"FileInto\"; did you mean \"fileinto\"?\n"},
	{"require after a command", "keep;\nrequire \"fileinto\";",
		"2:1 \"require\" must come before all other commands\n"},
	{"require in a block", "if true { require \"fileinto\"; }",
		"1:11 \"require\" must come before all other commands\n"},
	{"require twice", "require \"fileinto\"; require [\"fileinto\", \"copy\"];", NULL},
	{"require nothing", "require;",
		"1:8 \"require\" needs the names of extensions here: a string or a list of "
		"strings\n"},
	{"require after require", "require \"copy\"; require \"fileinto\";", NULL},
	/* branches (section 3.1) */
	{"else alone", "else { keep; }",
		"1:1 \"else\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"elsif alone", "elsif true { keep; }",
		"1:1 \"elsif\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"else after else", "if true {} else {} else {}",
		"1:20 \"else\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"elsif after else", "if true {} else {} elsif true {}",
		"1:20 \"elsif\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"else after another command", "if true {} keep; else {}",
		"1:18 \"else\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"else in another block", "if true { else {} }",
		"1:11 \"else\" must directly follow the block of an \"if\" or \"elsif\"\n"},
	{"else if", "if true {} else if false {}", "1:12 write \"elsif\" instead of \"else if\"\n"},
	{"else with a test", "if true {} else true {}", "1:16 \"else\" takes no test\n"},
	{"if without a test", "if {}", "1:3 \"if\" needs a test here\n"},
	{"if with two tests", "if (true, false) {}",
		"1:3 \"if\" takes one test, without parentheses; for several, write allof (...) or "
		"anyof (...)\n"},
	{"if with a string", "if \"a\" {}",
		"1:3 \"if\" needs a test here\n"
		"1:4 \"if\" takes no string\n"},
	{"else after a misspelt if", "fi true {} else {}", "1:1 there is no command \"fi\"\n"},
	/* arguments (section 2.6) */
	{"string for keep", "keep \"a\";", "1:6 \"keep\" takes no string\n"},
	{"number for stop", "stop 1;", "1:6 \"stop\" takes no number\n"},
	{"test for keep", "keep true;", "1:5 \"keep\" takes no test\n"},
	{"no argument", ALL "fileinto;", "2:9 \"fileinto\" needs a folder here: a string\n"},
	{"list for a string", ALL "fileinto [\"a\"];",
		"2:10 \"fileinto\" needs a folder here: a string, not a list\n"},
	{"number for a string", ALL "fileinto 5;",
		"2:10 \"fileinto\" needs a folder here: a string, not a number\n"},
	{"two strings for one", ALL "fileinto \"a\" \"b\";",
		"2:14 there is one argument too many here: \"fileinto\" takes 1\n"},
	{"no key", "if header \"a\" {}",
		"1:10 \"header\" needs the keys to look for here: a string or a list of strings\n"},
	{"three strings", "if header \"a\" \"b\" \"c\" {}",
		"1:19 there is one argument too many here: \"header\" takes 2\n"},
	{"number for a key", "if header \"a\" 5 {}",
		"1:15 \"header\" needs the keys to look for here: a string or a list of strings, "
		"not a "
		"number\n"},
	{"tag after an argument", "if header \"a\" :is \"b\" {}",
		"1:15 \":is\" must come before the other arguments (RFC 5228 section "
		"2.6.2)\n"},
	{"tag after the last argument", ALL "fileinto \"a\" :copy;",
		"2:14 \":copy\" must come before the other arguments (RFC 5228 section "
		"2.6.2)\n"},
	{"two match types", "if header :is :contains \"a\" \"b\" {}",
		"1:15 \":contains\" cannot be used together with \":is\"\n"},
	{"match type twice", "if header :is :is \"a\" \"b\" {}", "1:15 \":is\" is given twice\n"},
	{"two address parts", "if address :all :domain \"from\" \"b\" {}",
		"1:17 \":domain\" cannot be used together with \":all\"\n"},
	{"two comparators",
		"if header :comparator \"i;octet\" :comparator \"i;octet\" \"a\" \"b\" {}",
		"1:33 \":comparator\" is given twice\n"},
	{"tag twice", ALL "fileinto :copy :copy \"a\";", "2:16 \":copy\" is given twice\n"},
	{"comparator without its name", "if header :comparator {}",
		"1:11 the name of a comparator must follow \":comparator\"\n"},
	{"comparator with a number", "if header :comparator 5 \"a\" \"b\" {}",
		"1:23 \":comparator\" needs the name of a comparator here: a string, not a "
		"number\n"},
	/* tests (section 5) */
	{"not with two tests", "if not (true, false) {}",
		"1:7 \"not\" takes one test, without parentheses; for several, write allof (...) "
		"or anyof (...)\n"},
	{"not without a test", "if not {}", "1:7 \"not\" needs a test here\n"},
	{"allof without parentheses", "if allof true {}",
		"1:9 the tests of \"allof\" must be in parentheses\n"},
	{"anyof without tests", "if anyof {}",
		"1:9 \"anyof\" needs a list of tests in parentheses here\n"},
	{"true with a test", "if true true {}",
		"1:8 \"true\" takes no test; is a comma missing before \"true\"?\n"},
	{"size without a limit", "if size 10 {}", "1:8 \"size\" needs :over or :under\n"},
	{"size with both", "if size :over 10 :under 20 {}",
		"1:18 \":under\" cannot be used together with \":over\"\n"},
	{"size without a number", "if size :over {}",
		"1:9 a number of bytes must follow \":over\"\n"},
	{"size with a string", "if size :over \"10\" {}",
		"1:15 \":over\" needs a number of bytes here: a number, not a string\n"},
	{"size with a number too large", "if size :over 99999999999999999999 {}",
		"1:15 the number is too large\n"},
	{"exists without names", "if exists {}",
		"1:10 \"exists\" needs the names of headers here: a string or a list of strings\n"},
	{"address of a header without addresses", "if address \"subject\" \"b\" {}",
		"1:12 \"subject\" is not an address header; test it with \"header\"\n"},
	{"address of one such header of two", "if address [\"from\", \"subject\"] \"b\" {}",
		"1:21 \"subject\" is not an address header; test it with \"header\"\n"},
	{"envelope, unknown part", ALL "if envelope \"form\" \"b\" {}",
		"2:13 the envelope has no part \"form\"; did you mean \"from\"?\n"},
	{"number, with :contains",
		ALL "if header :contains :comparator \"i;ascii-numeric\" \"a\" \"b\" {}",
		"2:11 \":contains\" cannot be used with the comparator \"i;ascii-numeric\"\n"},
	{"number, with :matches",
		ALL "if header :comparator \"i;ascii-numeric\" :matches \"a\" \"b\" {}",
		"2:41 \":matches\" cannot be used with the comparator \"i;ascii-numeric\"\n"},
	{"number, with :value",
		ALL "if header :comparator \"i;ascii-numeric\" :value \"gt\" \"a\" \"b\" {}", NULL},
	{"relation", ALL "if header :value \"xx\" \"a\" \"b\" {}",
		"2:18 \"xx\" is not a relation; write gt, ge, lt, le, eq or ne\n"},
	{"relation missing", ALL "if header :value {}", "2:11 a relation must follow \":value\"\n"},
	/* actions (section 4) */
	{"redirect to no address", "redirect \"foo\";",
		"1:10 \"foo\" is not an address to redirect to; write one address with a domain\n"},
	{"redirect to two addresses", "redirect \"a@b.c, d@e.f\";",
		"1:10 \"a@b.c, d@e.f\" is not an address to redirect to; write one address with a "
		"domain\n"},
	{"redirect with a name", "redirect \"Ann <a@b.c>\";", NULL},
	{"redirect to an address of parts", "redirect \"ann @ (home) example . org\";", NULL},
	{"redirect to an @ in quotes", "redirect \"\\\"a@b\\\"@example.net\";", NULL},
	{"redirect to letters that deceive", "redirect \"a\357\274\240b@example.org\";",
		"1:10 \"a\357\274\240b@example.org\" is not an address to redirect to; write one "
		"address with a domain\n"},
	{"redirect to a group", "redirect \"g: a@b.c;\";",
		"1:10 \"g: a@b.c;\" is not an address to redirect to; write one address with a "
		"domain\n"},
	{"redirect to nothing", "redirect \"\";",
		"1:10 \"\" is not an address to redirect to; write one address with a domain\n"},
	{"fileinto nowhere", ALL "fileinto \"\";", "2:10 the name of a folder cannot be empty\n"},
	{"fileinto with a line end", ALL "fileinto \"a\nb\";",
		"2:10 the name of a folder cannot contain control characters\n"},
	/* encoded-character (section 2.4.2.4) */
	{"surrogate", "require [\"encoded-character\",\"fileinto\"]; fileinto \"${unicode:D800}\";",
		"1:52 \"${unicode:D800}\" is not a Unicode character (RFC 5228 section 2.4.2.4)\n"},
	{"beyond Unicode",
		"require [\"encoded-character\",\"fileinto\"]; fileinto \"a${unicode:110000}\";",
		"1:52 \"${unicode:110000}\" is not a Unicode character (RFC 5228 section "
		"2.4.2.4)\n"},
	{"beyond 64 bits",
		"require [\"encoded-character\",\"fileinto\"]; fileinto "
		"\"${unicode:1000000000000000000000041}\";",
		"1:52 \"${unicode:1000000000000000000000041}\" is not a Unicode character (RFC "
		"5228 section 2.4.2.4)\n"},
	{"many zeros",
		"require [\"encoded-character\",\"fileinto\"]; fileinto "
		"\"${unicode:000000000000000000000000000000000041}\";",
		NULL},
	{"not required, so no error", "require \"fileinto\"; fileinto \"${unicode:D800}\";", NULL},
	/* several at once, in the order of their places */
	{"ten errors",
		"kep;\nif heder \"a\" \"b\" { fileinto \"c\" }\nelse if true { keep \"x\"; "
		"}\nredirect \"a\";\nif size 10 { stop }\nheader;\n",
		"1:1 there is no command \"kep\"; did you mean \"keep\"?\n"
		"2:4 there is no test \"heder\"; did you mean \"header\"?\n"
		"2:20 \"fileinto\" needs require \"fileinto\"\n"
		"2:32 \";\" is missing here\n"
		"3:1 write \"elsif\" instead of \"else if\"\n"
		"3:21 \"keep\" takes no string\n"
		"4:10 \"a\" is not an address to redirect to; write one address with a domain\n"
		"5:8 \"size\" needs :over or :under\n"
		"5:18 \";\" is missing here\n"
		"6:1 \"header\" is a test, not a command\n"},
	/* one fault, one error */
	{"a string in place of a command", "\"foo\" { keep; }",
		"1:1 a command is expected here, not the string \"foo\"\n"},
	{"what stands in the block of no command", "\"foo\" { kep; }",
		"1:1 a command is expected here, not the string \"foo\"\n"
		"1:9 there is no command \"kep\"; did you mean \"keep\"?\n"},
	{"a string that swallows the brace", "if true { keep; redirect \"a; }\nkeep;",
		"1:26 the string has no closing quote\n"},
	{"a comment that swallows the brace", "if true { keep; /* a; }\nkeep;",
		"1:17 the comment is not closed: \"*/\" is missing\n"},
	{"tests without parentheses", "if true, true { keep; }",
		"1:8 an argument, a test, \";\" or a block is expected here, not \",\"\n"},
	{"commands with a comma between", "keep, stop;",
		"1:5 an argument, a test, \";\" or a block is expected here, not \",\"\n"},
	{"a test at the end", "if true", "1:8 a block in braces is missing here\n"},
	{"tests joined by and", "if header \"a\" \"b\" and header \"c\" \"d\" { keep; }",
		"1:19 join tests with allof (TEST, TEST), if all must be true, or with anyof "
		"(TEST, TEST)\n"},
	{"a misspelt comparator", "if header :comparator \"i;octt\" \"a\" \"b\" {}",
		"1:23 there is no comparator \"i;octt\"; did you mean \"i;octet\"?\n"},
	{"the wrong quotes", "redirect 'a@b.test';", "1:10 write a string in double quotes\n"},
	{"a comment of another language", "keep; // a; b\nkep;",
		"1:7 write a comment as \"# text\" or \"/* text */\"\n"
		"2:1 there is no command \"kep\"; did you mean \"keep\"?\n"},
};

#define OFF "the admin has not allowed programs (programs_dir in mda.conf)\n"
#define PROGRAMS                                                                                   \
	"require [\"vnd.dovecot.pipe\",\"vnd.dovecot.filter\",\"vnd.dovecot.execute\",\"copy\","   \
	"\"variables\"];\n"

/* Of the extensions that run programs, where the admin allows some, and where not. */
static const struct program_row {
	const char *name, *script, *errors;
	bool off;
} program_rows[] = {
	{"a pipe", PROGRAMS "pipe \"a\"; pipe :copy :try \"b\" [\"1\", \"2\"]; pipe \"c\" \"x\";",
		"", false},
	{"filter and execute",
		PROGRAMS "filter \"a\" \"x\"; if not filter \"a\" {} execute :pipe \"b\" [\"1\"];\n"
			 "if execute :input \"x\" :output \"v\" \"b\" { stop; } execute :output "
			 "\"v\" \"b\";",
		"", false},
	{"a pipe is no test", PROGRAMS "if pipe \"a\" {}",
		"2:4 \"pipe\" is a command, not a test\n", false},
	{"it must be required", "pipe \"a\";", "1:1 \"pipe\" needs require \"vnd.dovecot.pipe\"\n",
		false},
	{"execute must be required", "if execute \"a\" {}",
		"1:4 \"execute\" needs require \"vnd.dovecot.execute\"\n", false},
	{":copy is of copy", "require \"vnd.dovecot.pipe\"; pipe :copy \"a\";",
		"1:34 \":copy\" needs require \"copy\"\n", false},
	{"a name with a slash", PROGRAMS "pipe \"a/b\";",
		"2:6 no program is called \"a/b\": it must be the name of a file, without a "
		"slash\n",
		false},
	{"a name that leads up", PROGRAMS "pipe \"../b\";",
		"2:6 no program is called \"../b\": it must be the name of a file, without a "
		"slash\n",
		false},
	{"no name", PROGRAMS "filter \"\";", "2:8 no program is called \"\": it is empty\n", false},
	{"a name with a control character", PROGRAMS "filter \"a\tb\";",
		"2:8 no program is called \"a\tb\": it contains a control character\n", false},
	{"a name of 129 characters",
		PROGRAMS "filter \"123456789 123456789 123456789 123456789 123456789 123456789 "
			 "123456789 "
			 "123456789 123456789 123456789 123456789 123456789 \303\24434567890\";",
		"2:8 no program is called \"123456789 123456789 123456789 123456789 123456789 "
		"123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
		"\303\24434567890\": it has more than 128 characters\n",
		false},
	{"a name that is not constant", PROGRAMS "execute \"${a}\";",
		"2:9 the name of a program must be constant\n", false},
	{"an argument over two lines", PROGRAMS "pipe \"a\" [\"b\", \"c\nd\"];",
		"2:16 a program cannot be given this argument: it is not one line\n", false},
	{"too many", PROGRAMS "pipe \"a\" \"b\" \"c\";",
		"2:14 there is one argument too many here: \"pipe\" takes 2\n", false},
	{"two things to read", PROGRAMS "execute :input \"a\" :pipe \"b\";",
		"2:20 \":pipe\" cannot be used together with \":input\"\n", false},
	{":try is of pipe alone", PROGRAMS "filter :try \"a\";",
		"2:8 \"filter\" takes no \":try\"\n", false},
	{":output without variables",
		"require \"vnd.dovecot.execute\"; execute :output \"v\" \"a\";",
		"1:40 \":output\" needs require \"variables\"\n", false},
	{":output is no match variable", PROGRAMS "execute :output \"1\" \"a\";",
		"2:17 \"1\" cannot be the name of a variable\n", false},
	{"off: told once", "require \"vnd.dovecot.filter\"; filter \"a\"; if filter \"a\" {}",
		"1:9 the extension \"vnd.dovecot.filter\" is not available: " OFF, true},
	{"off: not required", "execute \"a\";", "1:1 there is no command \"execute\": " OFF, true},
	{"off: a test", "if execute \"a\" {}", "1:4 there is no test \"execute\": " OFF, true},
	{"off: ihave is false", "require \"ihave\"; if ihave \"vnd.dovecot.pipe\" { pipe \"a\"; }",
		"", true},
	{"on: ihave is true", "require \"ihave\"; if ihave \"vnd.dovecot.pipe\" { pipe \"a\"; }",
		"", false},
};

static struct arena *mem;

/* The names grow with every extension. */
static struct str without_list(struct str text)
{
	size_t n = str_ifind(text, STR_LIT("nown are: "));
	return n == text.n ? text : arena_fmt(mem, STR_FMT "nown are: ...", (int)n, text.p);
}

static const char *tell(const struct diag *items, size_t count, struct buf *to)
{
	for (size_t i = 0; i < count; i++) {
		buf_fmt(to, "%u:%u ", items[i].line, items[i].column);
		buf_add(to, without_list(items[i].text));
		buf_byte(to, '\n');
	}
	return buf_cstr(to);
}

static struct sv_script *check(
	const char *text, const struct sv_host *host, struct sv_errors *errors)
{
	const struct sv_source from = {STR_LIT("t"), str_of(text)};
	return check_script(&from, host, NULL, (struct str){0}, mem, errors);
}

static enum sv_ran run_nothing(void *context, const struct sv_program *program, struct arena *own,
	struct str *output, struct err *err)
{
	(void)context;
	(void)program;
	(void)own;
	(void)output;
	(void)err;
	return SV_RAN_NEVER;
}

static void test_program(void **state)
{
	const struct program_row *row = *state;
	const struct sv_host host = {.run_program = row->off ? NULL : run_nothing};
	struct sv_errors errors = {0};
	struct buf told = {0};
	mem = arena_new();
	struct sv_script *s = check(row->script, &host, &errors);
	assert_string_equal(tell(errors.items, errors.count, &told), row->errors);
	assert_true(row->errors[0] ? !s : s != NULL);
	buf_free(&told);
	arena_free(mem);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct sv_errors errors = {0};
	struct buf told = {0};
	mem = arena_new();
	struct sv_script *s = check(row->script, NULL, &errors);
	assert_string_equal(
		tell(errors.items, errors.count, &told), row->errors ? row->errors : "");
	assert_true(row->errors ? !s : s != NULL);
	buf_free(&told);
	arena_free(mem);
}

/* ---- warnings: the script compiles ---- */

static bool folder_exists(void *context, struct str folder)
{
	(void)context;
	return str_eq(folder, STR_LIT("there"));
}

#define NEVER(at) at " this test is never true, so its block is never run\n"

#define REGEX(key) "require \"regex\"; if header :regex \"subject\" \"" key "\" { keep; }"

#define VACATION(text) "require \"vacation\"; vacation :mime \"" text "\";"

#define FLAGS "require [\"imap4flags\", \"fileinto\", \"copy\"]; "

static const struct row warnings[] = {
	{"nothing to warn of", "keep;", ""},
	{"after stop", "stop;\nkeep;\ndiscard;", "2:1 this is never reached\n"},
	{"after stop in a block", "if not exists \"a\" { stop; keep; } discard;",
		"1:27 this is never reached\n"},
	{"stop in one branch", "if exists \"a\" { stop; } keep;", ""},
	{"stop in all branches but no else",
		"if exists \"a\" { stop; } elsif exists \"b\" { stop; } keep;", ""},
	{"stop in all branches",
		"if exists \"a\" { stop; } elsif exists \"b\" { stop; } else { stop; }\nkeep;",
		"2:1 this is never reached\n"},
	{"stop in all branches but one",
		"if exists \"a\" { stop; } elsif exists \"b\" {} else { stop; }\nkeep;", ""},
	{"stop where a test is always true", "if true { stop; }\nkeep;",
		"1:4 this test is always true\n2:1 this is never reached\n"},
	{"branch after a test that is always true", "if true { keep; } else { discard; }",
		"1:4 this test is always true\n1:19 this is never reached\n"},
	{"rule that is switched off", "if false { stop; } keep;", ""},
	{"not false", "if not false { keep; }", "1:4 this test is always true\n"},
	{"not not true", "if not not true { keep; }", "1:4 this test is always true\n"},
	{"anyof with true", "if anyof (exists \"a\", true) { keep; }",
		"1:4 this test is always true\n"},
	{"anyof with false", "if anyof (exists \"a\", false) { keep; }", ""},
	{"anyof of false", "if anyof (false, not true) { keep; }", NEVER("1:4")},
	{"allof with true", "if allof (exists \"a\", true) { keep; }", ""},
	{"allof with false", "if allof (exists \"a\", false) { keep; }", NEVER("1:4")},
	{"allof of true", "if allof (true, not false) { keep; }", "1:4 this test is always true\n"},
	{"size that no message has", "if size :under 0 { discard; }", NEVER("1:4")},
	{"size that a message may have", "if size :under 1 { discard; }", ""},
	{"escape that means nothing", "if header \"subject\" \"a\\.b\\d\" {}",
		"1:21 \"\\.\" in a string is just \".\"; a backslash is written \"\\\\\" "
		"(RFC 5228 section 2.4.2)\n"},
	{"escapes that mean something", "if header \"subject\" \"a\\\\.\\\"b\" {}", ""},
	{"backslash in text:", "if header \"subject\" text:\na\\.b\n.\n{}", ""},
	{"warnings in their order",
		"if true {\n"
		"if exists \"\\a\" {} }",
		"1:4 this test is always true\n"
		"2:11 \"\\a\" in a string is just \"a\"; a backslash is written \"\\\\\" "
		"(RFC 5228 section 2.4.2)\n"},
	{"folder that is there", ALL "fileinto \"there\";", ""},
	{"folder that is not there", ALL "fileinto \"elsewhere\";",
		"2:10 there is no folder \"elsewhere\" yet\n"},
	{"redirect to an option", "redirect \"-oQ/tmp@b.c\";",
		"1:10 nothing is sent to \"-oQ/tmp@b.c\": for an MTA's program it would be an "
		"option\n"},
	{"lazy count", REGEX("a+?"),
		"1:45 a \"?\" after a count makes the repeated item optional; it does not make the "
		"match shorter, as it does in Perl\n"},
	{"possessive count", REGEX("a++"),
		"1:45 a count after a count repeats the repeated item\n"},
	{"group of no kind", REGEX("(?:a)"), ""},
	{"groups of Perl's", REGEX("a(?!b)"),
		"1:45 of Perl's groups, only (?:...) and a leading (?i) are supported; it matches "
		"nothing\n"},
	{"back reference", REGEX("(a)\\\\1"),
		"1:45 back references are not possible: a match would take forever; it matches "
		"nothing\n"},
	{"letter with a backslash", REGEX("a\\\\t"),
		"1:45 \\t is just \"t\" in a regular expression (POSIX)\n"},
	{"empty expression", REGEX(""), "1:45 an empty regular expression matches everything\n"},
	{"counts that multiply", REGEX("((a{200}){200})"),
		"1:45 the counts in the regular expression make it too large; it matches "
		"nothing\n"},
	{"parenthesis that closes nothing", REGEX("a)"),
		"1:45 a ) in the regular expression has no (: it is a character like others\n"},
	{"address of the recipient's that is none",
		"require \"vacation\"; vacation :addresses [\"bad\", \"a @ b.c\"] \"x\";",
		"1:42 \"bad\" is not an address, so it is ignored\n"},
	{":mime with a header", VACATION("Content-Type: text/html\n\n<p>x</p>"), ""},
	{":mime without a header", VACATION("<p>x</p>\n\n<p>\xc3\xbc</p>"),
		"1:36 the text has no MIME header (such as Content-Type and a blank line), "
		"although :mime needs one; it is sent as plain text, or as HTML if it starts like "
		"HTML\n"},
	{":mime without a blank line", VACATION("Content-Type: text/html\n<p>x</p>"),
		"1:36 a blank line is missing between the MIME header and the text\n"},
	{":contains of nothing", "if header :contains [\"subject\"] [\"\", \"a\"] {}",
		"1:34 :contains \"\" matches every value\n"},
	{":matches and :is of nothing",
		"if header :matches \"subject\" \"\" {} if header :is \"subject\" \"\" {}", ""},
	{":days 0", "require \"vacation\"; vacation :days 0 \"x\";",
		"1:36 :days 0 means 1 day here (RFC 5230 section 4.1); to answer each message, "
		"write :seconds 0 (vacation-seconds)\n"},
	{"header in place of address", "if header \"from\" \"ann@b.example\" {}",
		"1:18 header compares the whole field, including the name; to compare the address, "
		"write address instead of header\n"},
	{"header with the whole field",
		"if header :is \"from\" \"Ann <ann@b.example>\" {} if header :contains \"to\" "
		"\"a@b.c\" {} "
		"if header \"subject\" \"a@b.c\" {} if address \"to\" \"a@b.c\" {}",
		""},
	{"a second Subject",
		"require \"editheader\"; addheader \"Subject\" \"x\"; deleteheader \"subject\"; "
		"addheader \"Subject\" \"y\";",
		"1:23 this adds a second Subject; to replace the old one, write deleteheader "
		"\"Subject\" first\n"},
	{"flags that there are",
		FLAGS "addflag [\"\\\\Seen \\\\flagged\", \"$Junk\"]; keep :flags \"work\";\nif "
		      "hasflag :matches \"*\" {}",
		""},
	{"flags that are none",
		FLAGS "\naddflag [\"\\\\Read\", \"a(b\"];\nkeep :flags \"Seen\";\nif hasflag "
		      "\"\\\\Recent\" {}",
		"2:10 IMAP has no flag \"\\Read\"; it has \\Answered, \\Flagged, \\Deleted, "
		"\\Seen, \\Draft, and keywords without a "
		"backslash\n2:20 \"a(b\" cannot be a flag\n"
		"3:13 \"Seen\" is an ordinary keyword; for the flag, write \"\\\\Seen\"\n"
		"4:12 \"\\Recent\" cannot be a flag\n"},
	{"keywords that mail programs know, and one's own",
		FLAGS
		"setflag [\"\\\\Flagged $MailFlagBit0\", \"$NOTIFY\"]; addflag \"$MailFlagBit1\"; "
		"addflag [\"$label1\", \"$later\", \"$work\", \"$hasattachment\"]; keep :flags "
		"\"$muted\";\nif hasflag \"$memo\" { removeflag \"$unsubscribed\"; }",
		""},
	{"keywords that are slips",
		FLAGS "\naddflag \"$Forwared\";\nkeep :flags \"$hasattachement\";\nif hasflag "
		      "\"$mute\" { removeflag \"$MailFlagBit3\"; }",
		"2:9 no mail program knows the keyword \"$Forwared\"; did you mean "
		"\"$Forwarded\"?\n"
		"3:13 no mail program knows the keyword \"$hasattachement\"; did you mean "
		"\"$hasattachment\"?\n"
		"4:12 no mail program knows the keyword \"$mute\"; did you mean \"$muted\"?\n"
		"4:33 no mail program knows the keyword \"$MailFlagBit3\"; did you mean "
		"\"$MailFlagBit0\"?\n"},
	{"keywords that exclude each other",
		FLAGS "\naddflag [\"$followed\", \"$muted\"];\nsetflag \"$hasattachment "
		      "$hasnoattachment\"; keep;",
		"2:23 \"$muted\" and \"$followed\" exclude each other (RFC 9979)\n"
		"3:9 \"$hasattachment\" and \"$hasnoattachment\" exclude each other (RFC 9979)\n"},
	{"keywords that are not the rules' to set",
		FLAGS "\naddflag \"$unsubscribed\";\nkeep :flags [\"$MailFlagBit2\"];",
		"2:9 \"$unsubscribed\" should only be set by a mail program when a person does "
		"something (RFC 9979)\n"
		"3:14 \"$MailFlagBit2\" is the colour of a flag; set \\Flagged too (RFC 9979)\n"},
	{"flags after the fileinto",
		FLAGS "\nif exists \"a\" { fileinto \"there\"; setflag \"x\"; addflag \"y\"; stop; "
		      "}\nkeep;",
		"2:35 nothing is stored after this, so no message gets these flags; set them "
		"before the command that stores the message\n"},
	{"flags after the fileinto, at the end",
		FLAGS "\nif exists \"a\" { fileinto \"there\"; addflag \"x\"; } else { keep; }",
		"2:35 nothing is stored after this, so no message gets these flags; set them "
		"before the command that stores the message\n"},
	{"flags for what comes",
		FLAGS "if exists \"a\" { fileinto \"there\"; setflag \"x\"; }\nkeep;\n"
		      "if exists \"b\" { setflag \"x\"; fileinto \"there\"; stop; }\n"
		      "if exists \"c\" { fileinto :copy \"there\"; setflag \"x\"; stop; }\n"
		      "if exists \"d\" { fileinto \"there\"; setflag \"x\"; fileinto \"there\"; }",
		""},
	{"header with a blank", "if header \"a b\" \"c\" {}",
		"1:11 \"a b\" cannot be the name of a header, so it never matches\n"},
	{"header with a colon", "if exists [\"a\", \"b:\"] {}",
		"1:17 \"b:\" cannot be the name of a header, so it never matches\n"},
	{"header without a name", "if exists \"\" {}",
		"1:11 \"\" cannot be the name of a header, so it never matches\n"},
};

static void test_warning(void **state)
{
	const struct row *row = *state;
	struct sv_host host = {.folder_exists = folder_exists};
	struct sv_errors errors = {0};
	struct buf told = {0};
	mem = arena_new();
	assert_non_null(check(row->script, &host, &errors));
	assert_string_equal(tell(errors.warnings, errors.warning_count, &told), row->errors);
	buf_free(&told);
	arena_free(mem);
}

/* ---- limits ---- */

static const struct limit_row {
	const char *name, *script, *errors;
	struct sv_limits limits;
} limit_rows[] = {
	{"script as large as allowed", "keep;", "",
		{.script = 5, .nesting = 9, .nodes = 9, .errors = 9}},
	{"script too large", "keep; ", "1:1 the script is larger than 5 bytes\n",
		{.script = 5, .nesting = 9, .nodes = 9, .errors = 9}},
	{"blocks as deep as allowed", "if true { if true {} }", "",
		{.script = 99, .nesting = 3, .nodes = 9, .errors = 9}},
	{"blocks too deep", "if true { if true { if true {} } }",
		"1:24 blocks and tests are nested more than 3 deep\n",
		{.script = 99, .nesting = 3, .nodes = 9, .errors = 9}},
	{"tests as deep as allowed", "if not true {}", "",
		{.script = 99, .nesting = 3, .nodes = 9, .errors = 9}},
	{"tests too deep", "if not not true {}",
		"1:12 blocks and tests are nested more than 3 deep\n",
		{.script = 99, .nesting = 3, .nodes = 9, .errors = 9}},
	{"commands as many as allowed", "keep; keep; keep;", "",
		{.script = 99, .nesting = 3, .nodes = 3, .errors = 9}},
	{"too many commands", "keep; keep; keep; keep;",
		"1:19 there are more than 3 commands and tests\n",
		{.script = 99, .nesting = 3, .nodes = 3, .errors = 9}},
	{"too many errors", "a1; b1; c1; d1;",
		"1:1 there is no command \"a1\"\n1:5 there is no command \"b1\"\nand 2 more\n",
		{.script = 99, .nesting = 3, .nodes = 9, .errors = 2}},
};

static void test_limit(void **state)
{
	const struct limit_row *row = *state;
	struct sv_host host = {.limits = &row->limits};
	struct sv_errors errors = {0};
	struct buf told = {0};
	mem = arena_new();
	check(row->script, &host, &errors);
	tell(errors.items, errors.count, &told);
	if (errors.untold)
		buf_fmt(&told, "and %zu more\n", errors.untold);
	assert_string_equal(buf_cstr(&told), row->errors);
	buf_free(&told);
	arena_free(mem);
}

/* ---- how an error is shown ---- */

static const struct shown_row {
	const char *name, *script, *shown;
} shown_rows[] = {
	{"caret below the place", "keep;\nif kep {}\n",
		"t:2:4: error: there is no test \"kep\"\n    if kep {}\n       ^\n"},
	{"tab in front", "\tkep;",
		"t:1:2: error: there is no command \"kep\"; did you mean \"keep\"?\n"
		"     kep;\n     ^\n"},
	{"CRLF", "kep;\r\nstop;\r\n",
		"t:1:1: error: there is no command \"kep\"; did you mean \"keep\"?\n"
		"    kep;\n    ^\n"},
	{"UTF-8 counts characters", "/* \303\274\303\274 */ kep;",
		"t:1:10: error: there is no command \"kep\"; did you mean \"keep\"?\n"
		"    /* \303\274\303\274 */ kep;\n             ^\n"},
	{"controls and marks of direction", "/* \033[2J \342\200\256 */ kep;",
		"t:1:14: error: there is no command \"kep\"; did you mean \"keep\"?\n"
		"    /* ?[2J ? */ kep;\n                 ^\n"},
	{"controls in what is told", "redirect \"\033[2J\";",
		"t:1:10: error: \"?[2J\" is not an address to redirect to; write one address with "
		"a domain\n"
		"    redirect \"?[2J\";\n             ^\n"},
	{"long line",
		"keep;                                                                             "
		"   "
		"kep;                                                                              "
		"   ",
		"t:1:86: error: there is no command \"kep\"; did you mean \"keep\"?\n"
		"    ...                                                         kep;"
		"                           ...\n"
		"                                                                ^\n"},
	{"end of the script", "keep", "t:1:5: error: \";\" is missing here\n    keep\n        ^\n"},
};

static void test_shown(void **state)
{
	const struct shown_row *row = *state;
	struct sv_errors errors = {0};
	struct buf shown = {0};
	mem = arena_new();
	assert_null(check(row->script, NULL, &errors));
	errors_render(&errors, &errors.items[0], "error", &shown);
	assert_string_equal(buf_cstr(&shown), row->shown);
	buf_free(&shown);
	arena_free(mem);
}

int main(void)
{
	static const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_program, program_rows),
		TABLE(test_warning, warnings),
		TABLE(test_limit, limit_rows),
		TABLE(test_shown, shown_rows),
	};
	return table_run("sieve_check", tables, sizeof tables / sizeof *tables);
}
