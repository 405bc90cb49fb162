/* The record of a delivery: what is written can be read; a damaged record counts as none. */
#include "store/journal.h"
#include "tests/unit/table.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

/* ---- there and back ---- */

struct whole {
	const char *name;
	size_t items, sent, marker; /* the marker's number, from 1; 0: none */
};

static const struct whole wholes[] = {
	{"nothing but the time", 0, 0, 0},
	{"one item", 1, 0, 0},
	{"one item, the marker", 1, 0, 1},
	{"three items, the second is the marker", 3, 0, 2},
	{"three items, the last is the marker", 3, 0, 3},
	{"only sent", 0, 2, 0},
	{"nine items, five sent", 9, 5, 9},
	{"a thousand of both", 1000, 1000, 500},
};

static struct journal make(const struct whole *row, struct arena *mem)
{
	struct journal j = {.time = INT64_C(1795413680) << 8};
	for (size_t i = 0; i < row->items; i++) {
		struct journal_item *item = ARENA_PUSH(mem, j.items, j.item_count);
		*item = (struct journal_item){
			.directory = i ? arena_fmt(mem, ".F%zu", i) : STR_LIT(""),
			.base = arena_fmt(mem, "17.M%zu.host,S=1", i),
			.uid = (uint32_t)(0xffffffff - i),
			.uidvalidity = (uint32_t)i + 1,
			.shown = i % 2 == 0};
	}
	for (size_t i = 0; i < row->sent; i++)
		*(struct str *)ARENA_PUSH(mem, j.sent, j.sent_count) =
			i ? arena_fmt(mem, "redirect %zu", i) : STR_LIT("NUL \0 and \n");
	j.marker = row->marker ? &j.items[row->marker - 1] : NULL;
	return j;
}

static void assert_str(struct str got, struct str expected)
{
	assert_int_equal(got.n, expected.n);
	assert_memory_equal(got.p, expected.p, got.n + 1); /* a C string as well */
}

static void test_whole(void **state)
{
	const struct whole *row = *state;
	struct arena *mem = arena_new();
	struct journal j = make(row, mem), got;
	assert_true(journal_decode(journal_encode(&j, mem), mem, &got));
	assert_int_equal(got.time, j.time);
	assert_int_equal(got.item_count, j.item_count);
	assert_int_equal(got.sent_count, j.sent_count);
	for (size_t i = 0; i < j.item_count; i++) {
		assert_int_equal(got.items[i].shown, j.items[i].shown);
		assert_str(got.items[i].directory, j.items[i].directory);
		assert_str(got.items[i].base, j.items[i].base);
		assert_int_equal(got.items[i].uid, j.items[i].uid);
		assert_int_equal(got.items[i].uidvalidity, j.items[i].uidvalidity);
	}
	for (size_t i = 0; i < j.sent_count; i++)
		assert_true(str_eq(got.sent[i], j.sent[i]));
	assert_int_equal(got.marker ? got.marker - got.items + 1 : 0, row->marker);
	arena_free(mem);
}

/* ---- damaged ---- */

/* Fields as they are in a record: kind, length, bytes. */
#define FIELD1(kind, bytes) kind "\1\0\0\0" bytes
#define FIELD2(kind, bytes) kind "\2\0\0\0" bytes
#define FIELD8(kind, bytes) kind "\10\0\0\0" bytes
#define EMPTY(kind)         kind "\0\0\0\0"
#define THE_TIME            FIELD8("T", "\1\0\0\0\0\0\0\0")
#define AN_ITEM             FIELD8("I", "\1\0\0\0\2\0\0\0")
#define GOOD_ITEM           AN_ITEM EMPTY("D") FIELD1("B", "b")

struct record {
	const char *name;
	struct str record;
	bool good;
};

