/* Messages x their parts: type, fields and contents. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/mime_measure.h"
#include "tests/unit/table.h"

#include <string.h>

#define HEAD "From: a@b\nMIME-Version: 1.0\n"

static const struct row {
	const char *name;
	struct str message;
	const char *parts; /* each: depth, type, and of a leaf its text */
} rows[] = {
	{"plain", STR_LIT("From: a@b\n\nhello\n"), "0 text/plain hello\n|"},
	{"empty", STR_LIT(""), ""},
	{"header alone", STR_LIT("From: a@b\n"), "0 text/plain |"},
	{"html", STR_LIT(HEAD "Content-Type: text/html\n\n<p>x"), "0 text/html <p>x|"},
	{"base64", STR_LIT(HEAD "Content-Transfer-Encoding: base64\n\naGVsbG8=\n"),
		"0 text/plain hello|"},
	{"base64 without its end", STR_LIT(HEAD "Content-Transfer-Encoding: base64\n\naGVsbG8"),
		"0 text/plain hel|"},
	{"quoted-printable",
		STR_LIT(HEAD "Content-Type: text/plain; charset=iso-8859-1\n"
			     "Content-Transfer-Encoding: quoted-printable\n\ngr=FC=\nn"),
		"0 text/plain gr\xc3\xbc"
		"n|"},
	{"8-bit without a charset", STR_LIT("From: a\n\ngr\xfcn"),
		"0 text/plain gr\xc3\xbc"
		"n|"},
	{"UTF-8 without a charset", STR_LIT("From: a\n\ngr\xc3\xbcn"),
		"0 text/plain gr\xc3\xbc"
		"n|"},
	{"bytes that are not in the charset",
		STR_LIT(HEAD "Content-Type: text/plain; charset=utf-8\n\na\xff"
			     "b"),
		"0 text/plain a\xef\xbf\xbd"
		"b|"},
	{"what iconv takes for UTF-8, above U+10FFFF",
		STR_LIT(HEAD "Content-Type: text/plain; charset=utf-8\n\na\xf6\xa6\x9d\xa9"
			     "b"),
		"0 text/plain a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		"b|"},
	{"an unknown charset",
		STR_LIT(HEAD "Content-Type: text/plain; charset=what\n\na\xe4"
			     "b"),
		"0 text/plain a\xc3\xa4"
		"b|"},
	{"a multipart",
		STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\n"
			     "Content-Type: text/html\n\ntwo\n--b--\npost\n"),
		"0 multipart/mixed |1 text/plain one|1 text/html two|"},
	{"without its last boundary",
		STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo"),
		"0 multipart/mixed |1 text/plain one|1 text/plain two|"},
	{"without a boundary", STR_LIT(HEAD "Content-Type: multipart/mixed\n\none\n"),
		"0 multipart/mixed |"},
	{"nested",
		STR_LIT(HEAD
			"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
			"Content-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n"
			"--a\n\ntwo\n--a--\n"),
		"0 multipart/mixed |1 multipart/alternative |2 text/plain one|1 text/plain two|"},
	{"a message within",
		STR_LIT(HEAD "Content-Type: message/rfc822\n\nSubject: inner\n\nhello\n"),
		"0 message/rfc822 |1 text/plain hello\n|"},
	{"types in capitals", STR_LIT(HEAD "Content-Type: TEXT/X-Odd\n\nx"), "0 text/x-odd x|"},
	{"a type without a name", STR_LIT(HEAD "Content-Type: /html\n\nx"), "0 text/plain x|"},
	{"a type that is empty", STR_LIT(HEAD "Content-Type:\n\nx"), "0 text/plain x|"},
	{"a slash and a blank", STR_LIT(HEAD "Content-Type: / message/rfc822\n\nx"),
		"0 text/plain x|"},
	{"no subtype", STR_LIT(HEAD "Content-Type: message/\n\nx"), "0 text/plain x|"},
	{"a type that is none", STR_LIT(HEAD "Content-Type: what is this\n\nx"), "0 text/plain x|"},
};

