/* Writing JSON: commas, lines, and what is escaped. */
#include "tests/unit/table.h"

#include "base/json.h"

/* ---- shapes ---- */

static void no_values(struct json *json)
{
	json_begin_object(json);
	json_end_object(json);
}

static void nested(struct json *json)
{
	json_begin_array(json);
	json_begin_object(json);
	json_text(json, "a", STR_LIT("b"));
	json_number(json, "n", 18446744073709551615ULL);
	json_bool(json, "yes", true);
	json_bool(json, "no", false);
	json_named_array(json, "list");
	json_begin_array(json);
	json_end_array(json);
	json_begin_array(json);
	json_quote(json, STR_LIT("x"));
	json_quote(json, STR_LIT("y"));
	json_end_array(json);
	json_begin_object(json);
	json_end_object(json);
	json_end_array(json);
	json_text(json, "after", STR_LIT(""));
	json_end_object(json);
	json_begin_object(json);
	json_end_object(json);
	json_end_array(json);
}

static void key_and_value(struct json *json)
{
	json_begin_object(json);
	json_key(json, "object");
	json_begin_object(json);
	json_number(json, "n", 0);
	json_end_object(json);
	json_key(json, "string");
	json_quote(json, STR_LIT("s"));
	json_key(json, "raw");
	json_raw(json, STR_LIT("null"));
	json_end_object(json);
}

static void strings(struct json *json)
{
	const struct str two[] = {STR_LIT("a"), STR_LIT("b\"")};
	json_begin_object(json);
	json_texts(json, "none", NULL, 0);
	json_texts(json, "one", two, 1);
	json_texts(json, "two", two, 2);
	json_end_object(json);
}

/* A value that ends in a bracket says nothing about commas. */
static void brackets_in_text(struct json *json)
{
	json_begin_object(json);
	json_text(json, "{", STR_LIT("["));
	json_text(json, "[", STR_LIT("{"));
	json_end_object(json);
}

static void raw(struct json *json)
{
	json_begin_array(json);
	json_raw(json, STR_EMPTY);
	json_raw(json, STR_LIT("1,2"));
	json_raw(json, STR_EMPTY);
	json_raw(json, STR_LIT("3"));
	json_quote(json, STR_LIT("4"));
	json_end_array(json);
}

static void lines(struct json *json)
{
	json_begin_object(json);
	json_named_array(json, "all");
	for (unsigned i = 0; i < 3; i++) {
		json_next_line(json);
		json_begin_object(json);
		json_number(json, "i", i);
		json_end_object(json);
	}
	json_end_array(json);
	json_number(json, "count", 3);
	json_end_object(json);
	json_end_line(json);
}

static void one_after_the_other(struct json *json)
{
	for (unsigned i = 0; i < 2; i++) {
		json_begin_object(json);
		json_number(json, "i", i);
		json_end_object(json);
		json_end_line(json);
	}
}

/* Only the end is left in the buffer, and the commas are still right. */
static void emptied(struct json *json)
{
	json_begin_array(json);
	json_quote(json, STR_LIT("gone"));
	buf_clear(json->to);
	json_quote(json, STR_LIT("a"));
	buf_clear(json->to);
	json_next_line(json);
	json_quote(json, STR_LIT("b"));
	json_end_array(json);
	json_end_line(json);
}

static const struct shape {
	const char *name;
	void (*write)(struct json *json);
	const char *expected;
} shapes[] = {
	{"nothing in it", no_values, "{}"},
	{"nested", nested,
		"[{\"a\":\"b\",\"n\":18446744073709551615,\"yes\":true,\"no\":false,"
		"\"list\":[[],[\"x\",\"y\"],{}],\"after\":\"\"},{}]"},
	{"a key, then a value", key_and_value,
		"{\"object\":{\"n\":0},\"string\":\"s\",\"raw\":null}"},
	{"strings", strings, "{\"none\":[],\"one\":[\"a\"],\"two\":[\"a\",\"b\\u0022\"]}"},
	{"brackets in text", brackets_in_text, "{\"{\":\"[\",\"[\":\"{\"}"},
	{"values that are JSON already", raw, "[1,2,3,\"4\"]"},
	{"an element on each line", lines,
		"{\"all\":[{\"i\":0},\n{\"i\":1},\n{\"i\":2}],\"count\":3}\n"},
	{"one after the other", one_after_the_other, "{\"i\":0}\n{\"i\":1}\n"},
	{"the buffer is emptied meanwhile", emptied, ",\n\"b\"]\n"},
};

static void test_shape(void **state)
{
	const struct shape *row = *state;
	struct buf to = {0};
	struct json json = {.to = &to};
	row->write(&json);
	assert_string_equal(buf_cstr(&to), row->expected);
	buf_free(&to);
}

/* ---- escapes ---- */

static const struct text {
	const char *name;
	struct str text;
	const char *expected;
} texts[] = {
	{"empty", STR_LIT(""), "\"\""},
	{"plain", STR_LIT("a b/c"), "\"a b/c\""},
	{"UTF-8 stays", STR_LIT("ä☺💌"), "\"ä☺💌\""},
	{"quote and backslash", STR_LIT("\"\\"), "\"\\u0022\\u005c\""},
	{"controls", STR_LIT("\n\t\033\177"), "\"\\u000a\\u0009\\u001b\\u007f\""},
	{"NUL", STR_LIT("a\0b"), "\"a\\u0000b\""},
	{"C1", STR_LIT("\302\233"), "\"\\u009b\""},
	{"Latin-1", STR_LIT("\374"), "\"\\udcfc\""},
	{"a character cut off", STR_LIT("\303"), "\"\\udcc3\""},
	{"a surrogate in UTF-8", STR_LIT("\355\240\200"), "\"\\udced\\udca0\\udc80\""},
};

static void test_text(void **state)
{
	const struct text *row = *state;
	struct buf to = {0};
	struct json json = {.to = &to};
	json_quote(&json, row->text);
	assert_string_equal(buf_cstr(&to), row->expected);
	buf_free(&to);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_shape, shapes), TABLE(test_text, texts)};
	return table_run("json", tables, sizeof tables / sizeof *tables);
}
