#include "mda/acts/acts.h"

#include "base/path.h"
#include "base/str_list.h"
#include "mda/acts/acts_list.h"
#include "mda/acts/acts_memory.h"
#include "mda/acts/acts_move.h"
#include "mda/acts/acts_sender.h"
#include "mda/conf/folders.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/subscriptions.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * A delivery must not wait for long: what is left is done by the next one. A time that is younger
 * than SETTLED_SECONDS may not show the next change.
 */
enum { MESSAGES_MOST = 20, FOLDERS_MOST = 40, SETTLED_SECONDS = 2 };

/* One look. */
struct look {
	const struct acts *acts;
	struct acts_folder folders[FOLDERS_MOST];
	size_t folder_count;
	struct acts_memory memory;
	struct str_list taken_back; /* entries; more messages of that sender do nothing */
	struct buf refused[2];      /* what could not be done, for the owner of each list */
	size_t moved;
	bool failed; /* something is left to be tried again */
};

/* ---- which folders ---- */

bool acts_wanted(const struct conf *conf)
{
	return conf->block_folders.count + conf->allow_folders.count +
		       conf->block_domain_folders.count + conf->allow_domain_folders.count >
	       0;
}

static void add_folders(struct look *l, const struct str_list *names, bool allows, bool for_domain)
{
	struct err err;
	struct str junk = STR_EMPTY;
	const struct acts *a = l->acts;
	/* A name that is not one is reported by what stores there. */
	(void)folder_directory(folders_junk(a->conf, a->mem), a->mem, &junk, &err);
	for (size_t i = 0; i < names->count && l->folder_count < FOLDERS_MOST; i++) {
		struct acts_folder *f = &l->folders[l->folder_count];
		*f = (struct acts_folder){
			.name = names->items[i], .allows = allows, .for_domain = for_domain};
		if (folder_directory(
			    folder_with_prefix(f->name, a->mem), a->mem, &f->directory, &err) < 0)
			notes_add(a->notes, "%s", err.text);
		else if (f->directory.n == 0 || str_eq(f->directory, junk))
			notes_add(a->notes, STR_FMT " cannot be a folder that acts",
				STR_ARGS(f->name));
		else
			l->folder_count++;
	}
}

static void find_folders(struct look *l)
{
	const struct conf *conf = l->acts->conf;
	add_folders(l, &conf->block_folders, false, false);
	add_folders(l, &conf->allow_folders, true, false);
	add_folders(l, &conf->block_domain_folders, false, true);
	add_folders(l, &conf->allow_domain_folders, true, true);
}

static const char *path_in(const struct look *l, const struct acts_folder *f, const char *part)
{
	return arena_fmt(
		l->acts->mem, "%s/" STR_FMT "/%s", l->acts->maildir, STR_ARGS(f->directory), part)
		.p;
}

/* Makes the folder in an existing mailbox, so that people find it in their mail program. */
static void make_folder(const struct look *l, const struct acts_folder *f)
{
	const struct acts *a = l->acts;
	struct err err;
	int root = path_open_dir_itself(a->maildir), folder = -1;
	if (root < 0)
		return; /* there is no mailbox yet */
	if (a->conf->subscribe &&
		subscriptions_add(root, a->conf->imap_server, f->directory, &err) < 0)
		notes_add(a->notes, "%s", err.text);
	folder = maildir_open_folder(root, arena_cstr(a->mem, f->directory), &err);
	if (folder < 0)
		notes_add(a->notes, "%s", err.text);
	else
		close(folder); /* directories: nothing was written through them */
	close(root);
}

/* Has something been put into it since the last look? *NOW gets the time to be remembered. */
static bool has_changed(const struct look *l, const struct acts_folder *f, struct timespec *now)
{
	struct stat st;
	struct timespec before = acts_memory_of(&l->memory, f->directory);
	*now = (struct timespec){0, 0};
	if (path_stat(path_in(l, f, "tmp"), &st) < 0) {
		if (errno == ENOENT && l->acts->conf->create_act_folders)
			make_folder(l, f);
		return false;
	}
	*now = st.st_mtim;
	return now->tv_sec != before.tv_sec || now->tv_nsec != before.tv_nsec;
}

/* ---- one message ---- */

static void refuse(struct look *l, const struct acts_message *m, struct str why)
{
	struct buf *to = &l->refused[m->folder->allows];
	notes_add(l->acts->notes, STR_FMT ": no entry is made: " STR_FMT, STR_ARGS(m->folder->name),
		STR_ARGS(why));
	buf_fmt(to, STR_FMT ": " STR_FMT ": no entry is made: " STR_FMT "\n",
		STR_ARGS(m->folder->name), STR_ARGS(base_name_of(m->name)), STR_ARGS(why));
}

static int take_back(
	struct look *l, const struct acts_message *m, struct str entry, struct err *err)
{
	const struct acts *a = l->acts;
	if (acts_memory_set_undone(a, base_name_of(m->name), err) < 0 ||
		acts_list_take_back(a, m->folder, entry, err) < 0)
		return -1;
	str_list_add(&l->taken_back, arena_str(a->mem, entry), a->mem);
	notes_add(a->notes, STR_FMT ": " STR_FMT " is no longer %s", STR_ARGS(m->folder->name),
		STR_ARGS(entry), m->folder->allows ? "blocked" : "allowed");
	return 0;
}

