#include "mda/acts/acts_age.h"

#include "base/io.h"
#include "base/path.h"
#include "base/printable.h"
#include "filters/lists/list_edit.h"
#include "mda/acts/acts_list.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { NOTES_MOST = 16 << 20 };

/* An entry that expires. */
struct old {
	struct str entry, why;
};

/* One look at the lists. */
struct look {
	const struct acts *acts;
	size_t expire;
	int64_t now;
	struct uses uses;
	struct uses_known known;
	struct buf told; /* for the file of notes */
	/* of the current list */
	bool allows;
	struct old *old;
	size_t old_count;
};

/* ---- one entry ---- */

/* Noon of that day, here. */
static int64_t time_of_day(unsigned day)
{
	struct tm tm = {.tm_year = (int)(day / 10000) - 1900,
		.tm_mon = (int)(day / 100 % 100) - 1,
		.tm_mday = (int)(day % 100),
		.tm_hour = 12,
		.tm_isdst = -1};
	return day ? (int64_t)mktime(&tm) : 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t acts_age_idle_since(
	const struct uses *uses, const struct uses_record *record, const struct list_line *line)
{
	int64_t added = time_of_day(list_text_added(line->comment));
	if (record && record->last)
		return later(record->last, added);
	return uses->since ? later(later(record ? record->noted : 0, added), uses->since) : 0;
}

static struct str date_of(int64_t seconds, struct arena *mem)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[16] = "";
	if (localtime_r(&t, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%d", &tm); /* a short text always fits */
	return arena_str(mem, str_of(text));
}

/* A person may say that an entry stays, and one that has a last day of its own does not expire. */
static bool may_expire(const struct list_line *l)
{
	struct str comment = str_trim(str_slice(l->comment, 1, l->comment.n));
	return !l->until && !str_istarts(comment, STR_LIT("keep"));
}

static void expire(struct look *k, const struct list_line *l, const struct uses_record *record)
{
	struct arena *mem = k->acts->mem;
	int64_t since = acts_age_idle_since(&k->uses, record, l);
	bool has_date = list_text_added(l->comment) || record;
	if (!k->expire || !has_date || !since || !may_expire(l) ||
		k->now - since <= (int64_t)k->expire)
		return;
	struct str entry = arena_str(mem, l->entry);
	struct str date = date_of(since, mem);
	*(struct old *)ARENA_PUSH(mem, k->old, k->old_count) =
		(struct old){entry, arena_fmt(mem, "expired " STR_FMT ", not used since " STR_FMT,
					    STR_ARGS(date_of(k->now, mem)), STR_ARGS(date))};
}

static void tell_spam(struct look *k, const struct list_line *l, const struct uses_record *record)
{
	struct str date = date_of(record->last_spam, k->acts->mem);
	buf_fmt(&k->told, "line %u: ", l->line);
	printable_add(&k->told, l->entry);
	buf_fmt(&k->told,
		": spam came through this entry, %llu message%s, the last on " STR_FMT "\n",
		(unsigned long long)record->spam, record->spam == 1 ? "" : "s", STR_ARGS(date));
}

static void on_line(void *context, const struct list_line *l)
{
	struct look *k = context;
	struct arena *mem = k->acts->mem;
	struct use key = {.list = k->allows ? USES_ALLOW : USES_BLOCK};
	if (l->wild)
		key.entry = uses_entry(l->entry, mem);
	if (key.entry.n == 0)
		return;
	struct uses_known_entry *known = ARENA_PUSH(mem, k->known.entries, k->known.count);
	*known = (struct uses_known_entry){key, list_text_added(l->comment) != 0};
	const struct uses_record *record = uses_find(&k->uses, key.list, key.entry);
	expire(k, l, record);
	if (record && record->spam && k->allows)
		tell_spam(k, l, record);
}

/* ---- one list ---- */

static void note_old(const struct look *k)
{
	for (size_t i = 0; i < k->old_count; i++)
		notes_add(k->acts->notes, "%s list: " STR_FMT " " STR_FMT,
			k->allows ? "allow" : "block", STR_ARGS(k->old[i].entry),
			STR_ARGS(k->old[i].why));
}

static int disable(const struct look *k, struct err *err)
{
	struct textfile f;
	struct buf text = {0}, next = {0};
	if (acts_list_open(k->acts, k->allows, &f, err) < 0)
		return -1;
	buf_add(&text, f.text);
	for (size_t i = 0; i < k->old_count; i++) {
		buf_clear(&next);
		(void)list_edit_disable(buf_str(&text), k->old[i].entry, k->old[i].why, &next);
		struct buf before = text; /* above: who has removed it meanwhile is content */
		text = next;
		next = before;
	}
	int r = acts_list_replace(&f, buf_str(&text), err);
	textfile_close(&f);
	buf_free(&text);
	buf_free(&next);
	return r;
}

static int look_at_list(struct look *k, bool allows, bool dry_run, struct err *err)
{
	const char *path = acts_list_path(k->acts, allows);
	k->allows = allows;
	k->old_count = 0;
	k->old = NULL;
	if (!path)
		return 0;
	if (list_text_walk(str_of(path), 0, on_line, k, err) < 0)
		return -1;
	k->known.read[allows ? USES_ALLOW : USES_BLOCK] = true;
	if (k->old_count && !dry_run && disable(k, err) < 0)
		return -1;
	note_old(k);
	return 0;
}

/* ---- both ---- */

static int write_told(const struct look *k, struct err *err)
{
	const char *path = acts_list_path(k->acts, true);
	if (!path)
		return 0;
	struct str before = STR_EMPTY;
	path = arena_fmt(k->acts->mem, "%s.notes", path).p;
	/* What cannot be read is written anew. */
	if (io_read_file(path, NOTES_MOST, k->acts->mem, &before, NULL) > 0 &&
		str_eq(before, buf_str(&k->told)))
		return 0;
	if (k->told.n)
		return io_replace_file(path, buf_str(&k->told), 0600, err);
	if (path_unlink(path) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s: %s", path, beneath_why(errno));
	return 0;
}

static int look(struct look *k, bool dry_run, struct err *err)
{
	const struct acts *a = k->acts;
	if (uses_read(a->state, a->mem, &k->uses, err) < 0 ||
		look_at_list(k, false, dry_run, err) < 0 || look_at_list(k, true, dry_run, err) < 0)
		return -1;
	if (dry_run)
		return 0;
	/* What has expired is in no list any more; the next look removes its record. */
	return uses_settle(a->state, &k->known, k->now, err) < 0 ? -1 : write_told(k, err);
}

int acts_age(const struct acts *a, size_t expire, bool dry_run, struct err *err)
{
	struct look k = {.acts = a, .expire = expire, .now = (int64_t)time(NULL)};
	if (path_exists(a->state) < 0 && errno == ENOENT)
		return 0; /* nothing was ever delivered */
	int r = look(&k, dry_run, err);
	buf_free(&k.told);
	return r;
}
