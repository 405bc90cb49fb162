/*
 * The dates of mail (RFC 5322 sections 3.3 and 4.3): "Mon, 23 Nov 2026 09:15:00 +0100 (CET)", and
 * what is sent instead.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/str.h"

#include <stdint.h>

struct date {
	int64_t seconds; /* since 1970, UTC */
	int zone;        /* minutes east of UTC, as written; 0 when the zone is not known */
	bool has_zone;
};

/*
 * Reads a date. The day's name may be missing or wrong, seconds and zone may be missing; years of
 * two and three digits and the old zone names are those of section 4.3; comments may stand
 * anywhere. False when it is no date, or one that does not exist.
 */
bool date_parse(struct str text, struct date *date);

/*
 * The same for what is only shown or sorted by: also what C's ctime() writes ("Mon Nov 23 09:15:00
 * 2026") and ISO 8601 ("2026-11-23T09:15:00+01:00"), which old mail has.
 */
bool date_guess(struct str text, struct date *date);

/* The day of the Gregorian calendar as days since 1970-01-01; MONTH from 1. */
int64_t date_days(int64_t year, int month, int day);
/* The other way. */
void date_from_days(int64_t days, int64_t *year, int *month, int *day);

#endif
