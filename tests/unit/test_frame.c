/* The codec of frames: what is written is read back, and no bytes make a value outside its row. */
#include "base/frame.h"

#include "tests/unit/table.h"

#include <stddef.h>
#include <string.h>

enum { VERSION = 3, TEXT_MOST = 20, ITEMS_MOST = 4, NUMBER_MOST = 100, MUTATIONS = 20000 };

struct inner {
	struct str text;
};

struct outer {
	uint32_t number;
	bool flag;
	double real;
	const char *word;
	struct str text, bytes, again;
	struct inner *items;
	size_t count;
	struct inner inner;
};

static const char *no_x(struct str s)
{
	return str_find(s, 'x') < s.n ? "it holds an x" : NULL;
}

static const struct frame_row inner_rows[] = {
	{"text", 1, FRAME_TEXT, FRAME_MEMBER(struct inner, text), 0, TEXT_MOST, NULL, no_x}};
static const struct frame_type inner = FRAME_TYPE(inner_rows);

static const struct frame_row outer_rows[] = {
	{"number", 1, FRAME_NUMBER, FRAME_MEMBER(struct outer, number), 0, NUMBER_MOST, NULL, NULL},
	{"flag", 2, FRAME_NUMBER, FRAME_MEMBER(struct outer, flag), 0, 1, NULL, NULL},
	{"real", 3, FRAME_REAL, FRAME_MEMBER(struct outer, real), 0, 0, NULL, NULL},
	{"word", 4, FRAME_WORD, FRAME_MEMBER(struct outer, word), 0, TEXT_MOST, NULL, no_x},
	{"text", 5, FRAME_TEXT, FRAME_MEMBER(struct outer, text), 0, TEXT_MOST, NULL, no_x},
	{"bytes", 6, FRAME_BYTES, FRAME_MEMBER(struct outer, bytes), 0, TEXT_MOST, NULL, no_x},
	{"again", 7, FRAME_BYTES, FRAME_MEMBER(struct outer, again), 0, TEXT_MOST, NULL, no_x},
	{"items", 8, FRAME_LIST, FRAME_ITEMS(struct outer, items, count), ITEMS_MOST, &inner, NULL},
	{"inner", 9, FRAME_STRUCT, FRAME_MEMBER(struct outer, inner), 0, 0, &inner, NULL},
};
static const struct frame_type outer = FRAME_TYPE(outer_rows);

static const struct str message = STR_LIT("the message that both have");
static struct inner some[ITEMS_MOST + 1] = {
	{STR_LIT("a")}, {STR_LIT("b")}, {STR_LIT("")}, {STR_LIT("d")}, {STR_LIT("e")}};

static struct outer sample(void)
{
	return (struct outer){.number = NUMBER_MOST,
		.flag = true,
		.real = -2.5,
		.word = "word",
		.text = STR_LIT("a\0b"),
		.bytes = STR_LIT("kept here"),
		.items = some,
		.count = 3,
		.inner = {STR_LIT("in")}};
}

static bool is_text(struct str s)
{
	return s.n <= TEXT_MOST && !no_x(s);
}

/* Also reads every byte, for the sanitizer. */
static bool is_within_rows(const struct outer *v)
{
	bool right = v->number <= NUMBER_MOST && *(const unsigned char *)&v->flag <= 1 &&
		     is_text(v->text) && is_text(v->bytes) && is_text(v->again) &&
		     is_text(v->inner.text) && v->count <= ITEMS_MOST;
	for (size_t i = 0; right && i < v->count; i++)
		right = is_text(v->items[i].text);
	return right && (!v->word || is_text(str_of(v->word)));
}

/* Exactly so long, so that a sanitizer sees a byte too many. */
static int read_copy(struct str frame, struct outer *v, struct arena *mem, struct err *err)
{
	*v = (struct outer){0};
	return frame_read(arena_str(mem, frame), VERSION, &outer, v, message, mem, err);
}

/* ---- one row each ---- */

static void well(struct outer *v)
{
	(void)v;
}
static void large_number(struct outer *v)
{
	v->number = NUMBER_MOST + 1;
}
static void large_flag(struct outer *v)
{
	memset(&v->flag, 2, 1);
}
static void long_word(struct outer *v)
{
	v->word = "123456789012345678901";
}
static void bad_word(struct outer *v)
{
	v->word = "ax";
}
static void long_text(struct outer *v)
{
	v->text = STR_LIT("123456789012345678901");
}
static void bad_text(struct outer *v)
{
	v->text = STR_LIT("x");
}
static void long_bytes(struct outer *v)
{
	v->bytes = STR_LIT("123456789012345678901");
}
static void bad_bytes(struct outer *v)
{
	v->bytes = STR_LIT("x");
}
static void many_items(struct outer *v)
{
	v->count = ITEMS_MOST + 1;
}
static void bad_inner(struct outer *v)
{
	v->inner.text = STR_LIT("x");
}
static void of_message(struct outer *v)
{
	v->bytes = str_slice(message, 4, 11);
}
static void of_frame(struct outer *v)
{
	v->again = str_slice(v->bytes, 2, 5);
}
static void nothing(struct outer *v)
{
	*v = (struct outer){0};
}

