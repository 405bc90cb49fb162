/* What a message's header says about its flags when it comes from an mbox file; and duplicates. */
#include "mda/tools/import/import_fields.h"
#include "mda/tools/import/import_seen.h"

#include "base/verdict.h"
#include "tests/unit/table.h"

#include <stdio.h>

/* ---- the fields ---- */

static const struct fields {
	const char *name, *text, *left;
	unsigned flags;
	bool old, internal, removed;
	const char *keywords; /* each with a blank after it */
} fields[] = {
	{"none", "A: 1\n\nx\n", "A: 1\n\nx\n", 0, false, false, false, ""},
	{"read", "Status: R\nA: 1\n\nx\n", "A: 1\n\nx\n", FLAG_SEEN, true, false, false, ""},
	{"old and read", "A: 1\nStatus: RO\n\nx\n", "A: 1\n\nx\n", FLAG_SEEN, true, false, false,
		""},
	{"old", "A: 1\nStatus: O\nB: 2\n\nx\n", "A: 1\nB: 2\n\nx\n", 0, true, false, false, ""},
	{"new", "Status: \nA: 1\n\nx\n", "A: 1\n\nx\n", 0, false, false, false, ""},
	{"answered", "X-Status: A\n\nx\n", "\nx\n", FLAG_REPLIED, false, false, false, ""},
	{"all of them", "Status: RO\nX-Status: AFTD\n\nx\n", "\nx\n",
		FLAG_SEEN | FLAG_REPLIED | FLAG_FLAGGED | FLAG_DRAFT | FLAG_TRASHED, true, false,
		false, ""},
	{"keywords", "X-Keywords: work  $Label1\n\nx\n", "\nx\n", 0, false, false, false,
		"work $Label1 "},
	{"keywords on two lines", "X-Keywords: work\n urgent work\n\nx\n", "\nx\n", 0, false, false,
		false, "work urgent "},
	{"a note to itself", "X-IMAP: 123 4\nStatus: RO\n\nx\n", "\nx\n", FLAG_SEEN, true, true,
		false, ""},
	{"UIDs of another server", "X-IMAPbase: 1 2\nX-UID: 5\nContent-Length: 2\nA: 1\n\nx\n",
		"A: 1\n\nx\n", 0, false, false, false, ""},
	{"in the body they are text", "A: 1\n\nStatus: R\n", "A: 1\n\nStatus: R\n", 0, false, false,
		false, ""},
	{"other fields stay", "Status-X: R\nX-Statuses: F\n\n", "Status-X: R\nX-Statuses: F\n\n", 0,
		false, false, false, ""},
	{"case", "STATUS: R\nx-status: F\n\n", "\n", FLAG_SEEN | FLAG_FLAGGED, true, false, false,
		""},
	{"Thunderbird: read and answered", "X-Mozilla-Status: 0003\n\nx\n", "\nx\n",
		FLAG_SEEN | FLAG_REPLIED, true, false, false, ""},
	{"Thunderbird: forwarded", "X-Mozilla-Status: 1005\nX-Mozilla-Status2: 00000000\n\nx\n",
		"\nx\n", FLAG_SEEN | FLAG_FLAGGED | FLAG_PASSED, true, false, false, ""},
	{"Thunderbird: deleted", "X-Mozilla-Status: 0009\n\nx\n", "\nx\n", FLAG_SEEN, true, false,
		true, ""},
	{"no header", "x\nStatus: R\n", "x\nStatus: R\n", 0, false, false, false, ""},
};

static void test_fields(void **state)
{
	const struct fields *row = *state;
	struct arena *mem = arena_new();
	struct import_fields f;
	struct buf bytes = {0}, keywords = {0};
	buf_text(&bytes, row->text);
	import_fields_read(&bytes, true, mem, &f);
	assert_string_equal(buf_cstr(&bytes), row->left);
	assert_int_equal(f.flags, row->flags);
	assert_int_equal(f.old, row->old);
	assert_int_equal(f.is_internal, row->internal);
	assert_int_equal(f.is_removed, row->removed);
	for (size_t i = 0; i < f.keywords.count; i++) {
		buf_add(&keywords, f.keywords.items[i]);
		buf_byte(&keywords, ' ');
	}
	assert_string_equal(buf_cstr(&keywords), row->keywords);
	/* In a Maildir these are fields like any other. */
	buf_clear(&bytes);
	buf_text(&bytes, row->text);
	import_fields_read(&bytes, false, mem, &f);
	assert_string_equal(buf_cstr(&bytes), row->text);
	assert_int_equal(f.flags, 0);
	buf_free(&bytes);
	buf_free(&keywords);
	arena_free(mem);
}

/* ---- duplicates ---- */

static void test_duplicates(void **state)
{
	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		struct import_seen *s = import_seen_new();
		const struct str a = STR_LIT("A"), b = STR_LIT("B"), id = STR_LIT("<1@x>");
		assert_int_equal(import_seen_meet(s, a, id, keep), IMPORT_NEW);
		assert_int_equal(import_seen_meet(s, b, id, keep), IMPORT_SAME_ID);
		assert_int_equal(
			import_seen_meet(s, a, id, keep), keep ? IMPORT_SAME_ID : IMPORT_DUPLICATE);
		assert_int_equal(import_seen_meet(s, STR_LIT("C"), STR_EMPTY, keep), IMPORT_NEW);
		for (int i = 0; i < 5000; i++) {
			char text[16];
			assert_true(snprintf(text, sizeof text, "%d", i) > 0);
			assert_int_equal(
				import_seen_meet(s, str_of(text), STR_EMPTY, keep), IMPORT_NEW);
		}
		assert_int_equal(import_seen_meet(s, STR_LIT("4321"), STR_EMPTY, keep),
			keep ? IMPORT_NEW : IMPORT_DUPLICATE);
		import_seen_free(s);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_fields, fields), TABLE_OF_ONE(test_duplicates, "duplicates")};
	return table_run("import_fields", tables, sizeof tables / sizeof *tables);
}
