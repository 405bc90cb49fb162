#include "mda/acts/acts_screener.h"

#include "base/path.h"
#include "base/str_list.h"
#include "mda/acts/acts_decide.h"
#include "mda/acts/acts_move.h"
#include "mda/conf/folders.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/screened.h"

#include <dirent.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * A delivery must not wait for long: what is left is done by the next one. If a message cannot be
 * found among so many files, it counts as deleted.
 */
enum {
	GONE_MOST = 50,
	STRANGERS_MOST = 20,
	READ_MOST = 200,
	NOTED_MOST = SCREENED_WAITING_MOST * 8 / 10,
	SETTLED_SECONDS = 2
};

static const char *const parts[] = {"new", "cur"};
enum { PARTS = 2 };

/* One look at one folder. */
struct look {
	const struct acts *acts;
	struct str directory, junk, trash;
	struct str_list names[PARTS]; /* the files in the folder */
	struct str_list bases;        /* of them, sorted */
	const struct screened_message **gone;
	size_t gone_count;
	size_t files_read, dealt_with;
	bool is_left; /* something is to be tried again */
};

/* ---- which folders ---- */

static struct str memory_name(struct str directory, const char *part, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT "/%s", STR_ARGS(directory), part);
}

/* The folder that a line of the memory is about; empty: it is of a folder that acts. */
static struct str watched(struct str name)
{
	static const struct str end = STR_LIT("/cur");
	bool is_one = name.n > end.n && str_eq(str_slice(name, name.n - end.n, name.n), end);
	return is_one ? str_slice(name, 0, name.n - end.n) : STR_EMPTY;
}

bool acts_screener_wanted(const struct conf *conf)
{
	for (size_t i = 0; i < conf->user_settings.count; i++)
		if (str_ieq(conf->user_settings.items[i], STR_LIT("screener")))
			return true;
	return conf->screener.n > 0;
}

static struct timespec time_of(const struct acts *a, struct str directory, const char *part)
{
	struct stat st;
	const char *path =
		arena_fmt(a->mem, "%s/" STR_FMT "/%s", a->maildir, STR_ARGS(directory), part).p;
	return path_stat(path, &st) == 0 ? st.st_mtim : (struct timespec){0, 0};
}

static bool has_changed(const struct acts *a, const struct acts_memory *memory,
	struct str directory, struct timespec times[PARTS])
{
	bool changed = false;
	for (size_t i = 0; i < PARTS; i++) {
		struct timespec before =
			acts_memory_of(memory, memory_name(directory, parts[i], a->mem));
		times[i] = time_of(a, directory, parts[i]);
		changed = changed || times[i].tv_sec != before.tv_sec ||
			  times[i].tv_nsec != before.tv_nsec;
	}
	return changed;
}

bool acts_screener_has_changed(const struct acts *a, const struct acts_memory *memory, bool all)
{
	struct timespec times[PARTS];
	for (size_t i = 0; acts_screener_wanted(a->conf) && i < memory->count; i++) {
		struct str directory = watched(memory->items[i].directory);
		if (directory.n && (all || has_changed(a, memory, directory, times)))
			return true;
	}
	return false;
}

int acts_screener_watch(const struct acts *a, struct str directory, struct err *err)
{
	struct acts_memory memory;
	struct str name = memory_name(directory, "cur", a->mem);
	acts_memory_read(a, &memory);
	for (size_t i = 0; i < memory.count; i++)
		if (str_eq(memory.items[i].directory, name))
			return 0;
	int lock = acts_memory_lock(a);
	if (lock < 0)
		return err_temp(err, "the memory of the screener is locked");
	acts_memory_read(a, &memory); /* another process may have written it */
	acts_memory_set(&memory, name, (struct timespec){0, 0}, a->mem);
	int r = acts_memory_write(a, &memory, err);
	close(lock); /* releases it; nothing was written */
	return r;
}

/* ---- what is in the folder ---- */

static const char *part_path(const struct look *l, struct str directory, const char *part)
{
	return arena_fmt(
		l->acts->mem, "%s/" STR_FMT "/%s", l->acts->maildir, STR_ARGS(directory), part)
		.p;
}

static void list_files(
	const struct look *l, struct str directory, const char *part, struct str_list *names)
{
	const struct dirent *entry;
	DIR *d = path_opendir(part_path(l, directory, part));
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			str_list_add(names, arena_str(l->acts->mem, str_of(entry->d_name)),
				l->acts->mem);
	if (d)
		closedir(d);
}

