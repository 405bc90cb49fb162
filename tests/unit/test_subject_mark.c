/* Marks of earlier deliveries: they are removed where replies leave them, and nothing else is. */
#include "base/buf.h"
#include "filters/label/tag.h"
#include "filters/spam/subject_mark.h"
#include "tests/unit/table.h"

#include <string.h>

static const struct row {
	const char *name;
	struct str value, without;
} rows[] = {
	{"none", STR_LIT(" Offer"), STR_LIT(" Offer")},
	{"empty", STR_LIT(""), STR_LIT("")},
	{"blank", STR_LIT(" "), STR_LIT(" ")},
	/* where they are */
	{"first", STR_LIT(" [External] Offer"), STR_LIT(" Offer")},
	{"first, no blank", STR_LIT("[External]Offer"), STR_LIT("Offer")},
	{"the other one", STR_LIT(" [Unknown] Offer"), STR_LIT(" Offer")},
	{"alone", STR_LIT(" [External]"), STR_LIT(" ")},
	{"alone, blanks", STR_LIT("[External]  "), STR_LIT("")},
	{"a reply", STR_LIT(" Re: [External] Offer"), STR_LIT(" Re: Offer")},
	{"a reply, no blank", STR_LIT(" Re:[External] Offer"), STR_LIT(" Re:Offer")},
	{"two", STR_LIT(" [External] Re: [External] Offer"), STR_LIT(" Re: Offer")},
	{"two in a row", STR_LIT(" [External] [Unknown] Offer"), STR_LIT(" Offer")},
	{"three", STR_LIT(" AW: [Unknown] Re: [External] Fwd: [External] x"),
		STR_LIT(" AW: Re: Fwd: x")},
	{"counted replies", STR_LIT(" Re[3]: [External] x"), STR_LIT(" Re[3]: x")},
	{"French", STR_LIT(" RE : [External] x"), STR_LIT(" RE : x")},
	{"Chinese", STR_LIT(" \xe5\x9b\x9e\xe5\xa4\x8d\xef\xbc\x9a[External] x"),
		STR_LIT(" \xe5\x9b\x9e\xe5\xa4\x8d\xef\xbc\x9ax")},
	{"a list's tag", STR_LIT(" [dev] Re: [External] x"), STR_LIT(" [dev] Re: x")},
	{"a list's tag with blanks", STR_LIT(" [dev 3/4] [External] x"), STR_LIT(" [dev 3/4] x")},
	/* a person's words */
	{"in the text", STR_LIT(" What is [External] for?"), STR_LIT(" What is [External] for?")},
	{"in the text of a reply", STR_LIT(" Re: [External] What is [External]?"),
		STR_LIT(" Re: What is [External]?")},
	{"after a long word with a colon", STR_LIT(" Donaudampfschiffahrt: [External] x"),
		STR_LIT(" Donaudampfschiffahrt: [External] x")},
	{"other letters", STR_LIT(" [EXTERNAL] x"), STR_LIT(" [EXTERNAL] x")},
	{"not closed", STR_LIT(" [External x"), STR_LIT(" [External x")},
	{"longer", STR_LIT(" [Externals] x"), STR_LIT(" [Externals] x")},
	{"a colon first", STR_LIT(" : [External] x"), STR_LIT(" : [External] x")},
	/* folded lines */
	{"a fold in front", STR_LIT(" Re:\n [External] x"), STR_LIT(" Re:\n x")},
	{"a fold after", STR_LIT(" Re: [External]\n x"), STR_LIT(" Re:\n x")},
	{"a fold after, first", STR_LIT(" [External]\n x"), STR_LIT("\n x")},
	{"a fold with CR", STR_LIT(" Re: [External]\r\n x"), STR_LIT(" Re:\r\n x")},
	/* encoded words */
	{"Q", STR_LIT(" =?utf-8?Q?Re:_[External]_Gr=C3=BC=C3=9Fe?="),
		STR_LIT(" =?utf-8?Q?Re:_Gr=C3=BC=C3=9Fe?=")},
	{"Q, all encoded", STR_LIT(" =?iso-8859-1?q?Re=3A_=5bExternal=5D_=fc?="),
		STR_LIT(" =?iso-8859-1?q?Re=3A_=fc?=")},
	{"Q, an equals sign alone", STR_LIT(" =?utf-8?Q?[External]_=x?="),
		STR_LIT(" =?utf-8?Q?=x?=")},
	{"B", STR_LIT(" =?UTF-8?B?UmU6IFtFeHRlcm5hbF0gR3LDvMOfZQ==?="),
		STR_LIT(" =?UTF-8?B?UmU6IEdyw7zDn2U=?=")},
	{"B, not padded", STR_LIT(" =?UTF-8?b?W0V4dGVybmFsXSDDvA?="), STR_LIT(" =?UTF-8?b?w7w=?=")},
	{"plain, then Q", STR_LIT(" Re: [External] =?utf-8?Q?=C3=BC?="),
		STR_LIT(" Re: =?utf-8?Q?=C3=BC?=")},
	{"a word of its own", STR_LIT(" =?utf-8?Q?[External]_?= =?utf-8?Q?=C3=BC?="),
		STR_LIT(" =?utf-8?Q?=C3=BC?=")},
	{"over two words", STR_LIT(" =?utf-8?Q?Re:_[Exter?=\n =?utf-8?B?bmFsXSDDvA==?="),
		STR_LIT(" =?utf-8?Q?Re:_?=\n =?utf-8?B?w7w=?=")},
	{"the words after it stay",
		STR_LIT(" =?utf-8?Q?[External]_=C3=BC?=\n =?utf-8?Q?=C3=A4?= and\n more"),
		STR_LIT(" =?utf-8?Q?=C3=BC?=\n =?utf-8?Q?=C3=A4?= and\n more")},
	{"a charset with other brackets", STR_LIT(" =?shift_jis?Q?[External]_x?="),
		STR_LIT(" =?shift_jis?Q?[External]_x?=")},
	{"such a charset after it", STR_LIT(" [External] =?gb2312?B?w7w=?= x"),
		STR_LIT(" =?gb2312?B?w7w=?= x")},
	{"no encoded word", STR_LIT(" [External] =?utf-8?Q?x"), STR_LIT(" =?utf-8?Q?x")},
	{"no encoding", STR_LIT(" [External] =?utf-8?"), STR_LIT(" =?utf-8?")},
	{"an unknown encoding", STR_LIT(" [External] =?utf-8?X?x?="), STR_LIT(" =?utf-8?X?x?=")},
	{"empty word",
		STR_LIT(" [External] =?utf-8?Q?"
			"?="),
		STR_LIT(" =?utf-8?Q?"
			"?=")},
	{"NUL", STR_LIT(" [External] a\0b"), STR_LIT(" a\0b")},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str is = subject_mark_remove(row->value, &tag_subject_marks, mem);
	if (!str_eq(is, row->without))
		fail_msg("<" STR_FMT "> instead of <" STR_FMT ">", STR_ARGS(is),
			STR_ARGS(row->without));
	is = subject_mark_remove(is, &tag_subject_marks, mem);
	assert_true(str_eq(is, row->without));
	arena_free(mem);
}

/* Only the start is looked at; all else comes back as it was. */
static void test_long(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0};
	(void)state;
	buf_text(&text, " [External] ");
	for (int i = 0; i < 100000; i++)
		buf_text(&text, "Re: ");
	buf_text(&text, "[External] x");
	struct str is = subject_mark_remove(buf_str(&text), &tag_subject_marks, mem);
	assert_int_equal(is.n, text.n - strlen("[External] "));
	assert_memory_equal(is.p + 1, buf_str(&text).p + strlen(" [External] "), is.n - 1);
	buf_free(&text);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_long, "a long subject"),
	};
	return table_run("subject_mark", tables, sizeof tables / sizeof *tables);
}
