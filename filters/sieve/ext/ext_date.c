/* date and currentdate (RFC 5260 sections 4 and 5). */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

#include "base/date.h"

extern const struct sv_ext ext_date;

enum { DAY = 24 * 3600, JULIAN_OF_1970 = 40587 };

/* A point in time as clock and calendar show it in a time zone. */
struct moment {
	int64_t days, year;
	int month, day, hour, minute, second;
	int zone; /* minutes east of Greenwich */
};

static struct moment moment_at(int64_t seconds, int zone)
{
	struct moment m = {.zone = zone};
	int64_t local = seconds + (int64_t)zone * 60;
	int64_t of_day = local % DAY;
	if (of_day < 0)
		of_day += DAY;
	m.days = (local - of_day) / DAY;
	date_from_days(m.days, &m.year, &m.month, &m.day);
	m.hour = (int)(of_day / 3600);
	m.minute = (int)(of_day / 60 % 60);
	m.second = (int)(of_day % 60);
	return m;
}

/* ---- date parts ---- */

static int weekday(const struct moment *m)
{
	int64_t day = (m->days + 4) % 7; /* 1970 began on a Thursday */
	return (int)(day < 0 ? day + 7 : day);
}

static struct str put_year(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%04lld", (long long)m->year);
}

static struct str put_month(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d", m->month);
}

static struct str put_day(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d", m->day);
}

static struct str put_date(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%04lld-%02d-%02d", (long long)m->year, m->month, m->day);
}

static struct str put_julian(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%lld", (long long)m->days + JULIAN_OF_1970);
}

static struct str put_hour(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d", m->hour);
}

static struct str put_minute(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d", m->minute);
}

static struct str put_second(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d", m->second);
}

static struct str put_time(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%02d:%02d:%02d", m->hour, m->minute, m->second);
}

static struct str put_offset(int zone, const char *between, struct arena *mem)
{
	int minutes = zone < 0 ? -zone : zone;
	return arena_fmt(
		mem, "%c%02d%s%02d", zone < 0 ? '-' : '+', minutes / 60, between, minutes % 60);
}

static struct str put_zone(const struct moment *m, struct arena *mem)
{
	return put_offset(m->zone, "", mem);
}

static struct str put_iso8601(const struct moment *m, struct arena *mem)
{
	struct str date = put_date(m, mem), time = put_time(m, mem);
	struct str zone = m->zone ? put_offset(m->zone, ":", mem) : STR_LIT("Z");
	return arena_fmt(
		mem, STR_FMT "T" STR_FMT STR_FMT, STR_ARGS(date), STR_ARGS(time), STR_ARGS(zone));
}

static struct str put_std11(const struct moment *m, struct arena *mem)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct str time = put_time(m, mem), zone = put_zone(m, mem);
	return arena_fmt(mem, "%s, %02d %s %04lld " STR_FMT " " STR_FMT, days[weekday(m)], m->day,
		months[m->month - 1], (long long)m->year, STR_ARGS(time), STR_ARGS(zone));
}

static struct str put_weekday(const struct moment *m, struct arena *mem)
{
	return arena_fmt(mem, "%d", weekday(m));
}

static const struct part {
	const char *name;
	struct str (*put)(const struct moment *m, struct arena *mem);
} parts[] = {
	{"year", put_year},
	{"month", put_month},
	{"day", put_day},
	{"date", put_date},
	{"julian", put_julian},
	{"hour", put_hour},
	{"minute", put_minute},
	{"second", put_second},
	{"time", put_time},
	{"iso8601", put_iso8601},
	{"std11", put_std11},
	{"zone", put_zone},
	{"weekday", put_weekday},
};

static const struct part *find_part(struct str name)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (str_ieq(name, str_of(parts[i].name)))
			return &parts[i];
	return NULL;
}

static void check_part(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!find_part(s->text))
		check_error(c, s->place,
			"\"" STR_FMT "\" is not a part of a date (RFC 5260 section 4.2)",
			STR_ARGS(s->text));
}

/* ---- zones ---- */

/* The minutes of "+0100". */
static bool read_zone(struct str text, int *zone)
{
	unsigned long long n;
	struct str digits = str_slice(text, 1, text.n);
	if (text.n != 5 || (text.p[0] != '+' && text.p[0] != '-') ||
		!str_number(digits, 9999, &n) || n % 100 > 59)
		return false;
	*zone = (int)(n / 100 * 60 + n % 100) * (text.p[0] == '-' ? -1 : 1);
	return true;
}

