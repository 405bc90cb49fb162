/*
 * Reading mbox files in their dialects. What is expected follows from RFC 4155, appendix A, from
 * qmail's mbox(5) for mboxrd, and from what Content-Length means in mboxcl and mboxcl2.
 */
#include "mda/tools/import/import_from.h"
#include "mda/tools/import/import_lines.h"
#include "mda/tools/import/import_mbox.h"

#include "tests/unit/table.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- the From line ---- */

enum { NO_DATE = -1 };

static const struct from {
	const char *name, *line;
	long long date; /* as `date -u -d` says it; NO_DATE: it is text */
} froms[] = {
	{"RFC 4155", "From god@heaven.af.mil Sat Jan  3 01:05:34 1996", 820631134},
	{"one digit", "From a@b Sat Jan 3 01:05:34 1996", 820631134},
	{"a zone after the year", "From a@b Thu Nov 29 22:33:52 2001 +0300", 1007062432},
	{"a zone before the year", "From a@b Thu Nov 29 22:33:52 +0300 2001", 1007062432},
	{"a zone with a name", "From a@b Thu Nov 29 22:33:52 EST 2001", 1007091232},
	{"summer time", "From a@b Fri Jun 29 22:33:52 EDT 2001", 993868432},
	{"GMT", "From a@b Thu Nov 29 22:33:52 GMT 2001", 1007073232},
	{"a zone that nobody knows", "From a@b Thu Nov 29 22:33:52 XYZT 2001", 1007073232},
	{"two words of a zone", "From a@b Fri Jun 29 22:33:52 MET DST 2001", 993854032},
	{"no seconds", "From a@b Thu Nov 29 22:33 2001", 1007073180},
	{"no seconds and a zone", "From a@b Thu Nov 29 22:33 EST 2001", 1007091180},
	{"another host", "From a Thu Nov 29 22:33:52 2001 remote from x", 1007073232},
	{"no sender", "From Thu Nov 29 22:33:52 2001", 1007073232},
	{"Thunderbird", "From - Thu Nov 29 22:33:52 2001", 1007073232},
	{"Eudora", "From ???@??? Thu Nov 29 22:33:52 2001", 1007073232},
	{"Pipermail", "From ann at a.test  Thu Nov 29 22:33:52 2001", 1007073232},
	{"Gmail", "From 1492@xxx Thu Nov 29 22:33:52 +0000 2001", 1007073232},
	{"a sender in quotes", "From \"a b\"@c.test Thu Nov 29 22:33:52 2001", 1007073232},
	{"blanks at the end", "From a Thu Nov 29 22:33:52 2001  ", 1007073232},
	{"CR at the end", "From a Thu Nov 29 22:33:52 2001\r", 1007073232},
	{"tabs", "From a\tThu Nov 29 22:33:52 2001", 1007073232},
	{"a wrong day of the week", "From a Mon Nov 29 22:33:52 2001", 1007073232},
	{"small letters", "From a thu nov 29 22:33:52 2001", 1007073232},
	{"a leap day", "From a Thu Feb 29 00:00:00 1996", 825552000},
	{"a leap second", "From a Sat Dec 31 23:59:60 2005", 1136073600},
	{"the beginning of time", "From a Thu Jan  1 00:00:00 1970", 0},
	{"no such day", "From a Thu Feb 29 00:00:00 2001", NO_DATE},
	{"no such month", "From a Thu Foo 29 22:33:52 2001", NO_DATE},
	{"no such hour", "From a Thu Nov 29 24:33:52 2001", NO_DATE},
	{"no such minute", "From a Thu Nov 29 22:60:52 2001", NO_DATE},
	{"no such second", "From a Thu Nov 29 22:33:61 2001", NO_DATE},
	{"no year", "From a Thu Nov 29 22:33:52", NO_DATE},
	{"a long year", "From a Thu Nov 29 22:33:52 20010", NO_DATE},
	{"a sentence", "From now on the 29th at 22:33:52 it is 2001", NO_DATE},
	{"a sentence with a day", "From Thu to Fri it rained", NO_DATE},
	{"no blank", "From: a Thu Nov 29 22:33:52 2001", NO_DATE},
	{"quoted", ">From a Thu Nov 29 22:33:52 2001", NO_DATE},
	{"capitals", "FROM a Thu Nov 29 22:33:52 2001", NO_DATE},
	{"nothing else", "From ", NO_DATE},
};