/* A client without MOVE leaves the message there, marked as deleted. */
static void list_bases(struct look *l)
{
	for (size_t part = 0; part < PARTS; part++) {
		list_files(l, l->directory, parts[part], &l->names[part]);
		for (size_t i = 0; i < l->names[part].count; i++)
			if (!acts_move_is_deleted(l->names[part].items[i]))
				str_list_add(&l->bases, base_name_of(l->names[part].items[i]),
					l->acts->mem);
	}
	str_list_sort(&l->bases);
}

/* ---- decisions ---- */

static void fails(struct look *l, const struct err *err)
{
	l->is_left = true;
	notes_add(l->acts->notes, "screener: %s", err->text);
}

static int decide(struct look *l, const struct screened_message *m, struct str directory,
	struct str bytes, struct err *err)
{
	if (str_eq(directory, l->junk))
		return acts_decide_block(l->acts, m, bytes, err);
	if (str_eq(directory, l->trash))
		return acts_decide_nothing(l->acts, m, err);
	return acts_decide_approve(l->acts, m, bytes, folder_name(directory, l->acts->mem), err);
}

/* ---- what has left the folder ---- */

static bool has_size(const struct look *l, const struct acts_message *m, int64_t size)
{
	struct stat st;
	int64_t own;
	if (base_name_size(m->name, &own))
		return own == size;
	const char *path = arena_fmt(l->acts->mem, "%s/" STR_FMT,
		part_path(l, m->folder->directory, m->part), STR_ARGS(m->name))
				   .p;
	return path_stat(path, &st) == 0 && st.st_size == size;
}

/* May this file be the message M, by its size alone? */
static bool may_be(
	const struct look *l, const struct screened_message *m, const struct acts_message *file)
{
	int64_t size;
	return !base_name_size(m->base, &size) || has_size(l, file, size);
}

/* Which of the messages that have left is this file? -1: none. */
static int which(struct look *l, struct acts_message *file, struct buf *kept)
{
	unsigned char digest[DIGEST_BYTES];
	struct err err;
	bool is_read = false;
	for (size_t i = 0; i < l->gone_count; i++) {
		if (!l->gone[i] || l->files_read >= READ_MOST || !may_be(l, l->gone[i], file))
			continue;
		if (!is_read) {
			l->files_read++;
			if (acts_move_read(l->acts, file, kept, &err) <= 0)
				return -1;
			digest_of_pieces(&file->bytes, 1, digest);
			is_read = true;
		}
		if (memcmp(digest, l->gone[i]->digest, sizeof digest) == 0)
			return (int)i;
	}
	return -1;
}

static void look_at_file(struct look *l, struct acts_message *file)
{
	struct buf kept = {0};
	struct err err;
	int i = acts_move_is_deleted(file->name) ? -1 : which(l, file, &kept);
	if (i >= 0) {
		if (decide(l, l->gone[i], file->folder->directory, file->bytes, &err) < 0)
			fails(l, &err);
		else
			l->dealt_with++;
		l->gone[i] = NULL; /* what failed is still remembered */
	}
	buf_free(&kept);
}

static size_t count_left(const struct look *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->gone_count; i++)
		n += l->gone[i] != NULL;
	return n;
}

static bool search(void *context, const char *directory)
{
	struct look *l = context;
	const struct acts_folder folder = {.directory = arena_str(l->acts->mem, str_of(directory))};
	if (str_eq(folder.directory, l->directory))
		return true;
	for (size_t part = 0; part < PARTS && count_left(l); part++) {
		struct str_list names = {0};
		list_files(l, folder.directory, parts[part], &names);
		for (size_t i = 0; i < names.count && count_left(l); i++) {
			struct acts_message file = {
				.folder = &folder, .part = parts[part], .name = names.items[i]};
			look_at_file(l, &file);
		}
	}
	return count_left(l) > 0;
}

static void find_gone(struct look *l, const struct screened_list *waiting)
{
	l->gone = arena_alloc(l->acts->mem, GONE_MOST * sizeof *l->gone);
	for (size_t i = 0; i < waiting->count; i++) {
		if (str_list_has_sorted(&l->bases, waiting->items[i].base))
			continue;
		if (l->gone_count == GONE_MOST) {
			l->is_left = true;
			return;
		}
		l->gone[l->gone_count++] = &waiting->items[i];
	}
}

static void follow_gone(struct look *l)
{
	struct err err;
	int root = l->gone_count ? path_open_dir_itself(l->acts->maildir) : -1;
	if (root < 0)
		return;
	int r = maildir_walk_folders(root, search, l, &err);
	close(root); /* nothing was written */
	/* What is nowhere was deleted. */
	for (size_t i = 0; r == 0 && i < l->gone_count; i++)
		if (l->gone[i] && (r = acts_decide_nothing(l->acts, l->gone[i], &err)) == 0)
			l->dealt_with++;
	if (r < 0)
		fails(l, &err);
}

