/* Tables as text: whatever is there is some record, and what we write reads back. */
#include "mda/tools/contacts/contacts_csv.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {
	"a,b\r\n", "\"", "\"\"", ",", "\n", "\r", "=1+1", "'", "\"a\nb\",", ";", "\t", "@", NULL};

/*
 * Line ends become blanks. A field that a spreadsheet would run has got a ' before it, which stays.
 */
static bool is_same(struct str written, struct str read)
{
	if (read.n == written.n + 1 && read.p[0] == '\'')
		read = str_slice(read, 1, read.n);
	for (size_t i = 0; i < read.n && read.n == written.n; i++)
		if (read.p[i] !=
			(strchr("\r\n", written.p[i]) && written.p[i] ? ' ' : written.p[i]))
			return false;
	return read.n == written.n;
}

static void check_written(const struct str_list *fields, struct arena *mem)
{
	struct buf b = {0};
	struct str_list again;
	contacts_csv_write(&b, fields->items, fields->count);
	struct csv table = contacts_csv_open(buf_str(&b));
	FUZZ_CHECK(contacts_csv_next(&table, mem, &again) && table.rest.n == 0 && !table.wrong);
	FUZZ_CHECK(again.count == fields->count);
	for (size_t i = 0; i < again.count; i++)
		FUZZ_CHECK(is_same(fields->items[i], again.items[i]));
	buf_free(&b);
}

static void run(struct str input, struct arena *mem)
{
	struct csv table = contacts_csv_open(input);
	struct str_list fields;
	size_t bytes = 0;
	for (size_t before = input.n + 1; contacts_csv_next(&table, mem, &fields);
		before = table.rest.n) {
		FUZZ_CHECK(table.rest.n < before && fields.count > 0 && table.line > 0);
		for (size_t i = 0; i < fields.count; i++)
			bytes += fields.items[i].n;
		check_written(&fields, mem);
	}
	FUZZ_CHECK(table.rest.n == 0 && bytes <= input.n);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("name,address\r\n\"Ann \"\"A\"\"\",ann@example.org\r\n=x,\"b\nc\"\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("\""), 1000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT(","), 1000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("a\n"), 1000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 2000};