static void test_from(void **state)
{
	const struct from *row = *state;
	int64_t date = 0;
	bool is_from = import_from_date(str_of(row->line), &date);
	assert_int_equal(is_from, row->date != NO_DATE);
	if (is_from)
		assert_int_equal(date, row->date);
}

/* Programs that deliver write their own time. */
static void test_zone(void **state)
{
	int64_t date = 0;
	(void)state;
	assert_int_equal(setenv("TZ", "XYZ-2", 1), 0);
	tzset();
	assert_true(import_from_date(STR_LIT("From a Thu Nov 29 22:33:52 2001"), &date));
	assert_int_equal(date, 1007073232 - 7200);
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
}

/* ---- files ---- */

#define FROM  "From a@b.test Thu Nov 29 22:33:52 2001\n"
#define FROM2 "From c@d.test Fri Nov 30 22:33:52 2001\n"
#define CRLF  "From a@b.test Thu Nov 29 22:33:52 2001\r\n"

static const struct file {
	const char *name;
	enum import_dialect dialect;
	const char *text;
	enum import_dialect chosen;
	const char *messages; /* each with | after it; NULL: it is refused */
} files[] = {
	/* What separates messages. */
	{"an empty file", IMPORT_AUTO, "", IMPORT_MBOXO, ""},
	{"one", IMPORT_AUTO, FROM "A: 1\n\nx\n\n", IMPORT_MBOXO, "A: 1\n\nx\n|"},
	{"two", IMPORT_AUTO, FROM "A: 1\n\nx\n\n" FROM2 "B: 2\n\ny\n\n", IMPORT_MBOXO,
		"A: 1\n\nx\n|B: 2\n\ny\n|"},
	{"no empty line at the end", IMPORT_AUTO, FROM "A: 1\n\nx\n", IMPORT_MBOXO, "A: 1\n\nx\n|"},
	{"no line end at the end", IMPORT_AUTO, FROM "A: 1\n\nx", IMPORT_MBOXO, "A: 1\n\nx|"},
	{"no empty line between", IMPORT_AUTO, FROM "A: 1\n\nx\n" FROM2 "B: 2\n\ny\n\n",
		IMPORT_MBOXO, "A: 1\n\nx\n|B: 2\n\ny\n|"},
	{"one of two empty lines belongs to the message", IMPORT_AUTO,
		FROM "A: 1\n\nx\n\n\n" FROM2 "B: 2\n\ny\n\n\n", IMPORT_MBOXO,
		"A: 1\n\nx\n\n|B: 2\n\ny\n\n|"},
	{"an empty body", IMPORT_AUTO, FROM "A: 1\n\n\n" FROM2 "B: 2\n\n\n", IMPORT_MBOXO,
		"A: 1\n\n|B: 2\n\n|"},
	{"a header alone", IMPORT_AUTO, FROM "A: 1\n\n" FROM2 "B: 2\n", IMPORT_MBOXO,
		"A: 1\n|B: 2\n|"},
	{"nothing in it", IMPORT_AUTO, FROM FROM2 "B: 2\n\ny\n\n", IMPORT_MBOXO, "|B: 2\n\ny\n|"},
	{"a From line alone", IMPORT_AUTO, FROM, IMPORT_MBOXO, "|"},
	{"a From line without an end", IMPORT_AUTO, "From a Thu Nov 29 22:33:52 2001", IMPORT_MBOXO,
		"|"},
	{"empty lines at the start", IMPORT_AUTO, "\n\n" FROM "A: 1\n\nx\n\n", IMPORT_MBOXO,
		"A: 1\n\nx\n|"},
	{"the first From line needs no date", IMPORT_AUTO, "From ann\nA: 1\n\nx\n\n" FROM2 "B: 2\n",
		IMPORT_MBOXO, "A: 1\n\nx\n|B: 2\n|"},
	{"another without a date is text", IMPORT_AUTO, FROM "A: 1\n\nFrom here\n\nFrom there\n\n",
		IMPORT_MBOXO, "A: 1\n\nFrom here\n\nFrom there\n|"},
	{"one with a date is not", IMPORT_AUTO, FROM "A: 1\n\nx\n" FROM2 "y\n", IMPORT_MBOXO,
		"A: 1\n\nx\n|y\n|"},
	{"CRLF", IMPORT_AUTO, CRLF "A: 1\r\n\r\nx\r\n\r\n" CRLF "B: 2\r\n\r\ny\r\n\r\n",
		IMPORT_MBOXO, "A: 1\r\n\r\nx\r\n|B: 2\r\n\r\ny\r\n|"},
	{"a CR alone is not an empty line", IMPORT_AUTO, FROM "A: 1\n\nx\n\r", IMPORT_MBOXO,
		"A: 1\n\nx\n\r|"},

	/* What is not an mbox file. */
	{"a message", IMPORT_AUTO, "Subject: x\n\nx\n", 0, NULL},
	{"a quoted From line", IMPORT_AUTO, ">" FROM "A: 1\n\nx\n", 0, NULL},
	{"a Babyl file", IMPORT_AUTO, "BABYL OPTIONS:\n", 0, NULL},
	{"an MMDF file", IMPORT_AUTO, "\1\1\1\1\n" FROM, 0, NULL},
	{"only blanks before it", IMPORT_AUTO, " \n" FROM, 0, NULL},
	{"the same if a dialect is named", IMPORT_MBOXRD, "Subject: x\n\nx\n", 0, NULL},

	/* mboxo: one > is removed before "From " alone. */
	{"mboxo undoes one", IMPORT_MBOXO, FROM "A: 1\n\n>From x\n>>From y\n\n", IMPORT_MBOXO,
		"A: 1\n\nFrom x\n>>From y\n|"},
	{"mboxo in the last line", IMPORT_MBOXO, FROM "A: 1\n\n>From x", IMPORT_MBOXO,
		"A: 1\n\nFrom x|"},
	{"mboxo in the first line", IMPORT_MBOXO, FROM ">From x\nA: 1\n\nx\n\n", IMPORT_MBOXO,
		"From x\nA: 1\n\nx\n|"},
	{"mboxo not within a line", IMPORT_MBOXO, FROM "A: 1\n\nx >From y\n >From z\n\n",
		IMPORT_MBOXO, "A: 1\n\nx >From y\n >From z\n|"},
	{"mboxo not other words", IMPORT_MBOXO, FROM "A: 1\n\n>From: y\n>Fromage\n>from z\n\n",
		IMPORT_MBOXO, "A: 1\n\n>From: y\n>Fromage\n>from z\n|"},
	{"mboxo a quoted separator", IMPORT_MBOXO, FROM "A: 1\n\nx\n\n>" FROM2 "y\n\n",
		IMPORT_MBOXO, "A: 1\n\nx\n\n" FROM2 "y\n|"},
	{"mboxo has no lengths", IMPORT_MBOXO,
		FROM "Content-Length: 200\n\nx\n\n" FROM2 "B: 2\n\ny\n\n", IMPORT_MBOXO,
		"Content-Length: 200\n\nx\n|B: 2\n\ny\n|"},

	/* mboxrd: one > is removed from any number. */
	{"mboxrd undoes one", IMPORT_MBOXRD, FROM "A: 1\n\n>From x\n\n", IMPORT_MBOXRD,
		"A: 1\n\nFrom x\n|"},
	{"mboxrd undoes one of two", IMPORT_MBOXRD, FROM "A: 1\n\n>>From x\n\n", IMPORT_MBOXRD,
		"A: 1\n\n>From x\n|"},
	{"mboxrd undoes one of many", IMPORT_MBOXRD, FROM "A: 1\n\n>>>>>From x\n\n", IMPORT_MBOXRD,
		"A: 1\n\n>>>>From x\n|"},
	{"mboxrd not with a blank", IMPORT_MBOXRD, FROM "A: 1\n\n> >From x\n> From y\n\n",
		IMPORT_MBOXRD, "A: 1\n\n> >From x\n> From y\n|"},
	{"mboxrd with CRLF", IMPORT_MBOXRD, CRLF "A: 1\r\n\r\n>>From x\r\n\r\n", IMPORT_MBOXRD,
		"A: 1\r\n\r\n>From x\r\n|"},
	{"mboxrd in the header", IMPORT_MBOXRD, FROM ">>From x\nA: 1\n\nx\n\n", IMPORT_MBOXRD,
		">From x\nA: 1\n\nx\n|"},
	{"mboxrd at the end", IMPORT_MBOXRD, FROM "A: 1\n\n>>From ", IMPORT_MBOXRD,
		"A: 1\n\n>From |"},

	/* mboxcl: the length ends the body, and quotes are undone. */
	{"mboxcl", IMPORT_MBOXCL,
		FROM "Content-Length: 8\n\n>From x\n\n" FROM2 "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL, "Content-Length: 8\n\nFrom x\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl an empty body", IMPORT_MBOXCL,
		FROM "Content-Length: 0\n\n\n" FROM2 "Content-Length: 0\n\n", IMPORT_MBOXCL,
		"Content-Length: 0\n\n|Content-Length: 0\n\n|"},
	{"mboxcl keeps empty lines", IMPORT_MBOXCL,
		FROM "Content-Length: 4\n\nx\n\n\n\n" FROM2 "Content-Length: 2\n\ny\n",
		IMPORT_MBOXCL, "Content-Length: 4\n\nx\n\n\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl case and blanks", IMPORT_MBOXCL, FROM "content-length:   2 \n\ny\n\n",
		IMPORT_MBOXCL, "content-length:   2 \n\ny\n|"},
	{"mboxcl without the field", IMPORT_MBOXCL,
		FROM "A: 1\n\nx\n\n" FROM2 "Content-Length: 2\n\ny\n\n", IMPORT_MBOXCL,
		"A: 1\n\nx\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl a body without a line end", IMPORT_MBOXCL,
		FROM "Content-Length: 1\n\nx\n" FROM2 "Content-Length: 1\n\ny\n", IMPORT_MBOXCL,
		"Content-Length: 1\n\nx|Content-Length: 1\n\ny|"},

	/* mboxcl2: nothing is quoted. */
	{"mboxcl2 quotes nothing", IMPORT_MBOXCL2, FROM "Content-Length: 8\n\n>From x\n\n",
		IMPORT_MBOXCL2, "Content-Length: 8\n\n>From x\n|"},
	{"mboxcl2 a From line in a body", IMPORT_MBOXCL2,
		FROM "Content-Length: 41\n\n" FROM2 "x\n\n" FROM2 "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL2, "Content-Length: 41\n\n" FROM2 "x\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl2 a message in a body", IMPORT_MBOXCL2,
		FROM "Content-Length: 46\n\n\n" FROM2 "B: 2\n\n\n" FROM
		     "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL2,
		"Content-Length: 46\n\n\n" FROM2 "B: 2\n\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl2 too short a length", IMPORT_MBOXCL2,
		FROM "Content-Length: 1\n\nxyz\n\n" FROM2 "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL2, "Content-Length: 1\n\nxyz\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl2 too long a length", IMPORT_MBOXCL2,
		FROM "Content-Length: 1000\n\nx\n\n" FROM2 "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL2, "Content-Length: 1000\n\nx\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl2 a length into the next message", IMPORT_MBOXCL2,
		FROM "Content-Length: 10\n\nx\n\n" FROM2 "Content-Length: 2\n\ny\n\n",
		IMPORT_MBOXCL2, "Content-Length: 10\n\nx\n|Content-Length: 2\n\ny\n|"},
	{"mboxcl2 no number", IMPORT_MBOXCL2, FROM "Content-Length: two\n\nx\n\n" FROM2 "B: 2\n\n",
		IMPORT_MBOXCL2, "Content-Length: two\n\nx\n|B: 2\n|"},
	{"mboxcl2 below zero", IMPORT_MBOXCL2, FROM "Content-Length: -1\n\nx\n\n" FROM2 "B: 2\n\n",
		IMPORT_MBOXCL2, "Content-Length: -1\n\nx\n|B: 2\n|"},
	{"mboxcl2 more than there are numbers", IMPORT_MBOXCL2,
		FROM "Content-Length: 99999999999999999999999\n\nx\n\n" FROM2 "B: 2\n\n",
		IMPORT_MBOXCL2, "Content-Length: 99999999999999999999999\n\nx\n|B: 2\n|"},
	{"mboxcl2 the largest number", IMPORT_MBOXCL2,
		FROM "Content-Length: 9223372036854775807\n\nx\n\n" FROM2 "B: 2\n\n",
		IMPORT_MBOXCL2, "Content-Length: 9223372036854775807\n\nx\n|B: 2\n|"},
	{"mboxcl2 the first of two lengths", IMPORT_MBOXCL2,
		FROM "Content-Length: 2\nContent-Length: 1000\n\nx\n\n", IMPORT_MBOXCL2,
		"Content-Length: 2\nContent-Length: 1000\n\nx\n|"},
	{"mboxcl2 a length in the body", IMPORT_MBOXCL2,
		FROM "Content-Length: 20\n\nContent-Length: 900\n\n", IMPORT_MBOXCL2,
		"Content-Length: 20\n\nContent-Length: 900\n|"},

	/* The choice. */
	{"nothing quoted", IMPORT_AUTO, FROM "A: 1\n\n>Fromage\n\n", IMPORT_MBOXO,
		"A: 1\n\n>Fromage\n|"},
	{"quoted once", IMPORT_AUTO, FROM "A: 1\n\n>From x\n\n", IMPORT_MBOXO, "A: 1\n\nFrom x\n|"},
	{"quoted twice", IMPORT_AUTO, FROM "A: 1\n\n>From x\n>>From y\n\n", IMPORT_MBOXRD,
		"A: 1\n\nFrom x\n>From y\n|"},
	{"right lengths", IMPORT_AUTO,
		FROM "Content-Length: 2\n\nx\n\n" FROM2 "Content-Length: 9\n\n>>From x\n\n",
		IMPORT_MBOXCL, "Content-Length: 2\n\nx\n|Content-Length: 9\n\n>>From x\n|"},
	{"a From line that only lengths explain", IMPORT_AUTO,
		FROM "Content-Length: 43\n\nx\n" FROM2 "y\n\n" FROM2
		     "Content-Length: 8\n\n>From x\n\n",
		IMPORT_MBOXCL2,
		"Content-Length: 43\n\nx\n" FROM2 "y\n|Content-Length: 8\n\n>From x\n|"},
	{"one wrong length", IMPORT_AUTO,
		FROM "Content-Length: 2\n\nx\n\n" FROM2 "Content-Length: 3\n\n>>From y\n\n",
		IMPORT_MBOXRD, "Content-Length: 2\n\nx\n|Content-Length: 3\n\n>From y\n|"},
	{"one length missing", IMPORT_AUTO,
		FROM "Content-Length: 2\n\nx\n\n" FROM2 "B: 2\n\n>>From y\n\n", IMPORT_MBOXRD,
		"Content-Length: 2\n\nx\n|B: 2\n\n>From y\n|"},
	/* Who sends a message with a long length must not hide those after it. */
	{"a length that swallows all others", IMPORT_AUTO,
		FROM "Content-Length: 52\n\nx\n\n" FROM2 "B: 2\n\ny\n", IMPORT_MBOXO,
		"Content-Length: 52\n\nx\n|B: 2\n\ny\n|"},
	{"the same, up to a second message", IMPORT_AUTO,
		FROM "Content-Length: 51\n\nx\n\n" FROM2 "B: 2\n\ny\n\n" FROM
		     "Content-Length: 2\n\nz\n\n",
		IMPORT_MBOXO, "Content-Length: 51\n\nx\n|B: 2\n\ny\n|Content-Length: 2\n\nz\n|"},
};

