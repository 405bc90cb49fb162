/* Messages that are read without GMime: GMime would find the same. */
#include "base/buf.h"
#include "base/utf8.h"
#include "tests/lib/mime_same.h"
#include "tests/unit/table.h"

#include <stdio.h>

#define HEAD  "From: a@b\nMIME-Version: 1.0\n"
#define MULTI HEAD "Content-Type: multipart/mixed; boundary=\"b\"\n\n"

static const struct row {
	const char *name;
	struct str message;
	bool plain;
} rows[] = {
	{"text", STR_LIT("From: a@b\n\nhello\n"), true},
	{"no body", STR_LIT("From: a@b\n\n"), true},
	{"8-bit", STR_LIT("From: gr\xc3\xbcn\nX: \xff\n\n\x80\xff\n"), true},
	{"folds", STR_LIT("From: a\n b\n\tc\nSubject:\n x\nEmpty:\n\nhello"), true},
	{"fields of the content come last",
		STR_LIT("Content-Type: text/html\nFrom: a\nContent-ID: <x>\nTo: b\n\nx"), true},
	{"a type with parameters",
		STR_LIT(HEAD "Content-Type: TEXT/Plain;\n\tcharset=\"utf-8\"; format=flowed;\n\nx"),
		true},
	{"encodings in capitals", STR_LIT(HEAD "Content-Transfer-Encoding: 8BIT\n\nx"), true},
	{"base64", STR_LIT(HEAD "Content-Transfer-Encoding: base64\n\naGVs\nbG8s\nIHlv\ndQ==\n\n"),
		true},
	{"base64 that goes on after its padding",
		STR_LIT(HEAD "Content-Transfer-Encoding: base64\n\naGVsbG8=\naGVsbG8=\n"), true},
	{"quoted-printable",
		STR_LIT(HEAD
			"Content-Transfer-Encoding: quoted-printable\n\na=20 \n=3D=\n=c3=BC.\n"),
		true},
	{"parts",
		STR_LIT(MULTI "in front\n--b\n\none\n--b\nContent-Type: text/html\n\n\ntwo\n\n"
			      "--b--\nafter\n"),
		true},
	{"an empty prologue and epilogue", STR_LIT(MULTI "--b\nX: y\n\nx\n--b--"), true},
	{"an empty part", STR_LIT(MULTI "\n--b\n\n\n--b--\n"), true},
	{"lines like a boundary", STR_LIT(MULTI "--b\n\n-- \n--a\n --b\n---b\n--b--\n"), true},
	{"nested",
		STR_LIT(MULTI "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\n1\n"
			      "--c\n\n2\n--c--\n\n--b\n\n3\n--b--\n"),
		true},
	/* what readers may take differently */
	{"nothing", STR_LIT(""), false},
	{"no header", STR_LIT("\nhello\n"), false},
	{"no blank line", STR_LIT("From: a\n"), false},
	{"no line end", STR_LIT("From: a"), false},
	{"a line that is no field", STR_LIT("From: a\nhello there\nTo: b\n\nx"), false},
	{"a blank before the colon", STR_LIT("From : a\n\nx"), false},
	{"a fold of blanks", STR_LIT("From: a\n \n\nx"), false},
	{"CRLF", STR_LIT("From: a\r\n\r\nx"), false},
	{"a NUL", STR_LIT("From: a\n\nx\0y"), false},
	{"two types", STR_LIT("Content-Type: a/b\nContent-Type: c/d\n\nx"), false},
	{"a type that is none", STR_LIT("Content-Type: text\n\nx"), false},
	{"a comment", STR_LIT("Content-Type: text/plain (x); charset=utf-8\n\nx"), false},
	{"a parameter without a value", STR_LIT("Content-Type: text/plain; charset\n\nx"), false},
	{"a parameter twice", STR_LIT("Content-Type: text/plain; charset=utf-8; charset=x\n\nx"),
		false},
	{"an encoded parameter", STR_LIT("Content-Type: text/plain; name*=utf-8''x\n\nx"), false},
	{"a value that is no token", STR_LIT("Content-Type: text/plain; name=a=b\n\nx"), false},
	{"an encoding that nobody knows",
		STR_LIT("Subject: x\nContent-Transfer-Encoding: x-uuencode\n\nx"), false},
	{"a message within", STR_LIT(HEAD "Content-Type: message/rfc822\n\nFrom: a\n\nx"), false},
	{"a digest",
		STR_LIT(HEAD "Content-Type: multipart/digest; boundary=b\n\n--b\n\nFrom: a\n\nx\n"
			     "--b--\n"),
		false},
	{"no boundary", STR_LIT(HEAD "Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n"), false},
	{"an encoded multipart",
		STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n"
			     "Content-Transfer-Encoding: base64\n\n--b\n\nx\n--b--\n"),
		false},
	{"not closed", STR_LIT(MULTI "--b\n\nx\n"), false},
	{"closed at once", STR_LIT(MULTI "--b--\n"), false},
	{"a boundary with more", STR_LIT(MULTI "--b\n\nx\n--bc\n\ny\n--b--\n"), false},
	{"a boundary with blanks", STR_LIT(MULTI "--b \n\nx\n--b--\n"), false},
	{"a boundary after the end", STR_LIT(MULTI "--b\n\nx\n--b--\n--b\n\ny\n"), false},
	{"a part without a blank line", STR_LIT(MULTI "--b\nX: y\n--b--\n"), false},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	bool plain;
	const char *differs = mime_same_message(row->message, &plain, mem);
	if (differs)
		fail_msg("%s differs", differs);
	assert_int_equal(plain, row->plain);
	arena_free(mem);
}

