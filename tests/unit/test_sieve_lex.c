/* The Sieve lexer: script x tokens with their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "filters/sieve/lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Tokens are written `kind text@line:column`, separated by a blank: w word, t tag, n number, s
 * string, ! error; a sign is written as itself. In strings, LF is written \n, and a blank _.
 */
static const struct row {
	const char *name;
	const char *script;
	size_t size; /* 0: strlen */
	const char *tokens;
} rows[] = {
	/* RFC 5228 section 8.1: identifiers and tags */
	{"empty script", "", 0, ""},
	{"only blanks", " \t\r\n \n", 0, ""},
	{"command", "keep;", 0, "w keep@1:1 ;@1:5"},
	{"case is kept", "KeeP", 0, "w KeeP@1:1"},
	{"underscore and digits", "_a1_2 b9", 0, "w _a1_2@1:1 w b9@1:7"},
	{"tag", ":is :Comparator", 0, "t is@1:1 t Comparator@1:5"},
	{"tag against tag", ":a:b", 0, "t a@1:1 t b@1:3"},
	{"blank in tag", ": is", 0, "! a_tag's_name_must_follow_the_colon@1:1 w is@1:3"},
	{"tag that starts with digit", ":1", 0, "! a_tag's_name_must_follow_the_colon@1:1 n 1@1:2"},
	{"colon at the end", "a :", 0, "w a@1:1 ! a_tag's_name_must_follow_the_colon@1:3"},
	{"all signs", "[](){},;", 0, "[@1:1 ]@1:2 (@1:3 )@1:4 {@1:5 }@1:6 ,@1:7 ;@1:8"},
	{"words without blanks", "if(a)b{c}", 0,
		"w if@1:1 (@1:3 w a@1:4 )@1:5 w b@1:6 {@1:7 w c@1:8 }@1:9"},
	/* section 2.4.1: numbers */
	{"zero", "0", 0, "n 0@1:1"},
	{"number", "4294967296", 0, "n 4294967296@1:1"},
	{"leading zeros", "000000000000000000000000012", 0, "n 12@1:1"},
	{"kilo", "1K", 0, "n 1024@1:1"},
	{"small kilo", "1k", 0, "n 1024@1:1"},
	{"mega", "2M", 0, "n 2097152@1:1"},
	{"giga", "3g", 0, "n 3221225472@1:1"},
	{"number before a sign", "1K)", 0, "n 1024@1:1 )@1:3"},
	{"largest number", "18446744073709551615", 0, "n 18446744073709551615@1:1"},
	{"number over the largest", "18446744073709551616", 0, "! the_number_is_too_large@1:1"},
	{"largest in kilo", "18014398509481983K", 0, "n 18446744073709550592@1:1"},
	{"over the largest by its K", "18014398509481984K", 0, "! the_number_is_too_large@1:1"},
	{"over the largest by its G", "17179869184G;", 0, "! the_number_is_too_large@1:1 ;@1:13"},
	{"KB is no quantifier", "1KB x", 0,
		"! a_number_must_end_in_a_digit,_K,_M_or_G@1:1 w x@1:5"},
	{"number in a word", "12abc", 0, "! a_number_must_end_in_a_digit,_K,_M_or_G@1:1"},
	{"minus", "-1", 0, "! \"-\"_is_not_allowed_here@1:1 n 1@1:2"},
	/* section 2.4.2: quoted strings */
	{"string", "\"a b\"", 0, "s a_b@1:1"},
	{"empty string", "\"\"", 0, "s @1:1"},
	{"escaped quote", "\"a\\\"b\"", 0, "s a\"b@1:1"},
	{"escaped backslash", "\"a\\\\\" b", 0, "s a\\@1:1 w b@1:7"},
	{"needless escape", "\"\\a\\*\"", 0, "s a*@1:1"},
	{"string over lines", "\"a\nb\" c", 0, "s a\\nb@1:1 w c@2:4"},
	{"CRLF in a string is one LF", "\"a\r\nb\"", 0, "s a\\nb@1:1"},
	{"CR alone is no line end", "\"a\rb\" c", 0,
		"! a_CR_without_an_LF_after_it_is_not_a_line_end@1:3 w c@1:7"},
	{"CR CR LF", "\"a\r\r\nb\" c", 0,
		"! a_CR_without_an_LF_after_it_is_not_a_line_end@1:3 w c@2:4"},
	{"CR between words", "a\rb", 0,
		"w a@1:1 ! a_CR_without_an_LF_after_it_is_not_a_line_end@1:2 w b@1:3"},
	{"CR in a comment", "# a\rb\nc", 0,
		"! a_comment_cannot_contain_a_NUL_byte_or_a_CR_without_an_LF@1:4 w c@2:1"},
	{"NUL in a comment", "/* \0 */ c", 9,
		"! a_comment_cannot_contain_a_NUL_byte_or_a_CR_without_an_LF@1:4 w c@1:9"},
	{"CR CR LF after the dot", "text:\na\n.\r\r\n.\n b", 0,
		"! a_CR_without_an_LF_after_it_is_not_a_line_end@3:2 w b@5:2"},
	{"the wrong quotes", "'a b' c", 0, "! write_a_string_in_double_quotes@1:1 w c@1:7"},
	{"a quote alone", "' a", 0, "! \"'\"_is_not_allowed_here@1:1 w a@1:3"},
	{"comment signs in a string", "\"# /* */\"", 0, "s #_/*_*/@1:1"},
	{"UTF-8 in a string", "\"\xc3\xbc\" a", 0, "s \xc3\xbc@1:1 w a@1:5"},
	{"no closing quote", "keep; \"abc\nx", 0,
		"w keep@1:1 ;@1:5 ! the_string_has_no_closing_quote@1:7"},
	{"quote is escaped at the end", "\"abc\\\"", 0, "! the_string_has_no_closing_quote@1:1"},
	{"backslash at the end", "\"abc\\", 0, "! the_string_has_no_closing_quote@1:1"},
	{"lone quote", "\"", 0, "! the_string_has_no_closing_quote@1:1"},
	{"NUL in a string", "\"a\nb\0\" x", 8, "! a_string_cannot_contain_a_NUL_byte@2:2 w x@2:5"},
	{"latin-1 in a string", "\"ab\xfc\" x", 0, "! the_string_is_not_valid_UTF-8@1:4 w x@1:7"},
	{"surrogate in a string", "\"\xed\xa0\x80\"", 0, "! the_string_is_not_valid_UTF-8@1:2"},
	{"overlong form in a string", "\"\xc0\xaf\"", 0, "! the_string_is_not_valid_UTF-8@1:2"},
	{"cut off character in a string", "\"\xe2\x82\"", 0, "! the_string_is_not_valid_UTF-8@1:2"},
	/* section 2.4.2: text: */
	{"text", "text:\na\nb\n.\n;", 0, "s a\\nb\\n@1:1 ;@5:1"},
	{"text with CRLF", "text:\r\na\r\n.\r\n;", 0, "s a\\n@1:1 ;@4:1"},
	{"TEXT in capitals", "TEXT:\na\n.\n", 0, "s a\\n@1:1"},
	{"empty text", "text:\n.\n", 0, "s @1:1"},
	{"text with blanks and comment", "text: \t# why\na\n.\n", 0, "s a\\n@1:1"},
	{"dot-stuffed", "text:\n..\n...a\n.b\na..b\n.\n", 0, "s .\\n..a\\n.b\\na..b\\n@1:1"},
	{"dot with a blank does not end it", "text:\n. \n.\n", 0, "s ._\\n@1:1"},
	{"quotes and comments in text", "text:\n\"#/*\n.\n", 0, "s \"#/*\\n@1:1"},
	{"dot without line end", "text:\na\n.", 0, "s a\\n@1:1"},
	{"place after text", "a text:\nb\n.\n c", 0, "w a@1:1 s b\\n@1:3 w c@4:2"},
	{"text without end", "text:\na\n", 0,
		"! the_text_is_not_closed:_a_line_with_a_single_dot_is_missing@1:1"},
	{"text and end of script", "text:", 0,
		"! the_text_is_not_closed:_a_line_with_a_single_dot_is_missing@1:1"},
	{"text and comment to the end", "text: # a", 0,
		"! the_text_is_not_closed:_a_line_with_a_single_dot_is_missing@1:1"},
	{"something after text:, and no dot", "text: a\nb\n", 0,
		"! only_a_#_comment_may_follow_\"text:\"_on_its_line@1:1"},
	{"something after text:", "text: a\n.\n", 0,
		"! only_a_#_comment_may_follow_\"text:\"_on_its_line@1:1"},
	{"word text", "text ;", 0, "w text@1:1 ;@1:6"},
	{"word that starts with text", "texts:a", 0, "w texts@1:1 t a@1:6"},
	{"word that ends with text", "atext:a", 0, "w atext@1:1 t a@1:6"},
	{"NUL in text", "text:\na\0b\n.\nx", 13,
		"! a_string_cannot_contain_a_NUL_byte@2:2 w x@4:1"},
	{"latin-1 in text", "text:\n\xfc\n.\n", 0, "! the_string_is_not_valid_UTF-8@2:1"},
	/* section 2.3: comments */
	{"hash comment", "a # b\nc", 0, "w a@1:1 w c@2:1"},
	{"hash comment at the end", "a # b", 0, "w a@1:1"},
	{"bracket comment", "a/* b\n */c", 0, "w a@1:1 w c@2:4"},
	{"bracket comments do not nest", "/* /* */ a", 0, "w a@1:10"},
	{"shortest bracket comment", "/**/a", 0, "w a@1:5"},
	{"stars in a comment", "/***/a/****/b", 0, "w a@1:6 w b@1:13"},
	{"slash star slash is no comment", "/*/ a", 0,
		"! the_comment_is_not_closed:_\"*/\"_is_missing@1:1"},
	{"comment without end", "a\n/* b", 0,
		"w a@1:1 ! the_comment_is_not_closed:_\"*/\"_is_missing@2:1"},
	{"quote in a comment", "# \"\na", 0, "w a@2:1"},
	{"lone slash", "/ a", 0, "! \"/\"_is_not_allowed_here@1:1 w a@1:3"},
	{"hash in a bracket comment", "/* # */ a", 0, "w a@1:9"},
	{"latin-1 in a comment", "# \xfc\na", 0, "w a@2:1"},
	/* places, line ends, garbage */
	{"CRLF", "a\r\nb\r\n", 0, "w a@1:1 w b@2:1"},
	{"tab counts as one", "\ta", 0, "w a@1:2"},
	{"UTF-8 counts by character", "/* \xe2\x82\xac */ a", 0, "w a@1:9"},
	{"byte order mark", "\xef\xbb\xbfkeep", 0, "w keep@1:1"},
	{"byte order mark later on", "a \xef\xbb\xbf b", 0,
		"w a@1:1 ! a_byte_order_mark_(U+FEFF)_is_before_this;_write_a_normal_space@1:3 w "
		"b@1:5"},
	{"typographic quotes", "\xe2\x80\x9cx\xe2\x80\x9d", 0,
		"! these_quotation_marks_are_curly;_write_straight_ones:_\"@1:1"},
	{"typographic quotes of another kind within", "\342\200\234a\342\200\231 b\342\200\235 c",
		0,
		"! these_quotation_marks_are_curly;_write_straight_ones:_\"@1:1 w "
		"c@1:8"},
	{"typographic quotes, closed by a straight one", "\xe2\x80\x9ex\"", 0,
		"! these_quotation_marks_are_curly;_write_straight_ones:_\"@1:1"},
	{"typographic quotes that nothing closes", "\xe2\x80\x9cx\n", 0,
		"! this_character_is_only_allowed_in_a_string_or_a_comment@1:1 w x@1:2"},
	{"no-break spaces are one error", "a\xc2\xa0\xc2\xa0 b", 0,
		"w a@1:1 ! a_no-break_space_(U+00A0)_is_before_this;_write_a_normal_space@1:2 w "
		"b@1:5"},
	{"garbage is one error", "!!!@@ a", 0, "! \"!\"_is_not_allowed_here@1:1 w a@1:7"},
	{"NUL outside of strings", "a\0b", 3,
		"w a@1:1 ! this_character_is_only_allowed_in_a_string_or_a_comment@1:2 w b@1:3"},
	{"high bytes", "\xff\xfe", 0,
		"! this_character_is_only_allowed_in_a_string_or_a_comment@1:1"},
	{"form feed", "a\fb", 0,
		"w a@1:1 ! this_character_is_only_allowed_in_a_string_or_a_comment@1:2 w b@1:3"},
	{"a whole rule", "if header :is [\"a\",\"b\"]\n\"c\" { stop; }", 0,
		"w if@1:1 w header@1:4 t is@1:11 [@1:15 s a@1:16 ,@1:19 s b@1:20 ]@1:23 s c@2:1 "
		"{@2:5 w stop@2:7 ;@2:11 }@2:13"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct str script_of(const struct row *row)
{
	return (struct str){row->script, row->size ? row->size : strlen(row->script)};
}

static void put_text(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_text(b, "\\n");
		else
			buf_byte(b, text.p[i] == ' ' ? '_' : text.p[i]);
	}
}

static void put_token(struct buf *b, const struct lex_token *t)
{
	static const char kinds[] = {[LEX_WORD] = 'w',
		[LEX_TAG] = 't',
		[LEX_NUMBER] = 'n',
		[LEX_STRING] = 's',
		[LEX_ERROR] = '!'};
	if (b->n)
		buf_byte(b, ' ');
	if (t->kind == LEX_SIGN)
		buf_byte(b, t->sign);
	else
		buf_fmt(b, "%c ", kinds[t->kind]);
	if (t->kind == LEX_NUMBER)
		buf_fmt(b, "%llu", t->number);
	else if (t->kind != LEX_SIGN)
		put_text(b, t->text);
	buf_fmt(b, "@%u:%u", t->line, t->column);
}

static void test_tokens(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct buf got = {0};
	size_t count;
	struct lex_token *tokens = lex_all(script_of(row), mem, &count);
	for (size_t i = 0; i + 1 < count; i++)
		put_token(&got, &tokens[i]);
	assert_int_equal(tokens[count - 1].kind, LEX_END);
	assert_string_equal(buf_cstr(&got), row->tokens);
	buf_free(&got);
	arena_free(mem);
}

/* Blanks, comments and raw tokens together are the whole script, so it can be rebuilt from them. */
static void test_nothing_lost(void **state)
{
	const struct row *row = *state;
	struct str script = script_of(row);
	struct arena *mem = arena_new();
	struct buf got = {0};
	struct lex l;
	struct lex_token t;
	lex_start(&l, script, mem);
	if (l.at)
		script = str_slice(script, 3, script.n); /* the byte order mark */
	do {
		t = lex_next(&l);
		buf_add(&got, t.before);
		buf_add(&got, t.raw);
	} while (t.kind != LEX_END);
	assert_true(str_eq(buf_str(&got), script));
	buf_free(&got);
	arena_free(mem);
}

/* Every beginning of the script is read to its end, whatever it cuts through. */
static void test_cut_off(void **state)
{
	const struct row *row = *state;
	struct str script = script_of(row);
	for (size_t n = 0; n < script.n; n++) {
		struct arena *mem = arena_new();
		char *copy = malloc(n ? n : 1); /* of that size, so that a step too far is seen */
		size_t count;
		assert_non_null(copy);
		memcpy(copy, script.p, n);
		lex_all((struct str){copy, n}, mem, &count);
		assert_true(count >= 1 && count <= n + 1);
		free(copy);
		arena_free(mem);
	}
}

/* One thing repeated to a megabyte takes linear time; otherwise the test would not end. */
static void test_large(void **state)
{
	static const char *const units[] = {"\"", "/*", "#", ":", "[", "text:\n", "text: x", "9",
		"\\", "a", "\"a\" ", ".\n", "\n", "\xc3", "/"};
	enum { SIZE = 1 << 20 };
	(void)state;
	for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
		struct arena *mem = arena_new();
		struct buf b = {0};
		size_t count;
		while (b.n < SIZE)
			buf_text(&b, units[u]);
		lex_all(buf_str(&b), mem, &count);
		assert_true(count > 0);
		buf_free(&b);
		arena_free(mem);
	}
}

