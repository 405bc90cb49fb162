/* What is attached, by its bytes and its name, against the patterns of the admin. */
#include "filters/attachments.h"
#include "mda/base/buf.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>

/* ---- files, in base64 ---- */

#define EXE_REST                                                                                   \
	"QAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAA"         \
	"AAA4fug4AtAnNIbgBTM0hVGhpcyBwcm9ncmFtIGNhbm5vdCBiZSBydW4gaW4gRE9TIG1vZGUuDQ0KJAA"         \
	"AAAAAAABQRQAATAEDAA=="
#define EXE "TVq" EXE_REST
#define ELF                                                                                        \
	"f0VMRgIBAQAAAAAAAAAAAAMAPgABAAAAUBAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAANAEAAHwAeAA=="
#define PDF "JVBERi0xLjQKJeLjz9MKMSAwIG9iago8PCAvVHlwZSAvQ2F0YWxvZyA+PgplbmRvYmoK"
#define PNG                                                                                        \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"                            \
	"M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
/* A zip archive with docs/run.exe, one byte long. */
#define ZIP                                                                                        \
	"UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAAMAAAAZG9jcy9ydW4uZXhleFBLAQIUAxQAAAAAAAAAIQCD"         \
	"FtyMAQAAAAEAAAAMAAAAAAAAAAAAAACAAQAAAABkb2NzL3J1bi5leGVQSwUGAAAAAAEAAQA6AAAAKwAA"         \
	"AAAA"

#define TOP  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
#define TEXT "--b\nContent-Type: text/plain\n\nHello\n"
#define PART(type, name, data)                                                                     \
	"--b\nContent-Type: " type "\nContent-Disposition: attachment; filename=" name             \
	"\nContent-Transfer-Encoding: base64\n\n" data "\n"
#define NAMED(parameters)                                                                          \
	"--b\nContent-Disposition: attachment; " parameters                                        \
	"\nContent-Transfer-Encoding: base64\n\n" EXE "\n"
#define END "--b--\n"

