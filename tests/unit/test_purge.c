/* Which messages mda-purge removes, and what the key retention may say. */
#include "mda/conf/retention.h"
#include "mda/tools/purge/purge.h"

#include "mda/conf/age.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>

/* ---- one message ---- */

enum { DAY = 86400, NOW = 1000 * DAY };

/* Of 90 days ago; it came into the folder 10 days ago. */
static const struct purge_file plain = {.name = "1.M1P1.x:2,",
	.in_cur = true,
	.arrived = NOW - 90 * DAY,
	.changed = NOW - 10 * DAY,
	.size = 5000};

static const struct judged {
	const char *name;
	struct purge_rules rules;
	const char *flags;
	enum purge_verdict verdict;
} judged[] = {
	{"everything", {.everything = true}, "", PURGE_REMOVE},
	{"everything but a flagged one", {.everything = true}, "F", PURGE_KEEP_FLAGGED},
	{"even that", {.everything = true, .even_flagged = true}, "F", PURGE_REMOVE},
	{"older", {.has_older = true, .older = 89 * DAY}, "", PURGE_REMOVE},
	{"just as old", {.has_older = true, .older = 90 * DAY}, "", PURGE_REMOVE},
	{"not so old", {.has_older = true, .older = 90 * DAY + 1}, "", PURGE_KEEP},
	{"not so old, and flagged", {.has_older = true, .older = 91 * DAY}, "F", PURGE_KEEP},
	{"of any age", {.has_older = true}, "", PURGE_REMOVE},
	{"unchanged", {.has_unchanged = true, .unchanged = 10 * DAY}, "", PURGE_REMOVE},
	{"changed since", {.has_unchanged = true, .unchanged = 11 * DAY}, "", PURGE_KEEP},
	{"unchanged and flagged", {.has_unchanged = true, .unchanged = DAY}, "FS",
		PURGE_KEEP_FLAGGED},
	{"larger", {.has_larger = true, .larger = 4999}, "", PURGE_REMOVE},
	{"just as large", {.has_larger = true, .larger = 5000}, "", PURGE_KEEP},
	{"deleted", {.deleted = true}, "ST", PURGE_REMOVE},
	{"not deleted", {.deleted = true}, "S", PURGE_KEEP},
	{"deleted and flagged", {.deleted = true}, "FT", PURGE_KEEP_FLAGGED},
	{"read", {.seen = true}, "S", PURGE_REMOVE},
	{"not read", {.seen = true}, "R", PURGE_KEEP},
	{"a keyword is not the flag", {.seen = true}, "s", PURGE_KEEP},
	{"read and old", {.seen = true, .has_older = true, .older = DAY}, "S", PURGE_REMOVE},
	{"read and not old", {.seen = true, .has_older = true, .older = 91 * DAY}, "S", PURGE_KEEP},
	{"old and not read", {.seen = true, .has_older = true, .older = DAY}, "", PURGE_KEEP},
	{"all rules",
		{.has_older = true,
			.older = DAY,
			.has_unchanged = true,
			.unchanged = DAY,
			.has_larger = true,
			.larger = 1,
			.deleted = true,
			.seen = true},
		"ST", PURGE_REMOVE},
	{"all rules but one",
		{.has_older = true,
			.older = DAY,
			.has_unchanged = true,
			.unchanged = DAY,
			.has_larger = true,
			.larger = 1 << 20,
			.deleted = true,
			.seen = true},
		"ST", PURGE_KEEP},
};

static void test_judged(void **state)
{
	const struct judged *row = *state;
	char name[64];
	struct purge_file file = plain;
	assert_true(snprintf(name, sizeof name, "%s%s", plain.name, row->flags) > 0);
	file.name = name;
	assert_int_equal(purge_judge(&row->rules, &file, NOW), row->verdict);
}

/* A clock that went back, and a file that comes from the future. */
static void test_future(void **state)
{
	const struct purge_rules older = {.has_older = true}, unchanged = {.has_unchanged = true};
	struct purge_file file = plain;
	(void)state;
	file.arrived = file.changed = NOW + DAY;
	assert_int_equal(purge_judge(&older, &file, NOW), PURGE_KEEP);
	assert_int_equal(purge_judge(&unchanged, &file, NOW), PURGE_KEEP);
	/* In new/ there are no flags. */
	file.name = "1.M1P1.x,S=3,T";
	const struct purge_rules deleted = {.deleted = true};
	assert_int_equal(purge_judge(&deleted, &file, NOW), PURGE_KEEP);
}

/* ---- the key ---- */

static const struct entry {
	const char *name, *text, *folder; /* FOLDER NULL: it is refused */
	bool below;
	size_t seconds;
} entries[] = {
	{"days", "Trash 30d", "Trash", false, 30 * DAY},
	{"weeks", "Junk 2w", "Junk", false, 14 * DAY},
	{"hours", "Junk 12h", "Junk", false, DAY / 2},
	{"at once", "Junk 0d", "Junk", false, 0},
	{"a name with blanks", "Deleted Items 30d", "Deleted Items", false, 30 * DAY},
	{"blanks around", "  Trash   30d ", "Trash", false, 30 * DAY},
	{"a level", "Lists/dev 1y", "Lists/dev", false, 366 * DAY},
	{"what is below", "Trash/* 30d", "Trash", true, 30 * DAY},
	{"the INBOX", "INBOX 10y", "INBOX", false, (size_t)10 * 366 * DAY},
	{"no time", "Trash", NULL, false, 0},
	{"no folder", "30d", NULL, false, 0},
	{"nothing", "", NULL, false, 0},
	{"blanks", "  ", NULL, false, 0},
	{"no unit", "Trash 30", NULL, false, 0},
	{"a unit alone", "Trash d", NULL, false, 0},
	{"zero without a unit", "Trash 0", NULL, false, 0},
	{"below zero", "Trash -1d", NULL, false, 0},
	{"too much", "Trash 100000d", NULL, false, 0},
	{"two times", "Trash 30dd", NULL, false, 0},
	{"any folder", "* 30d", NULL, false, 0},
	{"a pattern", "T* 30d", NULL, false, 0},
	{"below anything", "/* 30d", NULL, false, 0},
	{"two stars", "Trash/*/* 30d", NULL, false, 0},
};

static void test_entry(void **state)
{
	const struct entry *row = *state;
	struct retention r;
	const char *why = NULL;
	bool good = retention_read(str_of(row->text), &r, &why);
	assert_int_equal(good, row->folder != NULL);
	if (!good) {
		assert_non_null(why);
		return;
	}
	assert_true(str_eq(r.folder, str_of(row->folder)));
	assert_int_equal(r.below, row->below);
	assert_int_equal(r.seconds, row->seconds);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_judged, judged),
		TABLE_OF_ONE(test_future, "times to come"), TABLE(test_entry, entries)};
	return table_run("purge", tables, sizeof tables / sizeof *tables);
}