/* Changes the lists as the folder says. */
static int change_lists(struct look *l, const struct acts_message *m,
	const struct acts_sender *sender, struct err *err)
{
	const struct acts *a = l->acts;
	struct str entry = sender->entry;
	bool began = str_eq(acts_memory_undone(a), base_name_of(m->name));
	if (!began && str_list_has(&l->taken_back, entry))
		return 0;
	int undoes = began ? 1 : acts_list_undoes(a, m->folder, entry, err);
	if (undoes)
		return undoes < 0 ? -1 : take_back(l, m, entry, err);
	if (acts_list_add(a, m->folder, entry, sender->why, err) < 0)
		return -1;
	notes_add(a->notes, STR_FMT ": " STR_FMT " is %s", STR_ARGS(m->folder->name),
		STR_ARGS(entry), m->folder->allows ? "allowed" : "blocked");
	return 0;
}

/* 1 moved, 0 gone, -1 left with the reason. */
static int act_on(struct look *l, struct acts_message *m, struct buf *kept, struct err *err)
{
	const struct acts *a = l->acts;
	struct acts_sender sender;
	int r = acts_move_read(a, m, kept, err);
	if (r <= 0)
		return r;
	if (acts_sender_find(a, m->folder, m->bytes, &sender, err) < 0)
		return -1;
	if (sender.entry.n == 0)
		refuse(l, m, sender.why);
	else if (change_lists(l, m, &sender, err) < 0)
		return -1;
	struct str to = m->folder->allows ? STR_EMPTY : folders_junk(a->conf, a->mem);
	if (acts_move(a, m, to, err) < 0)
		return -1;
	return acts_memory_set_undone(a, STR_EMPTY, err) < 0 ? -1 : 1;
}

static void act(struct look *l, struct acts_message *m)
{
	struct err err;
	struct buf kept = {0};
	int r = act_on(l, m, &kept, &err);
	buf_free(&kept);
	if (r > 0)
		l->moved++;
	if (r >= 0)
		return;
	l->failed = true;
	notes_add(l->acts->notes, STR_FMT ": %s", STR_ARGS(m->folder->name), err.text);
}

/* ---- one folder ---- */

static void act_on_part(struct look *l, const struct acts_folder *f, const char *part)
{
	struct arena *mem = l->acts->mem;
	const struct dirent *entry;
	struct str_list names = {0};
	DIR *d = path_opendir(path_in(l, f, part));
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && !acts_move_is_deleted(str_of(entry->d_name)))
			str_list_add(&names, arena_str(mem, str_of(entry->d_name)), mem);
	if (d)
		closedir(d);
	str_list_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		struct acts_message m = {.folder = f, .part = part, .name = names.items[i]};
		if (l->moved == MESSAGES_MOST) {
			l->failed = true;
			return;
		}
		act(l, &m);
	}
}

static void act_on_folder(struct look *l, const struct acts_folder *f, struct timespec changed)
{
	bool before = l->failed;
	l->failed = false;
	act_on_part(l, f, "new");
	act_on_part(l, f, "cur");
	if (!l->failed && changed.tv_sec && changed.tv_sec + SETTLED_SECONDS <= time(NULL))
		acts_memory_set(&l->memory, f->directory, changed, l->acts->mem);
	l->failed = l->failed || before;
}

/* ---- all of them ---- */

/* What was refused is told in a file beside the list, until something is moved again. */
static void report(struct look *l)
{
	struct err err;
	for (int allows = 0; allows < 2; allows++) {
		struct str text = buf_str(&l->refused[allows]);
		if (l->moved && acts_list_report(l->acts, allows, text, &err) < 0)
			notes_add(l->acts->notes, "%s", err.text);
		buf_free(&l->refused[allows]);
	}
}

/* Which of the folders have changed; returns how many. */
static size_t find_changed(
	struct look *l, bool all, struct timespec times[FOLDERS_MOST], bool changed[FOLDERS_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < l->folder_count; i++) {
		changed[i] = has_changed(l, &l->folders[i], &times[i]) || (all && times[i].tv_sec);
		n += changed[i];
	}
	return n;
}

static void act_locked(struct look *l, bool all)
{
	struct timespec times[FOLDERS_MOST] = {{0}};
	bool changed[FOLDERS_MOST] = {false};
	struct err err;
	/* Another process may have acted meanwhile. */
	acts_memory_read(l->acts, &l->memory);
	(void)find_changed(l, all, times, changed); /* they are in CHANGED */
	for (size_t i = 0; i < l->folder_count; i++)
		if (changed[i])
			act_on_folder(l, &l->folders[i], times[i]);
	if (acts_memory_write(l->acts, &l->memory, &err) < 0)
		notes_add(l->acts->notes, "%s", err.text);
	report(l);
}

size_t acts_run(const struct acts *a, bool all)
{
	struct look l = {.acts = a};
	struct timespec times[FOLDERS_MOST] = {{0}};
	bool changed[FOLDERS_MOST] = {false};
	if (!acts_wanted(a->conf))
		return 0;
	find_folders(&l);
	acts_memory_read(a, &l.memory);
	if (find_changed(&l, all, times, changed) == 0)
		return 0;
	int lock = acts_memory_lock(a);
	if (lock < 0)
		return 0;
	act_locked(&l, all);
	close(lock); /* releases it; nothing was written */
	return l.moved;
}