static int in_memory(struct str text)
{
	int fd = memfd_create("mbox", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	return fd;
}

static void test_file(void **state)
{
	const struct file *row = *state;
	struct arena *mem = arena_new();
	struct import_mbox found;
	struct buf one = {0}, all = {0};
	struct err err;
	int fd = in_memory(str_of(row->text));
	int r = import_mbox_find(fd, "x.mbox", row->dialect, mem, &found, &err);
	assert_int_equal(r, row->messages ? 0 : -1);
	if (r < 0)
		assert_non_null(strstr(err.text, "x.mbox, line 1: this is not an mbox file"));
	for (size_t i = 0; r == 0 && i < found.count; i++) {
		assert_int_equal(
			import_mbox_read(fd, &found.messages[i], found.dialect, &one, &err), 0);
		buf_add(&all, buf_str(&one));
		buf_byte(&all, '|');
	}
	if (r == 0) {
		assert_string_equal(buf_cstr(&all), row->messages);
		assert_string_equal(
			import_mbox_names[found.dialect], import_mbox_names[row->chosen]);
	}
	buf_free(&one);
	buf_free(&all);
	close(fd);
	arena_free(mem);
}

/* ---- places ---- */

static void test_places(void **state)
{
	static const char text[] = FROM "A: 1\n\nFrom x\n\n" FROM2 "Content-Length: 7\n\ny\n\n";
	struct arena *mem = arena_new();
	struct import_mbox found;
	struct err err;
	int fd = in_memory(STR_LIT(text));
	(void)state;
	assert_int_equal(import_mbox_find(fd, "x", IMPORT_AUTO, mem, &found, &err), 0);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.messages[0].line, 1);
	assert_int_equal(found.messages[0].date, 1007073232);
	assert_int_equal(found.messages[1].line, 6);
	assert_int_equal(found.messages[1].date, 1007073232 + 86400);
	assert_int_equal(found.undated, 1);
	assert_int_equal(found.undated_line, 4);
	assert_int_equal(found.wrong, 1);
	assert_int_equal(found.wrong_line, 6);
	assert_int_equal(found.missing, 1);
	close(fd);
	arena_free(mem);
}