/* ---- made by chance ---- */

/* Pieces of mail. The second half of each list is odd, and comes less often. */
static const char *const fields[] = {"From: a@b\n", "Subject: =?utf-8?q?x?=\n", "X-Y:z\n",
	"Content-Type: text/plain; charset=utf-8\n", "Content-Type: text/html\n",
	"Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n",
	"Content-Disposition: inline;\n\tfilename=\"a b.txt\"\n", "MIME-Version: 1.0\n",
	"Content-Type: application/x-y;a=b;c=\"d;e\"\n",
	"Content-Type: text/plain; charset=\"us-ascii\";\n", "A: \xff\n",
	"Content-Type: multipart/mixed; boundary=bc\n", "Content-Type: message/rfc822\n",
	"Content-Type: text/plain;charset=\"iso-8859-1\" ; x=y \n", " folded\n", "\t\n",
	"no field\n", "Content-Transfer-Encoding: 8bit \n", "Content-Transfer-Encoding:\n", "--b\n",
	"From a\n", "Content-Type: text/plain; x=;\n", "Content-Type: text/plain;; x=y\n"};
static const char *const lines[] = {"\n", "hello\n", "aGVsbG8=\n", "aGVs\n", "=3D=\n", "-- \n",
	" --a\n", "=c3=BC \n", "\xc3\xbc\xff\n", "From x\n", ".\n", "--0\n", "--a\n", "--b--\n",
	"--a \n", "--abc\n", "--b-\n", "=\n", "aGVsbG8\n", "a=", "-", "--", "a==\n", "--b"};

static size_t chance(unsigned *seed, size_t below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % below;
}

static void add_lines(struct buf *b, unsigned *seed, const char *const *list, size_t n, size_t most)
{
	for (size_t count = chance(seed, most); count; count--)
		buf_text(b, list[chance(seed, chance(seed, 9) ? n / 2 : n)]);
}

static void add_text(struct buf *b, unsigned *seed)
{
	add_lines(b, seed, lines, sizeof lines / sizeof *lines, 5);
}

static void add_entity(struct buf *b, unsigned *seed, unsigned depth)
{
	char boundary = (char)('a' + depth);
	add_lines(b, seed, fields, sizeof fields / sizeof *fields, 3);
	if (depth == 3 || chance(seed, 2)) {
		buf_text(b, "\n");
		add_text(b, seed);
		return;
	}
	buf_fmt(b, "Content-Type: multipart/x;\n boundary=\"%c\"\n\n", boundary);
	add_text(b, seed);
	for (size_t parts = 1 + chance(seed, 3); parts; parts--) {
		buf_fmt(b, "\n--%c\n", boundary);
		add_entity(b, seed, depth + 1);
	}
	buf_fmt(b, "\n--%c--\n", boundary);
	add_text(b, seed);
}

/* In one of three, a byte is damaged. */
static void make_message(struct buf *b, unsigned seed)
{
	static const char bytes[] = "\n -:;\"=ab\t\r";
	b->n = 0;
	buf_text(b, "From: a@b\n");
	add_entity(b, &seed, 0);
	if (chance(&seed, 3) == 0)
		b->p[chance(&seed, b->n)] = bytes[chance(&seed, sizeof bytes)];
}