static const struct row {
	const char *name, *patterns; /* with blanks between them */
	const char *message;
	const char *reason; /* NULL: it is no spam for that */
	const char *note;   /* NULL: there is none */
} rows[] = {
	{"a program by its type", "application/x-dosexec",
		TOP TEXT PART("application/octet-stream", "a.dat", EXE) END,
		"attachment: \"a.dat\" is application/x-dosexec", "is application/x-dosexec"},
	{"a program that is called a picture", "application/x-dosexec",
		TOP PART("image/png", "a.png", EXE) END,
		"attachment: \"a.png\" is application/x-dosexec",
		"declared as image/png, is application/x-dosexec"},
	{"a program by its name", "*.exe",
		TOP TEXT PART("application/octet-stream", "a.exe", EXE) END,
		"attachment: \"a.exe\"", NULL},
	{"a name in capitals", "*.exe", TOP PART("application/octet-stream", "A.EXE", EXE) END,
		"attachment: \"A.EXE\"", NULL},
	{"a pattern in capitals", "*.EXE APPLICATION/X-DOSEXEC",
		TOP PART("application/octet-stream", "a.exe", EXE) END, "attachment: \"a.exe\"",
		NULL},
	{"a picture is none", "application/x-dosexec *.exe",
		TOP TEXT PART("image/png", "a.png", PNG) END, NULL, NULL},
	{"a document is none", "application/x-dosexec *.exe",
		TOP PART("application/pdf", "a.pdf", PDF) END, NULL, NULL},
	{"a pattern of types", "application/*", TOP PART("application/pdf", "a.pdf", PDF) END,
		"attachment: \"a.pdf\" is application/pdf", NULL},
	{"a program of another system",
		"application/x-*executable application/x-sharedlib application/x-pie-executable",
		TOP PART("text/plain", "a.txt", ELF) END, "is application/x-",
		"declared as text/plain, is application/x-"},
	{"a picture that is called another", "*.exe", TOP PART("image/jpeg", "a.jpg", PNG) END,
		NULL, "\"a.jpg\", declared as image/jpeg, is image/png"},
	{"within a zip archive", "*.exe", TOP PART("application/zip", "a.zip", ZIP) END,
		"attachment: \"a.zip\" holds docs/run.exe", NULL},
	{"within a zip archive that is called otherwise", "run.exe",
		TOP PART("application/octet-stream", "a.dat", ZIP) END, "holds docs/run.exe", NULL},
	{"a zip archive without it", "*.scr", TOP PART("application/zip", "a.zip", ZIP) END, NULL,
		NULL},
	{"a pattern of types is none of names", "*/x",
		TOP PART("application/zip", "a.zip", ZIP) END, NULL, NULL},
	{"the name in Content-Type", "*.exe",
		TOP "--b\nContent-Type: application/octet-stream; "
		    "name=a.exe\nContent-Transfer-Encoding: base64\n\n" EXE "\n" END,
		"attachment: \"a.exe\"", NULL},
	{"a name by RFC 2231", "*.exe", TOP NAMED("filename*=utf-8''%61%2eexe") END, "\"a.exe\"",
		NULL},
	{"a name in pieces", "*.exe", TOP NAMED("filename*0=a.; filename*1=exe") END, "a.exe",
		NULL},
	{"a name as encoded word", "*.exe",
		TOP PART("application/octet-stream", "\"=?utf-8?q?a=2Eexe?=\"", EXE) END,
		"\"a.exe\"", NULL},
	{"two names", "*.exe",
		TOP "--b\nContent-Type: application/octet-stream; name=a.exe\n"
		    "Content-Disposition: attachment; filename=a.bin\n\ndata\n" END,
		"attachment: \"a.exe\"", NULL},
	{"two fields with names", "*.exe",
		TOP "--b\nContent-Disposition: attachment; filename=a.bin\n"
		    "Content-Disposition: attachment; filename=a.exe\n\ndata\n" END,
		"attachment: \"a.exe\"", NULL},
	{"a name with a final dot", "*.exe",
		TOP PART("application/octet-stream", "\"a.exe.\"", EXE) END,
		"attachment: \"a.exe.\"", "is application/x-dosexec"},
	{"a name with a final blank", "*.exe",
		TOP PART("application/octet-stream", "\"a.exe \"", EXE) END, "attachment: \"a.exe",
		"is application/x-dosexec"},
	{"a folded field", "*.exe",
		TOP "--b\nContent-Disposition: attachment;\n\tfilename=\"a.exe\"\n\ndata\n" END,
		"\"a.exe\"", "is text/plain"},
	{"in a nested multipart", "application/x-dosexec",
		TOP "--b\nContent-Type: multipart/mixed; "
		    "boundary=c\n\n--c\nContent-Transfer-Encoding: base64\n\n" EXE "\n--c--\n" END,
		"is application/x-dosexec", NULL},
	{"in an attached message", "application/x-dosexec",
		TOP "--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: "
		    "application/octet-stream; name=a.exe\n"
		    "Content-Transfer-Encoding: base64\n\n" EXE "\n" END,
		"\"a.exe\" is application/x-dosexec", NULL},
	{"a message that is one part", "application/x-dosexec",
		"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" EXE
		"\n",
		"is application/x-dosexec", NULL},
	{"a program that says that it is text, without a name", "application/x-dosexec",
		TOP "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" EXE
		    "\n" END,
		"is application/x-dosexec", "is application/x-dosexec"},
	{"base64 that is broken", "application/x-dosexec",
		TOP PART("application/octet-stream", "a.dat", "!T V q\n" EXE_REST) END,
		"is application/x-dosexec", "is application/x-dosexec"},
	{"text", "application/x-dosexec *.exe", "Content-Type: text/plain\n\nplease open a.exe\n",
		NULL, NULL},
	{"no Content-Type", "application/x-dosexec *.exe", "Subject: x\n\nplease open a.exe\n",
		NULL, NULL},
	{"an empty part", "application/x-dosexec *.exe",
		TOP PART("application/octet-stream", "a.bin", "") END, NULL, NULL},
	{"a boundary that is missing", "application/x-dosexec *.exe",
		"Content-Type: multipart/mixed\n\n--b\n\nx\n", NULL, NULL},
	{"no patterns", "", TOP PART("application/octet-stream", "a.exe", EXE) END, NULL, NULL},
	{"a long name is cut in the reason", "a*",
		TOP PART("application/octet-stream",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaa.x",
			PDF) END,
		"attachment: "
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"\"",
		NULL},
};

