/* What data is, what disagrees with it, and the names in zip archives. */
#include "mda/base/filetype.h"
#include "tests/unit/table.h"

/* The headers of one: DOS's, which says where that of Windows is. */
static const char program[0x100] = {'M', 'Z', [0x18] = 0x40, [0x3c] = (char)0x80, [0x80] = 'P',
	[0x81] = 'E', [0x84] = 0x4c, [0x85] = 1};

static const struct type_row {
	const char *name;
	struct str data;
	const char *type;
} types[] = {
	{"type: PDF", STR_LIT("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), "application/pdf"},
	{"type: PNG", STR_LIT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\x2\0\0\0"),
		"image/png"},
	{"type: GIF", STR_LIT("GIF89a\1\0\1\0\0\0\0"), "image/gif"},
	{"type: a program for Windows", {program, sizeof program}, "application/x-dosexec"},
	{"type: text", STR_LIT("hello\n"), "text/plain"},
	{"type: a script", STR_LIT("#!/bin/sh\necho\n"), "text/x-shellscript"},
};

static void test_type(void **state)
{
	const struct type_row *row = *state;
	struct arena *mem = arena_new();
	const char *why;
	struct str type = filetype_of(row->data, mem, &why);
	assert_null(why);
	assert_string_equal(arena_cstr(mem, type), row->type);
	arena_free(mem);
}

static const struct disagreement {
	const char *name, *type, *declared, *filename;
	bool disagrees;
} disagreements[] = {
	{"a program that is called an invoice", "application/x-dosexec", "application/pdf",
		"bill.pdf", true},
	{"... by its name alone", "application/x-dosexec", "application/octet-stream", "bill.pdf",
		true},
	{"... by its type alone", "application/x-dosexec", "application/pdf", "", true},
	{"... with two endings", "application/x-dosexec", "", "bill.pdf.txt", true},
	{"a program that says so", "application/x-dosexec", "application/octet-stream", "setup.exe",
		false},
	{"... by another name for it", "application/x-dosexec", "application/x-msdownload",
		"setup.exe", false},
	{"a picture", "image/jpeg", "image/jpeg", "a.jpg", false},
	{"... by another name for it", "image/jpeg", "image/jpg", "A.JPEG", false},
	{"a picture of another kind", "image/png", "image/jpeg", "a.jpg", true},
	{"a document in a zip", "application/zip",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx",
		false},
	{"a zip that is called a picture", "application/zip", "image/jpeg", "a.jpg", true},
	{"text", "text/plain", "text/csv", "a.csv", false},
	{"text that is called a PDF", "text/plain", "application/pdf", "a.pdf", true},
	{"data that nobody knows", "application/octet-stream", "image/jpeg", "a.jpg", false},
	{"nothing", "application/x-empty", "image/jpeg", "a.jpg", false},
	{"nothing is said", "image/png", "", "", false},
};

static void test_disagreement(void **state)
{
	const struct disagreement *row = *state;
	assert_int_equal(
		filetype_disagrees(str_of(row->type), str_of(row->declared), str_of(row->filename)),
		row->disagrees);
}

/* A zip archive of "invoice.exe" and "b/c.txt", both empty. */
static const char archive[] =
	"PK\3\4\12\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\13\0\0\0invoice.exe"
	"PK\3\4\12\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0b/c.txt"
	"PK\1\2\24\3\12\0\0\0\0\0\0\0!"
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\13\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0invoice.exe"
	"PK\1\2\24\3\12\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0)"
	"\0\0\0b/c.txt"
	"PK\5\6\0\0\0\0\2\0\2\0n\0\0\0N\0\0\0\0";

static void test_zip(void **state)
{
	struct arena *mem = arena_new();
	struct str data = {archive, sizeof archive};
	struct str_list names = {0};
	(void)state;
	assert_true(filetype_zip_names(data, 10, mem, &names));
	assert_int_equal(names.count, 2);
	assert_string_equal(names.items[0].p, "invoice.exe");
	assert_string_equal(names.items[1].p, "b/c.txt");
	names = (struct str_list){0};
	assert_true(filetype_zip_names(data, 1, mem, &names));
	assert_int_equal(names.count, 1);
	assert_false(filetype_zip_names(STR_LIT("no archive"), 10, mem, &names));
	/* Cut anywhere: an error or fewer names. */
	for (size_t n = 0; n < sizeof archive; n++) {
		char *copy = arena_alloc(mem, n);
		for (size_t i = 0; i < n; i++)
			copy[i] = archive[i];
		filetype_zip_names((struct str){copy, n}, 10, mem, &names);
	}
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_type, types),
		TABLE(test_disagreement, disagreements),
		TABLE_OF_ONE(test_zip, "names in an archive"),
	};
	return table_run("filetype", tables, sizeof tables / sizeof *tables);
}