static unsigned depth(const struct mime_part *part)
{
	unsigned n = 0;
	while ((part = part->parent))
		n++;
	return n;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct buf is = {0};
	const struct mime_part *root = mime_parts(row->message, mem);
	for (const struct mime_part *p = root; p; p = mime_next(p, root)) {
		buf_fmt(&is, "%u " STR_FMT "/" STR_FMT " ", depth(p), STR_ARGS(p->type),
			STR_ARGS(p->subtype));
		if (str_eq(p->type, STR_LIT("text")))
			buf_add(&is, mime_text(p, mem));
		buf_byte(&is, '|');
	}
	assert_string_equal(buf_cstr(&is), row->parts);
	buf_free(&is);
	arena_free(mem);
}

/* ---- what stands around ---- */

static void test_around(void **state)
{
	struct arena *mem = arena_new();
	const struct mime_part *root = mime_parts(
		STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n\nin front\n--b\n"
			     "Content-Type: message/rfc822\n\nSubject: inner\nTo: c@d\n\nx\n--b--\n"
			     "after\n"),
		mem);
	(void)state;
	assert_non_null(root);
	assert_true(str_ifind(root->prologue, STR_LIT("in front")) < root->prologue.n);
	assert_true(str_ifind(root->epilogue, STR_LIT("after")) < root->epilogue.n);
	assert_true(
		str_ifind(root->child->header, STR_LIT("Subject: inner")) < root->child->header.n);
	assert_ptr_equal(mime_skip(root->child, root), NULL);
	assert_int_equal(root->child->child->field_count, 2);
	arena_free(mem);
}

/* ---- parameters ---- */

static const struct parameter_row {
	const char *name, *value, *parameter, *is; /* the result; NULL: no such parameter */
} parameters[] = {
	{"parameter: a word", "text/plain; charset=utf-8", "charset", "utf-8"},
	{"parameter: quoted", "attachment; filename=\"a b.pdf\"", "filename", "a b.pdf"},
	{"parameter: no case", "attachment; FileName=x", "filename", "x"},
	{"parameter: in pieces (RFC 2231)", "a/b; name*0=in; name*1=voice.pdf", "name",
		"invoice.pdf"},
	{"parameter: encoded (RFC 2231)", "a/b; name*=utf-8''%e2%82%ac.pdf", "name",
		"\xe2\x82\xac.pdf"},
	{"parameter: an encoded word", "a/b; name=\"=?utf-8?q?=e2=82=ac=2epdf?=\"", "name",
		"\xe2\x82\xac.pdf"},
	{"parameter: a comment after it (RFC 2045 section 5.1)", "attachment; filename=a.exe (x)",
		"filename", "a.exe"},
	{"parameter: comments everywhere", "(a) attachment (b); (c) filename (d) = (e) a.exe (f)",
		"filename", "a.exe"},
	{"parameter: a comment within", "a/b; name=a(x;y=\"z).exe", "name", "a .exe"},
	{"parameter: a comment in quotation marks is none", "a/b; name=\"a (x).exe\"", "name",
		"a (x).exe"},
	{"parameter: a comment that does not end", "a/b; name=a (x.exe", "name", "a (x.exe"},
	{"parameter: the encoded one counts", "a/b; name=a.txt; name*=utf-8''a%2eexe", "name",
		"a.exe"},
	{"parameter: pieces count before the plain one", "a/b; name=a.txt; name*0=a; name*1=.exe",
		"name", "a.exe"},
	{"parameter: pieces in another order", "a/b; name*1=.exe; name*0=a", "name", "a.exe"},
	{"parameter: pieces, some encoded", "a/b; name*0*=utf-8''%e2%82%ac; name*1=.%65xe", "name",
		"\xe2\x82\xac.%65xe"},
	{"parameter: a semicolon in quotation marks", "a/b; x=\"; name=no\"; name=yes", "name",
		"yes"},
	{"parameter: quoted characters", "a/b; name=\"a\\\"b\\\\c\"", "name", "a\"b\\c"},
	{"parameter: blanks around", "a/b ; name = x ;", "name", "x"},
	{"parameter: 8-bit", "a/b; name=gr\xfcn", "name", "gr\xc3\xbcn"},
	{"parameter: UTF-8", "a/b; name=gr\xc3\xbcn", "name", "gr\xc3\xbcn"},
	{"parameter: bytes that are not in the charset (RFC 2231)", "a/b; name*=utf-8''%fc", "name",
		"\xef\xbf\xbd"},
	{"parameter: above U+10FFFF (RFC 2231)", "a/b; name*=utf-8''%f6%a6%9d%a9", "name",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"parameter: bytes in no charset", "a/b; name=\x01\xff\x9f", "name",
		"\x01\xc3\xbf\xc2\x9f"},
	{"parameter: another one", "a/b; name=x", "charset", NULL},
	{"parameter: none at all", "a/b", "charset", NULL},
	{"parameter: empty", "", "charset", NULL},
};

