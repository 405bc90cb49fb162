/* The type of data, declarations that disagree with it, and the names in zip archives. */
#include "base/filetype.h"
#include "tests/unit/table.h"

/* The headers of one: DOS's, which says where that of Windows is. */
static const char program[0x100] = {'M', 'Z', [0x18] = 0x40, [0x3c] = (char)0x80, [0x80] = 'P',
	[0x81] = 'E', [0x84] = 0x4c, [0x85] = 1};

/* The header before a file in a zip archive; LENGTH is that of its name. */
#define ZIP_FILE(length, name)                                                                     \
	"PK\3\4\24\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0" length "\0\0\0" name
#define OFFICE ZIP_FILE("\23", "[Content_Types].xml") ZIP_FILE("\13", "_rels/.rels")

/* The same in every version of libmagic. */
static const struct type_row {
	const char *name;
	struct str data;
	const char *type;
} types[] = {
	{"type: PDF", STR_LIT("%PDF-1.4\n%\342\343\317\323\n1 0 obj\n"), "application/pdf"},
	{"type: PDF after line ends", STR_LIT("\n\n%PDF-1.7\n1 0 obj\n"), "application/pdf"},
	{"type: PostScript", STR_LIT("%!PS-Adobe-3.0\n%%Title: x\n"), "application/postscript"},
	{"type: RTF", STR_LIT("{\\rtf1\\ansi hello}"), "text/rtf"},
	{"type: PNG", STR_LIT("\211PNG\r\n\32\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0\220wS\336"),
		"image/png"},
	{"type: GIF", STR_LIT("GIF89a\1\0\1\0\0\0\0"), "image/gif"},
	{"type: JPEG", STR_LIT("\377\330\377\340\0\20JFIF\0\1\1\0\0\1\0\1\0\0\377\333\0C"),
		"image/jpeg"},
	{"type: JPEG of a camera",
		STR_LIT("\377\330\377\341\0\26Exif\0\0II*\0\10\0\0\0\0\0\0\0\0\0"), "image/jpeg"},
	{"type: WebP",
		STR_LIT("RIFF\32\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\20\7\20\21\21\210\210\376\7\0"),
		"image/webp"},
	{"type: BMP",
		STR_LIT("BM:\0\0\0\0\0\0\0\066\0\0\0("
			"\0\0\0\1\0\0\0\1\0\0\0\1\0\30\0\0\0\0\0\4\0\0\0\23\13\0\0\23\13\0\0\0\0\0"
			"\0\0\0\0\0\377\0\0\0"),
		"image/bmp"},
	{"type: TIFF", STR_LIT("II*\0\10\0\0\0\1\0\0\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0"), "image/tiff"},
	{"type: TIFF, high byte first",
		STR_LIT("MM\0*\0\0\0\10\0\1\1\0\0\3\0\0\0\1\0\1\0\0\0\0\0\0"), "image/tiff"},
	{"type: icon",
		STR_LIT("\0\0\1\0\1\0\20\20\0\0\1\0\30\0h\3\0\0\26\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		"image/vnd.microsoft.icon"},
	{"type: SVG",
		STR_LIT("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"),
		"image/svg+xml"},
	{"type: HEIC", STR_LIT("\0\0\0\30ftypheic\0\0\0\0mif1heic"), "image/heic"},
	{"type: HTML", STR_LIT("<!DOCTYPE html>\n<html><head><title>x</title></head></html>\n"),
		"text/html"},
	{"type: XML", STR_LIT("<?xml version=\"1.0\"?>\n<a/>\n"), "text/xml"},
	{"type: text", STR_LIT("hello\n"), "text/plain"},
	{"type: text beyond ASCII", STR_LIT("gr\303\274\303\237e\n"), "text/plain"},
	{"type: UTF-16", STR_LIT("\377\376h\0e\0l\0l\0o\0\n\0"), "text/plain"},
	{"type: JSON", STR_LIT("{\"a\": [1, 2, 3], \"b\": \"c\"}\n"), "application/json"},
	{"type: calendar", STR_LIT("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
		"text/calendar"},
	{"type: vCard", STR_LIT("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n"),
		"text/vcard"},
	{"type: certificate",
		STR_LIT("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
		"text/plain"},
	{"type: shell script", STR_LIT("#!/bin/sh\necho\n"), "text/x-shellscript"},
	{"type: Python script", STR_LIT("#!/usr/bin/python3\nimport os\nprint(1)\n"),
		"text/x-script.python"},
	{"type: Perl script", STR_LIT("#!/usr/bin/perl\nuse strict;\n"), "text/x-perl"},
	{"type: batch file", STR_LIT("@echo off\r\ndel x\r\n"), "text/x-msdos-batch"},
	{"type: PHP", STR_LIT("<?php echo 1; ?>\n"), "text/x-php"},
	{"type: ELF program",
		STR_LIT("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0\1\0\0\0\0\0@\0\0\0\0\0@"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0@\08\0\0\0@\0\0\0\0\0"),
		"application/x-executable"},
	{"type: ELF library",
		STR_LIT("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0\0\0@\0\0\0\0\0@"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0@\08\0\0\0@\0\0\0\0\0"),
		"application/x-sharedlib"},
	{"type: program for macOS",
		STR_LIT("\317\372\355\376\7\0\0\1\3\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		"application/x-mach-binary"},
	{"type: Java class", STR_LIT("\312\376\272\276\0\0\0\064\0\n"),
		"application/x-java-applet"},
	{"type: shortcut",
		STR_LIT("L\0\0\0\1\24\2\0\0\0\0\0\300\0\0\0\0\0\0F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0"),
		"application/x-ms-shortcut"},
	{"type: gzip", STR_LIT("\37\213\10\0lM\13k\2\377\313H"), "application/gzip"},
	{"type: bzip2",
		STR_LIT("BZh91AY&SY\31\061e=\0\0\0\201\0\2D\240\0!\232h3M\7\063\213\271\"\234("
			"H\14\230\262\236\200"),
		"application/x-bzip2"},
	{"type: xz", STR_LIT("\3757zXZ\0\0\4\346\326\264F"), "application/x-xz"},
	{"type: zstd", STR_LIT("(\265/\375\4X)\0\0hello\13\22\064V"), "application/zstd"},
	{"type: 7z", STR_LIT("7z\274\257'\34\0\4\0\0\0\0\0\0\0\0"), "application/x-7z-compressed"},
	{"type: rar 4", STR_LIT("Rar!\32\7\0\317\220s\0\0\r\0\0\0\0\0\0\0"), "application/x-rar"},
	{"type: rar 5", STR_LIT("Rar!\32\7\1\0\063\222\265\345\n\1\5\6\0\5\1\1\200\200\0"),
		"application/x-rar"},
	{"type: cabinet",
		STR_LIT("MSCF\0\0\0\0d\0\0\0\0\0\0\0,"
			"\0\0\0\0\0\0\0\0\0\0\0\3\1\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0\0\0"),
		"application/vnd.ms-cab-compressed"},
	{"type: MP3 with tags", STR_LIT("ID3\3\0\0\0\0\0\n\0\0\0\0\0\0\0\0\0\0\377\373\220d"),
		"audio/mpeg"},
	{"type: WAV",
		STR_LIT("RIFF$\0\0\0WAVEfmt "
			"\20\0\0\0\1\0\1\0D\254\0\0\210X\1\0\2\0\20\0data\0\0\0\0"),
		"audio/x-wav"},
	{"type: Ogg",
		STR_LIT("OggS\0\2\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\36\1vorbis\0\0\0\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		"audio/ogg"},
	{"type: FLAC", STR_LIT("fLaC\0\0\0\"\20\0\20\0"), "audio/flac"},
	{"type: MP4", STR_LIT("\0\0\0\30ftypisom\0\0\2\0isommp41"), "video/mp4"},
	{"type: QuickTime", STR_LIT("\0\0\0\24ftypqt  \0\0\2\0qt  "), "video/quicktime"},
	{"type: Matroska",
		STR_LIT("\32E\337\243\243B\206\201\1B\367\201\1B\362\201\4B\363\201\10B\202\210matr"
			"oskaB\207\201\4B\205\201\2"),
		"video/x-matroska"},
	{"type: nothing", STR_LIT(""), "application/x-empty"},
	{"type: a program for Windows", {program, sizeof program}, "application/x-dosexec"},
	{"type: zip", STR_LIT(ZIP_FILE("\5", "a.txt")), "application/zip"},
	{"type: zip with a directory", STR_LIT(ZIP_FILE("\2", "b/") ZIP_FILE("\7", "b/c.txt")),
		"application/zip"},
	{"type: zip with a directory that office documents have",
		STR_LIT(ZIP_FILE("\12", "word/a.txt") ZIP_FILE("\5", "a.txt")), "application/zip"},
	{"type: zip with a program", STR_LIT(ZIP_FILE("\13", "invoice.exe")), "application/zip"},
	{"type: zip, cut in its first header", STR_LIT("PK\3\4\24\0\0\0\0\0"), "application/zip"},
	{"type: Java archive", STR_LIT(ZIP_FILE("\24", "META-INF/MANIFEST.MF")), "application/zip"},
	{"type: Word", STR_LIT(OFFICE ZIP_FILE("\21", "word/document.xml")),
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"type: Word, another order",
		STR_LIT(ZIP_FILE("\13", "_rels/.rels") ZIP_FILE("\21", "docProps/core.xml")
				ZIP_FILE("\21", "word/document.xml")),
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"type: Excel", STR_LIT(OFFICE ZIP_FILE("\17", "xl/workbook.xml")),
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"type: PowerPoint", STR_LIT(OFFICE ZIP_FILE("\24", "ppt/presentation.xml")),
		"application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{"type: OpenDocument",
		STR_LIT(ZIP_FILE("\10", "mimetype") "application/vnd.oasis.opendocument.text"),
		"application/vnd.oasis.opendocument.text"},
	{"type: e-book", STR_LIT(ZIP_FILE("\10", "mimetype") "application/epub+zip"),
		"application/epub+zip"},
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
