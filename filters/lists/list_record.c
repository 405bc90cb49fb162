#include "filters/lists/list_record.h"

#include "base/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char *const table_names[LIST_TABLES] = {"info", "entries", "rest", "broken"};
const struct kv_layout list_layout = {
	.what = "compiled list", .tables = table_names, .count = LIST_TABLES, .format = 1};

const char *list_record_path(struct str path, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT ".lmdb", STR_ARGS(path)).p;
}

mode_t list_record_mode(const char *text)
{
	struct stat st;
	return path_stat(text, &st) == 0 ? (st.st_mode & 0444) | 0200 : 0600;
}

int list_state_of(const char *path, struct list_state *state, struct err *err)
{
	struct stat st;
	if (path_stat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_temp(err, "cannot look at %s: %s", path, strerror(errno));
	*state = (struct list_state){st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
	return 1;
}

/* Nanoseconds within which a change may leave the time as it is. */
enum { YOUNG = 15 * 1000 * 1000 };

bool list_settle(int64_t seconds)
{
	struct timespec now, nap = {.tv_nsec = YOUNG};
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || now.tv_sec - seconds > 1)
		return false;
	nanosleep(&nap, NULL); /* if it is cut short, a mistake is possible but unlikely */
	return true;
}

int list_state_settled(const char *path, struct list_state *state, struct err *err)
{
	int r = list_state_of(path, state, err);
	if (r <= 0)
		return r;
	(void)list_settle(state->seconds); /* either way, it is old enough now */
	return list_state_of(path, state, err);
}

bool list_state_same(const struct list_state *a, const struct list_state *b)
{
	return a->size == b->size && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

int list_state_check(const char *path, const struct list_state *before, struct err *err)
{
	struct list_state after = {.size = -1};
	if (list_state_of(path, &after, err) < 0)
		return -1;
	if (!list_state_same(&after, before))
		return err_temp(err, "%s was changed while it was read; try again", path);
	return 0;
}

bool list_record_next(struct str *rest, struct list_record *r, struct str *text)
{
	if (rest->n < sizeof *r)
		return false;
	memcpy(r, rest->p, sizeof *r);
	size_t n = (size_t)r->entry + r->local + r->domain;
	*text = str_slice(*rest, sizeof *r, sizeof *r + n);
	*rest = str_slice(*rest, sizeof *r + text->n, rest->n);
	return text->n == n;
}