static struct str_list words_of(const char *text, struct arena *mem)
{
	struct str_list list = {0};
	struct str rest = str_of(text), word;
	while (str_word(&rest, &word))
		*(struct str *)ARENA_PUSH(mem, list.items, list.count) = word;
	return list;
}

static void check_text(const char *what, struct str is, const char *should)
{
	if (should ? str_ifind(is, str_of(should)) == is.n : is.n > 0)
		fail_msg("%s: is \"" STR_FMT "\", expected \"%s\"", what, STR_ARGS(is),
			should ? should : "");
}

static void judge(const struct row *row, struct verdict *v)
{
	struct err err;
	struct str_list patterns = words_of(row->patterns, v->mem);
	struct message *msg = message_borrow(str_of(row->message), &err);
	assert_non_null(msg);
	attachments_judge(&patterns, msg, v);
	message_free(msg);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct verdict v;
	struct arena *mem = arena_new();
	verdict_init(&v, mem, 10);
	judge(row, &v);
	assert_int_equal(v.spam, row->reason ? SPAM_YES : SPAM_UNKNOWN);
	check_text("reason", v.spam_reason.text, row->reason);
	check_text("note", v.note_count ? v.notes[0] : (struct str){"", 0}, row->note);
	if (row->reason)
		assert_string_equal(v.spam_by, "attachment");
	arena_free(mem);
}

/* A blocked sender stays one: the list is the reason. */
static void test_blocked(void **state)
{
	struct verdict v;
	struct arena *mem = arena_new();
	(void)state;
	verdict_init(&v, mem, 10);
	v.listing = LISTED_BLOCK;
	judge(&rows[0], &v);
	assert_int_equal(v.spam, SPAM_UNKNOWN);
	v.listing = LISTED_ALLOW;
	judge(&rows[0], &v);
	assert_int_equal(v.spam, SPAM_YES);
	arena_free(mem);
}

static void test_many_parts(void **state)
{
	struct buf b = {0};
	struct row row = {.patterns = "*.exe"};
	struct verdict v;
	struct arena *mem = arena_new();
	(void)state;
	buf_text(&b, TOP);
	for (int i = 0; i < 20000; i++)
		buf_text(&b, "--b\nContent-Type: image/jpeg; name=a.jpg\n\nx\n");
	buf_text(&b, END);
	row.message = buf_cstr(&b);
	verdict_init(&v, mem, 10);
	judge(&row, &v);
	assert_int_equal(v.spam, SPAM_UNKNOWN);
	assert_true(v.note_count <= 12);
	buf_free(&b);
	arena_free(mem);
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		bool valid;
	} all[] = {{"application/x-dosexec", true}, {"*.exe", true}, {"application/*", true},
		{"*", true}, {"", false}, {"/x", false}, {"x/", false}, {"a\nb", false}};
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (attachments_pattern_valid(str_of(all[i].pattern)) != all[i].valid)
			fail_msg("%s", all[i].pattern);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(
			test_blocked, "a blocked sender stays one, an allowed one is not excused"),
		TABLE_OF_ONE(test_many_parts, "20,000 parts"),
		TABLE_OF_ONE(test_patterns, "patterns"),
	};
	return table_run("attachments", tables, sizeof tables / sizeof *tables);
}
