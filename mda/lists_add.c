/* mda-lists add and remove: the text is replaced as a whole, under a lock, and compiled again if it was. */
#include "filters/list_compile.h"
#include "filters/list_search.h"
#include "mda/base/address.h"
#include "mda/base/io.h"
#include "mda/lists_advice.h"
#include "mda/lists_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LIST_MOST = 256 * 1024 * 1024, WAIT_SECONDS = 60 };

/* ---- the file ---- */

struct editing {
	struct lists_tool *tool;
	struct named_list list;
	const char *target; /* the file itself, where the path is a link */
	int dir;            /* locked */
	struct stat before;
	bool exists;
	struct str text;
	struct buf edited, out;
};

static int lock_dir(const char *dir, struct err *err)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	const long long deadline = io_microseconds() + WAIT_SECONDS * 1000000LL;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", dir, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || io_microseconds() > deadline) {
			err_temp(err, "cannot lock %s: %s", dir, strerror(errno));
			close(fd); /* nothing was written */
			return -1;
		}
		nanosleep(&nap, NULL);
	}
	return fd;
}

static int open_text(struct editing *e, struct err *err)
{
	char real[PATH_MAX];
	struct arena *mem = e->tool->mem;
	e->target = realpath(e->list.path, real) ? arena_cstr(mem, str_of(real)) : e->list.path;
	struct str path = str_of(e->target);
	size_t slash = str_rfind(path, '/');
	const char *dir =
		slash < path.n ? arena_cstr(mem, str_slice(path, 0, slash ? slash : 1)) : ".";
	if (io_make_dirs(dir, e->list.is_global ? 0755 : 0700, err) < 0)
		return -1;
	e->dir = lock_dir(dir, err);
	if (e->dir < 0)
		return -1;
	e->exists = stat(e->target, &e->before) == 0;
	return io_read_file(e->target, LIST_MOST, mem, &e->text, err) < 0 ? -1 : 0;
}

static int write_text(struct editing *e, struct err *err)
{
	mode_t usual = e->list.is_global ? 0644 : 0600;
	mode_t mode = e->exists ? e->before.st_mode & 0777 : usual;
	mode_t mask = umask(0);
	int r = io_replace_file(e->target, buf_str(&e->edited), mode, err);
	umask(mask);
	if (r == 0 && e->exists && e->before.st_uid != geteuid() && geteuid() == 0 &&
		chown(e->target, e->before.st_uid, e->before.st_gid) < 0)
		r = err_temp(
			err, "cannot give %s back to its owner: %s", e->target, strerror(errno));
	return r;
}

static int begin(struct lists_tool *tool, const char *name, struct editing *e, struct err *err)
{
	*e = (struct editing){.tool = tool, .dir = -1};
	if (lists_find(tool, name, &e->list, err) < 0 || lists_become(tool, &e->list, err) < 0)
		return -1;
	if (e->list.is_aliases)
		return err_temp(err, "aliases are no list; edit %s itself", e->list.path);
	return open_text(e, err);
}

/* Lets others at the text, and brings the compiled form up to it. */
static int finish(struct editing *e, bool changed, struct err *err)
{
	struct list_compiled done;
	int r = changed ? write_text(e, err) : 0;
	close(e->dir); /* only locked */
	e->dir = -1;
	if (r == 0 && changed && list_map_exists(str_of(e->list.path)) &&
		list_compile(str_of(e->list.path), &done, err) < 0)
		r = -1;
	if (r == 0)
		r = program_print(&e->out, err);
	return r;
}

static void end(struct editing *e)
{
	if (e->dir >= 0)
		close(e->dir); /* only locked */
	buf_free(&e->edited);
	buf_free(&e->out);
}

/* ---- add ---- */

static void say_warning(void *context, struct str sentence)
{
	program_complain("warning: %s: " STR_FMT, (const char *)context, STR_ARGS(sentence));
}

/* All or nothing: are the words entries? */
static bool check_entries(struct lists_tool *tool, size_t count, char **words)
{
	struct wild w;
	const char *why;
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		if (words[i][0] == '#')
			why = "an entry that starts with # would be a comment";
		else if (wild_parse(str_of(words[i]), tool->mem, &w, &why))
			continue;
		program_complain("%s: %s", words[i], why);
		good = false;
	}
	return good;
}

