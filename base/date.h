/*
 * Dates in mail (RFC 5322 sections 3.3 and 4.3), such as "Mon, 23 Nov 2026 09:15:00 +0100 (CET)",
 * and what some programs send instead.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/str.h"

#include <stdint.h>

struct date {
	int64_t seconds; /* since 1970, UTC */
	int zone;        /* minutes east of UTC, as written; 0 when it is unknown */
	bool has_zone;
};

/*
 * Reads a date. The name of the day may be missing or wrong; seconds and zone may be missing. Years
 * of two and three digits and old zone names are those of section 4.3. Comments may be anywhere.
 * False when it is not a date, or a date that does not exist.
 */
bool date_parse(struct str text, struct date *date);

/*
 * The same for dates that are only shown or sorted by. It also reads what C's ctime() writes ("Mon
 * Nov 23 09:15:00 2026") and ISO 8601 ("2026-11-23T09:15:00+01:00"), because old mail has them.
 */
bool date_guess(struct str text, struct date *date);

/* A day of the Gregorian calendar as days since 1970-01-01. MONTH counts from 1. */
int64_t date_days(int64_t year, int month, int day);
/* The reverse of date_days(). */
void date_from_days(int64_t days, int64_t *year, int *month, int *day);

#endif
