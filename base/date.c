#include "base/date.h"

enum { WORD_MAX = 32, DEPTH_MAX = 16 };

static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

/*
 * The zones of RFC 5322 section 4.3. Those of one letter are not used, because they mean nothing.
 */
static const struct {
	const char *name;
	int hours;
} zones[] = {{"ut", 0}, {"utc", 0}, {"gmt", 0}, {"z", 0}, {"est", -5}, {"edt", -4}, {"cst", -6},
	{"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

/* ---- words ---- */

/* Skips blanks, commas and comments, which may nest. False when a comment does not end. */
static bool skip(struct str *rest)
{
	unsigned depth = 0;
	size_t i = 0;
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (depth && c == '\\')
			i++;
		else if (c == '(' && ++depth > DEPTH_MAX)
			return false;
		else if (c == ')' && depth)
			depth--;
		else if (depth == 0 && c != '(' && c != ',' && !ascii_isblank(c))
			break;
	}
	*rest = str_slice(*rest, i < rest->n ? i : rest->n, rest->n);
	return depth == 0;
}

/* Takes the next run of letters, or of digits. */
static struct str take(struct str *rest, bool digits)
{
	size_t n = 0;
	if (!skip(rest))
		return STR_EMPTY;
	while (n < rest->n && ascii_isalnum(rest->p[n]) && ascii_isdigit(rest->p[n]) == digits)
		n++;
	struct str word = str_slice(*rest, 0, n);
	*rest = str_slice(*rest, n, rest->n);
	return word;
}

static bool take_number(struct str *rest, size_t digits, int *value)
{
	unsigned long long v;
	struct str word = take(rest, true);
	if (word.n == 0 || word.n > digits || !str_number(word, 99999, &v))
		return false;
	*value = (int)v;
	return true;
}

static bool take_sign(struct str *rest, char sign)
{
	if (!skip(rest) || rest->n == 0 || rest->p[0] != sign)
		return false;
	*rest = str_slice(*rest, 1, rest->n);
	return true;
}

/* ---- parts ---- */

static bool take_month(struct str *rest, int *month)
{
	struct str word = take(rest, false);
	if (word.n > WORD_MAX || word.n < 3)
		return false;
	for (int i = 0; i < 12; i++)
		if (str_istarts(word, str_of(months[i]))) {
			*month = i + 1;
			return true;
		}
	return false;
}

static bool take_year(struct str *rest, int *year)
{
	struct str word = take(rest, true);
	unsigned long long v;
	if (word.n < 2 || word.n > 4 || !str_number(word, 9999, &v))
		return false;
	*year = (int)v;
	if (word.n == 2)
		*year += *year < 50 ? 2000 : 1900;
	if (word.n == 3)
		*year += 1900;
	return true;
}

static bool take_time(struct str *rest, int *seconds)
{
	int h, m, s = 0;
	if (!take_number(rest, 2, &h))
		return false;
	/* Some mailers write "10.00.00". */
	char between = rest->n && rest->p[0] == '.' ? '.' : ':';
	if (!take_sign(rest, between) || !take_number(rest, 2, &m))
		return false;
	if (take_sign(rest, between) && !take_number(rest, 2, &s))
		return false;
	if (h > 23 || m > 59 || s > 60) /* 60: a leap second */
		return false;
	*seconds = h * 3600 + m * 60 + s;
	return true;
}

static bool take_offset(struct str *rest, int sign, struct date *d)
{
	int number;
	struct str before = *rest;
	if (!take_number(rest, 4, &number) || before.n - rest->n < 4 || number % 100 > 59)
		return false;
	d->zone = sign * (number / 100 * 60 + number % 100);
	d->has_zone = true;
	return true;
}

/* An unknown zone name, or none, means UTC, and that the local time is unknown. */
static bool take_zone(struct str *rest, struct date *d)
{
	if (take_sign(rest, '+'))
		return take_offset(rest, 1, d);
	if (take_sign(rest, '-'))
		return take_offset(rest, -1, d);
	struct str word = take(rest, false);
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (str_ieq(word, str_of(zones[i].name))) {
			d->zone = zones[i].hours * 60;
			d->has_zone = true;
		}
	return true;
}

/* ---- the whole ---- */

int64_t date_days(int64_t year, int month, int day)
{
	/* The year begins in March, so that the leap day is its last day. */
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Counts in eras of 400 years that begin in March, so that a leap day is the last day of a year. */
void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	days += 719468; /* since 0000-03-01 */
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t march = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * march + 2) / 5 + 1);
	*month = (int)(march < 10 ? march + 3 : march - 9);
	*year = years + era * 400 + (*month <= 2);
}