/*
 * Lines at every distance from the end of the window in which the file is read, and one that is
 * larger than it, with NUL bytes.
 */
static void test_windows(void **state)
{
	enum { WINDOW = 256 * 1024, NEAR = 60 };
	struct arena *mem = arena_new();
	char *line = arena_alloc(mem, 2 * WINDOW);
	(void)state;
	for (size_t n = WINDOW - NEAR; n < 2 * WINDOW; n += n < WINDOW + NEAR ? 1 : WINDOW / 4) {
		struct buf text = {0}, one = {0};
		struct import_mbox found;
		struct err err;
		buf_text(&text, FROM "\n");
		memset(line, n % 2 ? 'x' : '\0', n);
		buf_add(&text, (struct str){line, n - strlen(FROM) - 1});
		buf_text(&text, "\n\n" FROM2 "B: 2\n\ny\n\n");
		int fd = in_memory(buf_str(&text));
		assert_int_equal(import_mbox_find(fd, "x", IMPORT_AUTO, mem, &found, &err), 0);
		assert_int_equal(found.count, 2);
		assert_int_equal(found.messages[0].size, n - strlen(FROM) + 1);
		assert_int_equal(found.messages[1].line, 5);
		assert_int_equal(
			import_mbox_read(fd, &found.messages[1], found.dialect, &one, &err), 0);
		assert_string_equal(buf_cstr(&one), "B: 2\n\ny\n");
		close(fd);
		buf_free(&text);
		buf_free(&one);
	}
	arena_free(mem);
}

/* A file that became shorter since it was looked at. */
static void test_cut(void **state)
{
	const struct import_place place = {.offset = 2, .size = 100, .line = 7};
	struct buf one = {0};
	struct err err;
	int fd = in_memory(STR_LIT("0123456789"));
	(void)state;
	assert_int_equal(import_mbox_read(fd, &place, IMPORT_MBOXO, &one, &err), -1);
	assert_string_equal(err.text, "line 7: cannot read the message: the file became shorter");
	close(fd);
	buf_free(&one);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_from, froms),
		TABLE_OF_ONE(test_zone, "the zone of the process"), TABLE(test_file, files),
		TABLE_OF_ONE(test_places, "lines and dates"),
		TABLE_OF_ONE(test_windows, "lines at the end of the window"),
		TABLE_OF_ONE(test_cut, "a file that became shorter")};
	setenv("TZ", "UTC", 1);
	return table_run("import", tables, sizeof tables / sizeof *tables);
}