static void test_chance(void **state)
{
	enum { MESSAGES = 30000, PLAIN_LEAST = 3000, PARTS_LEAST = 500 };
	struct buf b = {0};
	unsigned count = 0, with_parts = 0;
	(void)state;
	for (unsigned seed = 1; seed <= MESSAGES; seed++) {
		struct arena *mem = arena_new();
		bool plain;
		make_message(&b, seed);
		const char *differs = mime_same_message(buf_str(&b), &plain, mem);
		if (differs)
			fail_msg("message %u: %s differs:\n%s", seed, differs, buf_cstr(&b));
		count += plain;
		with_parts += plain && mime_plain_parts(buf_str(&b), NULL, mem)->child;
		arena_free(mem);
	}
	print_message("%u messages were read without GMime, %u with parts\n", count, with_parts);
	assert_true(count > PLAIN_LEAST && with_parts > PARTS_LEAST);
	buf_free(&b);
}

static void add_times(struct buf *b, const char *text, size_t times)
{
	while (times--)
		buf_text(b, text);
}

/* As large as it may be. */
static void test_large(void **state)
{
	struct arena *mem = arena_new();
	struct buf b = {0};
	bool plain;
	(void)state;
	buf_text(&b, "To: ");
	add_times(&b, "a@b.test, ", 6000);
	buf_text(&b, "\nCc: ");
	add_times(&b, "a@b.test,\n\t", 5000);
	buf_text(&b, "c\n");
	add_times(&b, "Received: x\n", 900);
	add_times(&b, "Content-Foo: y\n", 90);
	buf_text(&b, "Content-Type: multipart/mixed; boundary=");
	add_times(&b, "b", 60);
	buf_text(&b, "\n");
	for (size_t i = 0; i < 190; i++) {
		buf_text(&b, "\n--");
		add_times(&b, "b", 60);
		buf_text(&b, "\nX: y\n\n");
		add_times(&b, "a line of text without an end ", 300);
	}
	buf_text(&b, "\n--");
	add_times(&b, "b", 60);
	buf_text(&b, "--\n");
	const char *differs = mime_same_message(buf_str(&b), &plain, mem);
	if (differs)
		fail_msg("%s differs", differs);
	assert_true(plain);
	buf_free(&b);
	arena_free(mem);
}

/* ---- encoded words ---- */

/* What GMime makes of one encoded word; WORD itself if it is broken. */
static struct str decoded_by_gmime(
	struct str word, const char *charset, char encoding, struct str text, struct arena *mem)
{
	struct mime_bytes bytes, utf8;
	const struct mime_module *m = mime_functions();
	struct str result = word;
	if (!m->decode_word(encoding, text.p, text.n, &bytes))
		return word;
	if (m->to_utf8(charset, bytes.p, bytes.n, &utf8)) {
		if (utf8_valid((struct str){utf8.p, utf8.n}))
			result = arena_str(mem, (struct str){utf8.p, utf8.n});
		free(utf8.p);
	}
	free(bytes.p);
	return result;
}

static void test_words(void **state)
{
	enum { WORDS = 30000, DECODED_LEAST = 5000 };
	static const char *const charsets[] = {"utf-8", "UTF-8", "us-ascii", "iso-8859-1"};
	static const char *const pieces[] = {
		"YWJj", "=C3=BC", "w7w", "_a", "QQ", "=", "==", "a=2", "/+", "=fF", "Zg==", "x"};
	unsigned decoded = 0;
	(void)state;
	for (unsigned i = 1; i <= WORDS; i++) {
		unsigned seed = i;
		struct arena *mem = arena_new();
		struct buf b = {0};
		const char *charset = charsets[chance(&seed, 4)];
		char encoding = chance(&seed, 2) ? 'b' : 'q';
		add_lines(&b, &seed, pieces, sizeof pieces / sizeof *pieces, 5);
		struct str text = arena_str(mem, buf_str(&b));
		struct str word =
			arena_fmt(mem, "=?%s?%c?" STR_FMT "?=", charset, encoding, STR_ARGS(text));
		struct str is = mime_decode(word, mem);
		struct str by_gmime = decoded_by_gmime(word, charset, encoding, text, mem);
		if (!str_eq(is, by_gmime))
			fail_msg(STR_FMT ": " STR_FMT, STR_ARGS(word), STR_ARGS(is));
		decoded += !str_eq(is, word);
		buf_free(&b);
		arena_free(mem);
	}
	assert_true(decoded > DECODED_LEAST);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_chance, "messages made by chance"),
		TABLE_OF_ONE(test_large, "large messages"),
		TABLE_OF_ONE(test_words, "encoded words made by chance"),
	};
	return table_run("mime_plain", tables, sizeof tables / sizeof *tables);
}
