#include "mda/acts/acts_keywords.h"

#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/folders.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/keywords.h"
#include "store/maildir.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

/* The marks of messages that were moved because of a keyword. */
static const struct str mark_blocked = STR_LIT("$MdaBlocked"),
			mark_allowed = STR_LIT("$MdaAllowed");

/* A folder, and the bits of its letters for each keyword. */
struct place {
	struct str directory;
	bool is_junk, is_inbox;
	struct str names[KEYWORDS_MAX];
	unsigned block, allow, blocked, allowed;
};

bool acts_keywords_wanted(const struct conf *conf)
{
	return conf->imap_server == STORE_SERVER_DOVECOT &&
	       conf->block_keywords.count + conf->allow_keywords.count > 0;
}

/* ---- which folders ---- */

static struct str junk_of(const struct acts *a)
{
	struct str directory = STR_EMPTY;
	/* A name that is not one is reported by what stores there. */
	(void)folder_directory(folders_junk(a->conf, a->mem), a->mem, &directory, NULL);
	return directory;
}

static bool is_trash(const struct acts *a, struct str directory)
{
	struct str trash, name = STR_LIT("Trash");
	struct str_list named = folders_of_use(a->conf, name, a->mem);
	name = named.count ? named.items[0] : folder_with_prefix(name, a->mem);
	return folder_directory(name, a->mem, &trash, NULL) == 0 && str_eq(trash, directory);
}

struct walk {
	const struct acts *acts;
	struct str_list directories;
};

static bool on_folder(void *context, const char *directory)
{
	struct walk *w = context;
	if (!is_trash(w->acts, str_of(directory)))
		str_list_add(
			&w->directories, arena_str(w->acts->mem, str_of(directory)), w->acts->mem);
	return true;
}

static struct str_list find_directories(const struct acts *a, bool all)
{
	struct walk w = {.acts = a};
	struct err err;
	struct str junk = junk_of(a);
	int root = all ? path_open_dir_itself(a->maildir) : -1;
	if (root >= 0 && maildir_walk_folders(root, on_folder, &w, &err) < 0)
		notes_add(a->notes, "%s", err.text);
	if (root >= 0)
		close(root); /* nothing was written */
	if (!all) {
		str_list_add(&w.directories, STR_EMPTY, a->mem);
		if (junk.n)
			str_list_add(&w.directories, junk, a->mem);
	}
	return w.directories;
}

/* ---- what has changed ---- */

static const char *cur_of(const struct acts *a, struct str directory)
{
	return arena_fmt(a->mem, "%s/" STR_FMT "/cur", a->maildir, STR_ARGS(directory)).p;
}

/* The memory has the times of other folders under their directories alone. */
static struct str memory_key(const struct acts *a, struct str directory)
{
	return arena_fmt(a->mem, "cur/" STR_FMT, STR_ARGS(directory));
}

static bool has_changed(const struct acts *a, const struct acts_memory *memory,
	struct str directory, struct timespec *now)
{
	struct stat st;
	struct timespec before = acts_memory_of(memory, memory_key(a, directory));
	*now = (struct timespec){0, 0};
	if (path_stat(cur_of(a, directory), &st) < 0)
		return false; /* there is no such folder */
	*now = st.st_mtim;
	return now->tv_sec != before.tv_sec || now->tv_nsec != before.tv_nsec;
}

bool acts_keywords_have_changed(const struct acts *a, const struct acts_memory *memory, bool all)
{
	struct timespec now;
	if (!acts_keywords_wanted(a->conf))
		return false;
	struct str_list directories = find_directories(a, false);
	for (size_t i = 0; i < directories.count; i++)
		if (has_changed(a, memory, directories.items[i], &now))
			return true;
	return all;
}

/* ---- one message ---- */

static unsigned bits_of(const struct place *p, const struct str_list *names)
{
	unsigned bits = 0;
	for (size_t i = 0; i < KEYWORDS_MAX; i++)
		for (size_t k = 0; k < names->count; k++)
			if (p->names[i].n && str_ieq(p->names[i], names->items[k]))
				bits |= (unsigned)KEYWORDS_FIRST_BIT << i;
	return bits;
}

static unsigned all_bits(const struct place *p)
{
	return p->block | p->allow | p->blocked | p->allowed;
}

/* The names of these bits: what a message loses when it is moved. */
static struct str_list names_of(const struct place *p, unsigned bits, struct arena *mem)
{
	struct str_list names = {NULL, 0};
	for (size_t i = 0; i < KEYWORDS_MAX; i++)
		if (bits & (unsigned)KEYWORDS_FIRST_BIT << i)
			str_list_add(&names, p->names[i], mem);
	return names;
}

/* What a flagged message wants: a keyword, or it was moved back. */
struct wish {
	struct acts_folder folder; /* as if it had been put there */
	bool is_undo;              /* then FOLDER is the opposite one */
};

static struct wish wish_of(const struct acts *a, const struct place *p, unsigned flags)
{
	struct wish w = {.folder = {.directory = p->directory, .is_keyword = true}};
	bool blocks = flags & p->block, allows = !blocks && (flags & p->allow);
	w.is_undo = !blocks && !allows;
	w.folder.allows = allows || (w.is_undo && p->is_inbox);
	if (w.is_undo)
		w.folder.name = folder_name(p->directory, a->mem);
	else
		w.folder.name =
			names_of(p, flags & (blocks ? p->block : p->allow), a->mem).items[0];
	return w;
}