static void check_zone(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	int zone;
	(void)node;
	if (!read_zone(s->text, &zone))
		check_error(c, s->place,
			"\"" STR_FMT
			"\" is not a time zone; write one such as \"+0100\" (RFC 5260 section 4.1)",
			STR_ARGS(s->text));
}

/* The zone that the tags ask for. 1, 0 when a variable gave something that is not a zone, or -1. */
static int zone_of(
	struct sv_run *run, const struct sv_node *node, int64_t seconds, int original, int *zone)
{
	const struct sv_tagged *asked = run_tag(node, ":zone");
	struct str text;
	if (run_tag(node, ":originalzone")) {
		*zone = original;
		return 1;
	}
	if (!asked) {
		const struct sv_host *host = run->host;
		*zone = host && host->zone ? host->zone(host->context, seconds) : 0;
		return 1;
	}
	if (run_text(run, node, &asked->value.strings[0], &text) < 0)
		return -1;
	return read_zone(text, zone);
}

/* ---- the tests ---- */

/* Passes the part that ARG names to the match. 0 or -1. */
static int match_part(struct match *m, const struct sv_given *arg, int64_t seconds, int original)
{
	struct str name;
	int zone = 0;
	if (run_text(m->run, m->node, &arg->strings[0], &name) < 0)
		return -1;
	const struct part *part = find_part(name);
	int found = zone_of(m->run, m->node, seconds, original, &zone);
	if (found <= 0 || !part) {
		run_note(m->run, m->node, "the part of the date or the time zone is unknown");
		return found < 0 ? -1 : 0;
	}
	struct moment moment = moment_at(seconds, zone);
	m->source = str_of(part->name);
	if (moment.year >= 0 && moment.year <= 9999)
		match_text(m, part->put(&moment, m->run->scratch));
	return 0;
}

/* The whole value, or what follows its last semicolon, as in Received (section 4). */
static bool read_date(struct str value, struct date *date)
{
	size_t at = value.n;
	if (date_parse(value, date))
		return true;
	while (at > 0 && value.p[at - 1] != ';')
		at--;
	return at > 0 && date_parse(str_slice(value, at, value.n), date);
}

static int test_date(struct sv_run *run, const struct sv_node *node)
{
	struct value_fields fields;
	struct match m;
	struct date date;
	struct str name;
	if (match_start(&m, run, node) < 0 ||
		run_text(run, node, &node->args[0]->strings[0], &name) < 0 ||
		run_fields(run, node, name, &fields) < 0)
		return -1;
	struct str value = STR_EMPTY;
	if (fields.count && run_charge(run, node, fields.items[0]->header.value.n / 16) < 0)
		return -1;
	if (fields.count)
		value = value_text(fields.items[0], run->limits->field, run->mem)->text;
	if (fields.count == 0)
		run_note(run, node, "there is no field \"" STR_FMT "\"", STR_ARGS(name));
	else if (!read_date(value, &date))
		run_note(run, node, "the field does not contain a date");
	else if (match_part(&m, node->args[1], date.seconds, date.zone) < 0)
		return -1;
	return match_end(&m);
}

/* All tests of a run use the same point in time (section 5). */
struct state {
	bool asked;
	long long now;
};

static int test_currentdate(struct sv_run *run, const struct sv_node *node)
{
	struct state *state = run_state(run, &ext_date);
	const struct sv_host *host = run->host;
	struct match m;
	if (!state->asked && host && host->now)
		state->now = host->now(host->context);
	state->asked = true;
	if (match_start(&m, run, node) < 0 || match_part(&m, node->args[0], state->now, 0) < 0)
		return -1;
	return match_end(&m);
}

/* ---- the tables ---- */

#define PART                                                                                       \
	{                                                                                          \
		.type = SV_STRING, .what = "a part of a date", .check = check_part                 \
	}
#define KEYS                                                                                       \
	{                                                                                          \
		.type = SV_STRINGS, .what = "the keys to look for", .keys = true                   \
	}

static const struct sv_word words[] = {
	{
		.name = "date",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRING,
				 .what = "the name of a header",
				 .check = check_header_name},
			PART, KEYS},
		.test = test_date,
	},
	{
		.name = "currentdate",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {PART, KEYS},
		.test = test_currentdate,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":zone",
		.on = "date currentdate",
		.group = "a time zone",
		.value = {.type = SV_STRING, .what = "a time zone", .check = check_zone},
	},
	{.name = ":originalzone", .on = "date", .group = "a time zone"},
	{0},
};

const struct sv_ext ext_date = {
	.name = "date",
	.rfc = "RFC 5260",
	.words = words,
	.tags = tags,
	.run_size = sizeof(struct state),
};
