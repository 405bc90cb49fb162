#include "store/quota.h"

#include "base/beneath.h"
#include "base/path.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/state.h"
#include "store/store_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* If the mailbox changes while it is counted, it is counted again, so many times at most. */
enum { COUNT_TRIES = 3, TRUST_SECONDS = 15 * 60 };

bool quota_counts(struct str directory)
{
	return !folder_is_within(directory, "Trash");
}

/* ---- counting ---- */

/* A directory that was counted, and its time of change then. */
struct stamp {
	const char *path;
	struct timespec changed;
};

struct count {
	int root;
	bool skip_trashed;
	struct quota_amount used;
	struct stamp *stamps;
	size_t stamp_count;
	int directory; /* the directory that is being counted */
	bool failed;
	struct err *err;
	struct arena *mem;
};

static bool is_trashed(struct str name)
{
	struct str info = str_slice(name, str_find(name, ':'), name.n);
	return str_find(info, 'T') < info.n;
}

/* A file that disappears meanwhile does not count. */
static bool count_file(void *context, const char *name)
{
	struct count *c = context;
	struct stat st;
	int64_t size = 0;
	if (c->skip_trashed && is_trashed(str_of(name)))
		return true;
	if (!base_name_size(str_of(name), &size)) {
		if (beneath_lstat(c->directory, name, &st) < 0)
			return true;
		size = st.st_size;
	}
	c->used.messages++;
	/* A name may claim any size. */
	if (__builtin_add_overflow(c->used.bytes, size, &c->used.bytes))
		c->used.bytes = INT64_MAX / 2;
	return true;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int count_opened(struct count *c, const char *path, struct err *err)
{
	struct stat st;
	if (fstat(c->directory, &st) < 0)
		return err_temp(err, "cannot look at %s: %s", path, beneath_why(errno));
	*(struct stamp *)ARENA_PUSH(c->mem, c->stamps, c->stamp_count) =
		(struct stamp){path, st.st_mtim};
	return maildir_walk(c->directory, ".", count_file, c, err);
}

/*
 * Counts PART of FOLDER, and remembers its path with the time of its last change. A missing one is
 * empty.
 */
static int count_part(struct count *c, const char *folder, const char *part)
{
	const char *path = arena_fmt(c->mem, "%s/%s", folder[0] ? folder : ".", part).p;
	c->directory = beneath_open(c->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (c->directory < 0 && errno == ENOENT)
		return 0;
	if (c->directory < 0)
		return err_temp(c->err, "cannot open %s: %s", path, beneath_why(errno));
	int r = count_opened(c, path, c->err);
	close(c->directory); /* nothing was written */
	return r;
}

static bool count_folder(void *context, const char *folder)
{
	struct count *c = context;
	if (quota_counts(str_of(folder)))
		c->failed = count_part(c, folder, "new") < 0 || count_part(c, folder, "cur") < 0;
	return !c->failed;
}

/* A message that was moved while we looked may have been counted twice or not at all. */
static bool is_settled(const struct count *c)
{
	struct stat st;
	for (size_t i = 0; i < c->stamp_count; i++)
		if (beneath_stat(c->root, c->stamps[i].path, &st) < 0 ||
			!same_time(st.st_mtim, c->stamps[i].changed))
			return false;
	return true;
}

/* 1 counted, 0 counted as well as possible while the mailbox keeps changing, -1 error. */
static int count_all(const struct store *s, struct quota_amount *used, struct err *err)
{
	int settled = 0;
	for (int i = 0; i < COUNT_TRIES && settled == 0; i++) {
		struct count c = {.root = s->root,
			.skip_trashed = s->server == STORE_SERVER_COURIER,
			.mem = arena_new(),
			.err = err};
		int r = maildir_walk_folders(s->root, count_folder, &c, err);
		settled = r < 0 || c.failed ? -1 : is_settled(&c);
		*used = c.used;
		arena_free(c.mem);
	}
	return settled;
}

/* ---- what is in force ---- */

struct quota_state {
	struct maildirsize file;
	struct quota_amount limits; /* what the mailbox may hold */
	bool kept;                  /* there is a quota, or at least a file to keep up to date */
	bool counted;               /* it was just counted, so the sums are right */
};

static bool same_amount(struct quota_amount a, struct quota_amount b)
{
	return a.bytes == b.bytes && a.messages == b.messages;
}

static struct quota_state look(const struct store *s)
{
	struct quota_state q = {0};
	maildirsize_read(s->root, &q.file);
	q.kept = s->quota.source == QUOTA_SET || q.file.has_limits;
	if (s->quota.source == QUOTA_SET) {
		q.limits = s->quota.limits;
		q.file.valid = q.file.valid && same_amount(q.file.limits, q.limits);
	} else if (s->quota.source == QUOTA_OF_FILE) {
		q.limits = q.file.limits;
	}
	return q;
}

/* Gets the sums from the messages themselves. -1 when they cannot be counted. */
static int recount(struct store *s, struct quota_state *q)
{
	struct err err;
	struct quota_amount limits =
		s->quota.source == QUOTA_SET ? s->quota.limits : q->file.limits;
	int settled = count_all(s, &q->file.used, &err);
	q->counted = true;
	if (settled > 0)
		settled = maildirsize_replace(s->root, limits, q->file.used, &err) < 0 ? -2 : 1;
	if (settled < 0)
		store_say(s, "quota: %s", err.text);
	q->file.valid = settled != -1;
	return settled == -1 ? -1 : 0;
}

static bool exceeds(int64_t used, int64_t more, int64_t limit)
{
	return limit && used + more > limit;
}

static bool has_room(const struct quota_state *q, struct quota_amount more)
{
	return !exceeds(q->file.used.bytes, more.bytes, q->limits.bytes) &&
	       !exceeds(q->file.used.messages, more.messages, q->limits.messages);
}

/*
 * Are the sums doubtful? Others may have removed messages without updating the file. A young file
 * with a single line was counted just now.
 */
static bool is_doubtful(const struct quota_state *q)
{
	return !q->counted && (q->file.lines > 1 || q->file.changed < time(NULL) - TRUST_SECONDS);
}

/* ---- the questions ---- */

bool quota_seems_full(const struct store *s, struct quota_amount more)
{
	if (more.messages == 0)
		return false;
	struct quota_state q = look(s);
	return q.kept &&
	       (exceeds(0, more.bytes, q.limits.bytes) || (q.file.valid && !has_room(&q, more)));
}

static void tell(struct store *s, const struct quota_state *q, struct quota_amount more,
	enum quota_event event)
{
	bool is_full = event == QUOTA_FULL;
	struct quota_amount used = q->file.used;
	s->change = (struct quota_change){.event = event,
		.before = used,
		.after = {used.bytes + (is_full ? 0 : more.bytes),
			used.messages + (is_full ? 0 : more.messages)},
		.limits = q->limits,
		.full_bytes = is_full && exceeds(used.bytes, more.bytes, q->limits.bytes),
		.full_messages =
			is_full && exceeds(used.messages, more.messages, q->limits.messages)};
	s->watch(s->watch_context, s, &s->change);
}

void quota_counted(struct store *s)
{
	if (!s->watch || !s->has_change)
		return;
	s->change.event = QUOTA_COUNTED;
	s->watch(s->watch_context, s, &s->change);
}

/* The sender is not told more, because how much a mailbox holds is private. */
static int fail_full(struct store *s, const struct quota_state *q, struct quota_amount more,
	unsigned flags, struct err *err)
{
	if (!(flags & QUOTA_QUIET))
		store_say(s,
			"mailbox full: it holds %lld bytes in %lld messages, %lld bytes in %lld "
			"messages were to be added, the quota is %lld bytes and %lld messages "
			"(0: no limit)",
			(long long)q->file.used.bytes, (long long)q->file.used.messages,
			(long long)more.bytes, (long long)more.messages, (long long)q->limits.bytes,
			(long long)q->limits.messages);
	if (s->watch && !(flags & QUOTA_QUIET))
		tell(s, q, more, QUOTA_FULL);
	if (s->quota.refuse)
		return err_coded(err, FAULT_REFUSED, "5.2.2", "mailbox full");
	return err_coded(err, FAULT_TEMP, "4.2.2", "mailbox full");
}

/* A mailbox that cannot be counted is never full. 1, or -1 if it is full. */
static int check(struct store *s, struct quota_state *q, struct quota_amount more, unsigned flags,
	struct err *err)
{
	bool admit = flags & QUOTA_ADMIT;
	if (admit && exceeds(0, more.bytes, q->limits.bytes))
		return err_coded(err, FAULT_REFUSED, "5.2.3",
			"the message is larger than the mailbox may become");
	if ((flags & QUOTA_RECOUNT || !q->file.valid) && recount(s, q) < 0)
		return 1;
	if (!admit || has_room(q, more))
		return 1;
	if (is_doubtful(q) && (recount(s, q) < 0 || has_room(q, more)))
		return 1;
	return fail_full(s, q, more, flags, err);
}

int quota_check(struct store *s, struct quota_amount more, unsigned flags, struct err *err)
{
	s->has_change = false;
	if (more.messages == 0)
		return 0;
	struct quota_state q = look(s);
	if (!q.kept)
		return 0;
	int r = check(s, &q, more, flags, err);
	if (r > 0 && (flags & QUOTA_PLAN) && s->watch && q.file.valid) {
		s->has_change = true;
		tell(s, &q, more, QUOTA_PLANNED);
	}
	return r;
}

void quota_add(struct store *s, struct quota_amount delta)
{
	struct err err;
	if (delta.messages && maildirsize_append(s->root, delta, &err) < 0)
		store_say(s, "quota: %s", err.text);
}

/* ---- before a delivery ---- */

static int check_opened(const struct store_conf *conf, struct quota_amount more, struct err *err)
{
	struct store *s = store_open(conf, err);
	if (!s)
		return -1;
	int lock = state_lock(s->state, err);
	int r = lock < 0 ? -1 : quota_check(s, more, QUOTA_RECOUNT | QUOTA_ADMIT, err);
	if (lock >= 0)
		close(lock); /* releases it; nothing was written */
	store_close(s);
	return r < 0 ? -1 : 0;
}

/* A mailbox that does not exist is empty; one that cannot be opened is the delivery's matter. */
int quota_room(const struct store_conf *conf, struct quota_amount more, struct err *err)
{
	struct store closed = {.quota = conf->quota, .server = conf->server};
	closed.root = path_open_dir_itself(conf->maildir);
	if (closed.root < 0)
		return 0;
	bool is_full = quota_seems_full(&closed, more);
	close(closed.root); /* nothing was written */
	return is_full ? check_opened(conf, more, err) : 0;
}