static void test_parameter(void **state)
{
	const struct parameter_row *row = *state;
	struct arena *mem = arena_new();
	struct str is;
	bool there = mime_parameter(str_of(row->value), str_of(row->parameter), mem, &is);
	assert_int_equal(there, row->is != NULL);
	if (there)
		assert_string_equal(arena_cstr(mem, is), row->is);
	arena_free(mem);
}

/* ---- another part in the place of one ---- */

static void test_replace(void **state)
{
	struct arena *mem = arena_new();
	struct str body;
	const struct mime_part *root =
		mime_parts(STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n"
					"--b\nContent-Type: a/b\n\ntwo\n--b--\n"),
			mem);
	(void)state;
	assert_false(mime_replace(root, STR_LIT("A: b\n\nx"), mem, &body));
	assert_true(mime_replace(
		root->child->next, STR_LIT("Content-Type: text/plain\n\nthree\n"), mem, &body));
	assert_true(str_ifind(body, STR_LIT("three")) < body.n);
	assert_true(str_ifind(body, STR_LIT("one")) < body.n);
	assert_int_equal(str_ifind(body, STR_LIT("two")), body.n);
	/* It is gone, and can be asked what it was, but not replaced again. */
	assert_true(str_eq(mime_content(root->child->next, mem), STR_LIT("two")));
	assert_false(mime_replace(root->child->next, STR_LIT("A: b\n\nx"), mem, &body));
	arena_free(mem);
}

/* ---- what nobody writes ---- */

/* N times the same, but for a number after each piece. */
static struct str repeated(const char *before, const char *after, size_t n, struct arena *mem)
{
	struct buf b = {0};
	buf_text(&b, HEAD);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%zu%s%zu\n", before, i, after, i);
	struct str s = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return s;
}

static size_t content_size(struct str message, struct arena *mem)
{
	size_t n = 0;
	const struct mime_part *root = mime_parts(message, mem);
	for (const struct mime_part *p = root; p; p = mime_next(p, root))
		n += mime_content(p, mem).n;
	return n;
}

/* What holds parts has no content of its own, at whatever level it is. */
static void test_contents(void **state)
{
	struct arena *mem = arena_new();
	struct str multiparts =
		repeated("Content-Type: multipart/mixed; boundary=b", "\n\n--b", 50, mem);
	struct str messages =
		repeated("Content-Type: message/rfc822\nX: ", "\n\nY: ", LIMIT_MIME_DEPTH, mem);
	(void)state;
	assert_int_equal(content_size(ARENA_JOIN(mem, multiparts, STR_LIT("\nhello")), mem),
		strlen("hello"));
	assert_int_equal(
		content_size(ARENA_JOIN(mem, messages, STR_LIT("\nhello")), mem), strlen("hello"));
	/*
	 * Parts that are nested deeper are not seen, and they are not content of the deepest
	 * visible part.
	 */
	messages = repeated("Content-Type: message/rfc822\nX: ", "\n\nY: ", 300, mem);
	assert_int_equal(content_size(messages, mem), 0);
	arena_free(mem);
}

