/* Dates in mail: text -> time, zone; and what is not a date. */
#include "tests/unit/table.h"

#include "base/date.h"

#include <time.h>

static const struct row {
	const char *name, *text;
	int64_t seconds; /* -1: no date */
	int zone;
	bool has_zone;
} rows[] = {
	{"as it should be", "Mon, 23 Nov 2026 09:15:30 +0100", 1795421730, 60, true},
	{"west", "Mon, 23 Nov 2026 03:15:30 -0500", 1795421730, -300, true},
	{"half hours", "Mon, 23 Nov 2026 13:45:30 +0530", 1795421730, 330, true},
	{"UTC", "Mon, 23 Nov 2026 08:15:30 +0000", 1795421730, 0, true},
	{"unknown local time", "Mon, 23 Nov 2026 08:15:30 -0000", 1795421730, 0, true},
	{"without the day's name", "23 Nov 2026 08:15:30 +0000", 1795421730, 0, true},
	{"with a wrong day's name", "Fri, 23 Nov 2026 08:15:30 +0000", 1795421730, 0, true},
	{"with a whole day's name", "Monday, 23 November 2026 08:15:30 GMT", 1795421730, 0, true},
	{"without a comma", "Mon 23 Nov 2026 08:15:30 +0000", 1795421730, 0, true},
	{"without seconds", "Mon, 23 Nov 2026 08:15 +0000", 1795421700, 0, true},
	{"one digit", "Mon, 3 Nov 2026 8:05:07 +0000", 1793693107, 0, true},
	{"no blank before the day", "Mon,23 Nov 2026 08:15:30 +0000", 1795421730, 0, true},
	{"a comment after", "Mon, 23 Nov 2026 09:15:30 +0100 (CET)", 1795421730, 60, true},
	{"comments anywhere", "Mon (a), (b(c)\\))23(d)Nov 2026 (e) 08 : 15:30 (f) +0000",
		1795421730, 0, true},
	{"folded", "Mon, 23\r\n Nov 2026\r\n\t08:15:30 +0000", 1795421730, 0, true},
	{"small letters", "mon, 23 nov 2026 08:15:30 gmt", 1795421730, 0, true},
	{"dashes", "23-Nov-2026 08:15:30 +0000", 1795421730, 0, true},
	{"two digits of a year of this century", "23 Nov 26 08:15:30 +0000", 1795421730, 0, true},
	{"two digits of a year of the last", "23 Nov 99 08:15:30 +0000", 943344930, 0, true},
	{"three digits of a year", "23 Nov 126 08:15:30 +0000", 1795421730, 0, true},
	{"EST", "Mon, 23 Nov 2026 03:15:30 EST", 1795421730, -300, true},
	{"PDT", "Mon, 23 Nov 2026 01:15:30 PDT", 1795421730, -420, true},
	{"Z", "Mon, 23 Nov 2026 08:15:30 Z", 1795421730, 0, true},
	{"a zone of one letter", "Mon, 23 Nov 2026 08:15:30 A", 1795421730, 0, false},
	{"a zone that nobody knows", "Mon, 23 Nov 2026 08:15:30 CEST", 1795421730, 0, false},
	{"no zone", "Mon, 23 Nov 2026 08:15:30", 1795421730, 0, false},
	{"a leap second", "Sat, 31 Dec 2016 23:59:60 +0000", 1483228800, 0, true},
	{"a leap day", "Thu, 29 Feb 2024 00:00:00 +0000", 1709164800, 0, true},
	{"a leap day of a century", "29 Feb 2000 00:00:00 +0000", 951782400, 0, true},
	{"the epoch", "1 Jan 1970 00:00:00 +0000", 0, 0, true},
	{"before the epoch", "31 Dec 1969 23:59:58 +0000", -2, 0, true},
	{"the year 9999", "31 Dec 9999 23:59:59 +0000", 253402300799, 0, true},
	{"no leap day", "29 Feb 2023 00:00:00 +0000", -1, 0, false},
	{"no leap day of a century", "29 Feb 1900 00:00:00 +0000", -1, 0, false},
	{"day 0", "0 Nov 2026 08:15:30 +0000", -1, 0, false},
	{"day 31 of a short month", "31 Nov 2026 08:15:30 +0000", -1, 0, false},
	{"hour 24", "23 Nov 2026 24:00:00 +0000", -1, 0, false},
	{"minute 60", "23 Nov 2026 08:60:00 +0000", -1, 0, false},
	{"a month that is none", "23 Foo 2026 08:15:30 +0000", -1, 0, false},
	{"a month as a number", "23 11 2026 08:15:30 +0000", -1, 0, false},
	{"no time", "Mon, 23 Nov 2026", -1, 0, false},
	{"no year", "Mon, 23 Nov 08:15:30 2026", -1, 0, false},
	{"a zone of three digits", "23 Nov 2026 08:15:30 +100", -1, 0, false},
	{"a zone with 60 minutes", "23 Nov 2026 08:15:30 +0160", -1, 0, false},
	{"a year of five digits", "23 Nov 20260 08:15:30 +0000", -1, 0, false},
	{"a comment that does not end", "23 Nov 2026 (08:15:30 +0000", -1, 0, false},
	{"comments too deep", "((((((((((((((((((1))))))))))))))))))) 23 Nov 2026 08:15:30", -1, 0,
		false},
	{"nothing", "", -1, 0, false},
	{"blanks", "  \t", -1, 0, false},
	{"words", "yesterday", -1, 0, false},
	{"ISO 8601", "2026-11-23T08:15:30Z", -1, 0, false},
};

