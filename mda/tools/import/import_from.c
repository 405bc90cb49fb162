#include "mda/tools/import/import_from.h"

#include "base/date.h"

#include <string.h>
#include <time.h>

static const struct str word = {"From ", 5};

bool import_from_word(struct str line)
{
	return str_starts(line, word);
}

size_t import_from_quotes(struct str line)
{
	size_t n = 0;
	while (n < line.n && line.p[n] == '>')
		n++;
	return import_from_word(str_slice(line, n, line.n)) ? n : 0;
}

/* ---- the parts of a date ---- */

enum { LAST_YEAR = 9999 };

struct moment {
	int year, month, day, hour, minute, second;
	bool has_zone;
	int zone; /* seconds east of UTC */
};

/* Which of the names of three letters in NAMES the word is, from 0 on; -1: none. */
static int find_name(struct str w, const char *names)
{
	for (int i = 0; w.n == 3 && *names; i++, names += 3)
		if (str_ieq(w, (struct str){names, 3}))
			return i;
	return -1;
}

static bool take_number(struct str w, size_t digits, int least, int most, int *to)
{
	unsigned long long n;
	if (w.n == 0 || w.n > digits || !str_number(w, (unsigned long long)most, &n))
		return false;
	*to = (int)n;
	return *to >= least;
}

/* "12:08" or "12:08:11". A second 60 is a leap second. */
static bool take_time(struct str w, struct moment *m)
{
	size_t first = str_find(w, ':');
	struct str rest = str_slice(w, first + 1, w.n);
	size_t second = str_find(rest, ':');
	bool has_seconds = second < rest.n;
	return first < w.n && take_number(str_slice(w, 0, first), 2, 0, 23, &m->hour) &&
	       take_number(str_slice(rest, 0, second), 2, 0, 59, &m->minute) &&
	       (!has_seconds ||
		       take_number(str_slice(rest, second + 1, rest.n), 2, 0, 60, &m->second));
}

/* "+0200". */
static bool take_offset(struct str w, struct moment *m)
{
	int hours, minutes;
	if (w.n != 5 || (w.p[0] != '+' && w.p[0] != '-') ||
		!take_number(str_slice(w, 1, 3), 2, 0, 23, &hours) ||
		!take_number(str_slice(w, 3, 5), 2, 0, 59, &minutes))
		return false;
	m->has_zone = true;
	m->zone = (w.p[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

/* The zones that RFC 5322 section 4.3 defines. What another name means is not known. */
static bool take_zone_name(struct str w, struct moment *m)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"GMT", 0}, {"UTC", 0}, {"UT", 0}, {"EST", -5}, {"EDT", -4}, {"CST", -6},
		{"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (str_ieq(w, str_of(zones[i].name))) {
			m->has_zone = true;
			m->zone = zones[i].hours * 3600;
			return true;
		}
	for (size_t i = 0; i < w.n; i++)
		if (!ascii_isalnum(w.p[i]) || ascii_isdigit(w.p[i]))
			return false;
	return w.n > 0 && w.n <= 5;
}

static bool take_zone(struct str w, struct moment *m)
{
	return take_offset(w, m) || take_zone_name(w, m);
}

static bool day_exists(const struct moment *m)
{
	int64_t year;
	int month, day;
	date_from_days(date_days(m->year, m->month, m->day), &year, &month, &day);
	return year == m->year && month == m->month && day == m->day;
}

static bool to_seconds(const struct moment *m, int64_t *date)
{
	if (!day_exists(m))
		return false;
	if (m->has_zone) {
		int in_day = m->hour * 3600 + m->minute * 60 + m->second;
		*date = date_days(m->year, m->month, m->day) * 86400 + in_day - m->zone;
		return true;
	}
	struct tm here = {.tm_year = m->year - 1900,
		.tm_mon = m->month - 1,
		.tm_mday = m->day,
		.tm_hour = m->hour,
		.tm_min = m->minute,
		.tm_sec = m->second,
		.tm_isdst = -1};
	*date = mktime(&here);
	return true;
}

/* ---- the date ---- */

/* "Tue Sep 12 12:08:11 [zone [DST]] 1995 [zone]"; the name of the day may be a wrong one. */
static bool take_date(struct str rest, int64_t *date)
{
	static const char days[] = "MonTueWedThuFriSatSun";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct str day, month, number, time, w;
	struct moment m = {.year = 0};
	if (!str_word(&rest, &day) || find_name(day, days) < 0 || !str_word(&rest, &month) ||
		(m.month = find_name(month, months) + 1) == 0 || !str_word(&rest, &number) ||
		!take_number(number, 2, 1, 31, &m.day) || !str_word(&rest, &time) ||
		!take_time(time, &m))
		return false;
	for (int zones = 0; str_word(&rest, &w) && zones <= 2; zones++) {
		if (take_number(w, 4, 1900, LAST_YEAR, &m.year))
			break;
		if (!take_zone(w, &m))
			return false;
	}
	if (m.year == 0)
		return false;
	if (!m.has_zone && str_word(&rest, &w))
		(void)take_offset(w, &m); /* other words after the date do not matter */
	return to_seconds(&m, date);
}

bool import_from_date(struct str line, int64_t *date)
{
	struct str rest, w;
	if (!import_from_word(line))
		return false;
	rest = str_slice(line, word.n, line.n);
	do {
		if (take_date(rest, date))
			return true;
	} while (str_word(&rest, &w));
	return false;
}