static const struct record records[] = {
	{"empty", STR_LIT(""), true},
	{"the time", STR_LIT(THE_TIME), true},
	{"an item", STR_LIT(THE_TIME GOOD_ITEM), true},
	{"an item and its marker", STR_LIT(THE_TIME GOOD_ITEM EMPTY("M")), true},
	{"a field of an unknown kind", STR_LIT(THE_TIME FIELD2("z", "??") GOOD_ITEM), true},
	{"a directory before any item is passed over", STR_LIT(FIELD1("D", ".")), true},
	{"a marker before any item is passed over", STR_LIT(EMPTY("M")), true},
	{"a kind alone", STR_LIT("T"), false},
	{"a length cut short", STR_LIT("T\10\0\0"), false},
	{"a field cut short", STR_LIT("T\10\0\0\0\1"), false},
	{"a length over the end", STR_LIT("S\2\0\0\0x"), false},
	{"the largest length", STR_LIT("S\377\377\377\377x"), false},
	{"rubbish after", STR_LIT(THE_TIME "x"), false},
	{"an item of another size", STR_LIT(FIELD2("I", "ab") FIELD1("B", "b")), false},
	{"an item without a base name", STR_LIT(AN_ITEM FIELD1("D", "x")), false},
	{"an empty base name", STR_LIT(AN_ITEM EMPTY("B")), false},
	{"a second item without a base name", STR_LIT(GOOD_ITEM AN_ITEM), false},
	{"a base name with a slash", STR_LIT(AN_ITEM FIELD2("B", "/x")), false},
	{"a base name with NUL", STR_LIT(AN_ITEM FIELD2("B", "x\0")), false},
	{"a base name that leads up", STR_LIT(AN_ITEM FIELD2("B", "..")), false},
	{"a directory with a slash", STR_LIT(GOOD_ITEM FIELD2("D", "./")), false},
	{"a directory that leads up", STR_LIT(GOOD_ITEM FIELD2("D", "..")), false},
	{"a directory with NUL", STR_LIT(GOOD_ITEM FIELD2("D", ".\0")), false},
};

static void test_record(void **state)
{
	const struct record *row = *state;
	struct arena *mem = arena_new();
	struct journal j = {.item_count = 99};
	assert_int_equal(journal_decode(row->record, mem, &j), row->good);
	if (!row->good) {
		assert_int_equal(j.item_count | j.sent_count, 0);
		assert_int_equal(j.time, 0);
		assert_null(j.marker);
	}
	arena_free(mem);
}

/* A record that ends too early is never taken for a whole one that has more. */
static void test_cut(void **state)
{
	const struct whole row = {.items = 2, .sent = 2, .marker = 2};
	struct arena *mem = arena_new();
	struct journal j = make(&row, mem), got;
	struct str record = journal_encode(&j, mem);
	(void)state;
	for (size_t n = 0; n < record.n; n++) {
		char *copy = mem_alloc(n); /* so that a read after the end is seen */
		if (n)
			memcpy(copy, record.p, n);
		if (journal_decode((struct str){copy, n}, mem, &got))
			assert_true(got.item_count + got.sent_count < 4);
		free(copy);
	}
	arena_free(mem);
}

static void test_noise(void **state)
{
	const struct whole row = {.items = 3, .sent = 2, .marker = 1};
	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		struct arena *mem = arena_new();
		struct journal j = make(&row, mem), got;
		struct str record = journal_encode(&j, mem);
		char *copy = mem_alloc(record.n);
		memcpy(copy, record.p, record.n);
		for (long k = random() % 4; k >= 0; k--)
			copy[(size_t)random() % record.n] = (char)random();
		if (journal_decode((struct str){copy, record.n}, mem, &got))
			for (size_t n = 0; n < got.item_count; n++) {
				struct str base = got.items[n].base;
				assert_true(base.n > 0 && str_find(base, '/') == base.n);
				assert_int_equal(
					strlen(got.items[n].directory.p), got.items[n].directory.n);
			}
		free(copy);
		arena_free(mem);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_whole, wholes),
		TABLE(test_record, records),
		TABLE_OF_ONE(test_cut, "cut at each byte"),
		TABLE_OF_ONE(test_noise, "bytes that are wrong"),
	};
	return table_run("journal", tables, sizeof tables / sizeof *tables);
}
