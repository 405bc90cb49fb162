#include "mda/acts/acts.h"

#include "base/path.h"
#include "base/str_list.h"
#include "mda/acts/acts_change.h"
#include "mda/acts/acts_keywords.h"
#include "mda/acts/acts_screener.h"
#include "mda/conf/folders.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/subscriptions.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FOLDERS_MOST = 40 };

/* One look. */
struct look {
	const struct acts *acts;
	struct acts_folder folders[FOLDERS_MOST];
	size_t folder_count;
	struct acts_memory memory;
	struct acts_change change;
};

/* ---- which folders ---- */

bool acts_wanted(const struct conf *conf)
{
	size_t count = conf->block_folders.count + conf->allow_folders.count +
		       conf->block_domain_folders.count + conf->allow_domain_folders.count;
	return count > 0 || acts_keywords_wanted(conf) || acts_screener_wanted(conf);
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
	if (acts_change_lists(&l->change, m, &sender, err) < 0)
		return -1;
	struct str to = m->folder->allows ? STR_EMPTY : folders_junk(a->conf, a->mem);
	if (acts_move(a, m, to, err) < 0)
		return -1;
	return acts_change_done(&l->change, err) < 0 ? -1 : 1;
}

static void act(struct look *l, struct acts_message *m)
{
	struct err err;
	struct buf kept = {0};
	int r = act_on(l, m, &kept, &err);
	buf_free(&kept);
	acts_change_count(&l->change, m->folder->name, r, &err);
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
		if (l->change.moved == ACTS_MESSAGES_MOST) {
			l->change.failed = true;
			return;
		}
		act(l, &m);
	}
}

static void act_on_folder(struct look *l, const struct acts_folder *f, struct timespec changed)
{
	bool before = l->change.failed;
	l->change.failed = false;
	act_on_part(l, f, "new");
	act_on_part(l, f, "cur");
	if (!l->change.failed && changed.tv_sec && changed.tv_sec + ACTS_SETTLED <= time(NULL))
		acts_memory_set(&l->memory, f->directory, changed, l->acts->mem);
	l->change.failed = l->change.failed || before;
}

/* ---- all of them ---- */

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
	acts_keywords_look(&l->change, &l->memory, all);
	l->change.moved += acts_screener_look(l->acts, &l->memory, all);
	if (acts_memory_write(l->acts, &l->memory, &err) < 0)
		notes_add(l->acts->notes, "%s", err.text);
	acts_change_report(&l->change);
}

static bool has_any_changed(struct look *l, bool all)
{
	struct timespec times[FOLDERS_MOST] = {{0}};
	bool changed[FOLDERS_MOST] = {false};
	return find_changed(l, all, times, changed) > 0 ||
	       acts_keywords_have_changed(l->acts, &l->memory, all) ||
	       acts_screener_has_changed(l->acts, &l->memory, all);
}

size_t acts_run(const struct acts *a, bool all)
{
	struct look l = {.acts = a, .change = {.acts = a}};
	if (!acts_wanted(a->conf))
		return 0;
	find_folders(&l);
	acts_memory_read(a, &l.memory);
	if (!has_any_changed(&l, all))
		return 0;
	int lock = acts_memory_lock(a);
	if (lock < 0)
		return 0;
	act_locked(&l, all);
	close(lock); /* releases it; nothing was written */
	return l.change.moved;
}