/* What date_guess() reads as well. */
static const struct row guess_rows[] = {
	{"guess: mail", "Mon, 23 Nov 2026 09:15:30 +0100", 1795421730, 60, true},
	{"guess: ctime", "Mon Nov 23 08:15:30 2026", 1795421730, 0, false},
	{"guess: ctime, a blank for a digit", "Tue Nov  3 08:05:07 2026", 1793693107, 0, false},
	{"guess: ctime, a zone after", "Mon Nov 23 09:15:30 2026 +0100", 1795421730, 60, true},
	{"guess: ctime, a zone in front of the year", "Mon Nov 23 03:15:30 EST 2026", 1795421730,
		-300, true},
	{"guess: ctime, an unknown zone", "Mon Nov 23 08:15:30 CEST 2026", 1795421730, 0, false},
	{"guess: ctime, no year", "Mon Nov 23 08:15:30", -1, 0, false},
	{"guess: ctime, no such day", "Mon Nov 31 08:15:30 2026", -1, 0, false},
	{"guess: dots in the time", "Mon, 23 Nov 2026 08.15.30 +0000", 1795421730, 0, true},
	{"guess: dots, no seconds", "Mon, 23 Nov 2026 08.15 +0000", 1795421700, 0, true},
	{"guess: a dot and a colon", "Mon, 23 Nov 2026 08.15:30 +0000", 1795421700, 0, false},
	{"guess: ISO", "2026-11-23T08:15:30Z", 1795421730, 0, true},
	{"guess: ISO, small", "2026-11-23t08:15:30z", 1795421730, 0, true},
	{"guess: ISO, a blank", "2026-11-23 08:15:30", 1795421730, 0, false},
	{"guess: ISO, east", "2026-11-23T13:45:30+05:30", 1795421730, 330, true},
	{"guess: ISO, west", "2026-11-23T03:15:30-05:00", 1795421730, -300, true},
	{"guess: ISO, no colon", "2026-11-23T09:15:30+0100", 1795421730, 60, true},
	{"guess: ISO, a fraction", "2026-11-23T08:15:30.123456Z", 1795421730, 0, true},
	{"guess: ISO, no seconds", "2026-11-23T08:15Z", 1795421700, 0, true},
	{"guess: ISO, no time", "2026-11-23", -1, 0, false},
	{"guess: ISO, month 13", "2026-13-23T08:15:30Z", -1, 0, false},
	{"guess: ISO, month 0", "2026-00-23T08:15:30Z", -1, 0, false},
	{"guess: ISO, day 31 of a short month", "2026-11-31T08:15:30Z", -1, 0, false},
	{"guess: words", "yesterday", -1, 0, false},
	{"guess: nothing", "", -1, 0, false},
};

static void guesses(void **state)
{
	const struct row *r = *state;
	struct date d;
	bool good = date_guess(str_of(r->text), &d);
	assert_int_equal(good, r->seconds != -1);
	if (!good)
		return;
	assert_int_equal(d.seconds, r->seconds);
	assert_int_equal(d.zone, r->zone);
	assert_int_equal(d.has_zone, r->has_zone);
}

static void reads(void **state)
{
	const struct row *r = *state;
	struct date d;
	bool good = date_parse(str_of(r->text), &d);
	assert_int_equal(good, r->seconds != -1);
	if (!good)
		return;
	assert_int_equal(d.seconds, r->seconds);
	assert_int_equal(d.zone, r->zone);
	assert_int_equal(d.has_zone, r->has_zone);
}

/* The calendar against the C library's. */
static void counts_days(void **state)
{
	(void)state;
	for (int64_t day = -800000; day < 2900000; day += 97) {
		time_t t = (time_t)(day * 86400);
		struct tm tm;
		int64_t year;
		int month, of_month;
		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(date_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday), day);
		date_from_days(day, &year, &month, &of_month);
		assert_int_equal(year, tm.tm_year + 1900);
		assert_int_equal(month, tm.tm_mon + 1);
		assert_int_equal(of_month, tm.tm_mday);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(reads, rows),
		TABLE(guesses, guess_rows),
		TABLE_OF_ONE(counts_days, "days of the calendar"),
	};
	return table_run("date", tables, sizeof tables / sizeof *tables);
}