/* ---- what was put there by hand ---- */

/* When it got its name, as far as the file system knows. */
static int64_t named_at(const struct look *l, const struct acts_message *file)
{
	struct stat st;
	const char *path = arena_fmt(l->acts->mem, "%s/" STR_FMT,
		part_path(l, file->folder->directory, file->part), STR_ARGS(file->name))
				   .p;
	return path_stat(path, &st) == 0 ? (int64_t)st.st_ctim.tv_sec : 0;
}

/* 1 taken in, 0 gone, -1. */
static int take_in(struct look *l, struct acts_message *file, struct buf *kept, struct err *err)
{
	struct screened_message m = {.directory = l->directory,
		.base = base_name_of(file->name),
		.when = (int64_t)time(NULL),
		.about = STR_EMPTY};
	int r = acts_move_read(l->acts, file, kept, err);
	if (r <= 0)
		return r;
	if (acts_decide_take_back(l->acts, file->bytes, named_at(l, file), err) < 0)
		return -1;
	digest_of_pieces(&file->bytes, 1, m.digest);
	return screened_wait(l->acts->state, &m, err) < 0 ? -1 : 1;
}

/*
 * A file that nobody has noted was put there by the person, or its delivery was killed before it
 * was noted. If there are too many for all of them to be noted, the rest is left as it is.
 */
static void follow_strangers(struct look *l, const struct screened_list *waiting)
{
	const struct acts_folder folder = {.directory = l->directory};
	struct str_list noted = {0};
	struct err err;
	size_t count = 0;
	if (waiting->count > NOTED_MOST)
		return;
	for (size_t i = 0; i < waiting->count; i++)
		str_list_add(&noted, waiting->items[i].base, l->acts->mem);
	str_list_sort(&noted);
	for (size_t part = 0; part < PARTS; part++)
		for (size_t i = 0; i < l->names[part].count; i++) {
			struct acts_message file = {.folder = &folder,
				.part = parts[part],
				.name = l->names[part].items[i]};
			struct buf kept = {0};
			if (acts_move_is_deleted(file.name) ||
				str_list_has_sorted(&noted, base_name_of(file.name)))
				continue;
			if (count++ == STRANGERS_MOST) {
				l->is_left = true;
				return;
			}
			int r = take_in(l, &file, &kept, &err);
			buf_free(&kept);
			if (r < 0)
				fails(l, &err);
			l->dealt_with += r > 0;
		}
}

/* ---- all of it ---- */

static int begin(struct look *l, struct err *err)
{
	const struct conf *conf = l->acts->conf;
	struct arena *mem = l->acts->mem;
	struct str_list trash = folders_of_use(conf, STR_LIT("Trash"), mem);
	struct str name = trash.count ? trash.items[0] : folder_with_prefix(STR_LIT("Trash"), mem);
	return folder_directory(folders_junk(conf, mem), mem, &l->junk, err) < 0 ||
			       folder_directory(name, mem, &l->trash, err) < 0
		       ? -1
		       : 0;
}

static size_t look_at(const struct acts *a, struct str directory, bool *is_left)
{
	struct look l = {.acts = a, .directory = directory};
	struct screened_list waiting = {NULL, 0};
	struct err err;
	/* The files are listed last: what is noted meanwhile must not seem to be gone. */
	if (begin(&l, &err) < 0 ||
		screened_waiting(a->state, directory, a->mem, &waiting, &err) < 0) {
		fails(&l, &err);
	} else {
		list_bases(&l);
		find_gone(&l, &waiting);
		follow_gone(&l);
		follow_strangers(&l, &waiting);
	}
	*is_left = l.is_left;
	return l.dealt_with;
}

static bool is_settled(const struct timespec times[PARTS])
{
	int64_t before = (int64_t)time(NULL) - SETTLED_SECONDS;
	return times[0].tv_sec <= before && times[1].tv_sec <= before;
}

size_t acts_screener_look(const struct acts *a, struct acts_memory *memory, bool all)
{
	size_t dealt_with = 0, count = memory->count;
	for (size_t i = 0; acts_screener_wanted(a->conf) && i < count; i++) {
		struct str directory = watched(memory->items[i].directory);
		struct timespec times[PARTS];
		bool is_left;
		if (directory.n == 0 || !(has_changed(a, memory, directory, times) || all))
			continue;
		dealt_with += look_at(a, directory, &is_left);
		for (size_t k = 0; k < PARTS && !is_left && is_settled(times); k++)
			acts_memory_set(
				memory, memory_name(directory, parts[k], a->mem), times[k], a->mem);
	}
	return dealt_with;
}
