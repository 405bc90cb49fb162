/* Tables as text: writing fields, and reading those of other programs. */
#include "mda/tools/contacts/contacts_csv.h"
#include "tests/unit/table.h"

#include <string.h>

/* ---- writing ---- */

static const struct written {
	const char *name, *field, *text, *back;
} written[] = {
	{"empty", "", "\r\n", ""},
	{"plain", "Ann", "Ann\r\n", "Ann"},
	{"a blank within", "Ann B", "Ann B\r\n", "Ann B"},
	{"blanks round it", " Ann ", "\" Ann \"\r\n", " Ann "},
	{"a comma", "B, Ann", "\"B, Ann\"\r\n", "B, Ann"},
	{"a quote", "the \"boss\"", "\"the \"\"boss\"\"\"\r\n", "the \"boss\""},
	{"a line end", "a\nb\r", "\"a b \"\r\n", "a b "},
	{"a formula", "=1+1", "\"'=1+1\"\r\n", "'=1+1"},
	{"UTF-8", "J\303\266rg", "J\303\266rg\r\n", "J\303\266rg"},
};

static void test_written(void **state)
{
	const struct written *row = *state;
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct str field = str_of(row->field);
	struct str_list back;
	contacts_csv_write(&b, &field, 1);
	assert_string_equal(buf_cstr(&b), row->text);
	struct csv table = contacts_csv_open(buf_str(&b));
	assert_true(contacts_csv_next(&table, mem, &back));
	assert_null(table.wrong);
	assert_int_equal(back.count, 1);
	assert_true(str_eq(back.items[0], str_of(row->back)));
	assert_false(contacts_csv_next(&table, mem, &back));
	buf_free(&b);
	arena_free(mem);
}

/* ---- reading: fields with | after each, records with / ---- */

static const struct read {
	const char *name, *text, *fields;
} reads[] = {
	{"nothing", "", ""},
	{"two records", "a,b\r\nc,d\n", "a|b|/c|d|/"},
	{"no line end at the end", "a,b", "a|b|/"},
	{"semicolons", "a;b;c,d\n", "a|b|c,d|/"},
	{"tabs", "a\tb\tc\n", "a|b|c|/"},
	{"blanks are layout", " a , b \n", "a|b|/"},
	{"quotes", "\"a,\"\"b\"\"\",c\n", "a,\"b\"|c|/"},
	{"a line end in quotes", "\"a\nb\"\n", "a\nb|/"},
	{"after the quotes", "\"a\"x,b\n", "a|b|/"},
	{"a quote without end", "\"a,b\nc", "\"a,b|/c|/"},
	{"a quote within", "a,b\nc\"d,e\n", "a|b|/c\"d|e|/"},
	{"an empty line", "\na\n", "|/a|/"},
	{"a comma at the end", "a,\n", "a||/"},
};

static void test_read(void **state)
{
	const struct read *row = *state;
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct csv table = contacts_csv_open(str_of(row->text));
	struct str_list fields;
	while (contacts_csv_next(&table, mem, &fields)) {
		for (size_t i = 0; i < fields.count; i++) {
			buf_add(&b, fields.items[i]);
			buf_byte(&b, '|');
		}
		buf_byte(&b, '/');
	}
	assert_string_equal(buf_cstr(&b), row->fields);
	buf_free(&b);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_written, written), TABLE(test_read, reads)};
	return table_run("csv", tables, sizeof tables / sizeof *tables);
}
