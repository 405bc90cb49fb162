#include "mda/tools/reindex/reindex_view.h"

#include "base/beneath.h"
#include "base/str_list.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct str reindex_view_file_name(const struct view *v, const struct view_file *f)
{
	return (struct str){v->names.p + f->at, f->n};
}

struct str reindex_view_file_base(const struct view *v, const struct view_file *f)
{
	return (struct str){v->names.p + f->at, f->base};
}

struct str reindex_view_uid_base(const struct view *v, const struct view_uid *u)
{
	return (struct str){v->names.p + u->at, u->n};
}

/* The allocated size is the next power of two. */
static void *push(void **items, size_t *count, size_t size)
{
	if ((*count & (*count - 1)) == 0)
		*items = mem_resize(*items, (*count ? *count * 2 : 1) * size);
	return (char *)*items + (*count)++ * size;
}

/* ---- the Maildir's side ---- */

struct listing {
	struct view *view;
	struct progress *progress;
	bool in_cur;
};

static bool add_file(void *context, const char *name)
{
	struct listing *l = context;
	struct view *v = l->view;
	struct str text = str_of(name);
	struct view_file *f = push((void **)&v->files, &v->file_count, sizeof *f);
	*f = (struct view_file){
		v->names.n, (uint16_t)text.n, (uint16_t)base_name_of(text).n, l->in_cur};
	buf_add(&v->names, text);
	progress_at(l->progress, v->file_count);
	return true;
}

static int compare_files(const void *a, const void *b, void *context)
{
	const struct view *v = context;
	const struct view_file *x = a, *y = b;
	int r = str_compare(reindex_view_file_base(v, x), reindex_view_file_base(v, y));
	return r ? r : str_compare(reindex_view_file_name(v, x), reindex_view_file_name(v, y));
}

static int list_files(int folder, struct view *v, struct progress *progress, struct err *err)
{
	struct listing in_new = {v, progress, false}, in_cur = {v, progress, true};
	if (maildir_walk(folder, "new", add_file, &in_new, err) < 0 ||
		maildir_walk(folder, "cur", add_file, &in_cur, err) < 0)
		return -1;
	if (v->file_count)
		qsort_r(v->files, v->file_count, sizeof *v->files, compare_files, v);
	return 0;
}

static int load_files(struct reindex *r, struct str directory, struct view *v, struct err *err)
{
	/* A damaged database could name any path. */
	if (!folder_is_directory(directory))
		return 0;
	const char *name = directory.n ? arena_cstr(r->mem, directory) : ".";
	int folder = beneath_open(r->root, name, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0 && errno == ENOENT)
		return 0;
	if (folder < 0)
		return err_temp(err, "cannot open the folder %s: %s", name, beneath_why(errno));
	v->has_directory = true;
	int result = list_files(folder, v, &r->progress, err);
	close(folder); /* nothing was written */
	return result;
}

const struct view_file *reindex_view_find_file(const struct view *v, struct str base)
{
	size_t low = 0, high = v->file_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_compare(reindex_view_file_base(v, &v->files[middle]), base) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < v->file_count && str_eq(reindex_view_file_base(v, &v->files[low]), base);
	return found ? &v->files[low] : NULL;
}

/* ---- the database's side ---- */

struct reader {
	struct view *view;
	struct progress *progress;
	struct str directory;
	struct uiddb *db;
	struct err *err;
	bool failed;
};

static bool add_uid(void *context, uint32_t uid, struct str base)
{
	struct reader *r = context;
	struct view *v = r->view;
	uint32_t other = 0;
	int found = uiddb_find_uid(r->db, v->record.id, base, &other, r->err);
	if (found < 0) {
		r->failed = true;
		return false;
	}
	/* Nearly all UIDs have a file, whose name starts with their base name. */
	const struct view_file *file = reindex_view_find_file(v, base);
	struct view_uid *u = push((void **)&v->uids, &v->uid_count, sizeof *u);
	*u = (struct view_uid){
		file ? file->at : v->names.n, (uint16_t)base.n, uid, !found || other != uid};
	if (!file)
		buf_add(&v->names, base);
	progress_at(r->progress, v->uid_count);
	return true;
}

static int read_uids(struct uiddb *db, void *context, struct err *err)
{
	struct reader *r = context;
	struct view *v = r->view;
	r->db = db;
	r->err = err;
	int found = uiddb_find_folder(db, r->directory, &v->record, err);
	if (found < 0)
		return -1;
	v->has_record = found == 1;
	if (!found)
		return 0;
	int result = uiddb_walk_uids(db, v->record.id, 0, add_uid, r, err);
	return r->failed ? -1 : result;
}

static int compare_bases(const void *a, const void *b, void *context)
{
	const struct view *v = context;
	return str_compare(reindex_view_uid_base(v, &v->uids[*(const size_t *)a]),
		reindex_view_uid_base(v, &v->uids[*(const size_t *)b]));
}

size_t *reindex_view_sort_bases(const struct view *v)
{
	size_t *order = mem_alloc(v->uid_count * sizeof *order);
	for (size_t i = 0; i < v->uid_count; i++)
		order[i] = i;
	if (v->uid_count)
		qsort_r(order, v->uid_count, sizeof *order, compare_bases, (void *)v);
	return order;
}

