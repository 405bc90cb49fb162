#include "mda/grey/grey_report.h"

#include "base/log.h"

#include <time.h>

bool grey_report_defers(enum grey_reason reason)
{
	return reason == GREY_REASON_NEW || reason == GREY_REASON_EARLY;
}

/* RFC 5322, section 3.3, in UTC. */
static void add_date(struct buf *to, int64_t now)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm t = {.tm_mday = 1};
	time_t clock = (time_t)now;
	if (!gmtime_r(&clock, &t))
		return;
	buf_fmt(to, "; %s, %d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
		months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

void grey_report_answer(
	struct buf *to, const struct grey_decision *d, const char *host, int64_t now)
{
	buf_text(to, "action=");
	if (grey_report_defers(d->reason)) {
		/* With Postfix's own code, 4.7.1, some Exchange servers bounce the mail. */
		buf_fmt(to, "DEFER_IF_PERMIT 4.2.0 Greylisted, try again in %lld s",
			(long long)d->seconds);
	} else if (d->reason == GREY_REASON_DELAYED && host) {
		buf_fmt(to, "PREPEND X-Greylist: delayed %lld seconds by mda-greyd at %s",
			(long long)d->seconds, host);
		add_date(to, now);
	} else {
		buf_text(to, "DUNNO");
	}
	buf_text(to, "\n\n");
}

enum { LOGGED = 320 }; /* bytes of a value */

static void put(struct log_line *line, const char *key, struct str value)
{
	log_put(line, key, str_slice(value, 0, LOGGED));
}

void grey_report_log(const struct grey_decision *d, const struct grey_request *r)
{
	struct log_line line = {0};
	bool defers = grey_report_defers(d->reason);
	log_put(&line, "event", STR_LIT("grey"));
	log_put(&line, "action", defers ? STR_LIT("deferred") : STR_LIT("passed"));
	log_put(&line, "reason", str_of(grey_tally_words[d->reason]));
	put(&line, "client", r->client_address);
	if (r->client_name.n)
		put(&line, "name", r->client_name);
	put(&line, "from", r->sender);
	put(&line, "to", r->recipient);
	if (defers)
		log_put_number(&line, "wait", (unsigned long long)d->seconds);
	else if (d->reason == GREY_REASON_DELAYED)
		log_put_number(&line, "delay", (unsigned long long)d->seconds);
	(void)log_emit(&line, LOG_LEVEL_INFO); /* the answer does not depend on it */
}
