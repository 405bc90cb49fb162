/* Text x the value of the field, and back through the decoder. */
#include "base/encoded_word.h"
#include "base/message.h"
#include "base/mime.h"
#include "tests/unit/table.h"

static const struct row {
	const char *name;
	const char *text, *value;
} rows[] = {
	{"empty", "", ""},
	{"ASCII", "hello world", "hello world"},
	{"umlauts",
		"Gr\xc3\xbc\xc3\x9f"
		"e",
		"=?UTF-8?B?R3LDvMOfZQ==?="},
	{"line ends become blanks", "a\r\nX-Evil: 1\n\nb", "a  X-Evil: 1  b"},
	{"a NUL's neighbour", "a\tb", "a b"},
	{"what looks like an encoded word is one", "=?x?q?y?=", "=?UTF-8?B?PT94P3E/eT89?="},
	{"a long line is folded",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb "
		"c",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n "
		"bbbbbbbbbbbbbbbb c"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str value = encoded_word_value(str_of(row->text), 7, mem);
	assert_string_equal(arena_cstr(mem, value), row->value);
	arena_free(mem);
}

static const char *const characters[] = {"a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", " "};

/* Every length: no line over 76, no character cut, and it reads as it was written. */
static void test_lengths(void **state)
{
	(void)state;
	for (size_t kind = 1; kind < 4; kind++) {
		struct arena *mem = arena_new();
		struct str text = {"", 0};
		for (size_t n = 1; n < 120; n++) {
			const char *c = characters[n % 7 == 6 ? 0 : kind];
			text = arena_fmt(mem, STR_FMT "%s", STR_ARGS(text), c);
			struct str value = encoded_word_value(text, 12, mem), rest = value, line;
			size_t column = 14;
			while (str_line(&rest, &line)) {
				assert_true(column + line.n <= 76);
				column = 0;
			}
			struct header h = {.value = value};
			struct str back = mime_decode(message_header_text(&h, mem), mem);
			assert_true(str_eq(back, text));
		}
		arena_free(mem);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_lengths, "every length"),
	};
	return table_run("encoded_word", tables, sizeof tables / sizeof *tables);
}