/* ---- both ---- */

int reindex_view_load(struct reindex *r, struct str directory, struct view *v, struct err *err)
{
	struct reader reader = {.view = v, .progress = &r->progress, .directory = directory};
	*v = (struct view){0};
	/*
	 * Files are read first: a message that arrives in between then has a UID without a file, as
	 * in any delivery.
	 */
	reindex_progress(r, directory, "reading files", 0);
	int result = load_files(r, directory, v, err);
	progress_end(&r->progress);
	if (result < 0)
		return -1;
	reindex_progress(r, directory, "reading UIDs", v->file_count);
	result = uiddb_read(r->db, read_uids, &reader, err);
	progress_end(&r->progress);
	return result;
}

void reindex_view_free(struct view *v)
{
	free(v->files);
	free(v->uids);
	buf_free(&v->names);
	*v = (struct view){0};
}

/* ---- exactly ---- */

enum { EXACT_TRIES = 20, SETTLED_NS = 50000000, REST_SECONDS = 2 };

/* When new/ and cur/ were last changed, and whether that was long enough ago. */
struct change {
	struct timespec in_new, in_cur;
	bool settled; /* longer ago than the resolution of the file system's clock */
};

static bool is_settled(struct timespec then)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	long long ns =
		(long long)(now.tv_sec - then.tv_sec) * 1000000000LL + now.tv_nsec - then.tv_nsec;
	return ns > SETTLED_NS;
}

static struct change last_change(const struct reindex *r, struct str directory)
{
	struct stat st;
	struct change c = {.settled = true};
	const char *path =
		arena_fmt(r->mem, STR_FMT "%snew", STR_ARGS(directory), directory.n ? "/" : "").p;
	if (beneath_stat(r->root, path, &st) == 0)
		c.in_new = st.st_mtim;
	path = arena_fmt(r->mem, STR_FMT "%scur", STR_ARGS(directory), directory.n ? "/" : "").p;
	if (beneath_stat(r->root, path, &st) == 0)
		c.in_cur = st.st_mtim;
	c.settled = is_settled(c.in_new) && is_settled(c.in_cur);
	return c;
}

bool reindex_view_is_at_rest(struct reindex *r, struct str directory)
{
	struct change c = last_change(r, directory);
	time_t then = time(NULL) - REST_SECONDS;
	return c.in_new.tv_sec < then && c.in_cur.tv_sec < then;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int reindex_view_load_exactly(
	struct reindex *r, struct str directory, struct view *v, bool *exact, struct err *err)
{
	const struct timespec nap = {.tv_nsec = SETTLED_NS};
	*exact = false;
	for (int i = 0; i < EXACT_TRIES; i++) {
		struct change before = last_change(r, directory);
		if (reindex_view_load(r, directory, v, err) < 0)
			return -1;
		struct change after = last_change(r, directory);
		*exact = before.settled && same_time(before.in_new, after.in_new) &&
			 same_time(before.in_cur, after.in_cur);
		if (*exact || i + 1 == EXACT_TRIES)
			return 0;
		reindex_view_free(v);
		nanosleep(&nap, NULL); /* a shorter pause does no harm */
	}
	return 0;
}

/* ---- folders ---- */

struct names {
	struct arena *mem;
	struct str_list list;
};

static void add_name(struct names *n, struct str directory)
{
	str_list_add(&n->list, arena_str(n->mem, directory), n->mem);
}

static bool add_directory(void *context, const char *directory)
{
	add_name(context, str_of(directory));
	return true;
}

static bool add_record(void *context, struct str directory, const struct uiddb_folder *folder)
{
	(void)folder;
	add_name(context, directory);
	return true;
}

static int read_folders(struct uiddb *db, void *context, struct err *err)
{
	return uiddb_walk_folders(db, add_record, context, err);
}

static int all_folders(struct reindex *r, struct str_list *directories, struct err *err)
{
	struct names n = {.mem = r->mem};
	size_t kept = 0;
	if (maildir_walk_folders(r->root, add_directory, &n, err) < 0 ||
		uiddb_read(r->db, read_folders, &n, err) < 0)
		return -1;
	str_list_sort(&n.list);
	for (size_t i = 0; i < n.list.count; i++)
		if (kept == 0 || !str_eq(n.list.items[i], n.list.items[kept - 1]))
			n.list.items[kept++] = n.list.items[i];
	*directories = (struct str_list){n.list.items, kept};
	return 0;
}

int reindex_view_folders(struct reindex *r, struct str_list *directories, struct err *err)
{
	struct str_list all;
	struct str *one = arena_alloc(r->mem, sizeof *one);
	if (all_folders(r, &all, err) < 0)
		return -1;
	*directories = all;
	if (!r->folder)
		return 0;
	if (folder_directory(str_of(r->folder), r->mem, one, err) < 0)
		return -1;
	if (!str_list_has(&all, *one))
		return err_temp(err, "there is no folder %s", r->folder);
	*directories = (struct str_list){one, 1};
	return 0;
}