static const struct value_row {
	const char *name;
	void (*change)(struct outer *v);
	const char *error; /* NULL: it is read back */
} value_rows[] = {
	{"all kinds", well, NULL},
	{"nothing", nothing, NULL},
	{"a part of the message", of_message, NULL},
	{"a part of the frame", of_frame, NULL},
	{"a number beyond its row", large_number, "number: it is too large"},
	{"a bool that is neither", large_flag, "flag: it is too large"},
	{"a word that is too long", long_word, "word: it is too long"},
	{"a word that cannot be", bad_word, "word: it holds an x"},
	{"a text that is too long", long_text, "text: it is too long"},
	{"a text that cannot be", bad_text, "text: it holds an x"},
	{"bytes that are too many", long_bytes, "bytes: it is too long"},
	{"bytes that cannot be", bad_bytes, "bytes: it holds an x"},
	{"too many items", many_items, "items: there are too many"},
	{"a struct in it that cannot be", bad_inner, "text: it holds an x"},
};

static void test_value(void **state)
{
	const struct value_row *row = *state;
	struct arena *mem = arena_new();
	struct outer in = sample(), out;
	struct buf frame = {0};
	struct err err = {.text = ""};
	row->change(&in);
	frame_write(&frame, VERSION, &outer, &in, message);
	int r = read_copy(buf_str(&frame), &out, mem, &err);
	if (row->error) {
		assert_int_equal(r, -1);
		assert_string_equal(err.text, row->error);
	} else {
		assert_int_equal(r, 0);
		assert_int_equal(out.number, in.number);
		assert_int_equal(out.flag, in.flag);
		assert_memory_equal(&out.real, &in.real, sizeof in.real);
		assert_true(in.word ? strcmp(out.word, in.word) == 0 : !out.word);
		assert_true(str_eq(out.text, in.text) && str_eq(out.bytes, in.bytes));
		assert_true(str_eq(out.again, in.again) && str_eq(out.inner.text, in.inner.text));
		assert_int_equal(out.count, in.count);
		for (size_t i = 0; i < in.count; i++)
			assert_true(str_eq(out.items[i].text, in.items[i].text));
	}
	buf_free(&frame);
	arena_free(mem);
}

/* ---- bytes that nobody wrote ---- */

static void test_truncated(void **state)
{
	struct outer in = sample(), out;
	struct buf frame = {0};
	(void)state;
	of_frame(&in);
	frame_write(&frame, VERSION, &outer, &in, message);
	for (size_t n = 0; n < frame.n; n++) {
		struct arena *mem = arena_new();
		assert_int_equal(read_copy(str_slice(buf_str(&frame), 0, n), &out, mem, NULL), -1);
		arena_free(mem);
	}
	buf_free(&frame);
}

static void test_version(void **state)
{
	struct arena *mem = arena_new();
	struct outer in = sample(), out;
	struct buf frame = {0};
	struct err err;
	(void)state;
	frame_write(&frame, VERSION + 1, &outer, &in, message);
	assert_int_equal(read_copy(buf_str(&frame), &out, mem, &err), -1);
	assert_string_equal(err.text, "the frame has version 4, not 3");
	buf_free(&frame);
	arena_free(mem);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void test_mutations(void **state)
{
	struct outer in = sample(), out;
	struct buf frame = {0};
	uint32_t seed = 1;
	size_t taken = 0;
	(void)state;
	of_frame(&in);
	frame_write(&frame, VERSION, &outer, &in, message);
	for (int i = 0; i < MUTATIONS; i++) {
		struct arena *mem = arena_new();
		struct str copy = arena_str(mem, buf_str(&frame));
		for (uint32_t k = next(&seed) % 4 + 1; k-- > 0;)
			((char *)copy.p)[next(&seed) % copy.n] = (char)next(&seed);
		bool good = read_copy(copy, &out, mem, NULL) == 0;
		taken += good;
		assert_true(!good || is_within_rows(&out));
		arena_free(mem);
	}
	/* Some change only what a text says. */
	assert_true(taken > 0 && taken < MUTATIONS);
	buf_free(&frame);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_value, value_rows),
		TABLE_OF_ONE(test_truncated, "a frame that ends anywhere"),
		TABLE_OF_ONE(test_version, "another version"),
		TABLE_OF_ONE(test_mutations, "frames that somebody changed"),
	};
	return table_run("frame", tables, sizeof tables / sizeof *tables);
}