static void test_large_replacement(void **state)
{
	struct arena *mem = arena_new();
	struct str body;
	const struct mime_part *root = mime_parts(
		STR_LIT(HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n"),
		mem);
	(void)state;
	struct str lines = repeated("--", "\n--", LIMIT_MIME_PARTS, mem);
	assert_false(
		mime_replace(root->child, ARENA_JOIN(mem, lines, STR_LIT("--\n")), mem, &body));
	assert_true(mime_replace(root->child, lines, mem, &body));
	arena_free(mem);
}

/* A text of lines that look like fields is one, and is read to its end. */
static void test_measure(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	struct str fields = repeated("Key: ", " value ", 50000, mem);
	struct str text = arena_fmt(mem, STR_FMT "\nbody: x\nno field\n", STR_ARGS(fields));
	assert_int_equal(mime_measure(text).length, text.n);
	char *value = arena_alloc(mem, 300001);
	memset(value, 'x', 300000);
	struct str large = arena_fmt(mem, HEAD "Content-Type: a/b; c=%s\n\nbody\n", value);
	assert_int_equal(mime_measure(large).length, sizeof HEAD - 1);
	struct str folded = arena_fmt(mem, HEAD "X: a\n %s\n\nbody\n", value);
	assert_int_equal(mime_measure(folded).length, sizeof HEAD - 1 + 5);
	/* In a body the length of a line is nothing. */
	struct str body = arena_fmt(mem, HEAD "\nhello\n%s\n", value);
	assert_int_equal(mime_measure(body).length, body.n);
	arena_free(mem);
}

static size_t count_parts(struct str message, struct arena *mem)
{
	size_t n = 0;
	const struct mime_part *root = mime_parts(message, mem);
	for (const struct mime_part *p = root; p; p = mime_next(p, root))
		n++;
	return n;
}

static void test_hostile(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	struct str parts = repeated("--b\nX: ", "\n\n", 50000, mem);
	struct str flat = arena_fmt(
		mem, HEAD "Content-Type: multipart/mixed; boundary=b\n\n" STR_FMT, STR_ARGS(parts));
	size_t n = count_parts(flat, mem);
	assert_true(n > 1000 && n <= 10001);
	struct str deep =
		repeated("Content-Type: multipart/mixed; boundary=b", "\n\n--b", 5000, mem);
	assert_true(count_parts(deep, mem) > 10);
	struct str messages = repeated("Content-Type: message/rfc822\nX: ", "\n\nY: ", 5000, mem);
	assert_true(count_parts(messages, mem) > 10);
	struct str fields = repeated("X", ": ", 200000, mem);
	struct str part = arena_fmt(mem,
		HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n" STR_FMT "\nx\n--b\n\ny\n",
		STR_ARGS(fields));
	assert_int_equal(count_parts(part, mem), 2);
	assert_true(mime_measure(part).length < part.n);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_parameter, parameters),
		TABLE_OF_ONE(test_around, "prologue, epilogue, inner header"),
		TABLE_OF_ONE(test_replace, "a part is replaced"),
		TABLE_OF_ONE(test_contents, "what holds parts has no content of its own"),
		TABLE_OF_ONE(test_large_replacement, "a replacement has too many boundaries"),
		TABLE_OF_ONE(test_measure, "how much is read"),
		TABLE_OF_ONE(test_hostile, "too many parts, too deep"),
	};
	return table_run("mime_parts", tables, sizeof tables / sizeof *tables);
}
