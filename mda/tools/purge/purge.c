#include "mda/tools/purge/purge.h"

#include "base/beneath.h"
#include "base/verdict.h"
#include "mda/tools/progress.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/store_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A reader may rename files while they are removed: then the folder is looked at again. */
enum { LOOKS = 3 };
#define LARGEST ((int64_t)1 << 50)

/* ---- one message ---- */

static bool matches(const struct purge_rules *r, const struct purge_file *f, int64_t now)
{
	unsigned flags = base_name_read_flags(str_of(f->name));
	if (r->everything)
		return true;
	return (!r->has_older || now - f->arrived >= r->older) &&
	       (!r->has_unchanged || now - f->changed >= r->unchanged) &&
	       (!r->has_larger || f->size > r->larger) && (!r->deleted || flags & FLAG_TRASHED) &&
	       (!r->seen || flags & FLAG_SEEN);
}

enum purge_verdict purge_judge(
	const struct purge_rules *rules, const struct purge_file *file, int64_t now)
{
	if (!matches(rules, file, now))
		return PURGE_KEEP;
	bool flagged = base_name_read_flags(str_of(file->name)) & FLAG_FLAGGED;
	return flagged && !rules->even_flagged ? PURGE_KEEP_FLAGGED : PURGE_REMOVE;
}

/* ---- one folder ---- */

struct look {
	const struct purge *p;
	struct purge_folder *folder;
	bool in_cur, failed;
	int part; /* the directory that is being read */
	struct store_removal *items;
	size_t count;
	struct err *err;
	struct arena *mem;
};

/* A file that is gone meanwhile needs no look. */
static bool take_file(void *context, const char *name)
{
	struct look *l = context;
	struct stat st;
	if (beneath_lstat(l->part, name, &st) < 0) {
		l->failed = errno != ENOENT;
		if (l->failed)
			err_system(l->err, errno, "cannot look at %s", name);
		return !l->failed;
	}
	if (!S_ISREG(st.st_mode))
		return true;
	struct purge_file file = {.name = name,
		.in_cur = l->in_cur,
		.arrived = st.st_mtim.tv_sec,
		.changed = st.st_ctim.tv_sec,
		.size = st.st_size};
	enum purge_verdict verdict = purge_judge(&l->folder->rules, &file, l->p->now);
	l->folder->found++;
	l->folder->kept_flagged += verdict == PURGE_KEEP_FLAGGED;
	if (verdict != PURGE_REMOVE)
		return true;
	/* The quota counts the size that the name says; a name may claim any. */
	if (!base_name_size(str_of(name), &file.size) || file.size > LARGEST)
		file.size = st.st_size;
	struct store_removal *item = ARENA_PUSH(l->mem, l->items, l->count);
	*item = (struct store_removal){
		.file = arena_cstr(l->mem, str_of(name)), .in_cur = l->in_cur, .size = file.size};
	return true;
}

static int look_into(struct look *l, int folder, bool in_cur)
{
	const char *name = in_cur ? "cur" : "new";
	l->in_cur = in_cur;
	l->part = beneath_open(folder, name, O_RDONLY | O_DIRECTORY, 0);
	if (l->part < 0)
		return errno == ENOENT ? 0 : err_system(l->err, errno, "cannot open %s", name);
	int r = maildir_walk(l->part, ".", take_file, l, l->err);
	close(l->part); /* nothing was written */
	return l->failed ? -1 : r;
}

/* Lists what is to be removed. */
static int look(struct look *l)
{
	const char *path = l->folder->directory.n ? l->folder->directory.p : ".";
	int folder = beneath_open(l->p->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return err_system(l->err, errno, "cannot open the folder %s", path);
	l->folder->found = l->folder->kept_flagged = 0;
	int r = look_into(l, folder, false) < 0 ? -1 : look_into(l, folder, true);
	close(folder); /* nothing was written */
	return r;
}

static void count_removed(struct purge_folder *f, const struct store_removal *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		f->removed += items[i].removed;
		f->bytes += items[i].removed ? (uint64_t)items[i].size : 0;
	}
}

static int remove_all(const struct purge *p, struct look *l, struct progress *progress)
{
	int r = 0;
	for (size_t at = 0, n; at < l->count && r == 0; at += n) {
		n = l->count - at < STORE_REMOVE_MOST ? l->count - at : STORE_REMOVE_MOST;
		r = store_remove(p->store, l->folder->directory, &l->items[at], n, l->err);
		count_removed(l->folder, &l->items[at], n);
		progress_at(progress, at + n);
	}
	return r;
}

static int purge_once(struct purge *p, struct purge_folder *f, bool *again, struct err *err)
{
	struct progress progress;
	struct look l = {.p = p, .folder = f, .err = err, .mem = arena_new()};
	size_t before = f->removed;
	int r = look(&l);
	if (r == 0 && p->store) {
		progress_start(&progress, "purging", l.count, p->quiet);
		r = remove_all(p, &l, &progress);
		progress_end(&progress);
	}
	for (size_t i = 0; i < l.count && !p->store; i++)
		l.items[i].removed = true;
	if (!p->store)
		count_removed(f, l.items, l.count);
	*again = p->store && f->removed - before < l.count;
	arena_free(l.mem);
	return r;
}

int purge_run(struct purge *p, struct err *err)
{
	for (size_t i = 0; i < p->count; i++) {
		bool again = true;
		for (int k = 0; k < LOOKS && again; k++) {
			size_t found = p->folders[i].found;
			if (purge_once(p, &p->folders[i], &again, err) < 0)
				return -1;
			if (k > 0)
				p->folders[i].found = found;
		}
	}
	return 0;
}