static int take_remark(const struct lists_tool *tool, struct lists_remark *r, struct err *err)
{
	*r = (struct lists_remark){.today = list_text_today()};
	if (tool->reason)
		r->reason = str_trim(str_of(tool->reason));
	if (tool->until) {
		r->until = list_text_day(str_of(tool->until));
		if (r->until == 0)
			return err_temp(err, "\"%s\" is no date such as 2027-01-31", tool->until);
		if (r->until < r->today)
			return err_temp(err, "%s is over already", tool->until);
	}
	return 0;
}

static int advise(struct editing *e, char *word, struct err *err)
{
	struct lists_advisor a;
	struct wild w;
	const char *why;
	if (!wild_parse(str_of(word), e->tool->mem, &w, &why))
		return 0;
	if (lists_advisor_open(e->tool, &e->list, &a, err) < 0)
		return -1;
	int r = lists_advise(&a, &w, 0, say_warning, word, err);
	lists_advisor_close(&a);
	return r;
}

/* Whether it changes anything. */
static bool add_entry(struct editing *e, char *word, const struct lists_remark *remark)
{
	struct str text = e->edited.n ? buf_str(&e->edited) : e->text;
	struct str entry = str_trim(str_of(word));
	unsigned line = lists_line_of(text, entry, remark->today);
	struct buf next = {0};
	if (line) {
		buf_fmt(&e->out, "%s:%u: %s is there already\n", e->list.path, line, word);
		return false;
	}
	lists_append(text, entry, remark, &next);
	buf_free(&e->edited);
	e->edited = next;
	buf_fmt(&e->out, "%s: %s was added\n", e->list.path, word);
	return true;
}

static int add_entries(struct editing *e, size_t count, char **words, struct err *err)
{
	struct lists_remark remark;
	bool changed = false;
	if (take_remark(e->tool, &remark, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		/* Advice that cannot be had is no reason not to add it. */
		if (add_entry(e, words[i], &remark)) {
			if (advise(e, words[i], err) < 0)
				program_complain("%s", err->text);
			changed = true;
		}
	return finish(e, changed, err);
}

static int run_add(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct editing e;
	if (!check_entries(tool, count - 1, words + 1))
		return LISTS_WRONG;
	int r = begin(tool, words[0], &e, err);
	if (r == 0)
		r = add_entries(&e, count - 1, words + 1, err);
	end(&e);
	return r;
}

/* ---- remove ---- */

struct others {
	struct lists_tool *tool;
	const char *path, *word;
};

static void say_other(void *context, const struct list_hit *hit)
{
	const struct others *o = context;
	program_complain("%s:%u: " STR_FMT " matches %s, too", o->path, hit->line,
		STR_ARGS(hit->entry), o->word);
}

/* He who takes an address off a list wants to hear what else matches it. */
static void tell_others(const struct editing *e, const char *word)
{
	struct others o = {e->tool, e->list.path, word};
	struct address a = address_parse_envelope(str_of(word), e->tool->mem);
	struct str key = address_key(&a, e->tool->mem);
	struct list_query q = {.path = str_of(e->list.path),
		.keys = &key,
		.count = 1,
		.hit = say_other,
		.context = &o};
	if (!a.invalid && a.domain.n)
		(void)list_search(&q, NULL); /* it was only to help */
}

static bool cut_entry(struct editing *e, char *word, bool *changed)
{
	struct buf next = {0};
	struct str text = *changed ? buf_str(&e->edited) : e->text;
	size_t gone = lists_cut(text, str_trim(str_of(word)), &next);
	if (gone == 0) {
		program_complain("%s: %s is not there", e->list.path, word);
		buf_free(&next);
		return false;
	}
	*changed = true;
	buf_free(&e->edited);
	e->edited = next;
	buf_fmt(&e->out, "%s: %s was removed\n", e->list.path, word);
	return true;
}

static int run_remove(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct editing e;
	bool changed = false, all = true;
	int r = begin(tool, words[0], &e, err);
	for (size_t i = 1; i < count && r == 0; i++)
		all = cut_entry(&e, words[i], &changed) && all;
	if (r == 0)
		r = finish(&e, changed, err);
	for (size_t i = 1; i < count && r == 0; i++)
		tell_others(&e, words[i]);
	end(&e);
	return r < 0 ? -1 : all ? 0 : LISTS_WRONG;
}

const struct lists_command lists_add = {
	{"add", "LIST ENTRY...", "adds entries, with the day and the reason", 2}, run_add};
const struct lists_command lists_remove = {
	{"remove", "LIST ENTRY...", "takes entries off the list", 2}, run_remove};