/* The entry that the keyword made is found as it was made: by the message. */
static int undo(struct acts_change *c, struct acts_message *m, struct err *err)
{
	struct acts_folder made = *m->folder;
	struct acts_sender sender;
	made.allows = !made.allows;
	if (acts_sender_find(c->acts, &made, m->bytes, &sender, err) < 0)
		return -1;
	return sender.entry.n ? acts_change_undo(c, m, sender.entry, err) : 0;
}

/* Blocked mail goes to Junk, and what is allowed goes from there to the INBOX. */
static int move_on(struct acts_change *c, const struct place *p, struct acts_message *m,
	bool is_made, struct err *err)
{
	const struct acts *a = c->acts;
	bool allows = m->folder->allows;
	unsigned bits = all_bits(p);
	if (p->is_junk != allows)
		return acts_move_unflag(a, m, bits, err);
	m->without = names_of(p, bits, a->mem);
	if (is_made)
		m->with = allows ? mark_allowed : mark_blocked;
	return acts_move(a, m, allows ? STR_EMPTY : folders_junk(a->conf, a->mem), err);
}

/* 1 done, 0 gone, -1 left with the reason. */
static int act_on(struct acts_change *c, const struct place *p, struct acts_message *m,
	bool is_undo, struct buf *kept, struct err *err)
{
	struct acts_sender sender;
	int r = acts_move_read(c->acts, m, kept, err);
	if (r <= 0)
		return r;
	if (is_undo) {
		if (undo(c, m, err) < 0 || acts_move_unflag(c->acts, m, all_bits(p), err) < 0)
			return -1;
		return acts_change_done(c, err) < 0 ? -1 : 1;
	}
	if (acts_sender_find(c->acts, m->folder, m->bytes, &sender, err) < 0)
		return -1;
	int made = acts_change_lists(c, m, &sender, err);
	if (made < 0 || move_on(c, p, m, made > 0, err) < 0)
		return -1;
	return acts_change_done(c, err) < 0 ? -1 : 1;
}

static void act(struct acts_change *c, const struct place *p, struct str name)
{
	struct err err;
	struct buf kept = {0};
	struct wish w = wish_of(c->acts, p, base_name_read_flags(name));
	struct acts_message m = {.folder = &w.folder, .part = "cur", .name = name};
	int r = act_on(c, p, &m, w.is_undo, &kept, &err);
	buf_free(&kept);
	acts_change_count(c, w.folder.name, r, &err);
}

/* ---- one folder ---- */

/* 1 some of its messages may be flagged, 0 none is, -1 it cannot be told. */
static int open_place(const struct acts *a, struct str directory, struct place *p)
{
	struct err err;
	const struct str_list blocked = {(struct str[]){mark_blocked}, 1},
			      allowed = {(struct str[]){mark_allowed}, 1};
	*p = (struct place){.directory = directory,
		.is_inbox = directory.n == 0,
		.is_junk = directory.n && str_eq(directory, junk_of(a))};
	int fd = path_open_dir_itself(
		arena_fmt(a->mem, "%s/" STR_FMT, a->maildir, STR_ARGS(directory)).p);
	if (fd < 0)
		return 0;
	int r = keywords_names(fd, a->mem, p->names, &err);
	close(fd); /* nothing was written */
	if (r < 0) {
		notes_add(a->notes, "%s", err.text);
		return -1;
	}
	p->block = bits_of(p, &a->conf->block_keywords);
	p->allow = bits_of(p, &a->conf->allow_keywords);
	p->blocked = p->is_inbox ? bits_of(p, &blocked) : 0;
	p->allowed = p->is_junk ? bits_of(p, &allowed) : 0;
	return all_bits(p) != 0;
}

static void act_in(struct acts_change *c, const struct place *p)
{
	struct arena *mem = c->acts->mem;
	const struct dirent *entry;
	struct str_list names = {0};
	DIR *d = path_opendir(cur_of(c->acts, p->directory));
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && !acts_move_is_deleted(str_of(entry->d_name)) &&
			(base_name_read_flags(str_of(entry->d_name)) & all_bits(p)))
			str_list_add(&names, arena_str(mem, str_of(entry->d_name)), mem);
	if (d)
		closedir(d);
	str_list_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		if (c->moved == ACTS_MESSAGES_MOST) {
			c->failed = true;
			return;
		}
		act(c, p, names.items[i]);
	}
}

static void look_at(
	struct acts_change *c, struct acts_memory *memory, struct str directory, bool all)
{
	const struct acts *a = c->acts;
	struct place p;
	struct timespec now;
	bool before = c->failed, changed = has_changed(a, memory, directory, &now);
	if (!changed && !all)
		return;
	c->failed = false;
	int flagged = open_place(a, directory, &p);
	if (flagged > 0)
		act_in(c, &p);
	if (flagged >= 0 && !c->failed && now.tv_sec && now.tv_sec + ACTS_SETTLED <= time(NULL))
		acts_memory_set(memory, memory_key(a, directory), now, a->mem);
	c->failed = c->failed || before;
}

void acts_keywords_look(struct acts_change *c, struct acts_memory *memory, bool all)
{
	if (!acts_keywords_wanted(c->acts->conf))
		return;
	struct str_list directories = find_directories(c->acts, all);
	for (size_t i = 0; i < directories.count; i++)
		look_at(c, memory, directories.items[i], all);
}