static void test_is(void **state)
{
	struct arena *mem = arena_new();
	size_t count;
	(void)state;
	struct lex_token *t = lex_all(STR_LIT("Keep :IS ; \"keep\""), mem, &count);
	assert_true(lex_is_word(&t[0], "keep"));
	assert_false(lex_is_word(&t[0], "kee"));
	assert_false(lex_is_tag(&t[0], "keep"));
	assert_true(lex_is_tag(&t[1], "is"));
	assert_false(lex_is_word(&t[1], "is"));
	assert_true(lex_is_sign(&t[2], ';'));
	assert_false(lex_is_sign(&t[2], ','));
	assert_false(lex_is_word(&t[3], "keep"));
	arena_free(mem);
}

int main(void)
{
	static const CMUnitTestFunction functions[] = {
		test_tokens, test_nothing_lost, test_cut_off};
	static const char *const what[] = {"tokens", "nothing lost", "cut off"};
	static char names[ROWS * 3][120];
	static struct CMUnitTest tests[ROWS * 3 + 2];
	size_t n = 0;
	for (size_t f = 0; f < 3; f++) {
		for (size_t i = 0; i < ROWS; i++, n++) {
			snprintf(names[n], sizeof names[n], "%s: %s", what[f], rows[i].name);
			tests[n] = (struct CMUnitTest){.name = names[n],
				.test_func = functions[f],
				.initial_state = (void *)(uintptr_t)&rows[i]};
		}
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_large);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_is);
	return _cmocka_run_group_tests("sieve lex", tests, n, NULL, NULL);
}