static bool is_day(int year, int month, int day)
{
	int next_month = month % 12 + 1, next_year = year + (month == 12);
	int64_t first = date_days(year, month, 1);
	return day >= 1 && first + day <= date_days(next_year, next_month, 1);
}

/* The parts of a date as they were read. */
struct parts {
	int day, month, year, seconds;
};

static bool finish(const struct parts *p, struct date *date)
{
	if (!is_day(p->year, p->month, p->day))
		return false;
	date->seconds = date_days(p->year, p->month, p->day) * 86400 + p->seconds -
			(int64_t)date->zone * 60;
	return true;
}

static void skip_day_name(struct str *rest)
{
	(void)take(rest, false); /* it may be missing */
	if (rest->n && rest->p[0] == '.')
		*rest = str_slice(*rest, 1, rest->n);
}

bool date_parse(struct str text, struct date *date)
{
	struct str rest = text;
	struct parts p;
	*date = (struct date){0};
	skip_day_name(&rest);
	if (!take_number(&rest, 2, &p.day))
		return false;
	(void)take_sign(&rest, '-'); /* 23-Nov-2026 */
	if (!take_month(&rest, &p.month))
		return false;
	(void)take_sign(&rest, '-');
	return take_year(&rest, &p.year) && take_time(&rest, &p.seconds) &&
	       take_zone(&rest, date) && finish(&p, date);
}

/* Reads "Mon Nov 23 09:15:00 2026", with or without a zone before or after the year. */
static bool parse_ctime(struct str rest, struct date *date)
{
	struct parts p;
	skip_day_name(&rest);
	if (!take_month(&rest, &p.month) || !take_number(&rest, 2, &p.day) ||
		!take_time(&rest, &p.seconds) || !skip(&rest))
		return false;
	if (rest.n && !ascii_isdigit(rest.p[0]))
		(void)take_zone(&rest, date); /* it may be missing here */
	return take_year(&rest, &p.year) && (date->has_zone || take_zone(&rest, date)) &&
	       finish(&p, date);
}

/* Reads "2026-11-23T09:15:00.5+01:00", also with a blank instead of the T. */
static bool parse_iso(struct str rest, struct date *date)
{
	struct parts p;
	int fraction, minutes;
	if (!take_number(&rest, 4, &p.year) || p.year < 1000 || !take_sign(&rest, '-') ||
		!take_number(&rest, 2, &p.month) || p.month < 1 || p.month > 12 ||
		!take_sign(&rest, '-') || !take_number(&rest, 2, &p.day))
		return false;
	if (rest.n && ascii_lower(rest.p[0]) == 't')
		rest = str_slice(rest, 1, rest.n);
	if (!take_time(&rest, &p.seconds))
		return false;
	if (rest.n && rest.p[0] == '.') {
		rest = str_slice(rest, 1, rest.n);
		(void)take_number(&rest, 9, &fraction); /* fractions do not count */
	}
	bool is_east = rest.n && rest.p[0] == '+', is_west = rest.n && rest.p[0] == '-';
	struct str offset = rest;
	if ((is_east || is_west) && take_sign(&offset, rest.p[0]) &&
		take_number(&offset, 2, &date->zone) && take_sign(&offset, ':') &&
		take_number(&offset, 2, &minutes) && minutes < 60) {
		date->zone = (date->zone * 60 + minutes) * (is_east ? 1 : -1);
		date->has_zone = true;
		return finish(&p, date);
	}
	date->zone = 0;
	return take_zone(&rest, date) && finish(&p, date);
}

bool date_guess(struct str text, struct date *date)
{
	if (date_parse(text, date))
		return true;
	*date = (struct date){0};
	if (parse_ctime(text, date))
		return true;
	*date = (struct date){0};
	return parse_iso(text, date);
}
