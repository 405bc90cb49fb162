#include "mda/tools/records.h"

#include "base/date.h"
#include "mda/account/account_frame.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/user_become.h"
#include "store/store.h"

#include <pwd.h>
#include <time.h>
#include <unistd.h>

/* ---- the mailbox ---- */

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

const char *records_open(struct session *s, const char *user, struct err *err)
{
	struct mailbox m;
	s->asks = true;
	s->inv.user = user ? user : myself(s->mem);
	s->inv.recipient = NULL;
	if (session_named(s, &m, err) < 0 || user_become(&m.user, err) < 0)
		return NULL;
	if (m.wrong) {
		err_temp(err, "%s", m.wrong);
		return NULL;
	}
	return m.state ? m.state : store_state_dir(m.maildir, s->mem);
}

/* ---- the query ---- */

bool records_asked(const struct records_query *q)
{
	return q->id || q->uid || q->message_id || q->from || q->subject || q->queue_id ||
	       q->last || q->since;
}

/* The query as it is compared. */
struct filter {
	const struct records_query *q;
	struct str folder;
	unsigned long long uid, last; /* LAST 0: all */
	uint64_t since;
	struct buf *ring; /* frames of the last ones */
	size_t ring_count, matches;
	struct arena *mem;
};

static uint64_t now_microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool records_age(struct str text, uint64_t *seconds)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	unsigned long long n;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text.n < 2 || ascii_lower(text.p[text.n - 1]) != units[i].unit ||
			!str_number(str_slice(text, 0, text.n - 1), 1000000, &n))
			continue;
		*seconds = n * units[i].seconds;
		return true;
	}
	return false;
}

/* "2026-11-29" is the start of that day here. */
static bool read_day(struct str text, int64_t *seconds)
{
	struct tm day = {.tm_isdst = -1};
	unsigned long long year, month, mday;
	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
		!str_number(str_slice(text, 0, 4), 9999, &year) ||
		!str_number(str_slice(text, 5, 7), 12, &month) ||
		!str_number(str_slice(text, 8, 10), 31, &mday) || month == 0)
		return false;
	day.tm_year = (int)year - 1900;
	day.tm_mon = (int)month - 1;
	day.tm_mday = (int)mday;
	*seconds = (int64_t)mktime(&day);
	return *seconds >= 0;
}

static int read_since(struct str text, uint64_t *since, struct err *err)
{
	uint64_t ago, now = now_microseconds();
	int64_t seconds;
	struct date date;
	if (records_age(text, &ago)) {
		*since = now / 1000000 > ago ? now - ago * 1000000 : 0;
		return 0;
	}
	if (!read_day(text, &seconds)) {
		if (!date_guess(text, &date) || date.seconds < 0)
			return err_temp(err,
				"--since must be a time such as 3d or 12h, or a date such as "
				"2026-11-29 or 2026-11-29T14:00:00+01:00");
		seconds = date.seconds;
	}
	*since = (uint64_t)seconds * 1000000;
	return 0;
}

static int read_query(
	const struct session *s, const struct records_query *q, struct filter *f, struct err *err)
{
	uint64_t now = now_microseconds(), keep = (uint64_t)s->conf->explain_keep * 1000000;
	struct str folder = str_of(q->folder);
	f->since = keep && keep < now ? now - keep : 0;
	if (q->uid && (!str_number(str_of(q->uid), UINT32_MAX, &f->uid) || f->uid == 0))
		return err_temp(err, "--uid must be the UID of a message, a number from 1 on");
	if (q->last && (!str_number(str_of(q->last), 1000000, &f->last) || f->last == 0))
		return err_temp(err, "--last must be a number from 1 on");
	if (store_folder(folder, s->mem, &f->folder, err) < 0)
		return -1;
	if (f->folder.n == 0)
		f->folder = STR_LIT("INBOX");
	return q->since ? read_since(str_of(q->since), &f->since, err) : 0;
}

/* ---- comparing ---- */

static bool has(struct str text, const char *part)
{
	return str_of(part).n == 0 || str_ifind(text, str_of(part)) < text.n;
}

static bool has_field(const struct account *a, const char *field, const char *part)
{
	for (size_t i = 0; i < a->finding_count; i++)
		if (str_ieq(a->findings[i].field, str_of(field)) && has(a->findings[i].value, part))
			return true;
	return false;
}

static struct str bare(struct str id)
{
	bool quoted = id.n > 1 && id.p[0] == '<' && id.p[id.n - 1] == '>';
	return quoted ? str_slice(id, 1, id.n - 1) : id;
}

static bool is_stored_as(const struct account *a, const struct filter *f)
{
	for (size_t i = 0; i < a->action_count; i++)
		if ((f->uid == 0 || a->actions[i].uid == f->uid) &&
			str_eq(a->actions[i].folder, f->folder))
			return true;
	return false;
}

static bool is_wanted(const struct account *a, const struct filter *f)
{
	const struct records_query *q = f->q;
	if (q->id && !str_eq(a->id, str_of(q->id)))
		return false;
	if ((q->uid || q->folder) && !is_stored_as(a, f))
		return false;
	if (q->message_id && !str_eq(bare(a->message_id), bare(str_of(q->message_id))))
		return false;
	if (q->queue_id && !str_eq(a->queue_id, str_of(q->queue_id)))
		return false;
	if (q->from && !has(a->sender, q->from) && !has_field(a, "From", q->from))
		return false;
	return !q->subject || has_field(a, "Subject", q->subject);
}

static bool take(void *context, const struct account *a)
{
	struct filter *f = context;
	size_t at = f->matches;
	if (!is_wanted(a, f))
		return true;
	if (f->last && at >= f->last)
		at %= f->last;
	else
		(void)ARENA_PUSH(f->mem, f->ring, f->ring_count); /* an empty buffer */
	f->matches++;
	buf_clear(&f->ring[at]);
	account_frame_write(&f->ring[at], a);
	return true;
}

/* The frames were just written, so they can be read. */
static void take_out(struct filter *f, struct records *found)
{
	size_t first = f->last && f->matches > f->last ? f->matches % f->last : 0;
	for (size_t i = 0; i < f->ring_count; i++) {
		struct account a;
		struct str frame =
			arena_str(f->mem, buf_str(&f->ring[(first + i) % f->ring_count]));
		if (account_frame_read(frame, f->mem, &a, NULL) == 0)
			*(struct account *)ARENA_PUSH(f->mem, found->items, found->count) = a;
	}
	found->more = f->matches - f->ring_count;
}

int records_find(const struct session *s, const char *state_dir, const struct records_query *q,
	struct records *found, struct err *err)
{
	struct filter f = {.q = q, .mem = s->mem};
	*found = (struct records){.count = 0};
	int r = read_query(s, q, &f, err);
	if (r == 0)
		r = kept_walk(state_dir, f.since, take, &f, &found->damage, err);
	if (r == 0)
		take_out(&f, found);
	for (size_t i = 0; i < f.ring_count; i++)
		buf_free(&f.ring[i]);
	return r;
}

struct str records_time(uint64_t microseconds, struct arena *mem)
{
	char text[64];
	time_t seconds = (time_t)(microseconds / 1000000);
	struct tm local;
	if (!localtime_r(&seconds, &local) ||
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) == 0)
		return STR_LIT("?");
	return arena_str(mem, str_of(text));
}
